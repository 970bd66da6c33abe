// Learns weights of the Jacobi iteration, one for each unknown of a Poisson problem.
//
//   nacre_jacobi --samples 64 --epochs 1000
//   nacre_jacobi --dimension 2 --size 32 --samples 64 --epochs 500 --report jacobi.html
//
// Prints key=value lines. Exit status: 0 done, 2 wrong use, 3 any other error.

#include <algorithm>
#include <cmath>

#include "jacobi_exact.hpp"
#include "jacobi_training.hpp"
#include "program.hpp"
#include "training.hpp"

namespace {

using namespace nacre::apps;
using nacre::Comm;

constexpr char const* kAbout =
    R"(Learns the weights omega of the Jacobi iteration x <- x - diag(omega) D^-1 (A x - b), one for each unknown.

A is the Poisson matrix in 1, 2 or 3 dimensions. Each epoch is a step of Adam on the mean of y^T A y over random
directions x, where y = (I - diag(omega) D^-1 A) x is what one iteration leaves of the error x. Weights start at one.
With few samples the weights stay noisy; with many they converge to the exact minimiser, which is computed, too:
about 0.6 inside and larger at the ends in 1D. They are printed for up to 10,000 unknowns.)";

constexpr std::size_t kMostPrinted = 10000;

struct JacobiOptions : TrainingOptions {
  std::string weights;
};

JacobiOptions parse_options(int argc, char const* const* argv, std::string& help) {
  JacobiOptions o;
  o.command = command_of(argc, argv);
  auto options = training_options(o, "random directions in each epoch");
  options.push_back({"--weights", &o.weights, "write omega to this file, one number a line"});
  help = parse("nacre_jacobi", kAbout, options, argc, argv);
  return o;
}

/// The weights over the unknowns, and over the grid if there is one to draw.
void draw(Report& report, TrainingOptions const& o, std::vector<double> const& omega,
          std::vector<double> const& exact) {
  auto const n = static_cast<std::size_t>(o.size);
  std::size_t const row = o.dimension == 1 ? 0 : o.dimension == 2 ? n / 2 * n : (n / 2 * n + n / 2) * n;
  auto const line = [&](std::vector<double> const& v) {
    return std::vector<double>(v.begin() + static_cast<std::ptrdiff_t>(row),
                               v.begin() + static_cast<std::ptrdiff_t>(row + n));
  };
  Chart weights{o.dimension == 1 ? "Weights" : "Weights along a line through the middle", "unknown", "omega"};
  weights.series = {{"learned", line(omega)}, {"exact minimiser", line(exact), {}, /*dots=*/n <= 200}};
  report.charts.push_back(weights);
  if (o.dimension == 1 || n > 128) return;
  std::size_t const plane = o.dimension == 2 ? 0 : n / 2 * n * n;
  auto const slice = [&](std::vector<double> const& v) {
    return std::vector<double>(v.begin() + static_cast<std::ptrdiff_t>(plane),
                               v.begin() + static_cast<std::ptrdiff_t>(plane + n * n));
  };
  report.fields.push_back({o.dimension == 2 ? "Weights on the grid" : "Weights on the plane in the middle",
                           {{"learned", n, slice(omega)}, {"exact minimiser", n, slice(exact)}}});
}

bool run(Comm const& comm, JacobiOptions const& o) {
  require_one_rank(comm, "nacre_jacobi");
  check_outputs(comm, {o.history, o.report, o.weights});
  auto const A = make_poisson(comm, o).A.local();
  JacobiTraining<> training(A, o.samples, o.seed, o.learning_rate);
  LossLog log(comm, o);
  for (int epoch = 1; epoch <= o.epochs; ++epoch) {
    training.set_learning_rate(scheduled_rate(o, epoch));
    log.add(training.step());
  }
  double const seconds = log.seconds();
  log.done();

  ExpectedJacobiLoss const expected_loss(A);
  auto const omega = to_vector(training.omega()), exact = expected_loss.minimiser();
  double distance = 0;
  for (std::size_t i = 0; i < omega.size(); ++i)
    distance = std::max(distance, std::fabs(omega[i] - exact[i]));
  Results results{{"unknowns", std::to_string(omega.size())},
                  {"samples", std::to_string(o.samples)},
                  {"epochs", std::to_string(o.epochs)},
                  {"loss", to_text(log.recent())},
                  {"expected_loss", to_text(expected_loss(omega))},
                  {"exact_loss", to_text(expected_loss(exact))},
                  {"distance_to_exact", to_text(distance, "%.4g")},
                  {"seconds_per_epoch", to_text(seconds / o.epochs, "%.4g")}};
  if (omega.size() <= kMostPrinted) results.push_back({"omega", to_text(omega)});
  if (!o.weights.empty()) {
    std::string lines;
    for (double const w : omega) lines += to_text(w, "%.17g") + "\n";
    on_first_rank(comm, [&] { nacre::write_file(o.weights, lines); });
  }
  Report report = make_training_report("Entry-wise Jacobi weights", o, results, log);
  if (!o.report.empty()) draw(report, o, omega, exact);
  write_results(comm, o, results, log, report);
  return true;
}

}  // namespace

int main(int argc, char* argv[]) { return run_program("nacre_jacobi", argc, argv, parse_options, run); }
