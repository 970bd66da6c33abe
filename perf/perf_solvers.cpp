// AMG-PCG beside the AMG-preconditioned CG of hypre and of MueLu with Belos: set-up, repeated set-up and solve of the
// same system to the same true residual, in processor seconds, and the peak of memory.
//
//   perf_solvers                                a table; rows for the regression suite where NACRE_PERF_ROWS says
//   perf_solvers --quick --problems tets        small problems, and of these only those whose name has `tets` in it
//   perf_solvers --contenders all               every configuration of every peer
//   perf_solvers --ranks 2                      each contender under mpirun
//   perf_solvers --run tets_80 hypre/aggressive one contender, once, in this process (under mpirun if you like)
//
// Every run is a process of its own. A repetition runs each contender once, in turn, so that a change of the
// machine's speed meets all of them. Numbers are medians over the repetitions; the best peer is the one that was
// fastest in this run.
#include <CLI/CLI.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "child_process.hpp"
#include "rows.hpp"
#include "solver_contender.hpp"
#include "solver_measurement.hpp"

namespace nacre::perf {
namespace {

struct Options {
  std::vector<std::string> problems, contenders, run;
  bool quick = false;
  int repetitions = 0, ranks = 1;
};

using Runs = std::vector<Measurement>;

template <class Number>
std::vector<double> each(Runs const& runs, Number const& number) {
  std::vector<double> v;
  for (auto const& m : runs) v.push_back(number(m));
  return v;
}
double total_of(Measurement const& m) { return m.total(); }
double setup_of(Measurement const& m) { return m.setup; }
double update_of(Measurement const& m) { return m.update; }
/// What each further matrix on the same pattern costs.
double repeated_of(Measurement const& m) { return m.update + m.solve; }
double solve_of(Measurement const& m) { return m.solve; }
double memory_of(Measurement const& m) { return m.peak_mb; }
double triad_of(Measurement const& m) { return m.triad; }

constexpr char kOurs[] = "nacre";

/// The one of the peers that reached the tolerance of which this median is the least; nothing if there is none.
template <class Number>
std::string best_peer(std::map<std::string, Runs> const& runs, Number const& number) {
  std::string best;
  for (auto const& [name, mine] : runs) {
    if (name == kOurs ||
        !std::all_of(mine.begin(), mine.end(), [](auto const& m) { return m.reached_tolerance(); }))
      continue;
    if (best.empty() || median(each(mine, number)) < median(each(runs.at(best), number))) best = name;
  }
  return best;
}

template <class Number>
Row compare(std::string const& what, std::string const& problem, std::map<std::string, Runs> const& runs,
            Number const& number) {
  auto const peer = best_peer(runs, number);
  auto const& ours = runs.at(kOurs);
  Row row;
  if (!peer.empty())
    row = make_row(what, problem, each(ours, number), peer, each(runs.at(peer), number));
  else if (ours.front().triad > 0)
    row = make_row(what, problem, each(ours, number), "stream_triad", each(ours, triad_of));
  row.iterations = ours.front().iterations;
  row.relative_residual = ours.front().relative_residual;
  row.peak_rss_mb = median(each(ours, memory_of));
  row.again = "--problems=" + problem;
  return row;
}

/// Ours and its peers. Of those that compete by default some may not be built in; those asked for must be.
std::vector<std::string> contenders_of(SolverProblem const& problem, Options const& options) {
  std::vector<std::string> contenders{kOurs};
  if (options.contenders.empty() || options.contenders.front() == "all") {
    for (auto const& peer : options.contenders.empty() ? problem.peers : all_peers())
      if (has_contender(peer)) contenders.push_back(peer);
  } else {
    for (auto const& peer : options.contenders) {
      if (!has_contender(peer)) fail(cat("there is no contender '", peer, "', or its library was not found"));
      contenders.push_back(peer);
    }
  }
  return contenders;
}

Measurement run_in_a_process(std::string const& problem, std::string const& contender, int ranks) {
  std::vector<std::string> command;
  if (ranks > 1) command = {"mpirun", "-n", std::to_string(ranks)};
  for (auto const& word : {own_program(), std::string("--run"), problem, contender}) command.push_back(word);
  // one thread for each rank, also in the BLAS it may call; one rank alone starts no daemon
  auto const ended = run_program(
      command,
      {{"OMP_NUM_THREADS", "1"}, {"OPENBLAS_NUM_THREADS", "1"}, {"OMPI_MCA_ess_singleton_isolated", "1"}});
  if (ended.status != 0) fail(cat("status ", ended.status, " of ", to_string(command)));
  return from_output(ended.out);
}

std::map<std::string, Runs> run_all(SolverProblem const& problem, Options const& options) {
  bool const to_terminal = isatty(STDERR_FILENO) != 0;
  auto contenders = contenders_of(problem, options);
  std::map<std::string, Runs> runs;
  for (int r = 0; r < options.repetitions; ++r)
    for (auto const& contender : std::vector<std::string>(contenders)) {
      if (to_terminal)
        std::fprintf(stderr, "\r\033[K%s, repetition %d of %d: %s", problem.name.c_str(), r + 1,
                     options.repetitions, contender.c_str());
      try {
        runs[contender].push_back(run_in_a_process(problem.name, contender, options.ranks));
      } catch (Error const& e) {
        if (contender == kOurs) throw;
        std::fprintf(stderr, "perf_solvers: %s competes no more on %s: %s\n", contender.c_str(),
                     problem.name.c_str(), e.what());
        runs.erase(contender);
        contenders.erase(std::find(contenders.begin(), contenders.end(), contender));
      }
    }
  if (to_terminal) std::fprintf(stderr, "\r\033[K");
  return runs;
}

void print_header() {
  std::printf("%-18s %-18s %8s %8s %8s %9s %5s %9s %8s\n", "problem", "contender", "set-up", "solve", "total",
              "set-up 2", "its", "residual", "MB");
}

void print(SolverProblem const& problem, std::map<std::string, Runs> const& runs) {
  auto const total = compare("", "", runs, total_of), repeated = compare("", "", runs, repeated_of),
             memory = compare("", "", runs, memory_of);
  for (auto const& [name, mine] : runs)
    std::printf("%-18s %-18s %8.3f %8.3f %8.3f %9.3f %5d %9.2e %8.0f%s\n", problem.name.c_str(), name.c_str(),
                median(each(mine, setup_of)), median(each(mine, solve_of)), median(each(mine, total_of)),
                median(each(mine, update_of)), mine.front().iterations, mine.front().relative_residual,
                median(each(mine, memory_of)),
                mine.front().reached_tolerance() ? "" : "  not 1e-8: does not count");
  if (total.peer_name == "stream_triad")
    std::printf("%-18s no peer is built in; ratio to the STREAM triad %.1f\n", "", total.ratio);
  else if (!total.peer_name.empty())
    std::printf(
        "%-18s ratio to %s %.3f +- %.3f; repeated set-up + solve to %s %.3f +- %.3f; memory to %s %.2f\n", "",
        total.peer_name.c_str(), total.ratio, total.ratio * total.spread, repeated.peer_name.c_str(),
        repeated.ratio, repeated.ratio * repeated.spread, memory.peer_name.c_str(), memory.ratio);
  std::fflush(stdout);
}

void record_rows(SolverProblem const& problem, std::map<std::string, Runs> const& runs, int ranks) {
  std::string const name = ranks == 1 ? "amg_pcg" : cat("amg_pcg/ranks=", ranks);
  auto const total = compare(name, problem.name, runs, total_of);
  if (total.peer_name.empty()) return;
  record(total);
  record(compare(cat(name, "/repeated"), problem.name, runs, repeated_of));
  if (total.peer_name == "stream_triad") return;  // no measure of memory
  auto memory = compare(cat(name, "/memory"), problem.name, runs, memory_of);
  memory.unit = "MB";
  record(memory);
}

int run_here(Options const& options, int argc, char* argv[]) {
  MpiScope const mpi(argc, argv);
  Kokkos::ScopeGuard const kokkos(argc, argv);
  auto const comm = Comm::world();
  try {
    for (bool const small : {false, true})
      for (auto const& problem : solver_problems(small))
        if (problem.name == options.run[0]) {
          auto const line = to_line(measure_contender(problem, options.run[1], comm));
          if (comm.rank() == 0) std::printf("%s\n", line.c_str());
          return 0;
        }
    fail(cat("there is no problem '", options.run[0], "'"));
  } catch (std::exception const& e) {
    std::fprintf(stderr, "perf_solvers: %s\n", e.what());
    if (comm.size() > 1) comm.abort(3);
    return 3;
  }
}

/// Those of which a part of the name was asked for.
std::vector<SolverProblem> chosen_problems(Options const& options) {
  auto const all = solver_problems(options.quick);
  if (options.problems.empty()) return all;
  std::vector<SolverProblem> chosen;
  std::copy_if(all.begin(), all.end(), std::back_inserter(chosen), [&](SolverProblem const& problem) {
    return std::any_of(options.problems.begin(), options.problems.end(),
                       [&](std::string const& part) { return problem.name.find(part) != std::string::npos; });
  });
  if (chosen.empty()) {
    std::string names;
    for (auto const& problem : all) names += ' ' + problem.name;
    fail(cat("no problem has '", options.problems.front(), "' in its name; there are", names));
  }
  return chosen;
}

int run_suite(Options const& options) {
  auto const problems = chosen_problems(options);
  print_header();
  bool all_converged = true;
  for (auto const& problem : problems) {
    auto const runs = run_all(problem, options);
    print(problem, runs);
    record_rows(problem, runs, options.ranks);
    for (auto const& m : runs.at(kOurs)) all_converged = all_converged && m.reached_tolerance();
  }
  write_rows();
  return all_converged ? 0 : 1;
}

}  // namespace
}  // namespace nacre::perf

