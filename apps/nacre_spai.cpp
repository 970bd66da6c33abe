// Finds the sparse approximate inverse of a Poisson matrix by gradient descent.
//
//   nacre_spai --report spai.html
//   nacre_spai --dimension 3 --size 20 --tolerance 1e-4
//
// Prints key=value lines. Exit status: 0 the gradient is small enough, 1 it is not, 2 wrong use, 3 any other error.

#include <cmath>

#include <nacre/autodiff/sgd.hpp>
#include <nacre/autodiff/tape.hpp>
#include <nacre/core/elementwise_binary.hpp>
#include <nacre/core/norms.hpp>
#include <nacre/core/spgemm_adjoint.hpp>
#include <nacre/core/vector_ops.hpp>

#include "program.hpp"
#include "samples.hpp"
#include "training.hpp"

namespace {

using namespace nacre;
using namespace nacre::apps;

constexpr char const* kAbout = R"(Minimises |I - M A|_F^2 over the entries of M, which has the pattern of A.

A is the Poisson matrix in 1, 2 or 3 dimensions; M starts with ones everywhere. Plain gradient descent until the norm of
the gradient falls below --tolerance or --epochs are over. The learning rate that suits the largest and smallest
curvature is the default. Nothing is random: --samples and --seed are taken and ignored.)";

struct SpaiOptions : TrainingOptions {
  double tolerance = 1e-2;
};

/// 2 over the sum of the extreme eigenvalues of the Hessian. It is 2 A A^T on the pattern of each row; inside the grid, with
/// D = 2 * dimension on the diagonal of A, their sum is 2 (2 D^2 + 4 D - 3).
double best_rate(int dimension) {
  double const d = 2 * dimension;
  return 1 / (2 * d * d + 4 * d - 3);
}

SpaiOptions parse_options(int argc, char const* const* argv, std::string& help) {
  SpaiOptions o;
  o.command = command_of(argc, argv);
  o.size = 8;
  o.dimension = 2;
  o.epochs = 500;
  o.learning_rate = 0;
  auto options = training_options(o, "ignored: nothing is random");
  for (auto& option : options)
    if (std::string(option.name) == "--learning-rate") {
      option.what = "of gradient descent, constant; 0: the best for the curvature";
      option.exclusive = false;
    }
  options.push_back({"--tolerance", &o.tolerance, "norm of the gradient at which to stop", 0, 1e6, true});
  help = parse("nacre_spai", kAbout, options, argc, argv);
  if (o.learning_rate == 0) o.learning_rate = best_rate(o.dimension);
  return o;
}

/// The identity on a pattern that has the diagonal.
Vector<double> identity_on(CsrPattern<> const& pattern) {
  auto const ptr = host_view(pattern.row_ptr());
  auto const col = host_view(pattern.col());
  std::vector<double> values(pattern.num_entries(), 0.);
  for (Ordinal i = 0; i < pattern.num_rows(); ++i)
    for (auto k = ptr(i); k < ptr(i + 1); ++k)
      if (col(k) == i) values[static_cast<std::size_t>(k)] = 1;
  return to_device<DefaultDevice>("identity", values);
}

bool run(Comm const& comm, SpaiOptions const& o) {
  require_one_rank(comm, "nacre_spai");
  check_outputs(comm, {o.history, o.report});
  auto const A = make_poisson(comm, o).A.local();
  SpgemmOp<> const product{std::make_shared<SpgemmPlan<>>(A.pattern, A.pattern)};
  auto const identity = identity_on(product.plan->pattern());
  Vector<double> const M("M", A.num_entries());
  Kokkos::deep_copy(M, 1.);
  ad::SgdOptions sgd_options;
  sgd_options.learning_rate = o.learning_rate;
  ad::Sgd<double> sgd(sgd_options);
  ad::Tape<> tape;
  LossLog log(comm, o);
  std::vector<double> norms;
  bool small_enough = false;
  while (true) {
    tape.clear();
    auto const m = tape.leaf(M);
    auto const objective =
        tape.apply(SquaredNormOp{}, tape.apply(subtract(), identity, tape.apply(product, m, A.values)));
    tape.backward(objective);
    auto const gradient = tape.gradient(m);
    norms.push_back(std::sqrt(dot(tape.exec(), gradient, gradient)[0]));
    log.add(read_scalar(objective.value));
    small_enough = norms.back() < o.tolerance;
    if (small_enough || static_cast<int>(norms.size()) > o.epochs) break;
    sgd.step(tape.exec(), {{M, gradient}});
  }
  double const seconds = log.seconds();
  log.done();

  auto const epochs = norms.size() - 1;
  Results const results{{"unknowns", std::to_string(A.num_rows())},
                        {"nonzeros", std::to_string(A.num_entries())},
                        {"status", small_enough ? "converged" : "max_epochs"},
                        {"epochs", std::to_string(epochs)},
                        {"learning_rate", to_text(o.learning_rate)},
                        {"initial_objective", to_text(log.losses().front())},
                        {"objective", to_text(log.losses().back(), "%.10g")},
                        {"gradient_norm", to_text(norms.back(), "%.4g")},
                        {"seconds_per_epoch", to_text(seconds / static_cast<double>(epochs + 1), "%.4g")}};
  Report report = make_training_report("Sparse approximate inverse", o, results, log);
  Chart gradient{"Norm of the gradient", "epoch", "", {{"gradient", norms}}, true};
  gradient.levels = {{"tolerance", o.tolerance}};
  report.charts.push_back(gradient);
  auto const n = static_cast<std::size_t>(o.size);
  if (o.dimension == 2 && n <= 128) {  // what M does to the neighbourhood of each point, and its size
    auto const ptr = host_view(A.pattern.row_ptr());
    auto const col = host_view(A.pattern.col());
    auto const values = to_vector(M);
    Field diagonal{"diagonal of M", n, {}}, sums{"row sums of M", n, {}};
    for (Ordinal i = 0; i < A.num_rows(); ++i) {
      double sum = 0, d = 0;
      for (auto k = ptr(i); k < ptr(i + 1); ++k) {
        sum += values[static_cast<std::size_t>(k)];
        if (col(k) == i) d = values[static_cast<std::size_t>(k)];
      }
      diagonal.values.push_back(d);
      sums.values.push_back(sum);
    }
    report.fields = {{"Diagonal of M on the grid", {diagonal}}, {"Row sums of M on the grid", {sums}}};
  }
  write_results(comm, o, results, log, report);
  return small_enough;
}

}  // namespace

int main(int argc, char* argv[]) { return run_program("nacre_spai", argc, argv, parse_options, run); }
