// Solves a sparse linear system, read from a file or generated, on one or several ranks.
//
//   mpirun -n 4 nacre_solve --problem poisson3d --size 100 --report poisson.html
//   nacre_solve --matrix A.mtx.gz --solver gmres --preconditioner ilu0 --solution x.mtx
//
// Prints key=value lines. Exit status: 0 converged, 1 not converged, 2 wrong use, 3 any other error.

#include <cstdio>

#include <nacre/core/matrix_market.hpp>

#include "demo.hpp"
#include "method.hpp"
#include "program.hpp"

namespace {

using namespace nacre::apps;
using nacre::Comm;

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
  check_outputs(comm, {options.solution, options.history, options.report, options.vtu});
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

}  // namespace

int main(int argc, char* argv[]) { return run_program("nacre_solve", argc, argv, parse_options, run); }