int main(int argc, char* argv[]) {
  nacre::perf::Options options;
  CLI::App app("AMG-PCG of Nacre beside that of hypre and MueLu");
  app.add_option("--problems", options.problems, "only problems whose name has one of these in it")
      ->delimiter(',');
  app.add_option("--contenders", options.contenders,
                 "instead of those that compete on a problem: names, or all")
      ->delimiter(',');
  app.add_flag("--quick", options.quick, "small problems, 3 repetitions");
  app.add_option("--repetitions", options.repetitions, "how often each contender runs (5)")
      ->check(CLI::PositiveNumber);
  app.add_option("--ranks", options.ranks, "ranks of each contender, under mpirun (1)")
      ->check(CLI::PositiveNumber);
  app.add_option("--run", options.run, "PROBLEM CONTENDER: this one, once, in this process")->expected(2);
  CLI11_PARSE(app, argc, argv);
  options.quick = options.quick || nacre::perf::quick();
  if (options.repetitions == 0) options.repetitions = options.quick ? 3 : 5;
  try {
    if (!options.run.empty()) return nacre::perf::run_here(options, argc, argv);
    return nacre::perf::run_suite(options);
  } catch (std::exception const& e) {
    std::fprintf(stderr, "perf_solvers: %s\n", e.what());
    return 3;
  }
}
