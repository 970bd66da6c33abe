#pragma once

#include <cstddef>
#include <vector>

/// \file
/// Dense symmetric matrices on a host, row by row.

namespace nacre::solvers::detail {

/// a = L of a = L L^T in its lower triangle; the rest is not touched.
/// \param a [n, n]
/// \return the first row whose pivot is not positive, or n
std::size_t dense_cholesky(std::vector<double>& a, std::size_t n);

/// The eigenvalues of a symmetric matrix, ascending, by Householder's tridiagonalisation and the QL algorithm with
/// implicit shifts (Wilkinson and Reinsch 1971, contributions II/2 and II/4).
/// \param a [n, n], of which the lower triangle is read and destroyed
/// \throws nacre::Error if an entry is not finite
std::vector<double> dense_eigenvalues(std::vector<double>& a, std::size_t n);

}  // namespace nacre::solvers::detail
