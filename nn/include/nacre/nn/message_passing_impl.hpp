#pragma once

#include <nacre/core/dense_rows.hpp>
#include <nacre/core/edge_ops.hpp>

namespace nacre::nn {

namespace detail {

/// All of a perceptron but its first linear layer.
template <class Scalar, class Device>
void add_after_first(RowSequential<Scalar, Device>& to, std::vector<std::size_t> const& hidden,
                     std::size_t out, MlpOptions const& options) {
  add_activated(to, hidden.front(), options);
  auto widths = hidden;
  widths.push_back(out);
  to.template add<Mlp<Scalar, Device>>(widths, options);
}

}  // namespace detail

template <class Scalar, class Device>
MessagePassing<Scalar, Device>::MessagePassing(Options const& options) : options_(options) {
  if (options.hidden.empty()) fail("MessagePassing: no hidden layer, expected at least one width");
  detail::add_after_first(edge_mlp_, options.hidden, options.edge_out, options.mlp);
  detail::add_after_first(node_mlp_, options.hidden, options.node_out, options.mlp);
  std::size_t const width = options.hidden.front();
  auto const of_edge = pytorch_default(2 * options.node_in + options.edge_in);
  auto const of_node = pytorch_default(options.node_in + options.edge_out);
  edge_target_ = &this->add_parameter("edge_target", {options.node_in, width}, of_edge);
  edge_source_ = &this->add_parameter("edge_source", {options.node_in, width}, of_edge);
  if (options.edge_in > 0) edge_self_ = &this->add_parameter("edge_self", {options.edge_in, width}, of_edge);
  edge_bias_ = &this->add_parameter("edge_bias", {width}, of_edge);
  node_self_ = &this->add_parameter("node_self", {options.node_in, width}, of_node);
  node_edges_ = &this->add_parameter("node_edges", {options.edge_out, width}, of_node);
  node_bias_ = &this->add_parameter("node_bias", {width}, of_node);
  this->add_module("edge_mlp", edge_mlp_);
  this->add_module("node_mlp", node_mlp_);
}

template <class Scalar, class Device>
typename MessagePassing<Scalar, Device>::Features MessagePassing<Scalar, Device>::forward(
    Pass<Scalar, Device>& pass, Graph<Device> const& graph, Features const& in) const {
  auto& tape = pass.tape();
  auto const times = [&](auto const& x, Parameter<Scalar, Device> const* weight) {
    return tape.apply(MatmulOp(), x, pass.matrix(*weight));
  };
  auto const add = [&](auto const& a, auto const& b) { return tape.apply(LinearCombinationOp{1, 1}, a, b); };

  auto const target = tape.apply(BiasOp(), times(in.nodes, edge_target_), pass.vector(*edge_bias_));
  MatrixVar<Scalar, Device> e =
      tape.apply(EdgeSumOp<Device>{graph.local()}, target,
                 graph.with_ghosts(pass, MatrixVar<Scalar, Device>(times(in.nodes, edge_source_))));
  if (edge_self_) e = add(e, times(in.edges, edge_self_));
  auto const edges = edge_mlp_.forward(pass, graph.edges(), e);

  auto const into = aggregate_edges(pass, graph, options_.aggregation, edges);
  MatrixVar<Scalar, Device> const x = tape.apply(
      BiasOp(), add(times(in.nodes, node_self_), times(into, node_edges_)), pass.vector(*node_bias_));
  return {node_mlp_.forward(pass, graph.nodes(), x), edges};
}

}  // namespace nacre::nn
