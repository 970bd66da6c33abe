#pragma once

#include <vector>

#include <nacre/core/config.hpp>

/// \file
/// An order of the unknowns of a sparse matrix that keeps its entries near the diagonal.

namespace nacre::solvers::detail {

/// The order of George and Liu (1981), "Computer solution of large sparse positive definite systems", chapter 4: breadth
/// first from a node at an end of the graph, neighbours of few neighbours first, and all of it reversed.
///
/// \param ptr [n+1], \param col [edges] the neighbours of each node; a node may be its own neighbour
/// \return    [n] the node that comes at each place. In time proportional to nodes and edges, but for sorting neighbours
std::vector<Ordinal> reverse_cuthill_mckee(std::vector<Offset> const& ptr, std::vector<Ordinal> const& col);

}  // namespace nacre::solvers::detail
