#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nacre/core/dense_columns.hpp>
#include <nacre/core/inner_products.hpp>
#include <nacre/core/norms.hpp>
#include <nacre/nn/dropout.hpp>
#include <nacre/nn/gatv2_conv.hpp>
#include <nacre/nn/gcn_conv.hpp>
#include <nacre/nn/gradients.hpp>
#include <nacre/nn/losses.hpp>
#include <nacre/nn/message_passing.hpp>
#include <nacre/nn/mlp.hpp>
#include <nacre/nn/normalization.hpp>
#include <nacre/nn/pooling.hpp>
#include <nacre/nn/sage_conv.hpp>
#include <nacre/nn/tag_conv.hpp>

#include "support/distributed.hpp"

/// \file
/// Every layer in a form that tests can treat alike.

namespace nacre::test {

inline constexpr std::size_t kIn = 3;  ///< features of a node
inline constexpr Ordinal kNodes = 23;

/// Whether there is an edge from node j to node i: a directed graph, node 5 has no neighbour, node 7 a self-loop.
inline bool has_edge(GlobalOrdinal i, GlobalOrdinal j) {
  if (i == 5 || j == 5) return false;
  return (i == j && i == 7) || (i != j && std::fabs(scattered(i, j, 11)) < .2);
}
/// Feature c of node i.
inline double feature(GlobalOrdinal i, std::size_t c) {
  return scattered(i, static_cast<GlobalOrdinal>(c), 5);
}

/// A network under test, with what it makes of the features of the nodes of a graph, or of its edges.
template <class Scalar>
struct Case {
  using Matrix = nn::MatrixVar<Scalar>;
  std::string name;
  std::unique_ptr<nn::Module<Scalar>> module;
  /// \param number the number of a node in the original graph, wherever it is now; for features of edges
  std::function<Matrix(nn::Pass<Scalar>&, nn::Graph<> const&, Matrix const&,
                       std::vector<GlobalOrdinal> const& number)>
      forward;
  std::size_t num_parameters = 0;  ///< by the formula
  bool of_graphs = false;          ///< a row of the result is a graph, not a node
};

/// Features of edges that depend on the nodes they join alone.
template <class Scalar>
RowMajor<Scalar> edge_features(nn::Graph<> const& graph, std::vector<GlobalOrdinal> const& number) {
  auto const row_ptr = to_host(graph.local().row_ptr());
  auto const col = to_host(graph.local().col());
  RowMajor<Scalar> const e("e", graph.local().num_entries(), 2);
  auto const h = Kokkos::create_mirror(e);
  for (Ordinal i = 0; i < graph.num_nodes(); ++i)
    for (auto k = static_cast<std::size_t>(row_ptr(i)); k < static_cast<std::size_t>(row_ptr(i + 1)); ++k)
      for (std::size_t c = 0; c < 2; ++c)
        h(k, c) = static_cast<Scalar>(scattered(number[static_cast<std::size_t>(i)],
                                                number[static_cast<std::size_t>(col(k))],
                                                static_cast<unsigned>(c) + 21));
  Kokkos::deep_copy(e, h);
  return e;
}

template <class Scalar, class Layer>
Case<Scalar> row_case(std::string const& name, std::size_t num_parameters, std::unique_ptr<Layer> layer) {
  auto const* const f = layer.get();
  return {name, std::move(layer),
          [f](nn::Pass<Scalar>& pass, nn::Graph<> const& graph, nn::MatrixVar<Scalar> const& x,
              std::vector<GlobalOrdinal> const&) { return f->forward(pass, graph.nodes(), x); },
          num_parameters};
}
template <class Scalar, class Layer>
Case<Scalar> graph_case(std::string const& name, std::size_t num_parameters, std::unique_ptr<Layer> layer) {
  auto const* const f = layer.get();
  return {name, std::move(layer),
          [f](nn::Pass<Scalar>& pass, nn::Graph<> const& graph, nn::MatrixVar<Scalar> const& x,
              std::vector<GlobalOrdinal> const&) { return f->forward(pass, graph, x); },
          num_parameters};
}

/// TagConv with differentiable weights of the edges: the sine of features of edges times a parameter.
template <class Scalar>
struct WeightedTagConv : nn::Module<Scalar> {
  explicit WeightedTagConv(std::size_t out) : conv(kIn, out, nn::TagConvOptions{2}), weight(2, 1) {
    this->add_module("conv", conv);
    this->add_module("weight", weight);
  }
  nn::TagConv<Scalar> conv;
  nn::Linear<Scalar> weight;
};

template <class Scalar>
std::unique_ptr<nn::MessagePassing<Scalar>> message_passing(nn::Aggregation how) {
  nn::MessagePassingOptions o;
  o.node_in = kIn;
  o.edge_in = 2;
  o.node_out = 4;
  o.edge_out = 3;
  o.hidden = {6};
  o.aggregation = how;
  o.mlp.activation = nn::Activation::gelu;
  o.mlp.layer_norm = true;
  o.mlp.dropout = .1;
  return std::make_unique<nn::MessagePassing<Scalar>>(o);
}

/// The names of all_cases(), which needs Kokkos, for lists of tests, which are made before there is Kokkos.
inline std::vector<std::string> case_names() {
  return {"Linear",
          "LinearWithoutBias",
          "Mlp",
          "Residual",
          "Dropout",
          "LayerNorm",
          "LayerNormFrozen",
          "InstanceNorm",
          "BatchNorm",
          "GcnConvNarrow",
          "GcnConvWide",
          "TagConvNarrow",
          "TagConvNormalized",
          "TagConvWeighted",
          "SageConvSum",
          "MessagePassingSum",
          "PoolSum",
          "SageConvMean",
          "MessagePassingMean",
          "PoolMean",
          "SageConvMax",
          "MessagePassingMax",
          "PoolMax",
          "GatV2Conv",
          "GatV2ConvMean",
          "Sequential"};
}

template <class Scalar>
std::vector<Case<Scalar>> all_cases() {
  using namespace nn;
  std::vector<Case<Scalar>> cases;
  auto const add = [&](Case<Scalar> c) { cases.push_back(std::move(c)); };
  add(row_case<Scalar>("Linear", 3 * 4 + 4, std::make_unique<Linear<Scalar>>(kIn, 4)));
  add(row_case<Scalar>("LinearWithoutBias", 3 * 4, std::make_unique<Linear<Scalar>>(kIn, 4, false)));
  MlpOptions mlp;
  mlp.activation = Activation::tanh;
  mlp.layer_norm = true;
  mlp.dropout = .3;
  add(row_case<Scalar>("Mlp", 3 * 5 + 5 + 2 * 5 + 5 * 2 + 2,
                       std::make_unique<Mlp<Scalar>>(std::vector<std::size_t>{kIn, 5, 2}, mlp)));
  auto residual = std::make_unique<Residual<Scalar>>();
  residual->template add<Linear<Scalar>>(kIn, kIn);
  residual->template add<ActivationLayer<Scalar>>(Activation::softplus);
  add(row_case<Scalar>("Residual", 3 * 3 + 3, std::move(residual)));
  add(row_case<Scalar>("Dropout", 0, std::make_unique<Dropout<Scalar>>(.4)));
  add(row_case<Scalar>("LayerNorm", 6, std::make_unique<LayerNorm<Scalar>>(kIn)));
  add(row_case<Scalar>("LayerNormFrozen", 0, std::make_unique<LayerNorm<Scalar>>(kIn, false)));
  add(row_case<Scalar>("InstanceNorm", 0, std::make_unique<InstanceNorm<Scalar>>()));
  add(row_case<Scalar>("BatchNorm", 6, std::make_unique<BatchNorm<Scalar>>(kIn)));
  add(graph_case<Scalar>("GcnConvNarrow", 3 * 2 + 2, std::make_unique<GcnConv<Scalar>>(kIn, 2)));
  add(graph_case<Scalar>("GcnConvWide", 3 * 5, std::make_unique<GcnConv<Scalar>>(kIn, 5, false)));
  add(graph_case<Scalar>("TagConvNarrow", 4 * 3 * 2 + 2, std::make_unique<TagConv<Scalar>>(kIn, 2)));
  TagConvOptions tag;
  tag.hops = 2;
  tag.normalize = true;
  add(graph_case<Scalar>("TagConvNormalized", 3 * 3 * 5 + 5, std::make_unique<TagConv<Scalar>>(kIn, 5, tag)));
  auto weighted = std::make_unique<WeightedTagConv<Scalar>>(4);
  auto const* const w = weighted.get();
  add({"TagConvWeighted", std::move(weighted),
       [w](Pass<Scalar>& pass, Graph<> const& graph, MatrixVar<Scalar> const& x,
           std::vector<GlobalOrdinal> const& number) {
         auto const e = pass.constant(edge_features<Scalar>(graph, number));
         auto const column = w->weight.forward(pass, graph.edges(), MatrixVar<Scalar>(e));
         return w->conv.forward(pass, graph, x,
                                VectorVar<Scalar>(pass.tape().apply(DenseRowSumsOp(), column)));
       },
       3 * 3 * 4 + 4 + 3});
  for (auto const& [how, name] : {std::pair<Aggregation, char const*>{Aggregation::sum, "Sum"},
                                  {Aggregation::mean, "Mean"},
                                  {Aggregation::max, "Max"}}) {
    Aggregation const aggregation = how;
    add(graph_case<Scalar>(cat("SageConv", name), 2 * 3 * 4 + 4,
                           std::make_unique<SageConv<Scalar>>(kIn, 4, how)));
    auto block = message_passing<Scalar>(how);
    auto const* const b = block.get();
    add({cat("MessagePassing", name), std::move(block),
         [b](Pass<Scalar>& pass, Graph<> const& graph, MatrixVar<Scalar> const& x,
             std::vector<GlobalOrdinal> const& number) {
           auto const out = b->forward(
               pass, graph, {x, MatrixVar<Scalar>(pass.constant(edge_features<Scalar>(graph, number)))});
           return MatrixVar<Scalar>(pass.tape().apply(
               ConcatenateColumnsOp(), out.nodes, aggregate_edges(pass, graph, Aggregation::sum, out.edges)));
         },
         (3 + 3 + 2) * 6 + 6 + 2 * 6 + 6 * 3 + 3 + (3 + 3) * 6 + 6 + 2 * 6 + 6 * 4 + 4});
    auto linear = std::make_unique<Linear<Scalar>>(kIn, 2);
    auto const* const l = linear.get();
    add({cat("Pool", name), std::move(linear),
         [l, aggregation](Pass<Scalar>& pass, Graph<> const& graph, MatrixVar<Scalar> const& x,
                          std::vector<GlobalOrdinal> const&) {
           return l->forward(pass, graph.graphs(), global_pool(pass, graph, aggregation, x));
         },
         3 * 2 + 2});
    cases.back().of_graphs = true;
  }
  GatV2Options gat;
  gat.heads = 2;
  gat.dropout = .2;
  add(graph_case<Scalar>("GatV2Conv", 2 * 3 * 8 + 8 + 8, std::make_unique<GatV2Conv<Scalar>>(kIn, 4, gat)));
  gat.concatenate = gat.self_loops = false;
  add(graph_case<Scalar>("GatV2ConvMean", 2 * 3 * 8 + 8 + 4,
                         std::make_unique<GatV2Conv<Scalar>>(kIn, 4, gat)));
  auto network = std::make_unique<Sequential<Scalar>>();
  network->template add<GcnConv<Scalar>>(kIn, 4);
  network->template add<ActivationLayer<Scalar>>(Activation::elu);
  auto& block = network->template add<GraphResidual<Scalar>>();
  block.template add<SageConv<Scalar>>(4u, 4u);
  block.template add<InstanceNorm<Scalar>>();
  network->template add<Dropout<Scalar>>(.25);
  network->template add<GatV2Conv<Scalar>>(4u, 2u);
  add(graph_case<Scalar>("Sequential", 3 * 4 + 4 + 2 * 4 * 4 + 4 + 2 * 4 * 2 + 2 + 2, std::move(network)));
  for (auto& c : cases) c.module->initialize(17);
  return cases;
}

/// The features of these nodes.
template <class Scalar>
RowMajor<Scalar> node_features(std::vector<GlobalOrdinal> const& number, std::size_t count) {
  RowMajor<Scalar> const x("x", count, kIn);
  auto const h = Kokkos::create_mirror(x);
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t c = 0; c < kIn; ++c) h(i, c) = static_cast<Scalar>(feature(number[i], c));
  Kokkos::deep_copy(x, h);
  return x;
}

/// A loss that gives every entry of y a weight of its own, by its number among all rows: a sum of w y + y^2 / 2.
template <class Scalar>
nn::VectorVar<Scalar> weighted_sum(nn::Pass<Scalar>& pass, Comm const& comm, nn::MatrixVar<Scalar> const& y,
                                   std::int64_t first_row) {
  RowMajor<Scalar> const w("w", y.value.extent(0), y.value.extent(1));
  auto const h = Kokkos::create_mirror(w);
  for (std::size_t i = 0; i < h.extent(0); ++i)
    for (std::size_t j = 0; j < h.extent(1); ++j)
      h(i, j) = static_cast<Scalar>(
          scattered(first_row + static_cast<std::int64_t>(i), static_cast<std::int64_t>(j), 3));
  Kokkos::deep_copy(w, h);
  auto& tape = pass.tape();
  return nn::sum_over_ranks(
      pass, comm,
      nn::VectorVar<Scalar>(tape.apply(LinearCombinationOp{1, 1}, tape.apply(DotOp(), w, y),
                                       tape.apply(half_squared_norm(), y))));
}

}  // namespace nacre::test
