#pragma once

#include <nacre/core/p1_coefficients.hpp>
#include <nacre/core/tet_systems.hpp>

/// \file
/// What generators of systems share.

namespace nacre::detail {

/// [n, 3] the positions, or [n, 4] a number of each point before its position
RowMajor<double> node_features(std::vector<Point> const& points, std::vector<double> const& first = {});

/// Of a conduction_system at these points.
P1Coefficients conduction_coefficients(std::vector<Point> const& points, ConductionOptions const& options);

/// The values of these nodes are prescribed.
void prescribe(LinearSystem const& system, std::vector<Ordinal> const& nodes);

}  // namespace nacre::detail
