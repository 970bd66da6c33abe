// Solves a sparse linear system, read from a file or generated, on one or several ranks.
//
//   mpirun -n 4 nacre_solve --problem poisson3d --size 100 --report poisson.html
//   nacre_solve --matrix A.mtx.gz --solver gmres --preconditioner ilu0 --solution x.mtx
//
// Prints key=value lines. Exit status: 0 converged, 1 not converged, 2 wrong use, 3 any other error.

#include <Kokkos_Core.hpp>

#include <cstdio>
#include <cstring>

#include <nacre/core/atomic_file.hpp>
#include <nacre/core/matrix_market.hpp>

#include "demo.hpp"
#include "method.hpp"

namespace {

using namespace nacre::apps;
using nacre::Comm;

/// Does `work` on rank 0; what it throws is thrown on all ranks.
template <class Work>
void on_first_rank(Comm const& comm, Work const& work) {
  std::string message;
  try {
    if (comm.rank() == 0) work();
  } catch (std::exception const& e) {
    message = e.what();
  }
  comm.fail_together(message);
}

/// Finds out before the work begins what cannot be written after it.
void check_outputs(Comm const& comm, Options const& options) {
  on_first_rank(comm, [&options] {
    for (auto const& path : {options.solution, options.history, options.report, options.vtu})
      if (!path.empty()) nacre::AtomicFile const probe(path);
  });
}

void write_outputs(System const& system, Options const& options, std::vector<Outcome> const& outcomes,
                   nacre::MultiVector<double> const& x) {
  auto const& rows = system.problem.A.pattern.rows();
  if (!options.solution.empty()) nacre::write_vectors(options.solution, rows, x);
  if (!options.vtu.empty()) write_field(system, x, options.vtu);
  on_first_rank(rows.comm(), [&] {
    if (!options.history.empty()) nacre::write_file(options.history, history_csv(outcomes.front()));
    if (!options.report.empty())
      nacre::write_file(options.report, to_html(make_report(outcomes, options.command)));
  });
}

/// \return whether everything converged
bool run(Comm const& comm, Options const& options) {
  check_outputs(comm, options);
  Progress progress(comm, options.progress);
  progress.stage(options.matrix.empty() ? "generating " + options.problem : "reading " + options.matrix);
  System const system = make_system(comm, options);
  std::vector<Outcome> outcomes;
  nacre::MultiVector<double> const x("x", system.b.extent(0), 1);
  bool converged = true;
  for (auto const& choice : options.demo ? demo_choices(options) : std::vector<Options>{options}) {
    Kokkos::deep_copy(x, 0.);
    outcomes.push_back(solve(system, choice, x, progress));
    converged = converged && outcomes.back().info.converged();
  }
  progress.clear();
  if (comm.rank() == 0)
    std::fputs(options.demo ? demo_text(outcomes).c_str() : to_text(outcomes[0]).c_str(), stdout);
  std::fflush(stdout);
  write_outputs(system, options, outcomes, x);
  return converged;
}

int run_with_kokkos(Comm const& comm, int argc, char* argv[]) {
  std::vector<char*> ours, kokkos;  // Kokkos would take --help for itself
  for (int i = 0; i < argc; ++i) {
    if (i == 0 || std::strncmp(argv[i], "--kokkos-", 9) != 0) ours.push_back(argv[i]);
    if (i == 0 || std::strncmp(argv[i], "--kokkos-", 9) == 0) kokkos.push_back(argv[i]);
  }
  std::string help;
  Options const options = parse_options(static_cast<int>(ours.size()), ours.data(), help);
  if (!help.empty()) {
    if (comm.rank() == 0) std::fputs(help.c_str(), stdout);
    return 0;
  }
  auto count = static_cast<int>(kokkos.size());
  Kokkos::ScopeGuard const scope(count, kokkos.data());
  return run(comm, options) ? 0 : 1;
}

/// Ends all ranks with one message if all of them failed; aborts them if only some did, since the others
/// wait.
int report_error(Comm const& comm, char const* what, int status) {
  bool const all = comm.all_arrive_within(/*seconds=*/3);
  if (!all || comm.rank() == 0) std::fprintf(stderr, "nacre_solve: %s\n", what);
  if (!all) comm.abort(status);
  return status;
}

}  // namespace

int main(int argc, char* argv[]) {
  nacre::MpiScope const mpi(argc, argv);
  Comm const comm = Comm::world();
  Comm const for_errors = Comm::world();  // messages of unfinished work must not meet it
  try {
    return run_with_kokkos(comm, argc, argv);
  } catch (UsageError const& e) {
    return report_error(for_errors, e.what(), 2);
  } catch (std::exception const& e) {
    return report_error(for_errors, e.what(), 3);
  }
}
