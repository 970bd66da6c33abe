// AMG-PCG beside MueLu with Belos' CG: set-up, repeated set-up and solve of the same matrix to the same true
// residual, in the same run.
//
//   perf_solvers --benchmark_filter=poisson3d --benchmark_format=json
//   mpirun -n 2 perf_solvers
//
// A benchmark is a problem; a repetition runs each contender once, in turn, so that a change of the machine's
// speed meets all of them. Reported are medians over the repetitions and the ratio to MueLu of set-up plus solve.
#include <benchmark/benchmark.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nacre/core/problems.hpp>
#include <nacre/solvers/amg.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/pcg.hpp>
#ifdef NACRE_HAVE_TRILINOS
#include <nacre/trilinos/belos_solvers.hpp>
#include <nacre/trilinos/muelu.hpp>
#endif

#include "support.hpp"

namespace nacre::perf {
namespace {

using Vectors = MultiVector<double>;

/// What one run of one contender gave.
struct Sample {
  double setup = 0, update = 0, solve = 0;
  int iterations = 0;
  double relative_residual = 0;
};

/// Seconds of f(), the slowest rank's.
template <class F>
double seconds(Comm const& comm, F const& f) {
  comm.barrier();
  auto const start = std::chrono::steady_clock::now();
  f();
  compat::fence(DefaultDevice::execution_space(), "nacre::perf");
  return comm.max(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

Sample measure(Problem<double> const& problem,
               std::function<std::unique_ptr<solvers::Preconditioner<double>>()> const& make,
               std::function<solvers::SolveInfo(solvers::Operator<double> const&, Vectors const&,
                                                Vectors const&)> const& solve) {
  auto const& comm = problem.A.comm();
  Vectors const b("b", static_cast<std::size_t>(problem.A.pattern.num_owned_rows()), 1),
      x("x", b.extent(0), 1);
  Kokkos::deep_copy(b, 1.);
  Sample sample;
  std::unique_ptr<solvers::Preconditioner<double>> M;
  sample.setup = seconds(comm, [&] { M = make(); });
  sample.update = seconds(comm, [&] { M->update(problem.A); });
  solvers::SolveInfo info;
  sample.solve = seconds(comm, [&] { info = solve(*M, b, x); });
  sample.iterations = info.iterations;
  sample.relative_residual = info.relative_residual;
  return sample;
}

Sample run_nacre(Problem<double> const& problem) {
  solvers::AmgOptions options;
  options.block_size = problem.block_size;
  solvers::Pcg<double> pcg;
  return measure(
      problem,
      [&] { return std::make_unique<solvers::Amg<double>>(problem.A, problem.near_nullspace, options); },
      [&](auto const& M, auto const& b, auto const& x) {
        return pcg.solve({}, solvers::MatrixOperator<double>(problem.A), &M, b, x);
      });
}

#ifdef NACRE_HAVE_TRILINOS
Sample run_muelu(Problem<double> const& problem) {
  trilinos::MueLuOptions options;
  options.block_size = problem.block_size;
  options.near_nullspace = problem.near_nullspace;
  options.reuse = "RP";
  return measure(
      problem, [&] { return std::make_unique<trilinos::MueLuPreconditioner>(problem.A, options); },
      [&](auto const& M, auto const& b, auto const& x) {
        return trilinos::belos_solve("Pseudoblock CG", problem.A, &M, b, x);
      });
}
#endif

struct Contender {
  std::string name;
  std::function<Sample(Problem<double> const&)> run;
};
std::vector<Contender> contenders() {
  std::vector<Contender> list{{"nacre", run_nacre}};
#ifdef NACRE_HAVE_TRILINOS
  list.push_back({"muelu", run_muelu});
#endif
  return list;
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  std::size_t const n = v.size();
  return n == 0 ? 0 : n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

void amg_pcg(benchmark::State& state, std::function<Problem<double>(Comm const&)> const& make_problem) {
  auto const world = Comm::world();
  auto const problem = make_problem(world);
  std::map<std::string, std::vector<Sample>> samples;
  for (auto _ : state) {
    double total = 0;
    for (auto const& c : contenders()) {
      samples[c.name].push_back(c.run(problem));
      auto const& s = samples[c.name].back();
      if (c.name == "nacre") total = s.setup + s.solve;
    }
    state.SetIterationTime(total);
  }
  std::map<std::string, double> totals;
  for (auto const& [name, runs] : samples) {
    auto const of = [&, &all = runs](auto const& value) {
      std::vector<double> v;
      for (auto const& s : all) v.push_back(value(s));
      return median(v);
    };
    state.counters[name + "_setup_s"] = of([](Sample const& s) { return s.setup; });
    state.counters[name + "_update_s"] = of([](Sample const& s) { return s.update; });
    state.counters[name + "_solve_s"] = of([](Sample const& s) { return s.solve; });
    state.counters[name + "_iterations"] =
        of([](Sample const& s) { return static_cast<double>(s.iterations); });
    state.counters[name + "_relative_residual"] = of([](Sample const& s) { return s.relative_residual; });
    state.counters[name + "_update_over_setup"] = of([](Sample const& s) { return s.update / s.setup; });
    totals[name] = of([](Sample const& s) { return s.setup + s.solve; });
  }
  if (totals.count("muelu") > 0) {
    std::vector<double> ratios;
    for (std::size_t r = 0; r < samples["nacre"].size(); ++r)
      ratios.push_back((samples["nacre"][r].setup + samples["nacre"][r].solve) /
                       (samples["muelu"][r].setup + samples["muelu"][r].solve));
    state.counters["ratio_to_muelu"] = median(ratios);
  }
  state.counters["unknowns"] = static_cast<double>(problem.A.pattern.rows().num_global());
  state.counters["ranks"] = world.size();
}

void add(std::string const& name, std::function<Problem<double>(Comm const&)> const& make) {
  benchmark::RegisterBenchmark(("amg_pcg/" + name).c_str(), amg_pcg, make)
      ->UseManualTime()
      ->Unit(benchmark::kSecond)
      ->Iterations(5);
}

}  // namespace
}  // namespace nacre::perf

/// Prints nothing: what ranks other than the first report to.
class Silent : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(Context const&) override { return true; }
  void ReportRuns(std::vector<Run> const&) override {}
};

int main(int argc, char* argv[]) {
  nacre::MpiScope const mpi(argc, argv);
  Kokkos::ScopeGuard const kokkos(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  nacre::perf::add_context();
  using nacre::Comm;
  nacre::perf::add("poisson3d_100", [](Comm const& c) { return nacre::poisson_3d(c, {100, 100, 100}); });
  nacre::perf::add("poisson2d_1000", [](Comm const& c) { return nacre::poisson_2d(c, {1000, 1000, 1}); });
  nacre::perf::add("tets_80", [](Comm const& c) { return nacre::poisson_tets(c, {80, 80, 80}); });
  nacre::perf::add("poisson27_80", [](Comm const& c) { return nacre::poisson_27_point(c, {80, 80, 80}); });
  nacre::perf::add("anisotropic_100", [](Comm const& c) {
    return nacre::poisson_3d(c, {100, 100, 100}, {{1, 1, .01}});
  });
  nacre::perf::add("jumps_100", [](Comm const& c) {
    return nacre::jumping_coefficients(c, {100, 100, 100});
  });
  nacre::perf::add("elasticity_40", [](Comm const& c) { return nacre::elasticity(c, {40, 40, 40}); });
  try {
    if (Comm::world().rank() == 0) {
      benchmark::RunSpecifiedBenchmarks();
    } else {
      Silent silent;
      benchmark::RunSpecifiedBenchmarks(&silent);
    }
  } catch (std::exception const& e) {
    std::fprintf(stderr, "perf_solvers: %s\n", e.what());
    Comm::world().abort(3);
  }
  return 0;
}
