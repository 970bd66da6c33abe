#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include <nacre/core/config.hpp>

/// \file
/// Groups of strongly coupled nodes, the unknowns of the next coarser level.

namespace nacre::solvers::detail {

/// How the two nodes of an edge are coupled.
enum class Coupling : std::int8_t {
  weak = 0,      ///< or the diagonal
  strong = 1,    ///< for both: they may share an aggregate
  one_sided = 2  ///< strong for the row's node alone
};

/// The couplings of this rank's nodes: node i with col[k], k in [ptr[i], ptr[i+1]). Columns from num_nodes on are
/// nodes of other ranks. The arrays belong to the matrix, or to Strength.
struct NodeGraph {
  Ordinal num_nodes = 0;
  Offset const* ptr = nullptr;     ///< [num_nodes + 1]
  Ordinal const* col = nullptr;    ///< [edges]
  Coupling const* kind = nullptr;  ///< [edges]
  float const* weight = nullptr;   ///< [edges] how strong, up to the sign

  bool is_strong(Offset k) const { return kind[k] == Coupling::strong; }
  /// Mean number of strong neighbours of a node.
  double mean_degree() const {
    std::int64_t strong = 0;
    for (Offset k = 0; k < ptr[num_nodes]; ++k) strong += is_strong(k) ? 1 : 0;
    return num_nodes > 0 ? static_cast<double>(strong) / num_nodes : 0;
  }
};

struct Aggregates {
  Ordinal count = 0;
  std::vector<Ordinal> of_node;  ///< [num_nodes], -1: a node without strong couplings, left to the smoother
};

/// Greedy aggregation in the order of the nodes, on this rank's nodes alone: deterministic.
///
/// Vanek, Mandel, Brezina (1996), "Algebraic multigrid by smoothed aggregation for second and fourth order
/// elliptic problems", algorithm 5.1: first nodes whose strong neighbourhood is untouched become roots and take
/// it, then each other node joins the neighbour it is coupled to most, then what is left forms groups of its own.
/// \param radius 1, or 2: a root also takes those neighbours of its neighbours that are untouched yet. Short
/// stencils then coarsen as fast as wide ones do.
Aggregates aggregate(NodeGraph const& graph, int radius);

}  // namespace nacre::solvers::detail
