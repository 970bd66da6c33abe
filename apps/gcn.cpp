#include "gcn.hpp"

#include <algorithm>
#include <sstream>

#include <nacre/autodiff/adam.hpp>
#include <nacre/core/dense_conversion.hpp>
#include <nacre/core/elementwise_functions.hpp>
#include <nacre/nn/checkpoint.hpp>
#include <nacre/nn/dropout.hpp>
#include <nacre/nn/gcn_conv.hpp>
#include <nacre/nn/gradients.hpp>
#include <nacre/nn/graph_data.hpp>
#include <nacre/nn/losses.hpp>
#include <nacre/nn/row_normalize.hpp>

#include "html.hpp"

namespace nacre::apps {

namespace {

constexpr char const* kFormat = "nacre_gcn 1";
constexpr int kMostClasses = 1000;  // the confusion matrix has as many rows and columns

/// y = conv(dropout(relu(conv(dropout(x))))), the first dropout and the sigmoid at the end by recipe.
template <class Scalar>
class GcnModel : public nn::Module<Scalar> {
 public:
  GcnModel(std::size_t in, std::size_t classes, GcnOptions const& o)
      : of_paper_(o.recipe == "paper"),
        hidden_(in, static_cast<std::size_t>(o.hidden)),
        output_(static_cast<std::size_t>(o.hidden), classes),
        input_dropout_(of_paper_ ? 0 : o.dropout),
        dropout_(o.dropout) {
    this->add_module("hidden", hidden_);
    this->add_module("output", output_);
    this->add_module("input_dropout", input_dropout_);
    this->add_module("dropout", dropout_);
    if (!of_paper_) return;
    for (auto const& named : this->parameters()) named.parameter->set_initializer(nn::normal());
  }

  /// \param x MatrixVar or SparseFeatures
  template <class X>
  nn::MatrixVar<Scalar> forward(nn::Pass<Scalar>& pass, nn::Graph<> const& graph, X const& x) const {
    auto const& nodes = graph.nodes();
    nn::MatrixVar<Scalar> y = hidden_.forward(pass, graph, input_dropout_.forward(pass, nodes, x));
    y = dropout_.forward(pass, nodes, nn::MatrixVar<Scalar>(pass.tape().apply(ReluOp(), y)));
    y = output_.forward(pass, graph, y);
    return of_paper_ ? pass.tape().apply(SigmoidOp(), y) : y;
  }

 private:
  bool of_paper_;
  nn::GcnConv<Scalar> hidden_, output_;
  nn::Dropout<Scalar> input_dropout_, dropout_;
};

template <class Scalar>
class GcnOf : public Gcn {
 public:
  GcnOf(Comm const& comm, GcnOptions const& o) : comm_(comm), options_(o), data_(read(comm, o)) {
    if (data_.features.num_cols() == 0) fail(cat("graph '", data_.name, "' has no features"));
    if (data_.num_classes > kMostClasses)
      fail(cat("graph '", data_.name, "' has labels up to ", data_.num_classes - 1, ", expected at most ",
               kMostClasses - 1));
    graph_ = nn::Graph<>(data_.adjacency.pattern);
    if (o.recipe != "paper") nn::row_normalize(ExecOf<DefaultDevice>(), data_.features);
    if (o.features == "dense") {
      dense_ = RowMajor<Scalar>("features", static_cast<std::size_t>(data_.features.num_rows()),
                                static_cast<std::size_t>(data_.features.num_cols()));
      ToDenseOp<>{data_.features.pattern}.forward(ExecOf<DefaultDevice>(), dense_, data_.features.values);
    }
    train_ = labels(nn::Split::train);
    validation_ = labels(nn::Split::validation);
    test_ = labels(nn::Split::test);
    start(static_cast<std::uint64_t>(o.seed));
  }

