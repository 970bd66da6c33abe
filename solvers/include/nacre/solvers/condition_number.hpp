#pragma once

#include <vector>

#include <nacre/core/csr_matrix.hpp>
#include <nacre/solvers/operator.hpp>

/// \file
/// Eigenvalues of preconditioned matrices, all of them: for matrices that are small enough to be dense.

namespace nacre::solvers {

/// How far a symmetric positive definite matrix is from a multiple of the identity.
struct ConditionNumbers {
  double smallest = 0, largest = 0;  ///< eigenvalues
  double condition = 0;              ///< largest / smallest
  double kaporin = 0;                ///< arithmetic over geometric mean of the eigenvalues (Kaporin 1994)
};

/// The eigenvalues of M A, ascending; without M those of A. Not collective; O(n^3) work, O(n^2) memory.
///
/// They are those of the symmetric L^T M L with A = L L^T, whatever M is made of; the product M A itself is not symmetric.
/// \param A symmetric, positive definite if there is an M; only its lower triangle is read. At most 20000 rows
/// \param M symmetric, of one rank, or nullptr for the identity
/// \throws nacre::Error if A is not square or too large, M of another size, on several ranks or not symmetric, or, with an
///         M, A not positive definite
std::vector<double> eigenvalues(CsrMatrix<double> const& A, Operator<double> const* M = nullptr);

/// Of M A, or of A. \throws nacre::Error besides if an eigenvalue is not positive; otherwise as eigenvalues()
ConditionNumbers condition_numbers(CsrMatrix<double> const& A, Operator<double> const* M = nullptr);

}  // namespace nacre::solvers
