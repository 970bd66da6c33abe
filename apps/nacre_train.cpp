// Trains a graph network that makes sparse approximate inverses, on one or several ranks.
//
//   nacre_train --problem heat-small --minutes 5 --checkpoint heat.safetensors --report heat.html
//   mpirun -n 2 nacre_train --problem heat.h5 --checkpoint heat.safetensors --resume
//
// Prints key=value lines. Exit status: 0 done, 1 interrupted, 2 wrong use, 3 any other error.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "kernel_profile.hpp"
#include "learning_systems.hpp"
#include "outcome.hpp"
#include "program.hpp"
#include "sparse_inverse_report.hpp"

namespace {

using namespace nacre;
using namespace nacre::apps;

constexpr char const* kAbout =
    R"(Trains a graph network that makes sparse approximate inverses F^T F + epsilon I, preconditioners of conjugate gradients.

--problem names a built-in set, heat-small, poisson-small or elasticity-small, any problem of nacre_datagen, or a file
FILE.h5 that nacre_datagen wrote. The last fifth of the systems is kept for validation, which counts the iterations to a
relative residual of 1e-8; the network that did best there is the one that is kept, and compared at the end.

--factor full has the pattern of the matrix, lower that of its lower triangle and half the work; with --start fsai0, which
needs the latter, the network corrects the factor of FSAI(0). --preset paper or released sets width, depth and epsilon.

With --checkpoint network and training are kept in a file, which SIGINT, SIGTERM and a full disk leave in order: a signal
lets the step end, writes it, and stops the program with status 1. --resume goes on from there; without it, the training
begins anew and replaces the file. nacre_infer and nacre_solve --preconditioner learned:FILE use it.

Exit status: 0 done, 1 interrupted, 2 wrong use, 3 any other error.)";

struct Options : SparseInverseLearningOptions {
  std::string problem = "heat-small", preset = "paper", factor = "full", start = "none", norm = "mean",
              summary = "none", features = "position";
  int systems = 75, width = 0, hidden_layers = 0, layers = 4;
  double epsilon = 0;
  std::int64_t data_seed = 1;
  bool plain = false, profile = false;
  std::string init, history, report, command;
};

