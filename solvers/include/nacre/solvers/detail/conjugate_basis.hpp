#pragma once

#include <vector>

#include <nacre/core/config.hpp>

/// \file
/// Sparse vectors that are nearly conjugate with respect to a symmetric matrix.

namespace nacre::solvers::detail {

/// The vectors z_j as rows of a lower triangle with a unit diagonal, which comes last in its row.
struct ConjugateBasis {
  std::vector<Offset> row_ptr{0};
  std::vector<Ordinal> col;
  std::vector<double> values;
  std::vector<double> pivot;  ///< z_j^T A z_j; where one is not a positive number it is the last
};

/// \param n       rows of the square leading block that is looked at; columns from n on are not
/// \param tolerance contributions to a vector whose absolute value is smaller are dropped
/// \see Ainv
ConjugateBasis conjugate_basis(Ordinal n, Offset const* row_ptr, Ordinal const* col, double const* values,
                               double tolerance);

}  // namespace nacre::solvers::detail
