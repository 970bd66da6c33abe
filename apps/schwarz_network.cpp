#include "schwarz_network.hpp"

#include <nacre/core/dense_columns.hpp>
#include <nacre/core/edge_ops.hpp>
#include <nacre/core/sums.hpp>

namespace nacre::apps {

namespace {

using Linear = nn::Linear<float>;
using LayerNorm = nn::LayerNorm<float>;
using ActivationLayer = nn::ActivationLayer<float>;

constexpr std::size_t kHeadWidth = 128;

/// The network of edges before the convolutions: 2, 32, 64, 32, 1.
void add_edge_encoder(nn::RowSequential<float>& to) {
  std::size_t in = 2;
  for (std::size_t const out : {32, 64, 32}) {
    to.add<Linear>(in, out);
    to.add<ActivationLayer>(nn::Activation::relu);
    in = out;
  }
  to.add<nn::InstanceNorm<float>>();
  to.add<Linear>(in, 1u);
}

/// The network of edges at the end, after its first linear layer: 128, 64, 64, 32, 32, 1.
void add_head(nn::RowSequential<float>& to) {
  std::size_t in = kHeadWidth;
  for (std::size_t const out : {64, 32}) {
    to.add<Linear>(in, out);
    to.add<ActivationLayer>(nn::Activation::relu);
    to.add<Linear>(out, out);
    to.add<LayerNorm>(out);
    to.add<ActivationLayer>(nn::Activation::relu);
    in = out;
  }
  // learning starts near the classical method, whose interface values are zero
  to.add<Linear>(in, 1u).weight().set_initializer(nn::uniform(1e-2));
}

}  // namespace

SchwarzNetwork::SchwarzNetwork(SchwarzNetworkOptions const& o) {
  auto const width = static_cast<std::size_t>(o.width);
  add_edge_encoder(edge_encoder_);
  this->add_module("edge_encoder", edge_encoder_);
  for (int l = 0; l < o.convs; ++l) {
    nn::TagConvOptions tag;
    tag.hops = o.hops;
    Layer layer{std::make_unique<nn::TagConv<float>>(l == 0 ? 1 : width, width, tag),
                std::make_unique<nn::RowSequential<float>>()};
    layer.rest->add<ActivationLayer>(nn::Activation::relu);
    layer.rest->add<nn::InstanceNorm<float>>();
    for (int b = 0; b < o.blocks; ++b) {
      auto& block = layer.rest->add<nn::Residual<float>>();
      block.add<Linear>(width, width);
      block.add<ActivationLayer>(nn::Activation::relu);
      block.add<Linear>(width, width);
      block.add<LayerNorm>(width, /*affine=*/false);
      layer.rest->add<ActivationLayer>(nn::Activation::relu);
    }
    this->add_module(cat("conv", l), *layer.conv);
    this->add_module(cat("nodes", l), *layer.rest);
    layers_.push_back(std::move(layer));
  }
  auto const initial = nn::pytorch_default(2 * width + 1);
  head_target_ = &this->add_parameter("head_target", {width, kHeadWidth}, initial);
  head_source_ = &this->add_parameter("head_source", {width, kHeadWidth}, initial);
  head_edge_ = &this->add_parameter("head_edge", {1, kHeadWidth}, initial);
  head_bias_ = &this->add_parameter("head_bias", {kHeadWidth}, initial);
  add_head(head_);
  this->add_module("head", head_);
}

nn::VectorVar<float> SchwarzNetwork::forward(nn::Pass<float>& pass, nn::Graph<> const& graph,
                                             RowMajor<float> const& nodes,
                                             RowMajor<float> const& edges) const {
  auto& tape = pass.tape();
  auto const edge_inputs = pass.constant(edges);
  Matrix const w = edge_encoder_.forward(pass, graph.edges(), edge_inputs);
  nn::VectorVar<float> const weights = tape.apply(DenseRowSumsOp(), w);
  Matrix x = pass.constant(nodes);
  for (auto const& layer : layers_)
    x = layer.rest->forward(pass, graph.nodes(), layer.conv->forward(pass, graph, x, weights));

  // of [x(i), x(j), w] times a matrix, the parts of nodes once for each node
  auto const times = [&](Matrix const& v, nn::Parameter<float> const* p) {
    return tape.apply(MatmulOp(), v, pass.matrix(*p));
  };
  Matrix e = tape.apply(EdgeSumOp<>{graph.local()},
                        tape.apply(BiasOp(), times(x, head_target_), pass.vector(*head_bias_)),
                        graph.with_ghosts(pass, Matrix(times(x, head_source_))));
  e = tape.apply(add(), e, times(w, head_edge_));
  e = head_.forward(pass, graph.edges(), nn::activate(pass, nn::Activation::relu, e));
  auto const allowed = tape.apply(DenseRowSumsOp(), tape.apply(SliceColumnsOp{1, 1}, edge_inputs));
  return tape.apply(MultiplyOp(), tape.apply(DenseRowSumsOp(), e), allowed);
}

}  // namespace nacre::apps
