#include "sparse_inverse_checks.hpp"

#include <algorithm>
#include <cmath>

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/core/elasticity_systems.hpp>
#include <nacre/core/tet_systems.hpp>

#include "learning_systems.hpp"

namespace nacre::apps {

void CheckOutcome::note(std::string const& name, double value) {
  numbers.emplace_back(name, to_text(value, "%.4g"));
}

void CheckOutcome::at_most(std::string const& name, double value, double limit) {
  note(name, value);
  numbers.emplace_back(name + "_required", cat("at most ", limit));
  passed = passed && value <= limit;  // a number that is none has not passed
}

void CheckOutcome::at_least(std::string const& name, double value, double limit) {
  note(name, value);
  numbers.emplace_back(name + "_required", cat("at least ", limit));
  passed = passed && value >= limit;
}

namespace {

constexpr std::uint64_t kUnseen = 2;  // seed of systems that no training has

/// Iterations of the last tolerance.
using Iterations = std::map<std::string, double>;

Iterations iterations(std::vector<ComparedSystem> const& systems, LearnedInverse<float>& network) {
  std::vector<std::string> const methods{"learned", "none", "jacobi", "fsai0", "ic0"};
  auto const results = compare_methods(Comm::self(), methods, systems, network);
  Iterations means;
  for (std::size_t m = 0; m < methods.size(); ++m) means[methods[m]] = mean_iterations(results[m]).back();
  return means;
}

void note_iterations(CheckOutcome& outcome, std::string const& what, Iterations const& means) {
  for (auto const& [method, mean] : means) outcome.note(what + "iterations_" + method, mean);
}

std::vector<ComparedSystem> compared(std::vector<LinearSystem> const& systems) {
  std::vector<ComparedSystem> all;
  for (auto const& system : systems) all.push_back(make_compared(system));
  return all;
}

/// The box of 8 by 8 by 8 points that is trained and tested with alone, b = A sin(i + 1).
struct SingleBox {
  LinearSystem system;
  std::vector<ComparedSystem> compared;

  SingleBox()
      : system(
            heat_system(tet_box({8, 8, 8}, {{-1, -1, -1}}, {{1, 1, 1}}), {CoefficientOptions{1e-3, 1e-3}})),
        compared{make_compared(system)} {
    auto& only = compared[0];
    MultiVector<double> const x("x", only.b.extent(0), 1);
    auto const host = Kokkos::create_mirror_view(x);
    for (std::size_t i = 0; i < host.extent(0); ++i) host(i, 0) = std::sin(static_cast<double>(i + 1));
    Kokkos::deep_copy(x, host);
    spmv(ExecOf<DefaultDevice>(), only.A, x, only.b);
  }
};

/// What has become of a network that was trained with this box alone, at a constant learning rate.
struct TrainedOnBox {
  std::vector<double> losses;  ///< of each step
  Iterations iterations;

