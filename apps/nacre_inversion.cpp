// Recovers a piecewise constant diffusion coefficient from noisy observations, on one or several ranks.
//
//   nacre_inversion --report inversion.html --vtu inversion.vtu
//   mpirun -n 3 nacre_inversion --size 24 --samples 6 --check
//
// Prints key=value lines. Exit status: 0 converged, 1 not converged, 2 wrong use, 3 any other error.

#include <nacre/autodiff/lbfgs.hpp>

#include "inversion.hpp"
#include "nearest.hpp"
#include "program.hpp"

namespace {

using namespace nacre;
using namespace nacre::apps;

constexpr char const* kAbout =
    R"(Recovers the diffusion coefficient k of -div(k grad u) = f from noisy observations of u.

k is 1 but for two inclusions; u is observed for several sources f. The logarithm of k, one number for each cell, is found
by L-BFGS as the minimum of misfit and regularisation. Gradients come from the tape: of the solves (PCG with AMG) by
adjoint solves, of communication by its adjoint. The result is the same on any number of ranks.)";

InversionOptions parse_options(int argc, char const* const* argv, std::string& help) {
  InversionOptions o;
  o.command = command_of(argc, argv);
  o.dimension = 3;
  o.samples = 4;
  o.epochs = 200;
  auto options = training_options(o, "sources, each with its observed solution");
  for (auto option = options.begin(); option != options.end();)
    option = std::string(option->name) == "--learning-rate" ? options.erase(option) : option + 1;
  std::vector<Option> const more{
      {"--noise", &o.noise, "of the observations, relative", 0, 10},
      {"--contrast", &o.contrast, "of the inclusions: their coefficients are this and its inverse", 1, 1e4},
      {"--observed", &o.observed, "part of the cells that are observed", 1e-3, 1},
      {"--regularizer", &o.regularizer, "tv (total variation, keeps jumps) or tikhonov"},
      {"--regularization", &o.regularization, "its weight", 0, 1e9},
      {"--smoothing", &o.smoothing, "of tv: jumps below this are not sharpened", 0, 1e3, true},
      {"--tolerance", &o.tolerance, "relative residual at which solves stop", 0, 1, true},
      {"--gradient-tolerance", &o.gradient_tolerance, "over the gradient at the start, at which to stop", 0,
       1, true},
      {"--check", &o.check, "compare the gradient at the start with a difference"},
      {"--vtu", &o.vtu, "write truth, estimate and observations to this file for ParaView"}};
  options.insert(options.end(), more.begin(), more.end());
  help = parse("nacre_inversion", kAbout, options, argc, argv);
  if (o.regularizer != "tv" && o.regularizer != "tikhonov")
    throw UsageError(cat("--regularizer = '", o.regularizer, "' is not known; did you mean ",
                         nearest(o.regularizer, {"tv", "tikhonov"}), "?"));
  return o;
}

bool run(Comm const& comm, InversionOptions const& o) {
  check_outputs(comm, {o.history, o.report, o.vtu});
  Inversion inversion(comm, o);
  Results results{{"ranks", std::to_string(comm.size())}};
  if (o.check) results.push_back({"gradient_check", to_text(inversion.check_gradient(), "%.2e")});

  double const initial_error = inversion.coefficient_error();
  double initial_misfit = 0;
  LossLog log(comm, o);
  std::vector<double> errors, misfits;
  ad::LbfgsOptions options;
  options.max_iterations = o.epochs;
  options.gradient_tolerance = o.gradient_tolerance;
  options.memory = 20;
  options.on_iteration = [&](ad::MinimizeProgress const& p) {
    if (p.iteration == 0) initial_misfit = inversion.misfit();
    log.add(p.loss);
    misfits.push_back(inversion.misfit());
    errors.push_back(inversion.coefficient_error());
    return true;
  };
  auto const parameters = inversion.parameters();
  auto const found = ad::Lbfgs<double>(options, comm).minimize({}, parameters, [&] {
    return inversion.loss_and_gradient();
  });
  double const seconds = log.seconds();
  log.done();

  Results const more{{"unknowns", to_text(std::pow(static_cast<double>(o.size), o.dimension))},
                     {"sources", std::to_string(o.samples)},
                     {"status", to_string(found.status)},
                     {"iterations", std::to_string(found.iterations)},
                     {"evaluations", std::to_string(found.evaluations)},
                     {"initial_loss", to_text(found.initial_loss)},
                     {"loss", to_text(found.loss)},
                     {"initial_misfit", to_text(initial_misfit)},
                     {"misfit", to_text(misfits.empty() ? initial_misfit : misfits.back())},
                     {"initial_error", to_text(initial_error)},
                     {"coefficient_error", to_text(inversion.coefficient_error())},
                     {"seconds", to_text(seconds, "%.4g")}};
  results.insert(results.end(), more.begin(), more.end());
  if (!o.vtu.empty()) inversion.write_fields(o.vtu);
  Report report =
      make_training_report("A diffusion coefficient from observations", o, results, log, "iteration");
  Chart convergence{"Misfit and error of the coefficient",
                    "iteration",
                    "",
                    {{"misfit", misfits}, {"relative error", errors}},
                    true};
  convergence.levels = {{"misfit of the noise", .5}};
  report.charts.push_back(convergence);
  if (!o.report.empty()) inversion.draw(report);
  write_results(comm, o, results, log, report);
  return found.converged();
}

}  // namespace

int main(int argc, char* argv[]) { return run_program("nacre_inversion", argc, argv, parse_options, run); }
