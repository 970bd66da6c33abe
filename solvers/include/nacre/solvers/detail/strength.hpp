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
  NodeGraph graph;
  std::vector<Offset> edge_of_entry;  ///< [nnz]; empty: entry k is edge k (blocks of one)
  int block_size = 1;

  /// Whether entry k of row i, which is in column j, stays in the filtered matrix.
  bool keeps(Ordinal i, Ordinal j, Offset k) const {
    if (block_size == 1) return graph.strength[k] != 0 || i == j;
    return graph.strength[edge_of_entry[k]] != 0 || i / block_size == j / block_size;
  }
};

/// The threshold for the couplings of this level when the user gave none.
///
/// A coupling is weak if it is small beside the largest of both its rows. Small means: by the factor that
/// separates anisotropic from merely uneven couplings.
constexpr double kAutomaticThreshold = 0.15;

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
  Strength result;
  result.block_size = b;
  auto& graph = result.graph;
  graph.num_nodes = n / b;

  // nodes of the columns: owned ones first, then those of ghosts
  std::vector<Ordinal> node_of_col(static_cast<std::size_t>(pattern.local().num_cols()));
  std::vector<Ordinal> ghost_entry;  // of each ghost node: one of its ghosts
  GlobalOrdinal last = -1;
  for (Ordinal j = 0; j < pattern.local().num_cols(); ++j) {
    if (j < n) {
      node_of_col[j] = j / b;
      continue;
    }
    GlobalOrdinal const node = pattern.global_col(j) / b;
    if (node != last) ghost_entry.push_back(j - n);
    last = node;
    node_of_col[j] = graph.num_nodes + static_cast<Ordinal>(ghost_entry.size()) - 1;
  }

  if (b == 1) {
    graph.ptr.assign(row_ptr.data(), row_ptr.data() + row_ptr.extent(0));
    graph.col.assign(col.data(), col.data() + col.extent(0));
    graph.strength.resize(graph.col.size());
    for (Ordinal i = 0; i < n; ++i)
      for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
        graph.strength[k] = col(k) == i ? 0.f : std::fabs(static_cast<float>(values(k)));
  } else {
    result.edge_of_entry.resize(col.extent(0));
    graph.ptr.assign(1, 0);
    // of each node: the last node that had an edge to it, and that edge
    std::vector<Ordinal> edge_from(static_cast<std::size_t>(graph.num_nodes) + ghost_entry.size(), -1);
    std::vector<Offset> edge_to(edge_from.size());
    for (Ordinal node = 0; node < graph.num_nodes; ++node) {
      Offset const first = static_cast<Offset>(graph.col.size());
      for (Ordinal i = node * b; i < (node + 1) * b; ++i)
        for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) {
          Ordinal const to = node_of_col[col(k)];
          if (edge_from[to] != node) {
            edge_from[to] = node;
            edge_to[to] = static_cast<Offset>(graph.col.size());
            graph.col.push_back(to);
            graph.strength.push_back(0);
          }
          Offset const e = edge_to[to];
          result.edge_of_entry[k] = e;
          float const a = static_cast<float>(values(k));
          if (to != node) graph.strength[e] += a * a;
        }
      for (Offset e = first; e < static_cast<Offset>(graph.col.size()); ++e)
        graph.strength[e] = std::sqrt(graph.strength[e]);
      graph.ptr.push_back(static_cast<Offset>(graph.col.size()));
    }
  }

  if (threshold <= 0) return result;
  std::vector<float> largest(static_cast<std::size_t>(graph.num_nodes), 0),
      by_row(static_cast<std::size_t>(n));
  for (Ordinal i = 0; i < graph.num_nodes; ++i)
    for (Offset k = graph.ptr[i]; k < graph.ptr[i + 1]; ++k)
      largest[i] = std::max(largest[i], graph.strength[k]);
  for (Ordinal i = 0; i < n; ++i) by_row[i] = largest[i / b];
  auto const of_ghosts = import_to_host(pattern.halo(), by_row);
  for (auto const g : ghost_entry) largest.push_back(of_ghosts[g]);
  for (auto& m : largest) m *= static_cast<float>(threshold);
  for (Ordinal i = 0; i < graph.num_nodes; ++i)
    for (Offset k = graph.ptr[i]; k < graph.ptr[i + 1]; ++k) {
      float const s = graph.strength[k];
      if (s * s <= largest[i] * largest[graph.col[k]]) graph.strength[k] = s > largest[i] ? -s : 0;
    }
  return result;
}

}  // namespace nacre::solvers::detail
