#pragma once

#include <nacre/core/surface_mesh.hpp>
#include <nacre/core/tet_systems.hpp>

/// \file
/// Scalar systems on triangles in space or in a plane.

namespace nacre {

/// -div(kappa grad u) + rho u in a surface, the natural condition at its boundary if it has one; kappa is random.
/// Features are kappa and the positions.
LinearSystem conduction_system(SurfaceMesh const& mesh, ConductionOptions const& options = {});

struct PartlyFixedOptions {
  double fraction = .1;  ///< of the points of the boundary, in (0, 1]
  std::uint64_t seed = 1;
};
/// -Laplace u, u = 0 at a random part of the boundary's points, at least one, and the natural condition elsewhere.
/// Without features.
/// \throws nacre::Error if the mesh has no boundary or the fraction is out of range
LinearSystem poisson_system(SurfaceMesh const& mesh, PartlyFixedOptions const& options = {});

}  // namespace nacre
