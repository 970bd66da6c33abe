#pragma once

#include <cstdint>
#include <vector>

#include <nacre/core/csr_pattern.hpp>

/// \file
/// Compact parts of a graph, of about the same size.

namespace nacre::solvers {

struct LloydOptions {
  int iterations = 5;      ///< how often centres are moved, >= 0
  std::uint64_t seed = 1;  ///< of the first centres
};

namespace detail {
std::vector<Ordinal> lloyd_on_host(Ordinal num_rows, Ordinal num_cols, Offset const* row_ptr,
                                   Ordinal const* col, double ratio, LloydOptions const& options);
}  // namespace detail

/// Parts of the graph of a square matrix by Lloyd's method: each node joins the centre that is nearest along edges, then
/// each centre moves to the node of its part that is furthest from all other parts, and again. Bell (2008), "Algebraic
/// multigrid for discrete differential forms".
///
/// The number of parts is `ratio` times that of nodes, rounded, and at least two (if there are two nodes); a component of
/// the graph without a centre is a part of its own. The cost is that of a few breadth-first searches.
///
/// \param pattern structurally symmetric
/// \param ratio   in (0, 1]
/// \return        [n] the part of each node, 0, 1, ..., none of them empty
/// \throws nacre::Error if the pattern is not square or an option is out of range
template <class Device>
std::vector<Ordinal> lloyd_aggregation(CsrPattern<Device> const& pattern, double ratio,
                                       LloydOptions const& options = {}) {
  auto const row_ptr = host_view(pattern.row_ptr());
  auto const col = host_view(pattern.col());
  return detail::lloyd_on_host(pattern.num_rows(), pattern.num_cols(), row_ptr.data(), col.data(), ratio,
                               options);
}

}  // namespace nacre::solvers
