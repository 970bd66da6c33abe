// Times the application of learned sparse approximate inverses, and checks what training them must reach.
//
//   nacre_bench_spai --size 64
//   nacre_bench_spai --check --only 19,20
//
// Prints key=value lines. Exit status: 0 done, 1 a check failed, 2 wrong use, 3 any other error.

#include <algorithm>
#include <cstdio>
#include <sstream>

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/pcg.hpp>

#include "learning_systems.hpp"
#include "program.hpp"
#include "sparse_inverse_checks.hpp"

namespace {

using namespace nacre;
using namespace nacre::apps;

constexpr int kApplication = 29;

constexpr char const* kAbout =
    R"(Times products with a learned factor, F^T F r + epsilon r, and whole iterations of conjugate gradients, on a heat problem.

With --check it runs acceptance checks instead, and prints check_<number>=pass or fail, its numbers and what is required:
  19  a network overfits a single box
  20  heat, 21 Poisson, 22 elasticity: iterations on systems of the kind trained with, and of larger beams
  23  iterations on larger and denser boxes than those trained with
  24  what epsilon and the norm of the matrix do
  29  the times

Exit status: 0 done, 1 a check failed, 2 wrong use, 3 any other error.)";

struct Options {
  bool check = false, progress = false;
  std::string only;
  std::int64_t seed = 42;
  int size = 48, repeats = 41;
};

std::vector<int> all_checks() {
  std::vector<int> numbers;
  for (int number = SparseInverseChecks::kFirst; number <= SparseInverseChecks::kLast; ++number)
    numbers.push_back(number);
  numbers.push_back(kApplication);
  return numbers;
}

std::vector<int> checks_to_run(std::string const& only) {
  auto const all = all_checks();
  if (only.empty()) return all;
  std::vector<int> numbers;
  std::istringstream in(only);
  for (std::string part; std::getline(in, part, ',');) {
    auto const at =
        std::find_if(all.begin(), all.end(), [&](int number) { return std::to_string(number) == part; });
    if (at == all.end()) throw UsageError(cat("--only: there is no check '", part, "'; see --help"));
    numbers.push_back(*at);
  }
  return numbers;
}

Options parse_options(int argc, char const* const* argv, std::string& help) {
  Options o;
  help = parse("nacre_bench_spai", kAbout,
               {{"--check", &o.check, "run acceptance checks"},
                {"--only", &o.only, "their numbers, divided by commas; default: all"},
                {"--seed", &o.seed, "of the networks that are trained", 0, 1e15},
                {"--size", &o.size, "points in a direction of the problem that is timed", 2, 1000},
                {"--repeats", &o.repeats, "of which the median counts", 1, 1e6},
                {"--progress", &o.progress, "show progress on stderr though it is no terminal"}},
               argc, argv);
  checks_to_run(o.only);
  if (!o.only.empty() && !o.check) throw UsageError("--only chooses among the checks of --check");
  return o;
}

/// Something to time, a few at once, and the medians of its times.
struct Timed {
  std::string name;
  std::function<void()> work;
  int per_sample;
  std::vector<double> seconds = {};
};

/// One after the other in turns, so that all see the same machine.
void time(std::vector<Timed>& all, int repeats) {
  for (int repeat = -2; repeat < repeats; ++repeat)  // the first ones warm up
    for (auto& timed : all) {
      auto const before = std::chrono::steady_clock::now();
      for (int i = 0; i < timed.per_sample; ++i) timed.work();
      Kokkos::fence();
      if (repeat >= 0) timed.seconds.push_back(seconds_since(before) / timed.per_sample);
    }
}

