// Trains a graph convolutional network that tells the class of nodes, on one or several ranks.
//
//   nacre_gcn --data citeseer --seeds 10 --report gcn.html
//   mpirun -n 2 nacre_gcn --nodes 100000 --checkpoint gcn.safetensors
//
// Prints key=value lines. Exit status: 0 done, 1 interrupted, 2 wrong use, 3 any other error.

#include <algorithm>
#include <cmath>

#include "gcn_report.hpp"
#include "outcome.hpp"
#include "program.hpp"

namespace {

using namespace nacre;
using namespace nacre::apps;

constexpr char const* kAbout =
    R"(Trains a graph convolutional network of two layers that tells the class of nodes (Kipf and Welling 2017).

--data names a folder with adjacency.mtx, features.mtx, labels.txt and split.txt; without it a graph is generated, a
stochastic block model with a bag of words on each node. Ranks share the nodes; losses are the same on any number of them.
--seeds N trains N networks and prints mean and standard deviation of their accuracy on the test nodes.

--recipe kipf: Glorot's weights, features of sum 1, dropout also of the input, weight decay of the first layer, logits.
--recipe paper: normal weights and biases, features as they are, weight decay of both layers, a sigmoid at the end.

With --checkpoint the state of the training is kept in a file, which SIGINT, SIGTERM and a full disk leave in order: a
signal lets the epoch end, writes it, and stops the program with status 1. --resume goes on from there; without it, the
training begins anew and replaces the file.

Exit status: 0 done, 1 interrupted, 2 wrong use, 3 any other error.)";

struct Options : GcnTrainingOptions {
  GcnOutputs outputs;
  bool compare_dense = false, scaling = false;
};

Options parse_options(int argc, char const* const* argv, std::string& help) {
  Options o;
  o.outputs.command = command_of(argc, argv);
  help = parse(
      "nacre_gcn", kAbout,
      {{"--data", &o.data, "graph folder; without one a graph is generated"},
       {"--nodes", &o.nodes, "of the generated graph", 100, 1e8},
       {"--degree", &o.degree, "neighbours of a node of the generated graph, on average", 0, 1e3},
       {"--recipe", &o.recipe, "kipf or paper"},
       {"--hidden", &o.hidden, "features between the layers", 1, 1e5},
       {"--epochs", &o.epochs, "steps of Adam, each on all training nodes", 1, 1e9},
       {"--seeds", &o.seeds, "networks to train", 1, 1e6},
       {"--seed", &o.seed, "of the first network's random numbers; the next one's is larger by 1", 0, 1e15},
       {"--learning-rate", &o.learning_rate, "of Adam", 0, 1e6, true},
       {"--dropout", &o.dropout, "probability, at least 0 and less than 1", 0, .999},
       {"--weight-decay", &o.weight_decay, "times the weights is added to their gradient", 0, 1e6},
       {"--features", &o.features, "sparse, or dense: how they are stored"},
       {"--precision", &o.precision, "float or double"},
       {"--checkpoint", &o.checkpoint, "keep the state of the training in this file (safetensors)"},
       {"--checkpoint-every", &o.checkpoint_every, "seconds between two checkpoints; 0: one after each epoch",
        0, 1e9},
       {"--resume", &o.resume, "go on from --checkpoint if that file exists"},
       {"--compare-dense", &o.compare_dense, "time epochs with sparse and dense features, in turns"},
       {"--scaling", &o.scaling,
        "time epochs on generated graphs of 20,000 to 1,000,000 nodes with 5 edges each"},
       {"--history", &o.outputs.history,
        "write loss and accuracy of each epoch of the last network to this CSV file"},
       {"--report", &o.outputs.report,
        "write a page with learning curves and the confusion matrix to this HTML file"},
       {"--progress", &o.progress, "show progress on stderr though it is no terminal"}},
      argc, argv);
  for (int i = 1; i + 1 < argc; ++i)  // an unset variable of a script must not mean another graph
    if (argv[i] == std::string("--data") && !*argv[i + 1])
      throw UsageError("--data = '', expected the name of a folder");
  require_one_of("--recipe", o.recipe, {"kipf", "paper"});
  require_one_of("--features", o.features, {"sparse", "dense"});
  require_one_of("--precision", o.precision, {"float", "double"});
  if (o.resume && o.checkpoint.empty()) throw UsageError("--resume needs --checkpoint, which names the file");
  if (o.data.empty() && o.degree > o.nodes - 1)
    throw UsageError(cat("--degree = ", o.degree, ", expected at most ", o.nodes - 1, ", the other nodes"));
  if (o.compare_dense && o.scaling) throw UsageError("--compare-dense and --scaling do not go together");
  if (o.scaling && !o.data.empty()) throw UsageError("--scaling generates its graphs; it takes no --data");
  if ((o.compare_dense || o.scaling) &&
      !(o.checkpoint.empty() && o.outputs.history.empty() && o.outputs.report.empty()))
    throw UsageError(cat(o.scaling ? "--scaling" : "--compare-dense",
                         " prints times; it takes no --checkpoint, --history or --report"));
  return o;
}

