#pragma once

#include <nacre/solvers/detail/matrix_preconditioner.hpp>
#include <nacre/solvers/detail/triangle.hpp>

/// \file
/// Incomplete Cholesky factorisation without fill.

namespace nacre::solvers {

/// z = L^-T L^-1 r with L L^T = A + shift diag(A) on the lower triangle of A (Meijerink and van der Vorst
/// 1977).
///
/// The shift is zero unless a pivot fails; then it is raised from 1e-3 by factors of two until none does
/// (Manteuffel 1980, "An incomplete factorization technique for positive definite linear systems"), the same
/// on all ranks. Only the lower triangle of A is read. Of this rank's diagonal block: over ranks it is block
/// Jacobi, and no message is sent. Symmetric positive definite.
template <class Scalar, class Device = DefaultDevice>
class Ic0 final : public detail::MatrixPreconditioner<Scalar, Device> {
 public:
  using typename Operator<Scalar, Device>::Exec;
  using typename Operator<Scalar, Device>::In;
  using typename Operator<Scalar, Device>::Out;

  /// \throws nacre::Error on all ranks, naming the row, if a diagonal entry is missing, not positive, or not
  ///         finite, or if no shift up to 10 helps
  explicit Ic0(DistributedCsr<Scalar, Device> const& A);
  void apply(Exec const& exec, In const& r, Out const& z) const override;
  void apply_transpose(Exec const& exec, In const& r, Out const& z) const override { apply(exec, r, z); }
  void update(DistributedCsr<Scalar, Device> const& A) override;
  std::string description() const override;
  double shift() const { return shift_; }

 private:
  double shift_ = 0;
  Vector<Scalar, Device> factor_;  // [local entries] L on and below the diagonal
  Vector<Scalar, Device> lower_, lower_t_, inverse_diagonal_;
};

extern template class Ic0<double>;
extern template class Ic0<float>;

}  // namespace nacre::solvers
