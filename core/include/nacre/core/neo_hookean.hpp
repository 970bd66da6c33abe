#pragma once

#include <nacre/core/mesh.hpp>
#include <nacre/core/symmetric_eigen.hpp>

/// \file
/// The stable neo-Hookean energy density.

namespace nacre {

/// An elastic solid.
struct HyperelasticMaterial {
  double young = 3e6;         ///< E > 0
  double poisson_ratio = .4;  ///< nu in (0, 1/2)
  double density = 1;         ///< rho > 0
};

/// A deformation gradient F by its columns, or a derivative with respect to it.
using Matrix3 = std::array<Point, 3>;
/// Second derivatives with respect to F: row and column 3 j + i belong to row i of column j.
using Matrix9 = detail::SquareMatrix<9>;

/// Psi(F) = (mu (|F|^2 - 3) + lambda (J - alpha)^2 - mu log(|F|^2 + 1)) / 2 less its value at rest, J = det F,
/// alpha = 1 + 3/4 mu / lambda, mu and lambda of Lame: F = I has neither energy nor stress, and the energy is finite
/// however an element is squeezed or turned inside out.
/// Smith, De Goes and Kim (2018), "Stable neo-Hookean flesh simulation", eq. (14).
struct NeoHookean {
  double mu, lambda, alpha;

  /// \throws nacre::Error if a parameter of the material is out of range
  explicit NeoHookean(HyperelasticMaterial const& material);

  double density(Matrix3 const& F) const;
  /// dPsi / dF, the first Piola-Kirchhoff stress
  Matrix3 stress(Matrix3 const& F) const;
  /// d^2 Psi / dF^2, symmetric to the last bit
  Matrix9 hessian(Matrix3 const& F) const;
  /// hessian(F) with its eigenvalues below the floor raised to it, symmetric to the last bit. Eigenvectors come from the
  /// singular vectors of F: six pairs in closed form, three from a 3-by-3 matrix.
  /// Smith, De Goes and Kim (2019), "Analytic eigensystems for isotropic distortion energies", section 4.
  Matrix9 projected_hessian(Matrix3 const& F, double floor) const;
};

}  // namespace nacre
