#pragma once

#include <vector>

#include <nacre/core/bsr.hpp>
#include <nacre/core/neo_hookean.hpp>
#include <nacre/core/tet_mesh.hpp>

/// \file
/// Bodies of a hyperelastic material: energy, forces and stiffness of linear tetrahedra.

namespace nacre {

/// What is done about directions of an element in which its energy is not convex.
enum class Convexity {
  as_is,     ///< nothing: the second derivatives
  projected  ///< eigenvalues of the second derivatives with respect to F are raised to kSmallestCurvature
};
inline constexpr double kSmallestCurvature = 1e-3;

/// Linear tetrahedra of a neo-Hookean material with their consistent mass. The pattern, and where in it the blocks of
/// every element go, are found once. Sums run over the elements in their order, on one thread.
///
/// Positions are [3 n], point after point: where the points of the mesh are now.
class HyperelasticBody {
 public:
  /// \throws nacre::Error if a tetrahedron has no positive volume or a number that is no point's, or a parameter of the
  ///         material is out of range
  HyperelasticBody(TetMesh mesh, HyperelasticMaterial const& material);

  TetMesh const& mesh() const { return mesh_; }
  HyperelasticMaterial const& material() const { return material_; }
  NeoHookean const& density() const { return density_; }
  Ordinal num_nodes() const { return pattern_.num_rows(); }
  /// [3 n] of the mesh
  std::vector<double> const& rest() const { return rest_; }

  /// n by n: points that share a tetrahedron
  CsrPattern<> const& pattern() const { return pattern_; }
  /// [nnz] of the pattern: entry k stands for the block mass()[k] I. The integrals of rho phi_a phi_b are
  /// rho V (1 + delta_ab) / 20.
  std::vector<double> const& mass() const { return mass_; }
  /// out = M v. \param v, out [3 n]; may not alias
  void apply_mass(std::vector<double> const& v, std::vector<double>& out) const;

  /// E(x), the sum of V Psi(F): zero at rest
  double energy(std::vector<double> const& positions) const;
  /// dE / dx: forces with the opposite sign. \param[out] out [3 n], overwritten
  void gradient(std::vector<double> const& positions, std::vector<double>& out) const;
  /// d^2 E / dx^2, symmetric to the last bit. \param[out] values [nnz 9] of blocks on the pattern, overwritten
  void hessian(std::vector<double> const& positions, std::vector<double>& values,
               Convexity convexity = Convexity::projected) const;

  /// M + factor K, K = hessian(), as values [nnz 9] of blocks; with factor dt^2 the matrix of implicit Euler's Newton.
  void mass_plus(double factor, std::vector<double> const& positions, std::vector<double>& values,
                 Convexity convexity = Convexity::projected) const;
  /// The matrix of these values [nnz 9].
  BsrMatrix<double> matrix(std::vector<double> const& values) const;

 private:
  struct Element {
    double volume;
    std::array<Point, 4> slope;     ///< grad phi_a
    std::array<Offset, 16> target;  ///< entry of the pattern for the points a, b at 4 a + b
  };
  void check(char const* operation, std::vector<double> const& v) const;
  Matrix3 deformation(std::size_t e, std::vector<double> const& positions) const;

  TetMesh mesh_;
  HyperelasticMaterial material_;
  NeoHookean density_;
  std::vector<Element> elements_;
  CsrPattern<> pattern_;
  std::vector<Offset> row_ptr_;
  std::vector<Ordinal> col_;
  std::vector<double> rest_, mass_;
};

}  // namespace nacre
