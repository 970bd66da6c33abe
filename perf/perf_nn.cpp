// Graph networks on generated graphs: whole epochs of training, layers forward and backward, and the operations that they
// are made of beside simpler ones. In float.
//
//   perf_nn --benchmark_filter=epoch --benchmark_format=json
//
// Contenders of a benchmark run in turn; reported are medians of processor time, in microseconds, and of the ratios
// within a repetition. "both" is a forward pass and its backward pass. Plans and what layers derive from a graph exist
// before; rows without a peer are beside the STREAM triad. edges_per_second counts every edge once, forward and backward together.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include <nacre/autodiff/adam.hpp>
#include <nacre/core/dense_conversion.hpp>
#include <nacre/core/grouped_gemm.hpp>
#include <nacre/core/norms.hpp>
#include <nacre/core/segment_softmax.hpp>
#include <nacre/core/sparse_logsumexp.hpp>
#include <nacre/nn/gatv2_conv.hpp>
#include <nacre/nn/gcn_conv.hpp>
#include <nacre/nn/gradients.hpp>
#include <nacre/nn/graph_data.hpp>
#include <nacre/nn/losses.hpp>
#include <nacre/nn/message_passing.hpp>
#include <nacre/nn/sage_conv.hpp>
#include <nacre/nn/tag_conv.hpp>

#include "support.hpp"
#include "timing.hpp"