Results describe(Comm const& comm, Options const& o, GcnFacts const& facts) {
  return {{"ranks", std::to_string(comm.size())},
          {"data", facts.data},
          {"nodes", std::to_string(facts.nodes)},
          {"edges", std::to_string(facts.edges / 2)},
          {"features", std::to_string(facts.features)},
          {"feature_entries", std::to_string(facts.feature_entries)},
          {"classes", std::to_string(facts.classes)},
          {"parameters", std::to_string(facts.parameters)},
          {"recipe", o.recipe},
          {"hidden", std::to_string(o.hidden)},
          {"precision", o.precision}};
}

bool train(Comm const& comm, Options const& o) {
  check_outputs(comm, {o.checkpoint, o.outputs.history, o.outputs.report});
  auto const gcn = Gcn::make(comm, o);
  GcnTraining training(comm, o, *gcn);
  if (!training.run()) return false;
  auto const facts = gcn->facts();
  auto const& record = training.record();
  double mean = 0, variance = 0;
  auto const n = static_cast<double>(record.accuracies.size());
  for (double const a : record.accuracies) mean += a / n;
  for (double const a : record.accuracies) variance += (a - mean) * (a - mean) / std::max(1., n - 1);
  auto results = describe(comm, o, facts);
  auto const add = [&results](char const* name, std::string const& value) {
    results.emplace_back(name, value);
  };
  add("epochs", std::to_string(o.epochs));
  add("seeds", std::to_string(o.seeds));
  add("first_seed", std::to_string(o.seed));
  add("loss", to_text(record.curves.loss.back(), "%.12g"));
  add("train_accuracy", to_text(training.scores().train_accuracy, "%.6g"));
  add("validation_accuracy", to_text(training.scores().validation_accuracy, "%.6g"));
  add("test_accuracy_mean", to_text(mean, "%.6g"));
  add("test_accuracy_std", to_text(std::sqrt(variance), "%.4g"));
  add("test_accuracies", to_text(record.accuracies));
  if (!record.epoch_seconds.empty()) {  // a resumed training may have had nothing left to do
    add("epoch_seconds", to_text(median(record.epoch_seconds), "%.4g"));
    add("epoch_bytes", std::to_string(facts.epoch_bytes));
    add("halo_bytes_per_epoch", std::to_string(facts.halo_bytes));
    add("gradient_bytes_per_epoch", std::to_string(facts.gradient_bytes));
  }
  add("peak_rss_mb", to_text(comm.max(peak_rss_mb()), "%.4g"));
  write_gcn_results(comm, o.outputs, results, record, training.scores());
  return true;
}

/// The median over epochs, of each, in turns.
std::vector<double> time_epochs(std::vector<Gcn*> const& networks, int epochs) {
  std::vector<std::vector<double>> seconds(networks.size());
  for (int epoch = -2; epoch < epochs; ++epoch)  // the first ones allocate
    for (std::size_t i = 0; i < networks.size(); ++i) {
      auto const before = std::chrono::steady_clock::now();
      networks[i]->train_epoch();
      if (epoch >= 0) seconds[i].push_back(seconds_since(before));
    }
  std::vector<double> medians;
  for (auto const& s : seconds) medians.push_back(median(s));
  return medians;
}

bool compare_dense(Comm const& comm, Options o) {
  o.features = "dense";
  auto const dense = Gcn::make(comm, o);
  o.features = "sparse";
  auto const sparse = Gcn::make(comm, o);
  auto const seconds = time_epochs({sparse.get(), dense.get()}, o.epochs);
  auto results = describe(comm, o, sparse->facts());
  Results const more{{"epochs", std::to_string(o.epochs)},
                     {"epoch_seconds", to_text(seconds[0], "%.4g")},
                     {"epoch_seconds_dense", to_text(seconds[1], "%.4g")},
                     {"dense_over_sparse", to_text(seconds[1] / seconds[0], "%.4g")}};
  results.insert(results.end(), more.begin(), more.end());
  if (comm.rank() == 0) print_results(results);
  return true;
}

bool measure_scaling(Comm const& comm, Options o) {
  o.degree = 10;  // five edges a node
  std::vector<double> edges, seconds, bytes;
  for (int const nodes : {20000, 50000, 100000, 200000, 343000, 600000, 1000000}) {
    o.nodes = nodes;
    auto const gcn = Gcn::make(comm, o);
    double const s = time_epochs({gcn.get()}, 7)[0];
    auto const facts = gcn->facts();
    edges.push_back(static_cast<double>(facts.edges));
    seconds.push_back(s);
    bytes.push_back(static_cast<double>(facts.epoch_bytes));
    if (comm.rank() == 0)
      print_results({{cat("edges_", nodes), std::to_string(facts.edges / 2)},
                     {cat("epoch_seconds_", nodes), to_text(s, "%.4g")},
                     {cat("epoch_bytes_", nodes), std::to_string(facts.epoch_bytes)}});
  }
  if (comm.rank() == 0)
    print_results({{"time_exponent", to_text(log_log_slope(edges, seconds), "%.3f")},
                   {"memory_exponent", to_text(log_log_slope(edges, bytes), "%.3f")}});
  return true;
}

bool run(Comm const& comm, Options const& o) {
  if (o.scaling) return measure_scaling(comm, o);
  return o.compare_dense ? compare_dense(comm, o) : train(comm, o);
}

}  // namespace

int main(int argc, char* argv[]) { return run_program("nacre_gcn", argc, argv, parse_options, run); }
