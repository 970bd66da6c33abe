#pragma once

#include <nacre/solvers/detail/matrix_preconditioner.hpp>

/// \file
/// The Jacobi preconditioner.

namespace nacre::solvers {

/// z = D^-1 r, D the diagonal of A. Symmetric; positive definite if D is positive.
template <class Scalar, class Device = DefaultDevice>
class Jacobi final : public detail::MatrixPreconditioner<Scalar, Device> {
 public:
  using typename Operator<Scalar, Device>::Exec;
  using typename Operator<Scalar, Device>::In;
  using typename Operator<Scalar, Device>::Out;

  /// \throws nacre::Error on all ranks, naming the row, if a diagonal entry is missing, zero, or not finite
  explicit Jacobi(DistributedCsr<Scalar, Device> const& A);
  void apply(Exec const& exec, In const& r, Out const& z) const override;
  void apply_transpose(Exec const& exec, In const& r, Out const& z) const override { apply(exec, r, z); }
  void update(DistributedCsr<Scalar, Device> const& A) override;
  std::string description() const override { return "Jacobi"; }
  Vector<Scalar const, Device> inverse_diagonal() const { return inverse_diagonal_; }  ///< [owned rows]

 private:
  Vector<Scalar, Device> inverse_diagonal_;
};

extern template class Jacobi<double>;
extern template class Jacobi<float>;

}  // namespace nacre::solvers
