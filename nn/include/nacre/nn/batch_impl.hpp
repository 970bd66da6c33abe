#pragma once

#include <cstdint>
#include <limits>

namespace nacre::nn {

namespace detail {

/// Numbers of nodes of one graph become those of the batch.
struct ShiftColumns {
  Ordinal const* from;
  Ordinal* to;
  Ordinal shift;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k) const { to[k] = from[k] + shift; }
};
struct ShiftRowPtr {
  Offset const* from;
  Offset* to;
  Offset shift;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const { to[i] = from[i] + shift; }
};

template <class Device>
std::string why_not_stackable(std::vector<CsrPattern<Device>> const& graphs) {
  std::int64_t num_nodes = 0;
  std::size_t num_edges = 0;
  for (std::size_t g = 0; g < graphs.size(); ++g) {
    if (graphs[g].num_rows() != graphs[g].num_cols())
      return cat("make_batch: graph ", g, " is ", graphs[g].num_rows(), " by ", graphs[g].num_cols(),
                 ", expected a square pattern");
    num_nodes += graphs[g].num_rows();
    num_edges += graphs[g].num_entries();
  }
  if (num_nodes > std::numeric_limits<Ordinal>::max() ||
      num_edges > static_cast<std::size_t>(std::numeric_limits<Offset>::max()))
    return cat("make_batch: ", num_nodes, " nodes and ", num_edges, " edges are more than a rank can number");
  return "";
}

}  // namespace detail

template <class Device>
Graph<Device> make_batch(std::vector<CsrPattern<Device>> const& graphs, Comm const& batch) {
  batch.fail_together(detail::why_not_stackable(graphs));
  std::vector<GlobalOrdinal> graph_ptr{0};
  std::size_t num_edges = 0;
  for (auto const& graph : graphs) {
    graph_ptr.push_back(graph_ptr.back() + graph.num_rows());
    num_edges += graph.num_entries();
  }
  auto const num_nodes = static_cast<std::size_t>(graph_ptr.back());
  Vector<Offset, Device> const row_ptr("nacre::nn::batch::row_ptr", num_nodes + 1);
  Vector<Ordinal, Device> const col(
      Kokkos::view_alloc(std::string("nacre::nn::batch::col"), Kokkos::WithoutInitializing), num_edges);
  ExecOf<Device> const exec;
  Offset shift = 0;
  for (std::size_t g = 0; g < graphs.size(); ++g) {
    auto const& graph = graphs[g];
    auto const first = static_cast<Ordinal>(graph_ptr[g]);
    Kokkos::parallel_for("nacre::nn::batch::row_ptr",
                         range_of_entries(exec, static_cast<std::size_t>(graph.num_rows()) + 1),
                         detail::ShiftRowPtr{graph.row_ptr().data(), row_ptr.data() + first, shift});
    if (graph.num_entries() > 0)
      Kokkos::parallel_for("nacre::nn::batch::col", range_of_entries(exec, graph.num_entries()),
                           detail::ShiftColumns{graph.col().data(), col.data() + shift, first});
    shift += static_cast<Offset>(graph.num_entries());
  }
  compat::fence(exec, "nacre::nn::batch");
  auto const n = static_cast<Ordinal>(num_nodes);
  return Graph<Device>(DistributedPattern<Device>(CsrPattern<Device>(n, n, row_ptr, col)), graph_ptr, batch);
}

template <class Scalar, class Device>
Vector<Scalar, Device> stack(std::vector<Vector<Scalar, Device>> const& parts) {
  std::size_t n = 0;
  for (auto const& part : parts) n += part.extent(0);
  Vector<Scalar, Device> const all(
      Kokkos::view_alloc(std::string("nacre::nn::stack"), Kokkos::WithoutInitializing), n);
  n = 0;
  for (auto const& part : parts) {
    Kokkos::deep_copy(Vector<Scalar, Device>(all.data() + n, part.extent(0)), part);
    n += part.extent(0);
  }
  return all;
}

template <class Scalar, class Device>
RowMajor<Scalar, Device> stack_rows(std::vector<RowMajor<Scalar, Device>> const& parts) {
  std::size_t n = 0;
  for (auto const& part : parts) {
    check_extent("stack_rows", part, 1, parts.front().extent(1), "that of the first part");
    n += part.extent(0);
  }
  RowMajor<Scalar, Device> const all(
      Kokkos::view_alloc(std::string("nacre::nn::stack_rows"), Kokkos::WithoutInitializing), n,
      parts.empty() ? 0 : parts.front().extent(1));
  n = 0;
  for (auto const& part : parts) {
    Kokkos::deep_copy(RowMajor<Scalar, Device>(all.data() + n * all.extent(1), part.extent(0), all.extent(1)),
                      part);
    n += part.extent(0);
  }
  return all;
}

}  // namespace nacre::nn
