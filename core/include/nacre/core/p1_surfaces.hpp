#pragma once

#include <nacre/core/csr_matrix.hpp>
#include <nacre/core/p1_coefficients.hpp>
#include <nacre/core/surface_mesh.hpp>

/// \file
/// Linear finite elements on triangles in space.

namespace nacre {

/// -div(kappa grad u) + rho u in the surface, with linear elements, the natural boundary condition and a lumped mass matrix:
/// one unknown a point, symmetric to the last bit. Without coefficients `-(cot alpha + cot beta) / 2` stands at an edge
/// with the angles alpha and beta opposite of it. Points of a common triangle are entries, zeros included.
/// \throws nacre::Error if a triangle has no positive area or the number of coefficients is wrong
/// \see Pinkall and Polthier (1993), "Computing discrete minimal surfaces and their conjugates"
CsrMatrix<double> p1_matrix(SurfaceMesh const& mesh, P1Coefficients const& coefficients = {});

/// m_i: a third of the areas of the triangles around each point.
std::vector<double> lumped_mass(SurfaceMesh const& mesh);

}  // namespace nacre
