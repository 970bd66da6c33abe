#pragma once

#include <string>

#include <nacre/core/gather_scatter.hpp>
#include <nacre/core/segment_reductions.hpp>
#include <nacre/core/spmm_adjoint.hpp>
#include <nacre/nn/gcn_normalization.hpp>

/// \file
/// Messages of neighbours, and features of edges, made one for each node.

namespace nacre::nn {

/// How several rows become one. Of none it is zero. Where several rows have the maximum of a column, which is common after
/// rectifiers, the first one gets the whole cotangent; PyTorch Geometric deals it out evenly.
enum class Aggregation { sum, mean, max };

/// By its enumerator's name. \throws nacre::Error if there is none of that name
Aggregation aggregation_by_name(std::string const& name);

namespace detail {

/// Rows of the columns of a pattern's entries.
template <class Device>
struct RowOfColumn {
  IndexMap<Device> map;
};
template <class Device>
IndexMap<Device> const& row_of_column(CsrPattern<Device> const& pattern) {
  return pattern
      .template cached<RowOfColumn<Device>>([&]() -> RowOfColumn<Device> {
        auto const col = host_view(pattern.col());
        return {row_index<Device>(static_cast<std::size_t>(pattern.num_cols()),
                                  std::vector<Ordinal>(col.data(), col.data() + col.extent(0)))};
      })
      .map;
}

}  // namespace detail

/// Features of edges, of the entries of graph.local(), for the node that each leads to: [nnz, k] -> [n, k].
template <class Scalar, class Device>
MatrixVar<Scalar, Device> aggregate_edges(Pass<Scalar, Device>& pass, Graph<Device> const& graph,
                                          Aggregation how, MatrixVar<Scalar, Device> const& e) {
  auto& tape = pass.tape();
  auto const& into = row_segments(graph.local());
  if (how == Aggregation::max) return tape.apply(SegmentMaxOp<Device>{into}, e);
  if (how == Aggregation::mean) return tape.apply(SegmentMeanOp<Device>{into}, e);
  return tape.apply(SegmentSumOp<Device>{into}, e);
}

/// Features of the neighbours of each node: [n, k] -> [n, k]. Sums and means are products with a sparse matrix.
template <class Scalar, class Device>
MatrixVar<Scalar, Device> aggregate_neighbors(Pass<Scalar, Device>& pass, Graph<Device> const& graph,
                                              Aggregation how, MatrixVar<Scalar, Device> const& x) {
  auto& tape = pass.tape();
  auto const all = graph.with_ghosts(pass, x);
  if (how == Aggregation::max)
    return aggregate_edges(pass, graph, how,
                           tape.apply(GatherOp<Device>(detail::row_of_column(graph.local())), all));
  auto const& weights =
      how == Aggregation::mean ? mean_of_neighbors<Scalar>(graph).values : unit_weights<Scalar>(graph).values;
  return tape.apply(SpmmOp<Device>{graph.local()}, weights, all);
}

}  // namespace nacre::nn
