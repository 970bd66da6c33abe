#pragma once

#include <algorithm>

namespace nacre::nn {

namespace detail {

/// For each graph its rows among those of this rank: global boundaries cut to [begin, end), from `begin`.
inline std::vector<Offset> local_ptr(std::vector<GlobalOrdinal> const& graph_ptr, GlobalOrdinal begin,
                                     GlobalOrdinal end) {
  std::vector<Offset> ptr;
  for (auto const p : graph_ptr) ptr.push_back(static_cast<Offset>(std::clamp(p, begin, end) - begin));
  return ptr;
}

template <class Device>
SharedSegments<Device> share(Comm const& comm, std::vector<Offset> const& ptr) {
  return SharedSegments<Device>(
      comm, Segments<Device>(Vector<Offset const, Device>(to_device<Device>("nacre::nn::graph_ptr", ptr))));
}

inline std::string why_no_batch(std::vector<GlobalOrdinal> const& graph_ptr, GlobalOrdinal num_nodes) {
  if (graph_ptr.empty()) return "Graph: graph_ptr is empty, expected the number 0 at least";
  if (graph_ptr.front() != 0 || graph_ptr.back() != num_nodes ||
      !std::is_sorted(graph_ptr.begin(), graph_ptr.end()))
    return cat("Graph: graph_ptr must ascend from 0 to the number of nodes, ", num_nodes, "; it goes from ",
               graph_ptr.front(), " to ", graph_ptr.back());
  return "";
}

}  // namespace detail

template <class Device>
Graph<Device>::Graph(DistributedPattern<Device> const& adjacency)
    : Graph(adjacency, {0, adjacency.rows().num_global()}, adjacency.comm()) {}

template <class Device>
Graph<Device>::Graph(DistributedPattern<Device> const& adjacency, std::vector<GlobalOrdinal> const& graph_ptr,
                     Comm const& batch)
    : state_(std::make_shared<State>()) {
  auto const& rows = adjacency.rows();
  std::string problem;
  if (rows != adjacency.cols())
    problem = cat("Graph: the adjacency matrix is ", rows.num_global(), " by ", adjacency.cols().num_global(),
                  ", or its rows and columns lie on different ranks; it must be square");
  if (problem.empty()) problem = detail::why_no_batch(graph_ptr, rows.num_global());
  auto const row_ptr = host_view(adjacency.local().row_ptr());
  auto const col = host_view(adjacency.local().col());
  std::vector<std::uint64_t> keys(adjacency.local().num_entries());
  // from numbers in the pattern to those in the batch
  std::int64_t const shift = batch.sum_before(rows.num_owned()) - rows.begin();
  for (Ordinal i = 0; i < adjacency.local().num_rows() && problem.empty(); ++i) {
    GlobalOrdinal const row = rows.begin() + i;
    auto const graph = std::upper_bound(graph_ptr.begin(), graph_ptr.end(), row);
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) {
      GlobalOrdinal const j = adjacency.global_col(col(k));
      if (j < *(graph - 1) || j >= *graph)
        problem = cat("Graph: the edge from node ", j, " to node ", row, " joins two graphs of the batch");
      keys[static_cast<std::size_t>(k)] =
          random_bits(static_cast<std::uint64_t>(row + shift), static_cast<std::uint64_t>(j + shift));
    }
  }
  batch.fail_together(problem);

  state_->pattern = adjacency;
  state_->import_ghosts = ImportGhostsOp<Device>(adjacency.halo());
  auto const node_ptr = detail::local_ptr(graph_ptr, rows.begin(), rows.end());
  std::vector<Offset> edge_ptr;
  for (auto const p : node_ptr) edge_ptr.push_back(row_ptr(p));
  state_->nodes = plain_rows<Device>(rows.num_owned(), batch);
  state_->nodes.graphs = detail::share<Device>(adjacency.comm(), node_ptr);
  state_->edges = plain_rows<Device>(static_cast<Ordinal>(keys.size()), batch);
  state_->edges.graphs = detail::share<Device>(adjacency.comm(), edge_ptr);
  state_->edges.keys = to_device<Device>("nacre::nn::edge_keys", keys);
  auto const num_graphs = static_cast<GlobalOrdinal>(graph_ptr.size() - 1);
  state_->graphs = plain_rows<Device>(RowPartition::even(adjacency.comm(), num_graphs).num_owned(), batch);
}

template <class Device>
template <class Scalar>
MatrixVar<Scalar, Device> Graph<Device>::with_ghosts(Pass<Scalar, Device>& pass,
                                                     MatrixVar<Scalar, Device> const& x) const {
  if (comm().size() == 1) return x;
  auto const& halo = state_->pattern.halo();
  std::size_t const width = x.value.extent(1) * sizeof(Scalar);
  pass.count_halo_bytes(static_cast<std::size_t>(halo.num_sent()) * width);
  if (!x.is_constant()) pass.count_halo_bytes(static_cast<std::size_t>(halo.num_ghosts()) * width);
  return pass.tape().apply(state_->import_ghosts, x);
}

}  // namespace nacre::nn