/// The times of products and iterations. The network is not trained: its numbers do not matter for them.
CheckOutcome application(Options const& o) {
  constexpr int kShort = 10, kLong = 40;  // iterations, the difference of which counts
  using Exec = ExecOf<DefaultDevice>;
  LearningProblemOptions problem;
  problem.problem = "heat";
  problem.mesh = "jittered";
  problem.size = o.size;
  auto const system = make_compared(load_systems(Comm::self(), problem, 0, 1)[0]);
  LearnedInverse<float> network(nn::paper_options());
  network.network().initialize(1);
  auto const single = network.make(system.A, system.nodes, FactorPrecision::single);
  auto const same = network.make(system.A, system.nodes, FactorPrecision::same);
  solvers::MatrixOperator<double> const A(system.A);
  auto const n = system.b.extent(0);
  MultiVector<double> const y("y", n, 1), x("x", n, 1);
  auto const product = [&](solvers::Operator<double> const& of) {
    return [&] { of.apply(Exec(), system.b, y); };
  };
  std::vector<std::unique_ptr<solvers::Pcg<double>>> solvers;
  auto const iterate = [&](solvers::Preconditioner<double> const* M, int iterations) {
    solvers::KrylovOptions krylov;
    krylov.tolerance = 1e-15;
    krylov.max_iterations = iterations;
    solvers.push_back(std::make_unique<solvers::Pcg<double>>(krylov));
    return [&, M, pcg = solvers.back().get()] {
      Kokkos::deep_copy(x, 0.);
      auto const info = pcg->solve(Exec(), A, M, system.b, x);
      if (info.iterations != pcg->options().max_iterations)
        fail(cat("conjugate gradients ended after ", info.iterations, " iterations as ",
                 to_string(info.status), "; a larger --size may help"));
    };
  };
  // samples of similar length, since on a busy machine long ones are interrupted more often
  std::vector<Timed> all{{"product", product(A), 30},
                         {"application", product(*single.operation), 15},
                         {"application_same_precision", product(*same.operation), 15},
                         {"plain_short", iterate(nullptr, kShort), 1},
                         {"plain_long", iterate(nullptr, kLong), 1},
                         {"short", iterate(single.operation.get(), kShort), 1},
                         {"long", iterate(single.operation.get(), kLong), 1},
                         {"same_precision_short", iterate(same.operation.get(), kShort), 1},
                         {"same_precision_long", iterate(same.operation.get(), kLong), 1}};
  time(all, o.repeats);
  std::map<std::string, double> t;
  for (auto const& timed : all) t[timed.name] = median(timed.seconds);
  auto const iteration = [&](std::string const& which) {
    return (t[which + "long"] - t[which + "short"]) / (kLong - kShort);
  };
  CheckOutcome outcome;
  outcome.note("unknowns", static_cast<double>(n));
  outcome.note("nonzeros", static_cast<double>(system.A.pattern.num_global_entries()));
  outcome.note("nonzeros_of_factor", static_cast<double>(single.F.pattern.num_global_entries()));
  outcome.note("product_seconds", t["product"]);
  outcome.note("application_seconds", t["application"]);
  outcome.note("plain_iteration_seconds", iteration("plain_"));
  outcome.note("iteration_seconds", iteration(""));
  outcome.at_most("application_over_two_products", t["application"] / (2 * t["product"]), 1.3);
  outcome.at_most("iteration_over_product", iteration("") / t["product"], 3.2);
  outcome.at_most("same_precision_application_over_two_products",
                  t["application_same_precision"] / (2 * t["product"]), 1.3);
  outcome.note("same_precision_iteration_over_product", iteration("same_precision_") / t["product"]);
  outcome.note("iteration_over_plain_iteration", iteration("") / iteration("plain_"));
  outcome.note("plain_iteration_over_product", iteration("plain_") / t["product"]);
  return outcome;
}

bool run(Comm const& comm, Options const& o) {
  require_one_rank(comm, "nacre_bench_spai");
  if (!o.check) {
    print_results(application(o).numbers);
    return true;
  }
  bool all_passed = true;
  SparseInverseChecks checks(o.seed, o.progress);
  for (int const number : checks_to_run(o.only)) {
    auto const before = std::chrono::steady_clock::now();
    auto const outcome = number == kApplication ? application(o) : checks.run(number);
    auto const name = cat("check_", number);
    Results results{{name, outcome.passed ? "pass" : "fail"},
                    {name + "_seconds", to_text(seconds_since(before), "%.3g")}};
    for (auto const& [key, value] : outcome.numbers) results.emplace_back(cat(name, "_", key), value);
    print_results(results);
    std::fflush(stdout);
    all_passed = all_passed && outcome.passed;
  }
  return all_passed;
}

}  // namespace

int main(int argc, char* argv[]) { return run_program("nacre_bench_spai", argc, argv, parse_options, run); }
