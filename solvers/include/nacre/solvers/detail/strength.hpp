#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include <nacre/core/row_halo.hpp>
#include <nacre/solvers/detail/aggregation.hpp>

/// \file
/// Which couplings of a matrix are strong.

namespace nacre::solvers::detail {

/// The node graph of a matrix, and the edge that each entry of the matrix belongs to.
struct Strength {
  template <class T>
  using HostArray = Kokkos::View<T const*, Kokkos::HostSpace>;

  int block_size = 1;
  std::vector<Offset> edge_of_entry;  ///< [nnz]; empty: entry k is edge k (blocks of one)
  Ordinal num_nodes = 0;
  std::vector<Coupling> kind;  ///< [edges]
  HostArray<Offset> ptr;       ///< [num_nodes + 1]; with blocks of one these three are arrays of the matrix
  HostArray<Ordinal> col;      ///< [edges]
  HostArray<float> weight;     ///< [edges]

  NodeGraph graph() const { return {num_nodes, ptr.data(), col.data(), kind.data(), weight.data()}; }

  /// Whether entry k of row i, which is in column j, stays in the filtered matrix.
  bool keeps(Ordinal i, Ordinal j, Offset k) const {
    if (block_size == 1) return kind[k] != Coupling::weak || i == j;
    return kind[edge_of_entry[k]] != Coupling::weak || i / block_size == j / block_size;
  }
};

/// The threshold for the couplings of this level when the user gave none.
///
/// A coupling is weak if it is small beside the largest of both its rows. Small means: by the factor that
/// separates anisotropic from merely uneven couplings.
constexpr double kAutomaticThreshold = 0.25;

/// The weights of edges: numbers of the matrix itself where they can serve.
template <class Values>
Strength::HostArray<float> entry_weights(Values const& values) {
  if constexpr (std::is_same_v<typename Values::non_const_value_type, float>) {
    return values;
  } else {
    Kokkos::View<float*, Kokkos::HostSpace> const weight(
        Kokkos::view_alloc(std::string("nacre::strength::weight"), Kokkos::WithoutInitializing),
        values.extent(0));
    std::transform(values.data(), values.data() + values.extent(0), weight.data(),
                   [](auto a) { return static_cast<float>(a); });
    return weight;
  }
}

/// The graph of nodes of `b` rows; the weight of an edge is the Frobenius norm of its block.
/// \param node_of_col [columns]
/// \param num_columns of the graph
template <class Ptr, class Col, class Values>
void connect_blocks(Ptr const& row_ptr, Col const& col, Values const& values,
                    std::vector<Ordinal> const& node_of_col, std::size_t num_columns, Strength& s) {
  Ordinal const b = s.block_size;
  s.edge_of_entry.resize(col.extent(0));
  std::vector<Offset> ptr{0};
  std::vector<Ordinal> to_node;
  std::vector<float> weight;
  // of each node: the last node that had an edge to it, and that edge
  std::vector<Ordinal> edge_from(num_columns, -1);
  std::vector<Offset> edge_to(num_columns);
  for (Ordinal node = 0; node < s.num_nodes; ++node) {
    for (Ordinal i = node * b; i < (node + 1) * b; ++i)
      for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) {
        Ordinal const to = node_of_col[col(k)];
        if (edge_from[to] != node) {
          edge_from[to] = node;
          edge_to[to] = static_cast<Offset>(to_node.size());
          to_node.push_back(to);
          weight.push_back(0);
        }
        s.edge_of_entry[k] = edge_to[to];
        auto const a = static_cast<float>(values(k));
        weight[edge_to[to]] += a * a;
      }
    for (auto e = static_cast<std::size_t>(ptr.back()); e < to_node.size(); ++e)
      weight[e] = std::sqrt(weight[e]);
    ptr.push_back(static_cast<Offset>(to_node.size()));
  }
  s.ptr = to_device<HostDevice>("nacre::strength::ptr", ptr);
  s.col = to_device<HostDevice>("nacre::strength::col", to_node);
  s.weight = to_device<HostDevice>("nacre::strength::weight", weight);
}