  void start(std::uint64_t seed) override {
    seed_ = seed;
    epochs_ = 0;
    if (!model_) {
      model_ = std::make_unique<GcnModel<Scalar>>(static_cast<std::size_t>(data_.features.num_cols()),
                                                  static_cast<std::size_t>(data_.num_classes), options_);
      gradients_ = std::make_unique<nn::Gradients<Scalar>>(*model_, comm_);
    }
    model_->initialize(random_bits(seed, kInitial));
    ad::AdamOptions adam;
    adam.learning_rate = options_.learning_rate;
    adam.weight_decay = options_.weight_decay;
    hidden_adam_ = ad::Adam<Scalar>(adam);
    if (options_.recipe != "paper") adam.weight_decay = 0;  // Kipf and Welling: of the first layer only
    output_adam_ = ad::Adam<Scalar>(adam);
  }

  double train_epoch() override {
    model_->train();
    pass_.begin(random_bits(seed_, static_cast<std::uint64_t>(epochs_)));
    auto const loss = nn::cross_entropy(pass_, graph_.nodes(), forward(), train_);
    gradients_->compute(pass_, loss);
    hidden_adam_.step(pass_.exec(), of_layer("hidden."));
    output_adam_.step(pass_.exec(), of_layer("output."));
    ++epochs_;
    halo_bytes_ = static_cast<std::int64_t>(pass_.halo_bytes());
    return static_cast<double>(host_view(loss.value)(0));
  }

  GcnScores evaluate() override {
    model_->evaluate();
    pass_.begin(0, nn::Recording::off);
    auto const logits = forward();
    GcnScores scores;
    scores.validation_loss = static_cast<double>(
        host_view(nn::cross_entropy(pass_, graph_.nodes(), logits, validation_).value)(0));
    scores.confusion = nn::confusion_matrix(comm_, logits.value, test_);
    scores.test_accuracy = nn::accuracy(scores.confusion);
    scores.train_accuracy = nn::accuracy(nn::confusion_matrix(comm_, logits.value, train_));
    scores.validation_accuracy = nn::accuracy(nn::confusion_matrix(comm_, logits.value, validation_));
    return scores;
  }

  int epochs_done() const override { return epochs_; }

  GcnFacts facts() override {
    GcnFacts facts;
    facts.data = data_.name;
    facts.nodes = graph_.nodes().num_global;
    facts.edges = graph_.edges().num_global;
    facts.features = data_.features.num_cols();
    facts.feature_entries = comm_.sum(static_cast<std::int64_t>(data_.features.num_entries()));
    facts.classes = data_.num_classes;
    facts.parameters = model_->num_parameters();
    facts.halo_bytes = comm_.sum(halo_bytes_);
    facts.gradient_bytes = comm_.sum(static_cast<std::int64_t>(gradients_->reduced_bytes()));
    facts.epoch_bytes =
        comm_.sum(static_cast<std::int64_t>(pass_.tape().value_bytes() + pass_.tape().derivative_bytes()));
    return facts;
  }

  void save(std::string const& path, std::map<std::string, std::string> const& metadata) const override {
    nn::TensorFile file;
    file.metadata = metadata;
    for (auto const& [key, value] : identity()) file.metadata[key] = value;
    file.metadata["epoch"] = std::to_string(epochs_);
    file.metadata["network_seed"] = std::to_string(seed_);
    nn::add_state(file, "model.", *model_);
    nn::add_state(file, "hidden_adam.", hidden_adam_);
    nn::add_state(file, "output_adam.", output_adam_);
    nn::write_checkpoint(comm_, path, file);
  }

  std::map<std::string, std::string> load(std::string const& path) override {
    auto const file = nn::read_checkpoint(comm_, path);
    for (auto const& [key, expected] : identity()) {
      auto const found = file.metadata.find(key);
      if (found == file.metadata.end())
        fail(cat("'", path, "' is not a checkpoint of nacre_gcn: its metadata have no '", key, "'"));
      if (found->second != expected)
        fail(cat("'", path, "' is of a training with ", key, " = ", found->second, ", not ", expected));
    }
    auto const epochs = whole_number(file, path, "epoch");
    auto const seed = whole_number(file, path, "network_seed");
    nn::StateLoader loader(file, path);
    loader.add("model.", *model_);
    loader.add("hidden_adam.", hidden_adam_, of_layer("hidden."));
    loader.add("output_adam.", output_adam_, of_layer("output."));
    loader.commit();
    epochs_ = static_cast<int>(epochs);
    seed_ = static_cast<std::uint64_t>(seed);
    return file.metadata;
  }

