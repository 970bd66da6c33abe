#pragma once

#include <nacre/core/csr_matrix.hpp>
#include <nacre/core/triangulation.hpp>

/// \file
/// Linear finite elements on triangles.

namespace nacre {

/// What the reaction term of a matrix is made of.
enum class ReactionTerm {
  consistent_mass,  ///< integrals of products of basis functions
  lumped_mass,      ///< their sums in each row, on the diagonal
  identity          ///< nothing but ones on the diagonal, whatever the mesh
};

struct P1Options {
  double reaction = 0;  ///< nu
  ReactionTerm term = ReactionTerm::lumped_mass;
  bool dirichlet =
      true;  ///< u = 0 on the boundary, whose points have no unknowns; else the natural condition
};

/// A matrix of finite elements, and which points its unknowns belong to.
struct P1Matrix {
  CsrMatrix<double> A;
  std::vector<Ordinal> point;    ///< [n] of each unknown, ascending
  std::vector<Ordinal> unknown;  ///< [points] -1: none
};

/// -Laplace u + nu u with linear elements: the stiffness matrix plus nu times the reaction term, symmetric to the last bit.
/// \throws nacre::Error if a triangle has no positive area
P1Matrix p1_matrix(TriangleMesh const& mesh, P1Options const& options = {});

/// The rows of a triangle's stiffness matrix: the integrals of grad phi_a . grad phi_b.
std::array<std::array<double, 3>, 3> p1_stiffness(Point2 const& a, Point2 const& b, Point2 const& c);

}  // namespace nacre
