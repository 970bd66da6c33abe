#pragma once

#include <vector>

#include <nacre/core/csr_matrix.hpp>

/// \file
/// What nacre_jacobi learns, computed exactly.

namespace nacre::apps {

/// The expected loss of entry-wise Jacobi weights, a quadratic function of them.
///
/// The mean of y^T A y over directions x, y = (I - Omega D^-1 A) x, is the trace of B^T A B over n with B = I - Omega
/// D^-1 A, hence (trace(A) - 2 g . omega + omega . H omega) / n with g_i = (A^2)_ii / d_i and
/// H_ij = a_ij (A^2)_ij / (d_i d_j), which has the pattern of A.
class ExpectedJacobiLoss {
 public:
  /// \param A symmetric
  explicit ExpectedJacobiLoss(CsrMatrix<double> const& A);
  double operator()(std::vector<double> const& omega) const;
  /// The weights of least expected loss. \throws nacre::Error if the system for them cannot be solved
  std::vector<double> minimiser() const;

 private:
  CsrMatrix<double> H_;
  std::vector<double> g_;
  double trace_ = 0;
};

}  // namespace nacre::apps
