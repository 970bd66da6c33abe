#pragma once

#include <nacre/solvers/detail/matrix_preconditioner.hpp>

/// \file
/// The Chebyshev polynomial preconditioner.

namespace nacre::solvers {

struct ChebyshevOptions {
  int degree = 3;  ///< of the polynomial in D^-1 A that is applied: this many steps, degree - 1 products, > 0
  double ratio = 30;   ///< the polynomial is made for eigenvalues in [maximum / ratio, maximum], > 1
  double maximum = 0;  ///< largest eigenvalue of D^-1 A; 0: estimated
};

/// z = p(D^-1 A) D^-1 r: the iterate of Chebyshev's method for A z = r from zero.
///
/// Saad (2003), "Iterative methods for sparse linear systems", algorithm 12.1. For symmetric A with positive
/// diagonal M is symmetric, and positive definite while no eigenvalue exceeds `maximum` by much. The estimate
/// is Gershgorin's where that is sharp, else the power method's from a fixed start with 10 % added, and never
/// more than Gershgorin's.
template <class Scalar, class Device = DefaultDevice>
class Chebyshev final : public detail::MatrixPreconditioner<Scalar, Device> {
 public:
  using typename Operator<Scalar, Device>::Exec;
  using typename Operator<Scalar, Device>::In;
  using typename Operator<Scalar, Device>::Out;

  /// \throws nacre::Error on all ranks if an option is out of range or a diagonal entry is missing, zero or
  /// not finite
  explicit Chebyshev(DistributedCsr<Scalar, Device> const& A, ChebyshevOptions const& options = {});
  void apply(Exec const& exec, In const& r, Out const& z) const override;
  void apply_transpose(Exec const& exec, In const& r, Out const& z) const override;
  /// The eigenvalue is estimated anew.
  void update(DistributedCsr<Scalar, Device> const& A) override;
  std::string description() const override;
  double max_eigenvalue() const { return max_eigenvalue_; }

 private:
  void iterate(Exec const& exec, bool transposed, In const& r, Out const& z) const;

  ChebyshevOptions options_;
  DistributedCsr<Scalar, Device> A_;
  Vector<Scalar, Device> inverse_diagonal_;
  double max_eigenvalue_ = 0;
  mutable Out residual_, step_;  // [owned rows, k] of the last k
};

extern template class Chebyshev<double>;
extern template class Chebyshev<float>;

}  // namespace nacre::solvers