Options parse_options(int argc, char const* const* argv, std::string& help) {
  Options o;
  o.command = command_of(argc, argv);
  help = parse(
      "nacre_train", kAbout,
      {{"--problem", &o.problem, "a built-in set or a file, see above"},
       {"--systems", &o.systems, "to take from the set or file, a fifth of them for validation", 2, 1e7},
       {"--data-seed", &o.data_seed, "of the systems of a built-in set", 0, 1e15},
       {"--preset", &o.preset, "paper: width 24, one hidden layer, epsilon 1e-4; released: 16, two, 3e-3"},
       {"--width", &o.width, "of nodes, edges and hidden layers; 0: the preset's", 0, 1024},
       {"--hidden-layers", &o.hidden_layers, "of each perceptron; 0: the preset's", 0, 3},
       {"--layers", &o.layers, "of message passing", 0, 100},
       {"--epsilon", &o.epsilon, "of F^T F + epsilon I; 0: the preset's", 0, 1e6},
       {"--scaled", &o.network.scaled, "F^T D^-1 F + epsilon D^-1 with the diagonal D of the matrix"},
       {"--factor", &o.factor, "full or lower: the pattern of F"},
       {"--start", &o.start, "none, or fsai0: correct the factor of FSAI(0)"},
       {"--norm", &o.norm, "mean, frobenius or none: what the matrix is divided by"},
       {"--edge-summary", &o.summary, "none, sum, mean, max or min of the edges as features of a node"},
       {"--features", &o.features, "position: what the systems have, or none but the mask"},
       {"--loss", &o.loss,
        "relative_residual, residual, absolute, relative_error, cosine, cosine_error, line_search, "
        "line_search_error or projection"},
       {"--convergence", &o.convergence,
        "weight of the logarithm of an iteration's reduction of a random residual, added to the loss", 0,
        1e6},
       {"--convergence-iterations", &o.convergence_iterations, "of conjugate gradients for it", 1, 1000},
       {"--batch", &o.batch, "systems of a step", 1, 1e6},
       {"--epochs", &o.epochs, "through all systems", 1, 1e9},
       {"--minutes", &o.minutes, "of training at most; 0: no limit", 0, 1e6},
       {"--learning-rate", &o.learning_rate, "of AdamW", 0, 1e3, true},
       {"--rate-decay", &o.rate_decay, "the learning rate's factor after each epoch", 0, 1, true},
       {"--weight-decay", &o.weight_decay, "of AdamW", 0, 1e3},
       {"--clip", &o.max_gradient_norm, "largest norm of a gradient", 0, 1e9, true},
       {"--validate-every", &o.validate_every, "epochs", 1, 1e6},
       {"--patience", &o.patience, "validations without a better network before it stops; 0: never", 0, 1e6},
       {"--seed", &o.seed, "of the network and of the training's random numbers", 0, 1e15},
       {"--checkpoint", &o.checkpoint, "keep network and training in this file (safetensors)"},
       {"--checkpoint-every", &o.checkpoint_every, "seconds between two checkpoints; 0: after each step", 0,
        1e9},
       {"--resume", &o.resume, "go on from --checkpoint if that file exists"},
       {"--init", &o.init, "begin with the network of this file instead of a random one"},
       {"--plain", &o.plain, "without fused operations, for comparison"},
       {"--profile", &o.profile, "print what a step spends its time with, instead of training"},
       {"--history", &o.history, "write the loss of each epoch to this CSV file"},
       {"--report", &o.report, "write a page with learning curves and histograms to this HTML file"},
       {"--progress", &o.progress, "show progress on stderr though it is no terminal"}},
      argc, argv);
  require_one_of("--preset", o.preset, {"paper", "released"});
  require_one_of("--factor", o.factor, {"full", "lower"});
  require_one_of("--start", o.start, {"none", "fsai0"});
  require_one_of("--norm", o.norm, {"mean", "frobenius", "none"});
  require_one_of("--edge-summary", o.summary, {"none", "sum", "mean", "max", "min"});
  require_one_of("--features", o.features, {"position", "none"});
  if (o.resume && o.checkpoint.empty()) throw UsageError("--resume needs --checkpoint, which names the file");
  if (o.start == "fsai0" && o.factor != "lower")
    throw UsageError("--start fsai0 corrects a lower triangle; it needs --factor lower");
  bool const scaled = o.network.scaled;
  o.network = o.preset == "paper" ? nn::paper_options() : nn::released_options();
  o.network.scaled = scaled;
  if (o.width > 0) o.network.width = static_cast<std::size_t>(o.width);
  if (o.hidden_layers > 0) o.network.hidden_layers = o.hidden_layers;
  if (o.epsilon > 0) o.network.epsilon = o.epsilon;
  o.network.layers = o.layers;
  o.network.pattern = nn::factor_pattern_by_name(o.factor);
  o.network.start = nn::factor_start_by_name(o.start);
  o.network.norm = nn::matrix_norm_by_name(o.norm);
  o.network.edge_summary = nn::edge_summary_by_name(o.summary);
  o.evaluation = o.plain ? nn::Evaluation::plain : nn::Evaluation::fused;
  return o;
}

/// Whether a kernel multiplies matrices, sparse ones or dense ones. The perceptron of edges is made of dense products, with the
/// gather before and the sum after them.
bool is_product(std::string const& label) {
  for (char const* part : {"edge_perceptron", "matmul", "spmv", "spmm", "row_product"})
    if (label.find(part) != std::string::npos) return true;
  return false;
}

