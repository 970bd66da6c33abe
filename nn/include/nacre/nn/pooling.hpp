#pragma once

#include <nacre/core/comm_ops.hpp>
#include <nacre/core/dense_rows.hpp>
#include <nacre/nn/aggregation.hpp>

/// \file
/// Features of nodes made one for each graph.

namespace nacre::nn {

namespace detail {

/// How graphs whose nodes are spread over ranks are pooled; kept with the graph.
template <class Device>
struct PoolPlan {
  IndexMap<Device> owned;           ///< of this rank's graphs among all G
  IndexMap<Device> owned_of_parts;  ///< the same among the segments of `parts`
  IndexMap<Device> place;           ///< of its parts, in the list of the parts of all ranks
  Segments<Device> parts;           ///< those of each graph that have nodes, and one segment of all others
};
template <class Device>
PoolPlan<Device> const& pool_plan(Graph<Device> const& graph) {
  return graph.template cached<PoolPlan<Device>>([&]() -> PoolPlan<Device> {
    auto const& comm = graph.comm();
    auto const& graphs = graph.nodes().graphs;
    auto const G = static_cast<Ordinal>(graphs.num_segments());
    auto const ptr = host_view(graphs.here().ptr());
    std::vector<Ordinal> mine, owned, place;
    for (Ordinal g = 0; g < G; ++g) {
      mine.push_back(ptr(g + 1) > ptr(g) ? g : G);
      place.push_back(static_cast<Ordinal>(comm.rank()) * G + g);
    }
    auto const first = static_cast<Ordinal>(RowPartition::even(comm, G).begin());
    for (Ordinal g = 0; g < graph.graphs().num_owned; ++g) owned.push_back(first + g);
    return {row_index<Device>(static_cast<std::size_t>(G), owned),
            row_index<Device>(static_cast<std::size_t>(G) + 1, owned),
            row_index<Device>(static_cast<std::size_t>(G) * static_cast<std::size_t>(comm.size()), place),
            Segments<Device>::of_index(static_cast<std::size_t>(G) + 1, comm.all_gather(mine))};
  });
}

template <class Scalar, class Device>
struct OneOverCount {
  Vector<Scalar, Device> factor;  ///< [G]
};
template <class Scalar, class Device>
Vector<Scalar, Device> const& one_over_count(Graph<Device> const& graph) {
  return graph
      .template cached<OneOverCount<Scalar, Device>>([&]() -> OneOverCount<Scalar, Device> {
        auto const count = host_view(graph.nodes().graphs.count());
        std::vector<Scalar> factor;
        for (std::size_t g = 0; g < count.extent(0); ++g)
          factor.push_back(count(g) > 0 ? static_cast<Scalar>(1 / count(g)) : Scalar(0));
        return {to_device<Device>("nacre::nn::one_over_count", factor)};
      })
      .factor;
}

}  // namespace detail

/// Sum, mean or maximum over the nodes of each graph, of no nodes zero: [n, k] -> [owned graphs, k], the rows being those
/// of graph.graphs(). Where graphs are spread over ranks, their parts are added up (or compared) on all of them, and each
/// rank keeps its graphs. Collective then, and its adjoint is, too.
template <class Scalar, class Device>
MatrixVar<Scalar, Device> global_pool(Pass<Scalar, Device>& pass, Graph<Device> const& graph, Aggregation how,
                                      MatrixVar<Scalar, Device> const& x) {
  auto& tape = pass.tape();
  auto const& here = graph.nodes().graphs.here();
  auto const& comm = graph.comm();
  bool const spread = comm.size() > 1;
  if (how == Aggregation::mean && !spread) return tape.apply(SegmentMeanOp<Device>{here}, x);
  MatrixVar<Scalar, Device> y;
  if (how == Aggregation::max)
    y = tape.apply(SegmentMaxOp<Device>{here}, x);
  else
    y = tape.apply(SegmentSumOp<Device>{here}, x);
  if (!spread) return y;
  auto const& plan = detail::pool_plan(graph);
  auto const on_all = [&](MatrixVar<Scalar, Device> const& v) -> MatrixVar<Scalar, Device> {
    return tape.apply(ReplicateOp<Device>(comm), tape.apply(SumOverRanksOp(comm), v));
  };
  if (how == Aggregation::max)
    return tape.apply(GatherOp<Device>(plan.owned_of_parts),
                      tape.apply(SegmentMaxOp<Device>{plan.parts},
                                 on_all(tape.apply(ScatterAddOp<Device>(plan.place), y))));
  y = on_all(y);
  if (how == Aggregation::mean) {
    y = tape.apply(ScaleDenseRowsOp(), detail::one_over_count<Scalar>(graph), y);
  }
  return tape.apply(GatherOp<Device>(plan.owned), y);
}

}  // namespace nacre::nn
