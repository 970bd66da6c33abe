// Learns a bidiagonal factor L of a preconditioner L L^T for conjugate gradients.
//
//   nacre_pcg_factor --report pcg_factor.html
//   nacre_pcg_factor --dimension 1 --size 64 --iterations 6
//
// Prints key=value lines. Exit status: 0 done, 2 wrong use, 3 any other error.

#include <nacre/autodiff/adam.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/pcg.hpp>

#include "program.hpp"
#include "samples.hpp"
#include "training.hpp"
#include "unrolled_pcg.hpp"

namespace {

using namespace nacre;
using namespace nacre::apps;

constexpr char const* kAbout =
    R"(Learns a lower bidiagonal L so that M = L L^T preconditions conjugate gradients.

A is the Poisson matrix in 1, 2 or 3 dimensions. Each epoch runs a few iterations of PCG on the tape and takes a step of
Adam on their relative residuals, later ones weighing more. It does so for FRESH RANDOM right-hand sides in every epoch:
trained on one right-hand side, L is good at the first iterations for that one only, and PCG takes more iterations to
1e-6 than without it. The result is judged on 50 other random right-hand sides.)";

struct FactorOptions : TrainingOptions {
  int iterations = 4;
  double discount = .6, tolerance = 1e-6;
};

FactorOptions parse_options(int argc, char const* const* argv, std::string& help) {
  FactorOptions o;
  o.command = command_of(argc, argv);
  o.size = 8;
  o.dimension = 2;
  o.samples = 16;
  o.epochs = 1500;
  auto options = training_options(o, "random right-hand sides in each epoch");
  options.push_back({"--iterations", &o.iterations, "of PCG that are trained on", 1, 1000});
  options.push_back(
      {"--discount", &o.discount, "weight of an iteration's residual over that of the next", 0, 1});
  options.push_back(
      {"--tolerance", &o.tolerance, "relative residual at which the judged solves stop", 0, 1, true});
  help = parse("nacre_pcg_factor", kAbout, options, argc, argv);
  return o;
}

/// The mean number of iterations over 50 random right-hand sides that training never sees, and the history of one.
struct Judgement {
  double iterations = 0;
  std::vector<double> history;
};

Judgement judge(CsrMatrix<double> const& A, solvers::Operator<double> const* M, FactorOptions const& o) {
  constexpr int kSolves = 50;
  auto const n = static_cast<std::size_t>(A.num_rows());
  RowMajor<double> const b("b", n, kSolves);
  Vector<double> const squared_norms("squared_norms", kSolves);
  fill_random_directions(ExecOf<DefaultDevice>(), epoch_seed(o.seed, -1), b, squared_norms);
  MultiVector<double> const columns("b", n, kSolves), x("x", n, kSolves);
  Kokkos::deep_copy(columns, b);
  solvers::KrylovOptions options;
  options.tolerance = o.tolerance;
  options.max_iterations = 100000;
  solvers::MatrixOperator<double> const op({DistributedPattern<>(A.pattern), A.values});
  auto const info = solvers::Pcg<double>(options).solve({}, op, M, columns, x);
  if (!info.converged()) fail(cat("PCG did not converge: ", to_string(info.status)));
  double sum = 0;
  for (auto const& column : info.columns) sum += column.iterations;
  return {sum / kSolves, info.history};
}

bool run(Comm const& comm, FactorOptions const& o) {
  require_one_rank(comm, "nacre_pcg_factor");
  check_outputs(comm, {o.history, o.report});
  auto const A = make_poisson(comm, o).A.local();
  if (A.num_rows() <= o.iterations)
    throw UsageError(cat("--size = ", o.size, ": PCG solves a system of ", A.num_rows(),
                         " unknowns in as many iterations; ", "training on ", o.iterations, " needs more"));
  UnrolledPcg const unrolled{A, lower_bidiagonal(A.num_rows())};
  Vector<double> const values("L", unrolled.L.num_entries());
  Kokkos::deep_copy(values, .1);
  Kokkos::deep_copy(Kokkos::View<double*, Kokkos::LayoutStride, DefaultDevice>(
                        values.data(), Kokkos::LayoutStride(static_cast<std::size_t>(A.num_rows()), 2)),
                    2.);  // the diagonal: entries 0, 2, 4, ...
  RowMajor<double> const b("b", static_cast<std::size_t>(A.num_rows()), static_cast<std::size_t>(o.samples));
  Vector<double> const squared_norms("squared_norms", b.extent(1));
  ad::Tape<> tape;
  ad::Adam<double> adam;
  LossLog log(comm, o);
  for (int epoch = 1; epoch <= o.epochs; ++epoch) {
    fill_random_directions(tape.exec(), epoch_seed(o.seed, epoch), b, squared_norms);
    tape.clear();
    auto const L = tape.leaf(values);
    auto const loss = unrolled.loss(tape, L, b, o.iterations, o.discount);
    tape.backward(loss);
    adam.set_learning_rate(scheduled_rate(o, epoch));
    adam.step(tape.exec(), {{values, tape.gradient(L)}});
    log.add(read_scalar(loss.value));
  }
  double const seconds = log.seconds();
  log.done();

  auto const& pattern = unrolled.square.plan->pattern();
  Vector<double> const M_values("M", pattern.num_entries());
  tape.clear();
  Kokkos::deep_copy(M_values, unrolled.factors(tape, values).value);
  solvers::MatrixOperator<double> const M({DistributedPattern<>(pattern), M_values});
  auto const learned = judge(A, &M, o), plain = judge(A, nullptr, o);
  Results const results{{"unknowns", std::to_string(A.num_rows())},
                        {"parameters", std::to_string(values.extent(0))},
                        {"iterations", std::to_string(o.iterations)},
                        {"samples", std::to_string(o.samples)},
                        {"epochs", std::to_string(o.epochs)},
                        {"initial_loss", to_text(log.losses().front())},
                        {"loss", to_text(log.recent(50))},
                        {"mean_iterations", to_text(learned.iterations, "%.4g")},
                        {"mean_iterations_cg", to_text(plain.iterations, "%.4g")},
                        {"seconds_per_epoch", to_text(seconds / o.epochs, "%.4g")}};
  Report report = make_training_report("A learned factor for conjugate gradients", o, results, log);
  report.curves = {{"with the learned factor", learned.history}, {"plain", plain.history}};
  report.tolerance = o.tolerance;
  auto const L = to_vector(values);
  Chart factor{"Entries of L", "row", ""};
  factor.series = {{"diagonal", {}}, {"below", {}}};
  for (std::size_t k = 0; k < L.size(); ++k) factor.series[k % 2].y.push_back(L[k]);
  report.charts.push_back(factor);
  write_results(comm, o, results, log, report);
  return true;
}

}  // namespace

int main(int argc, char* argv[]) { return run_program("nacre_pcg_factor", argc, argv, parse_options, run); }