/// Times steps with fused and plain operations, in turns, and kernels of the fused ones.
bool profile(Comm const& comm, Options o, std::vector<nn::SparseInverseSample> const& samples) {
  constexpr int kWarmUp = 5, kSteps = 30;
  std::vector<std::unique_ptr<SparseInverseTraining>> trainings;
  for (auto const how : {nn::Evaluation::fused, nn::Evaluation::plain}) {
    o.evaluation = how;
    trainings.push_back(std::make_unique<SparseInverseTraining>(comm, o, samples));
  }
  std::vector<std::vector<double>> seconds(2);
  for (int step = 0; step < kWarmUp + kSteps; ++step)
    for (std::size_t t = 0; t < 2; ++t) {
      auto const before = std::chrono::steady_clock::now();
      trainings[t]->step();
      if (step >= kWarmUp) seconds[t].push_back(seconds_since(before));
    }
  KernelProfile const profile;
  auto const before = std::chrono::steady_clock::now();
  for (int step = 0; step < kSteps; ++step) trainings[0]->step();
  double const all = seconds_since(before);
  double products = 0, kernels = 0;
  std::vector<std::pair<double, std::string>> by_time;
  for (auto const& [label, s] : profile.seconds()) {
    kernels += s;
    if (is_product(label)) products += s;
    by_time.emplace_back(s, label);
  }
  std::sort(by_time.rbegin(), by_time.rend());
  Results out{{"step_seconds_fused", to_text(median(seconds[0]), "%.4g")},
              {"step_seconds_plain", to_text(median(seconds[1]), "%.4g")},
              {"plain_over_fused", to_text(median(seconds[1]) / median(seconds[0]), "%.4g")},
              {"share_of_products", to_text(products / all, "%.3f")},
              {"share_of_other_kernels", to_text((kernels - products) / all, "%.3f")},
              {"share_outside_kernels", to_text(1 - kernels / all, "%.3f")}};
  for (std::size_t i = 0; i < std::min<std::size_t>(12, by_time.size()); ++i)
    out.emplace_back("share_of_" + by_time[i].second, to_text(by_time[i].first / all, "%.3f"));
  if (comm.rank() == 0) print_results(out);
  return true;
}

bool run(Comm const& comm, Options o) {
  check_outputs(comm, {o.checkpoint, o.history, o.report});
  Progress progress(comm, o.progress);
  progress.stage("making systems");
  LearningProblemOptions problem;
  problem.problem = o.problem;
  problem.seed = o.data_seed;
  auto const systems = load_systems(comm, problem, 0, o.systems);
  if (systems.size() < 2) fail(cat(o.problem, ": ", systems.size(), " systems, expected two at least"));
  o.data = is_system_file(o.problem) ? std::filesystem::path(o.problem).filename().string()
                                     : cat(o.problem, " of seed ", o.data_seed);
  o.network.block_size = systems[0].block_size();
  o.network.node_features = o.features == "none" ? 0 : systems[0].features.extent(1);
  nn::check_options(o.network);
  std::size_t const num_train = systems.size() - std::max<std::size_t>(1, systems.size() / 5);
  std::vector<nn::SparseInverseSample> samples;
  std::vector<ComparedSystem> validation;
  for (std::size_t s = 0; s < systems.size(); ++s)
    if (s < num_train)
      samples.push_back(make_training_sample(systems[s], o));
    else
      validation.push_back(make_compared(systems[s]));
  progress.clear();

  if (o.profile) return profile(comm, o, samples);
  SparseInverseLearning learning(comm, o, std::move(samples), std::move(validation));
  if (!o.init.empty()) learning.training().start_from(o.init);
  if (!learning.run()) return false;
  auto const& record = learning.record();
  std::vector<std::string> const methods{"learned", "none", "jacobi", "ic0", "ainv", "fsai0", "spai0", "amg"};
  auto const results = compare_methods(comm, methods, learning.validation(), learning.training().inverse());
  Results out{{"problem", o.problem},
              {"systems", std::to_string(num_train)},
              {"validation_systems", std::to_string(systems.size() - num_train)},
              {"ranks", std::to_string(comm.size())},
              {"parameters", std::to_string(learning.training().num_parameters())},
              {"factor", o.factor},
              {"start", o.start},
              {"epsilon", to_text(o.network.epsilon)},
              {"steps", std::to_string(learning.training().steps())},
              {"epochs", std::to_string(record.losses.size())},
              {"loss", record.losses.empty() ? "nan" : to_text(record.losses.back(), "%.6g")},
              {"best_epoch", std::to_string(record.best_epoch)},
              {"training_seconds", to_text(record.seconds, "%.4g")},
              {"step_seconds", to_text(learning.step_seconds(), "%.4g")}};
  for (std::size_t m = 0; m < methods.size(); ++m)
    out.emplace_back("iterations_" + methods[m], to_text(mean_iterations(results[m])[3], "%.4g"));
  if (comm.rank() == 0) print_results(out);
  on_first_rank(comm, [&] {
    if (!o.history.empty()) write_file(o.history, history_csv(record));
    if (!o.report.empty())
      write_file(o.report, to_html(make_training_report(o.command, out, record, results)));
  });
  return true;
}

}  // namespace

int main(int argc, char* argv[]) { return run_program("nacre_train", argc, argv, parse_options, run); }
