#pragma once

#include <array>
#include <cmath>
#include <cstddef>

/// \file
/// Eigenvalues and eigenvectors of small symmetric matrices.

namespace nacre::detail {

template <std::size_t N>
using SquareMatrix = std::array<std::array<double, N>, N>;

/// A V = V diag(lambda).
template <std::size_t N>
struct SymmetricEigen {
  std::array<double, N> values;  ///< lambda, in no order
  SquareMatrix<N> vectors;       ///< orthonormal rows: vectors[k] belongs to values[k]
};

/// Turns rows and columns p < q of the symmetric A until a_pq = 0, and rows p and q of V with them.
template <std::size_t N>
void jacobi_rotation(std::size_t p, std::size_t q, SquareMatrix<N>& A, SquareMatrix<N>& V) {
  // the smaller of the two angles, by the formula that does not cancel
  double const theta = (A[q][q] - A[p][p]) / (2 * A[p][q]);
  double const t = (theta < 0 ? -1 : 1) / (std::fabs(theta) + std::sqrt(theta * theta + 1));
  double const c = 1 / std::sqrt(t * t + 1), s = t * c;
  A[p][p] -= t * A[p][q];
  A[q][q] += t * A[p][q];
  A[p][q] = A[q][p] = 0;
  for (std::size_t k = 0; k < N; ++k) {
    if (k != p && k != q) {
      double const x = A[p][k], y = A[q][k];
      A[p][k] = A[k][p] = c * x - s * y;
      A[q][k] = A[k][q] = s * x + c * y;
    }
    double const x = V[p][k], y = V[q][k];
    V[p][k] = c * x - s * y;
    V[q][k] = s * x + c * y;
  }
}

/// All eigenvalues and eigenvectors of a symmetric matrix, by cyclic Jacobi rotations (Jacobi 1846; Golub and Van Loan
/// (2013), "Matrix computations", section 8.5). Entries below the rounding error of the norm count as zero. A matrix
/// with numbers that are not finite gives such numbers.
template <std::size_t N>
SymmetricEigen<N> symmetric_eigen(SquareMatrix<N> A) {
  constexpr int kMostSweeps = 30;  // convergence is quadratic: six or so are needed
  SymmetricEigen<N> result;
  double squared_norm = 0;
  for (std::size_t i = 0; i < N; ++i)
    for (std::size_t j = 0; j < N; ++j) {
      result.vectors[i][j] = i == j ? 1 : 0;
      squared_norm += A[i][j] * A[i][j];
    }
  double const negligible = 1e-17 * std::sqrt(squared_norm);
  bool turned = true;
  for (int sweep = 0; turned && sweep < kMostSweeps; ++sweep) {
    turned = false;
    for (std::size_t p = 0; p < N; ++p)
      for (std::size_t q = p + 1; q < N; ++q)
        if (std::fabs(A[p][q]) > negligible) {
          jacobi_rotation(p, q, A, result.vectors);
          turned = true;
        }
  }
  for (std::size_t i = 0; i < N; ++i) result.values[i] = A[i][i];
  return result;
}

/// Whether A - shift I has a Cholesky factor, that is, whether all eigenvalues of the symmetric A are above the shift.
template <std::size_t N>
bool is_above(SquareMatrix<N> A, double shift) {
  for (std::size_t j = 0; j < N; ++j) {
    double pivot = A[j][j] - shift;
    for (std::size_t k = 0; k < j; ++k) pivot -= A[j][k] * A[j][k];
    if (!(pivot > 0)) return false;
    A[j][j] = std::sqrt(pivot);
    for (std::size_t i = j + 1; i < N; ++i) {
      for (std::size_t k = 0; k < j; ++k) A[i][j] -= A[i][k] * A[j][k];
      A[i][j] /= A[j][j];
    }
  }
  return true;
}

}  // namespace nacre::detail
