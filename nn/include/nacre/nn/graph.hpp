#pragma once

#include <memory>

#include <nacre/core/comm_ops.hpp>
#include <nacre/core/distributed_csr.hpp>
#include <nacre/nn/pass.hpp>
#include <nacre/nn/rows.hpp>

/// \file
/// Graphs as layers see them.

namespace nacre::nn {

/// One graph or a batch of them, by the pattern of the adjacency matrix: entry (i, j) is an edge from node j to node i,
/// along which a message goes. A batch is block-diagonal, its graphs one after the other.
///
/// Two ways to use several ranks. *Node-partitioned*: the pattern is distributed, a rank owns rows, layers import the
/// ghosts of their neighbours. *Data-parallel*: each rank has graphs of its own (a pattern of one rank), and `batch`
/// says with whom it shares the batch. Losses and gradients are those of one rank in both, dropout included.
///
/// A handle. What layers derive is kept: with the pattern where it depends on that alone (self-loops, normalisation),
/// else with the graph.
template <class Device = DefaultDevice>
class Graph {
 public:
  Graph() : Graph(DistributedPattern<Device>()) {}
  /// One graph. Collective. \param adjacency square, rows and columns dealt out alike
  explicit Graph(DistributedPattern<Device> const& adjacency);
  explicit Graph(CsrPattern<Device> const& adjacency) : Graph(DistributedPattern<Device>(adjacency)) {}
  /// A batch. Collective over `batch`.
  /// \param graph_ptr [G+1] global numbers of the first node of each graph, and the number of all nodes
  /// \param batch     data-parallel: the ranks that share the batch, rank by rank in the order of its graphs
  /// \throws nacre::Error on all ranks if graph_ptr does not fit the adjacency, or if an edge joins two graphs
  Graph(DistributedPattern<Device> const& adjacency, std::vector<GlobalOrdinal> const& graph_ptr,
        Comm const& batch);

  DistributedPattern<Device> const& pattern() const { return state_->pattern; }
  CsrPattern<Device> const& local() const { return state_->pattern.local(); }
  Comm const& comm() const { return state_->pattern.comm(); }
  Ordinal num_nodes() const { return state_->nodes.num_owned; }
  Ordinal num_graphs() const { return static_cast<Ordinal>(state_->nodes.graphs.num_segments()); }

  Rows<Device> const& nodes() const { return state_->nodes; }
  /// In the order of the entries of local(): edges into the nodes that this rank owns.
  Rows<Device> const& edges() const { return state_->edges; }
  /// Of the graphs of a batch those whose pooled features this rank owns.
  Rows<Device> const& graphs() const { return state_->graphs; }

  /// The `T` derived from this graph and its place in the batch: `make()` on the first call, the same object ever after.
  template <class T, class Make>
  T const& cached(Make const& make) const {
    return state_->derived.template cached<T>(make);
  }

  /// x of the owned nodes [owned, k] with that of the ghosts [owned + ghosts, k]: what the columns of local() number.
  /// Collective, and its adjoint is, too.
  template <class Scalar>
  MatrixVar<Scalar, Device> with_ghosts(Pass<Scalar, Device>& pass, MatrixVar<Scalar, Device> const& x) const;

 private:
  struct State {
    DistributedPattern<Device> pattern;
    Rows<Device> nodes, edges, graphs;
    CsrPattern<Device> derived;  // nothing but its cache is used
    ImportGhostsOp<Device> import_ghosts{HaloExchange<Device>()};
  };
  std::shared_ptr<State> state_;
};

}  // namespace nacre::nn

#include <nacre/nn/graph_impl.hpp>

namespace nacre::nn {
extern template class Graph<DefaultDevice>;
}
