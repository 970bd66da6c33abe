#pragma once

#include <nacre/nn/aggregation.hpp>
#include <nacre/nn/mlp.hpp>

/// \file
/// Blocks that update edges and nodes.

namespace nacre::nn {

struct MessagePassingOptions {
  std::size_t node_in = 1, edge_in = 1;        ///< widths of the features that come in; edge_in may be 0
  std::size_t node_out = 1, edge_out = 1;      ///< and go out
  std::vector<std::size_t> hidden = {32};      ///< widths within both networks; at least one
  Aggregation aggregation = Aggregation::sum;  ///< of the new edges that lead to a node
  MlpOptions mlp;
};

/// e'(k) = f(x(i), x(j), e(k)) for each edge k from j to i, then x'(i) = g(x(i), aggregate of e' over the edges that lead
/// to i), f and g being multi-layer perceptrons. Battaglia et al. (2018), "Relational inductive biases, deep learning, and
/// graph networks", algorithm 1 without global features.
///
/// The first linear layers of f and g act on concatenated features, so each is a sum of products: those of nodes are taken
/// once for each node, not for each edge, and nothing is concatenated. Parameters: edge_target, edge_source, edge_self,
/// edge_bias, node_self, node_edges, node_bias, and the further layers edge_mlp and node_mlp.
template <class Scalar, class Device = DefaultDevice>
class MessagePassing : public Module<Scalar, Device> {
 public:
  using Options = MessagePassingOptions;
  struct Features {
    MatrixVar<Scalar, Device> nodes;  ///< [n, node width]
    MatrixVar<Scalar, Device> edges;  ///< [nnz, edge width], of the entries of graph.local()
  };
  /// \throws nacre::Error if there is no hidden layer
  explicit MessagePassing(Options const& options);

  /// \param in edges may be constant of width 0 if edge_in is
  Features forward(Pass<Scalar, Device>& pass, Graph<Device> const& graph, Features const& in) const;

 private:
  Options options_;
  Parameter<Scalar, Device>*edge_target_, *edge_source_, *edge_self_ = nullptr, *edge_bias_;
  Parameter<Scalar, Device>*node_self_, *node_edges_, *node_bias_;
  RowSequential<Scalar, Device> edge_mlp_, node_mlp_;
};

extern template class MessagePassing<double>;
extern template class MessagePassing<float>;

}  // namespace nacre::nn

#include <nacre/nn/message_passing_impl.hpp>