/// Couplings of nodes of `block_size` consecutive rows: strong where the norm of the block a_IJ exceeds
/// threshold * sqrt(m_I m_J), m_I the largest norm off the diagonal of row I. Collective.
///
/// A coupling that is large in its own row only (a node beside a much stiffer region depends on it, but not the
/// other way round) joins no aggregate but stays in the filtered matrix, so that the row interpolates from there.
/// \throws nacre::Error on all ranks if the rows of a rank are not whole nodes
template <class T, class Device>
Strength find_strength(DistributedCsr<T, Device> const& A, int block_size, double threshold) {
  auto const& pattern = A.pattern;
  auto const row_ptr = host_view(pattern.local().row_ptr());
  auto const col = host_view(pattern.local().col());
  auto const values = host_view(A.values);
  Ordinal const n = pattern.num_owned_rows();
  Ordinal const b = block_size;
  A.comm().fail_together(n % b == 0
                             ? std::string()
                             : cat("AMG: this rank owns ", n, " rows, not a multiple of the block size ", b));
  Strength s;
  s.block_size = b;
  s.num_nodes = n / b;

  // nodes of the columns: owned ones first, then those of ghosts
  std::vector<Ordinal> ghost_entry;  // of each ghost node: one of its ghosts
  if (b == 1) {
    s.ptr = row_ptr;
    s.col = col;
    s.weight = entry_weights(values);
    for (Ordinal g = 0; g < pattern.halo().num_ghosts(); ++g) ghost_entry.push_back(g);
  } else {
    std::vector<Ordinal> node_of_col(static_cast<std::size_t>(pattern.local().num_cols()));
    GlobalOrdinal last = -1;
    for (Ordinal j = 0; j < pattern.local().num_cols(); ++j) {
      if (j < n) {
        node_of_col[j] = j / b;
        continue;
      }
      GlobalOrdinal const node = pattern.global_col(j) / b;
      if (node != last) ghost_entry.push_back(j - n);
      last = node;
      node_of_col[j] = s.num_nodes + static_cast<Ordinal>(ghost_entry.size()) - 1;
    }
    connect_blocks(row_ptr, col, values, node_of_col,
                   static_cast<std::size_t>(s.num_nodes) + ghost_entry.size(), s);
  }

  std::vector<float> limit(static_cast<std::size_t>(s.num_nodes), 0);
  auto const t = static_cast<float>(threshold);
  for (Ordinal i = 0; i < s.num_nodes; ++i)
    for (Offset k = s.ptr(i); k < s.ptr(i + 1); ++k)
      limit[i] = s.col(k) == i ? limit[i] : std::max(limit[i], t * std::fabs(s.weight(k)));
  if (pattern.comm().size() > 1) {
    std::vector<float> by_row(static_cast<std::size_t>(n));
    for (Ordinal i = 0; i < n; ++i) by_row[i] = limit[i / b];
    auto const of_ghosts = import_to_host(pattern.halo(), by_row);
    for (auto const g : ghost_entry) limit.push_back(of_ghosts[g]);
  }
  s.kind.resize(s.col.extent(0));
  for (Ordinal i = 0; i < s.num_nodes; ++i) {
    float const mine = limit[i];
    for (Offset k = s.ptr(i); k < s.ptr(i + 1); ++k) {
      float const w = std::fabs(s.weight(k));
      bool const is_both = w * w > mine * limit[s.col(k)] || threshold <= 0;
      s.kind[k] = s.col(k) == i || !(w > 0) ? Coupling::weak
                  : is_both                 ? Coupling::strong
                  : w > mine                ? Coupling::one_sided
                                            : Coupling::weak;
    }
  }
  return s;
}

}  // namespace nacre::solvers::detail
