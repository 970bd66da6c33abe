#include "schwarz_network.hpp"

#include <nacre/core/dense_columns.hpp>
#include <nacre/core/edge_ops.hpp>
#include <nacre/core/gather_scatter.hpp>
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

void add_normalization(nn::RowSequential<float>& to) {
  to.add<ActivationLayer>(nn::Activation::relu);
  to.add<nn::InstanceNorm<float>>();
}

void add_block(nn::RowSequential<float>& to, std::size_t width) {
  auto& block = to.add<nn::Residual<float>>();
  block.add<Linear>(width, width);
  block.add<ActivationLayer>(nn::Activation::relu);
  block.add<Linear>(width, width);
  block.add<LayerNorm>(width, /*affine=*/false);
  to.add<ActivationLayer>(nn::Activation::relu);
}

/// A copy that outlives the pass.
RowMajor<float> kept(nn::Pass<float>& pass, nn::MatrixVar<float> const& x) {
  RowMajor<float> const copy(Kokkos::view_alloc(std::string("kept"), Kokkos::WithoutInitializing),
                             x.value.extent(0), x.value.extent(1));
  Kokkos::deep_copy(pass.exec(), copy, x.value);
  return copy;
}

}  // namespace

SchwarzNetwork::SchwarzNetwork(SchwarzNetworkOptions const& o) {
  auto const width = static_cast<std::size_t>(o.width);
  add_edge_encoder(edge_encoder_);
  this->add_module("edge_encoder", edge_encoder_);
  for (int l = 0; l < o.convs; ++l) {
    nn::TagConvOptions tag;
    tag.hops = o.hops;
    Layer layer{std::make_unique<nn::TagConv<float>>(l == 0 ? 1 : width, width, tag), {}};
    this->add_module(cat("conv", l), *layer.conv);
    for (int b = 0; b <= o.blocks; ++b) {
      auto rest = std::make_unique<nn::RowSequential<float>>();
      if (b == 0)
        add_normalization(*rest);
      else
        add_block(*rest, width);
      this->add_module(cat("nodes", l, '_', b), *rest);
      layer.rest.push_back(std::move(rest));
    }
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

SchwarzNetwork::Matrix SchwarzNetwork::convolve(nn::Pass<float>& pass, nn::Graph<> const& graph,
                                                Layer const& layer, Matrix const& x, Matrix const& w) const {
  nn::VectorVar<float> const weights = pass.tape().apply(DenseRowSumsOp(), w);
  return layer.conv->forward(pass, graph, x, weights);
}

nn::VectorVar<float> SchwarzNetwork::values(nn::Pass<float>& pass, nn::Graph<> const& graph,
                                            SchwarzInputs const& inputs, Matrix const& x,
                                            Matrix const& w) const {
  auto& tape = pass.tape();
  // of [x(i), x(j), w] times a matrix, the parts of nodes once for each node
  auto const times = [&](Matrix const& v, nn::Parameter<float> const* p) {
    return tape.apply(MatmulOp(), v, pass.matrix(*p));
  };
  Matrix e = tape.apply(EdgeSumOp<>{inputs.interface_pattern},
                        tape.apply(BiasOp(), times(x, head_target_), pass.vector(*head_bias_)),
                        graph.with_ghosts(pass, Matrix(times(x, head_source_))));
  e = tape.apply(add(), e, times(tape.apply(GatherOp<>(inputs.interface_edges), w), head_edge_));
  e = head_.forward(pass, nn::plain_rows(static_cast<Ordinal>(inputs.interface_edges.size())),
                    nn::activate(pass, nn::Activation::relu, e));
  return tape.apply(ScatterAddOp<>(inputs.interface_edges), tape.apply(DenseRowSumsOp(), e));
}

nn::VectorVar<float> SchwarzNetwork::forward(nn::Pass<float>& pass, nn::Graph<> const& graph,
                                             SchwarzInputs const& inputs) const {
  Matrix const w = edge_encoder_.forward(pass, graph.edges(), pass.constant(inputs.edges));
  Matrix x = pass.constant(inputs.nodes);
  for (auto const& layer : layers_) {
    x = convolve(pass, graph, layer, x, w);
    for (auto const& rest : layer.rest) x = rest->forward(pass, graph.nodes(), x);
  }
  return values(pass, graph, inputs, x, w);
}

Vector<float> SchwarzNetwork::propose(nn::Pass<float>& pass, nn::Graph<> const& graph,
                                      SchwarzInputs const& inputs) const {
  auto const begin = [&pass] { pass.begin(0, nn::Recording::off); };
  begin();
  auto const w = kept(pass, edge_encoder_.forward(pass, graph.edges(), pass.constant(inputs.edges)));
  auto x = inputs.nodes;
  for (auto const& layer : layers_) {
    begin();
    x = kept(pass, convolve(pass, graph, layer, pass.constant(x), pass.constant(w)));
    for (auto const& rest : layer.rest) {
      begin();
      x = kept(pass, rest->forward(pass, graph.nodes(), pass.constant(x)));
    }
  }
  begin();
  auto const L = values(pass, graph, inputs, pass.constant(x), pass.constant(w)).value;
  Vector<float> const found("interface_values", L.extent(0));
  Kokkos::deep_copy(pass.exec(), found, L);
  return found;
}

}  // namespace nacre::apps