namespace nacre::perf {
namespace {

using Exec = ExecOf<DefaultDevice>;
using Matrix = RowMajor<float>;
using MatrixVar = nn::MatrixVar<float>;
using Pass = nn::Pass<float>;

constexpr GlobalOrdinal kCiteseer = 3300;  // nodes of what looks like that graph

/// The last graph that was asked for.
nn::NodeData<float> const& data_of(GlobalOrdinal num_nodes) {
  static std::unique_ptr<nn::NodeData<float>> last;
  static GlobalOrdinal nodes_of_last = -1;
  if (nodes_of_last == num_nodes) return *last;
  nn::StochasticBlockModelOptions options;
  options.num_nodes = nodes_of_last = num_nodes;
  if (num_nodes == kCiteseer) {
    options.num_classes = 6;
    options.average_degree = 2.8;
    options.num_features = 3700;
    options.words_per_node = 32;
  }
  last.reset();
  last = std::make_unique<nn::NodeData<float>>(nn::stochastic_block_model<float>(Comm::self(), options));
  // statics must not outlive Kokkos
  static bool const registered = [] {
    Kokkos::push_finalize_hook([] { last.reset(); });
    return true;
  }();
  static_cast<void>(registered);
  return *last;
}

Matrix random_matrix(std::size_t n, std::size_t width) {
  Matrix const x("x", n, width);
  nn::draw(Exec(), nn::normal(), 3, Vector<float>(x.data(), x.size()));
  return x;
}

// ---- epochs -----------------------------------------------------------------------------------------------

/// Two convolutions, dropout before each, of 16 features between them.
struct Gcn : nn::Module<float> {
  Gcn(std::size_t in, std::size_t classes) : hidden(in, 16), output(16, classes), dropout(.5) {
    add_module("hidden", hidden);
    add_module("output", output);
    add_module("dropout", dropout);
    initialize(1);
  }
  template <class X>
  MatrixVar forward(Pass& pass, nn::Graph<> const& graph, X const& x) const {
    auto const& nodes = graph.nodes();
    auto const y = hidden.forward(pass, graph, dropout.forward(pass, nodes, x));
    return output.forward(pass, graph,
                          dropout.forward(pass, nodes, nn::activate(pass, nn::Activation::relu, y)));
  }
  nn::GcnConv<float> hidden, output;
  nn::Dropout<float> dropout;
};

/// Of Kipf and Welling's network; dense features are those of Citeseer, or 32 numbers a node.
void epoch(benchmark::State& state, GlobalOrdinal num_nodes, bool sparse) {
  auto const& data = data_of(num_nodes);
  nn::Graph<> const graph(data.adjacency.pattern);
  auto const labels = nn::make_labels(Comm::self(), data.labels, data.num_classes);
  Matrix dense;
  if (!sparse && num_nodes == kCiteseer) {
    dense =
        Matrix("x", static_cast<std::size_t>(num_nodes), static_cast<std::size_t>(data.features.num_cols()));
    ToDenseOp<>{data.features.pattern}.forward(Exec(), dense, data.features.values);
  } else if (!sparse) {
    dense = random_matrix(static_cast<std::size_t>(num_nodes), 32);
  }
  Gcn const model(sparse ? static_cast<std::size_t>(data.features.num_cols()) : dense.extent(1),
                  static_cast<std::size_t>(data.num_classes));
  nn::Gradients<float> gradients(model);
  ad::Adam<float> adam;
  Pass pass;
  std::uint64_t step = 0;
  auto const train = [&] {
    pass.begin(++step);
    auto const logits = sparse ? model.forward(pass, graph, nn::sparse_features(pass, data.features))
                               : model.forward(pass, graph, MatrixVar(pass.constant(dense)));
    gradients.compute(pass, nn::cross_entropy(pass, graph.nodes(), logits, labels));
    adam.step(pass.exec(), gradients.parameters());
  };
  Samples const samples(state, {{"epoch", train}, stream_triad_contender()});
  auto const graph_name = num_nodes == kCiteseer ? std::string("citeseer_like") : cat(num_nodes);
  auto const problem = cat(graph_name, sparse ? "/sparse" : "/dense");
  hand_over(samples, "epoch/" + problem, "nn/epoch", problem, "epoch", "stream_triad");
  state.counters["edges_per_second"] =
      static_cast<double>(graph.local().num_entries()) / samples.seconds_of("epoch");
  state.counters["tape_bytes"] =
      static_cast<double>(pass.tape().value_bytes() + pass.tape().derivative_bytes());
}

// ---- layers -----------------------------------------------------------------------------------------------

constexpr GlobalOrdinal kLayerNodes = 100000;

/// `forward(pass, x)` of features [nodes, width], whose gradient is wanted, too, of a module of these parameters.
template <class Forward>
void measure_layer(benchmark::State& state, std::string const& name, nn::Graph<> const& graph,
                   std::size_t width, nn::Module<float> const& module, Forward const& forward) {
  module.initialize(1);
  nn::Gradients<float> gradients(module);
  auto const x = random_matrix(static_cast<std::size_t>(graph.num_nodes()), width);
  Pass pass;
  auto const run = [&](bool backward) {
    pass.begin();
    MatrixVar const y = forward(pass, MatrixVar(pass.tape().leaf(x)));
    if (backward) gradients.compute(pass, pass.tape().apply(SquaredNormOp{1e-6}, y));
  };
  Samples const samples(
      state, {{"forward", [&] { run(false); }}, {"both", [&] { run(true); }}, stream_triad_contender()});
  hand_over(samples, cat("layer/", name, '/', width), "nn/layer", cat(name, "/width_", width), "both",
            "stream_triad");
  state.counters["both/forward"] = samples.ratio("both", "forward");
  state.counters["edges_per_second"] =
      static_cast<double>(graph.local().num_entries()) / samples.seconds_of("both");
  state.counters["tape_bytes"] =
      static_cast<double>(pass.tape().value_bytes() + pass.tape().derivative_bytes());
}

void layer(benchmark::State& state, std::string const& name, std::size_t width) {
  nn::Graph<> const graph(data_of(kLayerNodes).adjacency.pattern);
  auto const of_graph = [&](nn::GraphLayer<float> const& f) {
    measure_layer(state, name, graph, width, f,
                  [&](Pass& pass, MatrixVar const& x) -> MatrixVar { return f.forward(pass, graph, x); });
  };
  if (name == "gcn") of_graph(nn::GcnConv<float>(width, width));
  if (name == "sage_mean") of_graph(nn::SageConv<float>(width, width, nn::Aggregation::mean));
  if (name == "sage_max") of_graph(nn::SageConv<float>(width, width, nn::Aggregation::max));
  if (name == "gatv2") of_graph(nn::GatV2Conv<float>(width, width));
  if (name == "tag_weighted") {
    nn::TagConv<float> const f(width, width);
    Vector<float> const weights("weights", graph.local().num_entries());
    Kokkos::deep_copy(weights, .2f);
    measure_layer(state, name, graph, width, f, [&](Pass& pass, MatrixVar const& x) -> MatrixVar {
      return f.forward(pass, graph, x, pass.tape().leaf(weights));
    });
  }
  if (name == "message_passing") {
    nn::MessagePassingOptions o;
    o.node_in = o.node_out = o.edge_in = o.edge_out = width;
    o.hidden = {width};
    nn::MessagePassing<float> const f(o);
    auto const edges = random_matrix(graph.local().num_entries(), width);
    measure_layer(state, name, graph, width, f, [&](Pass& pass, MatrixVar const& x) -> MatrixVar {
      return f.forward(pass, graph, {x, MatrixVar(pass.constant(edges))}).nodes;
    });
  }
}

// ---- operations -------------------------------------------------------------------------------------------

/// Rows times matrices, a different one for each group of rows, beside a product a row.
void grouped(benchmark::State& state, bool sorted, std::size_t width) {
  constexpr std::size_t kRows = 20000, kMatrices = 16;
  auto const a = random_matrix(kRows, width);
  Kokkos::View<float***, Kokkos::LayoutRight, DefaultDevice> const b("b", kMatrices, width, width);
  nn::draw(Exec(), nn::normal(), 4, Vector<float>(b.data(), b.size()));
  Matrix const y("y", kRows, width);
  std::vector<Ordinal> index(kRows), lengths(kMatrices);
  for (std::size_t i = 0; i < kRows; ++i) {
    index[i] = static_cast<Ordinal>(sorted ? i * kMatrices / kRows : random_bits(5, i) % kMatrices);
    ++lengths[static_cast<std::size_t>(index[i])];
  }
  GatherMmOp<DefaultDevice> const gather(static_cast<Ordinal>(kMatrices), index);
  SegmentMmOp<DefaultDevice> const segment(lengths);
  auto const whole = [&] {
    if (sorted)
      segment.forward(Exec(), y, a, b);
    else
      gather.forward(Exec(), y, a, b);
  };
  using Row = OpView<float, 2, Kokkos::LayoutRight, DefaultDevice>;
  auto const one_by_one = [&] {
    for (std::size_t i = 0; i < kRows; ++i)
      MatmulOp().forward(Exec(), Row(y.data() + i * width, 1, width), Row(a.data() + i * width, 1, width),
                         Row(b.data() + static_cast<std::size_t>(index[i]) * width * width, width, width));
  };
  Samples const samples(state, {{"grouped", whole}, {"one_by_one", one_by_one}});
  std::string const name = sorted ? "segment_mm" : "gather_mm";
  hand_over(samples, cat(name, '/', width), "nn/operation", cat(name, "/width_", width), "grouped",
            "one_by_one");
  state.counters["one_by_one/grouped"] = samples.ratio("one_by_one", "grouped");
}

/// An operation from x to an array of x's size or less, forward and adjoint beside a copy of x.
template <class Op, class X>
void beside_copy(benchmark::State& state, std::string const& name, std::string const& problem, Op const& op,
                 X const& x) {
  using Y = OpResult<Op, OpInput<X>>;
  auto const extents = op.output_extents(as_op_input(x));
  std::size_t size = 1;
  for (auto const e : extents) size *= e;
  Vector<float> const y_data("y", size), y_bar_data("y_bar", size), x_bar_data("x_bar", x.size());
  Vector<float> const copy("copy", x.size());
  Kokkos::deep_copy(y_bar_data, 1e-6f);
  auto const y = make_op_view<Y>(y_data.data(), extents), y_bar = make_op_view<Y>(y_bar_data.data(), extents);
  auto const x_bar = make_op_view<OpOutput<OpInput<X>>>(x_bar_data.data(), extents_of(x));
  Exec const exec;
  Vector<float const> const source(x.data(), x.size());
  Samples const samples(state, {{"copy", [&] { Kokkos::deep_copy(exec, copy, source); }},
                                {"forward", [&] { op.forward(exec, y, as_op_input(x)); }},
                                {"adjoint", [&] { op.adjoint(exec, y, y_bar, as_op_input(x), x_bar); }}});
  for (std::string const which : {"forward", "adjoint"})
    hand_over(samples, name + '/' + problem, "nn/operation", cat(name, '/', problem, '/', which), which,
              "copy");
  state.counters["forward/copy"] = samples.ratio("forward", "copy");
  state.counters["adjoint/copy"] = samples.ratio("adjoint", "copy");
}

template <class Measure>
void add(std::string const& name, int iterations, Measure const& measure) {
  benchmark::RegisterBenchmark(name.c_str(), measure)
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond)
      ->Iterations(iterations);
}

void register_all() {
  for (bool const sparse : {true, false})
    add(cat("epoch/citeseer_like/", sparse ? "sparse" : "dense"), sparse ? 31 : 11,
        [=](benchmark::State& state) { epoch(state, kCiteseer, sparse); });
  std::vector<GlobalOrdinal> sizes{20000};
  if (!quick()) sizes.insert(sizes.end(), {100000, 343000, 1000000});
  for (GlobalOrdinal const n : sizes)
    for (bool const sparse : {true, false})
      add(cat("epoch/", n, sparse ? "/sparse" : "/dense"), n < 300000 ? 9 : 3,
          [=](benchmark::State& state) { epoch(state, n, sparse); });
  std::vector<std::size_t> widths{16};
  if (!quick()) widths.push_back(64);
  for (std::size_t const width : widths)
    for (std::string const name :
         {"gcn", "tag_weighted", "sage_mean", "sage_max", "gatv2", "message_passing"})
      add(cat("layer/", name, '/', width), 5, [=](benchmark::State& state) { layer(state, name, width); });
  for (std::size_t const width : widths) {
    add(cat("segment_mm/", width), 9, [=](benchmark::State& state) { grouped(state, true, width); });
    add(cat("gather_mm/", width), 9, [=](benchmark::State& state) { grouped(state, false, width); });
  }
  for (std::size_t const heads : {1u, 4u})
    add(cat("segment_softmax/", heads), 9, [=](benchmark::State& state) {
      auto const& pattern = data_of(kLayerNodes).adjacency.pattern.local();
      beside_copy(state, "segment_softmax", cat(heads),
                  SegmentSoftmaxOp<DefaultDevice>{row_segments(pattern)},
                  random_matrix(pattern.num_entries(), heads));
    });
  add("logsumexp/rows", 9, [](benchmark::State& state) {
    auto const& pattern = data_of(kLayerNodes).adjacency.pattern.local();
    Vector<float> const x("x", pattern.num_entries());
    nn::draw(Exec(), nn::normal(), 3, x);
    beside_copy(state, "logsumexp", "rows", SparseLogsumexpOp<DefaultDevice>(pattern), x);
  });
  for (std::size_t const width : widths)
    add(cat("dropout/", width), 9, [=](benchmark::State& state) {
      beside_copy(state, "dropout", cat(width), DropoutOp<DefaultDevice>(.5, 1),
                  random_matrix(kLayerNodes, width));
    });
}

}  // namespace
}  // namespace nacre::perf

int main(int argc, char* argv[]) {
  nacre::MpiScope const mpi(argc, argv);
  Kokkos::ScopeGuard const kokkos(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  nacre::perf::add_context();
  nacre::perf::register_all();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  nacre::perf::write_rows();
  return 0;
}
