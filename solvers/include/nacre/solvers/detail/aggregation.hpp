#pragma once

#include <vector>

#include <nacre/core/config.hpp>

/// \file
/// Groups of strongly coupled nodes, the unknowns of the next coarser level.

namespace nacre::solvers::detail {

/// The couplings of this rank's nodes: node i with col[k], k in [ptr[i], ptr[i+1]), of this strength: positive if
/// strong, negative if strong for i alone, 0 if weak.
/// Columns from num_nodes on are nodes of other ranks.
struct NodeGraph {
  Ordinal num_nodes = 0;
  std::vector<Offset> ptr;      ///< [num_nodes + 1]
  std::vector<Ordinal> col;     ///< [edges]
  std::vector<float> strength;  ///< [edges]; the diagonal's is 0
};

struct Aggregates {
  Ordinal count = 0;
  std::vector<Ordinal> of_node;  ///< [num_nodes], -1: a node without strong couplings, left to the smoother
};

/// Greedy aggregation in the order of the nodes, on this rank's nodes alone: deterministic.
///
/// Vanek, Mandel, Brezina (1996), "Algebraic multigrid by smoothed aggregation for second and fourth order
/// elliptic problems", algorithm 5.1: first nodes whose strong neighbourhood is untouched, then each other
/// node joins the neighbour it is coupled to most, then what is left forms groups of its own.
Aggregates aggregate(NodeGraph const& graph);

}  // namespace nacre::solvers::detail