 private:
  static constexpr std::uint64_t kInitial = 0x696e6974;  // no epoch has this number

  static nn::NodeData<Scalar> read(Comm const& comm, GcnOptions const& o) {
    if (!o.data.empty()) return nn::read_graph_folder<Scalar>(comm, o.data);
    nn::StochasticBlockModelOptions model;
    model.num_nodes = o.nodes;
    model.average_degree = o.degree;
    model.train_per_class = std::min(model.train_per_class, o.nodes / 25);
    model.validation = std::min<GlobalOrdinal>(model.validation, o.nodes / 20 * 3);
    model.test = std::min<GlobalOrdinal>(model.test, o.nodes / 2);
    return nn::stochastic_block_model<Scalar>(comm, model);
  }

  static std::int64_t whole_number(nn::TensorFile const& file, std::string const& path, char const* key) {
    auto const found = file.metadata.find(key);
    std::int64_t value = -1;
    std::istringstream in(found == file.metadata.end() ? "" : found->second);
    if (!(in >> value) || value < 0)
      fail(cat("'", path, "': its metadata do not say which ", key, " it is of"));
    return value;
  }

  /// What a checkpoint must agree on with this training.
  std::map<std::string, std::string> identity() const {
    return {{"format", kFormat},
            {"recipe", options_.recipe},
            {"precision", options_.precision},
            {"seed", std::to_string(options_.seed)},
            {"hidden", std::to_string(options_.hidden)},
            {"dropout", number(options_.dropout, "%.15g")},
            {"learning_rate", number(options_.learning_rate, "%.15g")},
            {"weight_decay", number(options_.weight_decay, "%.15g")},
            {"nodes", std::to_string(graph_.nodes().num_global)},
            {"edges", std::to_string(graph_.edges().num_global)},
            {"features", std::to_string(data_.features.num_cols())},
            {"classes", std::to_string(data_.num_classes)}};
  }

  nn::Labels<> labels(nn::Split which) const {
    std::vector<bool> counts;
    int any = 0;
    for (std::size_t i = 0; i < data_.split.size(); ++i) {
      counts.push_back(data_.split[i] == which && data_.labels[i] >= 0);
      any |= counts.back();
    }
    if (comm_.max(any) == 0)
      fail(cat("graph '", data_.name, "' has no ",
               which == nn::Split::train        ? "training"
               : which == nn::Split::validation ? "validation"
                                                : "test",
               " nodes with a label"));
    return nn::make_labels(comm_, data_.labels, data_.num_classes, counts);
  }

  nn::MatrixVar<Scalar> forward() {
    return options_.features == "dense"
               ? model_->forward(pass_, graph_, nn::MatrixVar<Scalar>(pass_.constant(dense_)))
               : model_->forward(pass_, graph_, nn::sparse_features(pass_, data_.features));
  }

  std::vector<ad::Parameter<Scalar>> of_layer(std::string const& prefix) const {
    return gradients_->parameters([&](std::string const& name) { return name.rfind(prefix, 0) == 0; });
  }

  Comm comm_;
  GcnOptions options_;
  nn::NodeData<Scalar> data_;
  RowMajor<Scalar> dense_;
  nn::Graph<> graph_;
  nn::Labels<> train_, validation_, test_;
  std::unique_ptr<GcnModel<Scalar>> model_;
  std::unique_ptr<nn::Gradients<Scalar>> gradients_;
  ad::Adam<Scalar> hidden_adam_, output_adam_;
  nn::Pass<Scalar> pass_;
  std::uint64_t seed_ = 0;
  std::int64_t halo_bytes_ = 0;
  int epochs_ = 0;
};

}  // namespace

std::unique_ptr<Gcn> Gcn::make(Comm const& comm, GcnOptions const& options) {
  if (options.precision == "double") return std::make_unique<GcnOf<double>>(comm, options);
  return std::make_unique<GcnOf<float>>(comm, options);
}

}  // namespace nacre::apps
