#pragma once

#include <vector>

/// \file
/// Inverses of small dense matrices.

namespace nacre::solvers::detail {

/// Overwrites the n-by-n matrix `a` (row by row) with its inverse, in place.
///
/// Gauss-Jordan elimination with the largest remaining diagonal entry as pivot. Where only negligible pivots
/// remain (a singular matrix: pure Neumann, dependent near-nullspace vectors) their rows and columns are set to
/// zero: a reflexive generalised inverse, symmetric if `a` is.
/// \return the number of pivots used: n if `a` is regular
int invert_dense(std::vector<double>& a, int n);

}  // namespace nacre::solvers::detail
