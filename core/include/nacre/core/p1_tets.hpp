#pragma once

#include <nacre/core/csr_matrix.hpp>
#include <nacre/core/p1_coefficients.hpp>
#include <nacre/core/tet_mesh.hpp>

/// \file
/// Linear finite elements on tetrahedra.

namespace nacre {

/// -div(kappa grad u) + rho u with linear elements, the natural boundary condition and a lumped mass matrix,
/// `sum over elements of integrals of kappa grad phi_i . grad phi_j, + rho_i m_i if i = j`: one unknown a point, symmetric
/// to the last bit. Points of a common tetrahedron are entries, zeros included.
/// \throws nacre::Error if a tetrahedron has no positive volume or the number of coefficients is wrong
CsrMatrix<double> p1_matrix(TetMesh const& mesh, P1Coefficients const& coefficients = {});

/// m_i: a quarter of the volumes of the tetrahedra around each point.
std::vector<double> lumped_mass(TetMesh const& mesh);

/// Gradients of the linear functions that are 1 at a corner of a tetrahedron and 0 at the others.
struct TetGradients {
  std::array<Point, 4> normal;  ///< grad phi_a times six_volumes
  double six_volumes;

  /// The integral of grad phi_a . grad phi_b, the same bits for (b, a).
  double stiffness(std::size_t a, std::size_t b) const;
};
TetGradients tet_gradients(std::array<Point, 4> const& p);

}  // namespace nacre
