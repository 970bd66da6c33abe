// Learns step size and momentum of the heavy-ball iteration for a Poisson problem.
//
//   nacre_heavyball --samples 10 --epochs 200
//   nacre_heavyball --dimension 2 --size 32 --iterations 40 --report heavyball.html
//
// Prints key=value lines. Exit status: 0 done, 2 wrong use, 3 any other error.

#include <algorithm>

#include <nacre/autodiff/adam.hpp>
#include <nacre/autodiff/tape.hpp>
#include <nacre/core/elementwise_functions.hpp>
#include <nacre/core/inner_products.hpp>
#include <nacre/core/spmm_adjoint.hpp>

#include "heavyball_step.hpp"
#include "program.hpp"
#include "samples.hpp"
#include "training.hpp"

namespace {

using namespace nacre;
using namespace nacre::apps;

constexpr char const* kAbout = R"(Learns step size alpha and momentum beta of the heavy-ball iteration
x+ = x - alpha (A x - b) + beta (x - x-).

A is the Poisson matrix in 1, 2 or 3 dimensions. Each epoch runs the iteration on random directions x with b = 0 on the
tape, and takes a step of Adam on the mean of x^T A x at its end. The tape keeps every iteration, so memory grows with
their number.)";

struct HeavyballOptions : TrainingOptions {
  int iterations = 0;
};

HeavyballOptions parse_options(int argc, char const* const* argv, std::string& help) {
  HeavyballOptions o;
  o.command = command_of(argc, argv);
  o.samples = 10;
  o.epochs = 200;
  auto options = training_options(o, "random directions in each epoch");
  options.push_back(
      {"--iterations", &o.iterations, "of the method; 0: three quarters of --size, at most 50", 0, 1e6});
  help = parse("nacre_heavyball", kAbout, options, argc, argv);
  if (o.iterations == 0) o.iterations = std::max(1, std::min(50, 3 * o.size / 4));
  return o;
}

/// The loss as a function of alpha and beta, on the tape.
auto energy_after(ad::Tape<>& tape, CsrMatrix<double> const& A, ad::Var<OpInput<Vector<double>>> const& alpha,
                  ad::Var<OpInput<Vector<double>>> const& beta, RowMajor<double> const& start,
                  int iterations) {
  SpmmOp<> const product{A.pattern};
  auto previous = tape.constant(start), x = previous;
  for (int t = 0; t < iterations; ++t) {
    auto const next =
        tape.apply(HeavyballStepOp{}, alpha, beta, tape.apply(product, A.values, x), x, previous);
    previous = x;
    x = next;
  }
  auto const energy = tape.apply(DotOp{}, x, tape.apply(product, A.values, x));
  return tape.apply(scale_by(1. / static_cast<double>(start.extent(1))), energy);
}

bool run(Comm const& comm, HeavyballOptions const& o) {
  require_one_rank(comm, "nacre_heavyball");
  check_outputs(comm, {o.history, o.report});
  auto const A = make_poisson(comm, o).A.local();
  auto const k = static_cast<std::size_t>(o.samples);
  Vector<double> const alpha("alpha", 1), beta("beta", 1), squared_norms("squared_norms", k);
  RowMajor<double> const x("x", static_cast<std::size_t>(A.num_rows()), k);
  Kokkos::deep_copy(alpha, .5 / o.dimension);  // the largest eigenvalue of A grows with the dimension
  Kokkos::deep_copy(beta, .5);
  ad::AdamOptions adam_options;
  adam_options.learning_rate = o.learning_rate;
  ad::Adam<double> adam(adam_options);
  ad::Tape<> tape;
  LossLog log(comm, o);
  std::vector<double> alphas, betas;
  for (int epoch = 1; epoch <= o.epochs; ++epoch) {
    alphas.push_back(read_scalar(alpha));
    betas.push_back(read_scalar(beta));
    fill_random_directions(tape.exec(), epoch_seed(o.seed, epoch), x, squared_norms);
    tape.clear();
    auto const a = tape.leaf(alpha), b = tape.leaf(beta);
    auto const loss = energy_after(tape, A, a, b, x, o.iterations);
    tape.backward(loss);
    adam.set_learning_rate(scheduled_rate(o, epoch));
    adam.step(tape.exec(), {{alpha, tape.gradient(a)}, {beta, tape.gradient(b)}});
    log.add(read_scalar(loss.value));
  }
  double const seconds = log.seconds();
  log.done();

  Results const results{{"unknowns", std::to_string(A.num_rows())},
                        {"iterations", std::to_string(o.iterations)},
                        {"samples", std::to_string(o.samples)},
                        {"epochs", std::to_string(o.epochs)},
                        {"alpha", to_text(read_scalar(alpha))},
                        {"beta", to_text(read_scalar(beta))},
                        {"initial_loss", to_text(log.losses().front())},
                        {"loss", to_text(log.recent())},
                        {"seconds_per_epoch", to_text(seconds / o.epochs, "%.4g")}};
  Report report = make_training_report("Heavy ball", o, results, log);
  report.charts.push_back({"Parameters", "epoch", "", {{"alpha", alphas}, {"beta", betas}}});
  write_results(comm, o, results, log, report);
  return true;
}

}  // namespace

int main(int argc, char* argv[]) { return run_program("nacre_heavyball", argc, argv, parse_options, run); }
