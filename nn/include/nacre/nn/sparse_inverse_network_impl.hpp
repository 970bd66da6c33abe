#pragma once

#include <nacre/core/elementwise_binary.hpp>
#include <nacre/nn/mlp.hpp>

namespace nacre::nn {

namespace detail {

/// [layer norm,] linear, GELU, ..., linear, for rows of nodes.
template <class Scalar, class Device>
void add_perceptron(RowSequential<Scalar, Device>& to, SparseInverseOptions const& o, std::size_t in,
                    bool layer_norm) {
  if (layer_norm) to.template add<LayerNorm<Scalar, Device>>(in);
  std::vector<std::size_t> widths{in};
  for (int l = 0; l <= o.hidden_layers; ++l) widths.push_back(o.width);
  MlpOptions mlp;
  mlp.activation = Activation::gelu;
  to.template add<Mlp<Scalar, Device>>(widths, mlp);
}

inline EdgePerceptronOptions perceptron_of_edges(SparseInverseOptions const& o, bool with_nodes,
                                                 std::size_t edge_width, std::size_t out, bool layer_norm,
                                                 EdgeParts parts, EdgeResult result) {
  EdgePerceptronOptions p;
  p.node_width = with_nodes ? o.width : 0;
  p.edge_width = edge_width;
  p.hidden = o.width;
  p.out = out;
  p.hidden_layers = o.hidden_layers;
  p.layer_norm = layer_norm;
  p.parts = parts;
  p.result = result;
  return p;
}

}  // namespace detail

template <class Scalar, class Device>
SparseInverseNetwork<Scalar, Device>::Layer::Layer(Options const& o)
    : message(detail::perceptron_of_edges(o, true, o.width, o.width, true, EdgeParts::target_source_edge,
                                          EdgeResult::summed_by_row)),
      edge(detail::perceptron_of_edges(o, true, o.width, o.width, true, EdgeParts::target_source_edge,
                                       EdgeResult::per_entry_with_residual)) {
  detail::add_perceptron(node, o, o.width, true);
  this->add_module("message", message);
  this->add_module("node", node);
  this->add_module("edge", edge);
}

template <class Scalar, class Device>
SparseInverseNetwork<Scalar, Device>::SparseInverseNetwork(Options const& o)
    : options_((check_options(o), o)),
      edge_encoder_(detail::perceptron_of_edges(o, false, o.edge_width(), o.width, false,
                                                EdgeParts::target_source_edge, EdgeResult::per_entry)),
      decoder_(detail::perceptron_of_edges(o, true, o.width, o.numbers_of_block(), false,
                                           EdgeParts::edge_source_target, EdgeResult::per_entry)) {
  detail::add_perceptron(node_encoder_, o, o.node_width(), false);
  this->add_module("node_encoder", node_encoder_);
  this->add_module("edge_encoder", edge_encoder_);
  for (int l = 0; l < o.layers; ++l) {
    layers_.push_back(std::make_unique<Layer>(o));
    this->add_module(cat("layer", l), *layers_.back());
  }
  this->add_module("decoder", decoder_);
  if (o.start == FactorStart::fsai0) {  // training begins with FSAI(0) itself
    decoder_.last_weight().set_initializer(zeros());
    decoder_.last_bias().set_initializer(zeros());
  }
}

template <class Scalar, class Device>
MatrixVar<Scalar, Device> SparseInverseNetwork<Scalar, Device>::forward(
    Pass<Scalar, Device>& pass, SparseInverseInput<Scalar, Device> const& in, Evaluation how) const {
  using Matrix = MatrixVar<Scalar, Device>;
  auto& tape = pass.tape();
  auto const& graph = in.graph;
  check_extent("SparseInverseNetwork", in.nodes, 1, options_.node_width(), "the network's features of nodes");
  check_extent("SparseInverseNetwork", in.edges, 1, options_.edge_width(), "the network's features of edges");
  Matrix const nothing = pass.constant(
      RowMajor<Scalar const, Device>(in.nodes.data(), static_cast<std::size_t>(graph.local().num_cols()), 0));
  Matrix x = node_encoder_.forward(pass, graph.nodes(), Matrix(pass.constant(in.nodes)));
  Matrix h = edge_encoder_.forward(pass, graph.local(), nothing, Matrix(pass.constant(in.edges)), {}, how);
  for (auto const& layer : layers_) {
    auto const all = graph.with_ghosts(pass, x);
    auto const m = layer->message.forward(pass, graph.local(), all, h, {}, how);
    h = layer->edge.forward(pass, graph.local(), all, h, {}, how);
    x = tape.apply(LinearCombinationOp{1, 1}, x, layer->node.forward(pass, graph.nodes(), m));
  }
  Matrix const F = decoder_.forward(pass, in.factor, graph.with_ghosts(pass, x), h, in.entry, how);
  if (options_.start == FactorStart::none) return F;
  check_extent("SparseInverseNetwork", in.start, 0, F.value.extent(0), "the number of blocks of the factor");
  // relative to what is there, so that the correction does not depend on the scale of coefficients
  Matrix const start = pass.constant(in.start);
  return tape.apply(LinearCombinationOp{1, 1}, start, tape.apply(MultiplyOp(), start, F));
}

}  // namespace nacre::nn