  /// The mean over the 20 steps up to this one.
  double loss(std::size_t step) const {
    double sum = 0;
    for (std::size_t i = step - 20; i < step; ++i) sum += losses[i];
    return sum / 20;
  }
};

TrainedOnBox train_on_box(SingleBox const& box, double epsilon, nn::MatrixNorm norm, std::size_t steps,
                          std::int64_t seed, bool show) {
  SparseInverseTrainingOptions o;
  o.network = nn::released_options();
  o.network.epsilon = epsilon;
  o.network.norm = norm;
  o.batch = 1;
  o.seed = seed;
  o.rate_decay = 1;
  SparseInverseTraining training(Comm::self(), o, {make_training_sample(box.system, o)});
  Progress progress(Comm::self(), show);
  TrainedOnBox result;
  while (result.losses.size() < steps) {
    result.losses.push_back(training.step());
    progress.update([&] { return cat("epsilon ", epsilon, ", step ", training.steps(), " of ", steps); });
  }
  progress.clear();
  result.iterations = iterations(box.compared, training.inverse());
  return result;
}

/// Systems of a small problem as they are trained with, except for their size or density.
std::vector<LinearSystem> other_systems(std::string const& name, int count, int size, double density = 0) {
  LearningProblemOptions problem;
  problem.problem = name;
  problem.seed = static_cast<std::int64_t>(kUnseen);
  problem.size = problem.size_min = size;
  if (density > 0) problem.density_min = problem.density_max = density;
  return load_systems(Comm::self(), problem, 0, count);
}

}  // namespace

CheckOutcome SparseInverseChecks::run(int number) {
  switch (number) {
    case 19:
      return overfitting();
    case 20:
      return same_kind("heat-small", "paper", .5);
    case 21:
      return same_kind("poisson-small", "released", .52);
    case 22:
      return beams();
    case 23:
      return other_boxes();
    case 24:
      return ablation();
    default:
      fail(cat("there is no check ", number, " of trainings; there are ", kFirst, " to ", kLast));
  }
}

/// Loss of a single system, and what the network is worth on it.
CheckOutcome SparseInverseChecks::overfitting() {
  SingleBox const box;
  auto const trained = train_on_box(box, 3e-3, nn::MatrixNorm::mean, 1500, seed_, progress_);
  CheckOutcome outcome;
  outcome.note("loss_at_50", trained.loss(50));
  outcome.at_most("loss_at_200", trained.loss(200), .08);
  outcome.at_most("loss_at_400", trained.loss(400), .04);
  outcome.note("loss_at_1500", trained.loss(1500));
  note_iterations(outcome, "", trained.iterations);
  outcome.at_most("iterations", trained.iterations.at("learned"), 27);
  return outcome;
}

SparseInverseLearning& SparseInverseChecks::trained(std::string const& problem, std::string const& preset) {
  auto& learning = trainings_[problem + " " + preset];
  if (learning) return *learning;
  SparseInverseLearningOptions o;
  o.network = preset == "paper" ? nn::paper_options() : nn::released_options();
  o.seed = seed_;
  bool const is_elastic = problem == "elasticity-small";
  std::int64_t const count = is_elastic ? 50 : 75, num_train = count * 4 / 5;
  LearningProblemOptions systems;
  systems.problem = problem;
  std::vector<nn::SparseInverseSample> samples;
  std::vector<ComparedSystem> validation;
  for (auto const& system : load_systems(Comm::self(), systems, 0, count)) {
    o.network.block_size = system.block_size();
    o.network.node_features = system.features.extent(1);
    if (static_cast<std::int64_t>(samples.size()) < num_train)
      samples.push_back(make_training_sample(system, o));
    else
      validation.push_back(make_compared(system));
  }
  std::int64_t const steps = problem == "heat-small" ? 2400 : problem == "poisson-small" ? 2000 : 3000;
  o.epochs = static_cast<int>(steps / ((num_train + o.batch - 1) / o.batch));
  o.validate_every = o.epochs;  // once, after the last step
  o.progress = progress_;
  learning =
      std::make_unique<SparseInverseLearning>(Comm::self(), o, std::move(samples), std::move(validation));
  if (!learning->run()) fail(cat("the training with ", problem, " was interrupted"));
  return *learning;
}

void SparseInverseChecks::validate(CheckOutcome& outcome, std::string const& what,
                                   SparseInverseLearning& learning, double over_jacobi, double over_fsai0) {
  auto const means = iterations(learning.validation(), learning.training().inverse());
  outcome.note(what + "steps", static_cast<double>(learning.training().steps()));
  outcome.note(what + "training_seconds", learning.record().seconds);
  outcome.note(what + "loss", learning.record().losses.back());
  note_iterations(outcome, what, means);
  outcome.at_most(what + "over_jacobi", means.at("learned") / means.at("jacobi"), over_jacobi);
  outcome.at_most(what + "over_fsai0", means.at("learned") / means.at("fsai0"), over_fsai0);
}

/// Systems of the kind that was trained with.
CheckOutcome SparseInverseChecks::same_kind(std::string const& problem, std::string const& preset,
                                            double over_jacobi) {
  CheckOutcome outcome;
  validate(outcome, "", trained(problem, preset), over_jacobi, 1);
  return outcome;
}

/// The limits of the preset `released` are those of the measurements, which were with it.
CheckOutcome SparseInverseChecks::beams() {
  CheckOutcome outcome;
  std::vector<LinearSystem> fine;
  for (std::uint64_t i = 0; i < 3; ++i) fine.push_back(elasticity_small(kUnseen, i, 8, 8));
  for (std::string const preset : {"paper", "released"}) {
    auto& learning = trained("elasticity-small", preset);
    validate(outcome, preset + "_", learning, .5, preset == "paper" ? 1.05 : 1.1);
    auto const means = iterations(compared(fine), learning.training().inverse());
    note_iterations(outcome, preset + "_fine_", means);
    outcome.at_most(preset + "_fine_over_jacobi", means.at("learned") / means.at("jacobi"), .55);
  }
  return outcome;
}

/// Larger and denser boxes than those trained with.
CheckOutcome SparseInverseChecks::other_boxes() {
  CheckOutcome outcome;
  auto const look = [&](char const* what, SparseInverseLearning& learning,
                        std::vector<LinearSystem> const& systems, double limit) {
    auto const means = iterations(compared(systems), learning.training().inverse());
    note_iterations(outcome, cat(what, "_"), means);
    outcome.at_most(cat(what, "_over_jacobi"), means.at("learned") / means.at("jacobi"), limit);
  };
  look("heat", trained("heat-small", "paper"), other_systems("heat-small", 3, 16), .5);
  look("dense", trained("heat-small", "paper"), other_systems("heat-small", 5, 8, 1e-3), .55);
  look("poisson", trained("poisson-small", "released"), other_systems("poisson-small", 3, 16), .68);
  return outcome;
}

/// What epsilon and the norm of the matrix do.
CheckOutcome SparseInverseChecks::ablation() {
  constexpr std::size_t kSteps = 800;
  SingleBox const box;
  CheckOutcome outcome;
  double least = 1e300, most = 0, usual = 0;
  for (double const epsilon : {1e-4, 3e-3, 3e-2}) {
    auto const trained = train_on_box(box, epsilon, nn::MatrixNorm::mean, kSteps, seed_, progress_);
    double const count = trained.iterations.at("learned");
    outcome.note(cat("loss_with_epsilon_", epsilon), trained.loss(kSteps));
    outcome.note(cat("iterations_with_epsilon_", epsilon), count);
    least = std::min(least, count);
    most = std::max(most, count);
    if (epsilon == 3e-3) usual = count;
  }
  outcome.at_most("spread_of_iterations", most - least, 8);  // 4 to either side
  auto const large = train_on_box(box, .3, nn::MatrixNorm::mean, kSteps, seed_, progress_);
  outcome.at_least("loss_with_epsilon_0.3", large.loss(kSteps), 1);
  outcome.note("iterations_with_epsilon_0.3", large.iterations.at("learned"));
  outcome.at_least("over_no_preconditioner_with_epsilon_0.3",
                   large.iterations.at("learned") / large.iterations.at("none"), .9);
  auto const frobenius = train_on_box(box, 3e-3, nn::MatrixNorm::frobenius, kSteps, seed_, progress_);
  outcome.note("iterations_with_frobenius_norm", frobenius.iterations.at("learned"));
  outcome.at_least("frobenius_over_mean_norm", frobenius.iterations.at("learned") / usual, 1.2);
  return outcome;
}

}  // namespace nacre::apps
