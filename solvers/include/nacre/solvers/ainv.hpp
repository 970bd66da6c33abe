#pragma once

#include <nacre/solvers/detail/factored_product.hpp>
#include <nacre/solvers/detail/matrix_preconditioner.hpp>

/// \file
/// The factored sparse approximate inverse by incomplete conjugation.

namespace nacre::solvers {

struct AinvOptions {
  double drop_tolerance = .1;  ///< contributions to Z below this are dropped; >= 0, 0 for the exact inverse
};

/// z = Z P^-1 Z^T r with Z unit upper triangular, Z^T A Z close to the diagonal P.
///
/// Benzi, Meyer and Tuma (1996), "A sparse approximate inverse preconditioner for the conjugate gradient method": the unit
/// vectors are made conjugate to one another in natural order. Pivots are z_j^T A z_j, as in Benzi, Cullum and Tuma
/// (2000), "Robust approximate inverse preconditioning for the conjugate gradient method": positive whatever is dropped.
/// A contribution (z_i^T A e_j / p_i) z_ki to z_kj that is smaller than the tolerance is left out. Which ones are does not
/// change when A is multiplied by a number. A must be symmetric. Of this rank's diagonal block, as Ic0. Symmetric positive
/// definite. The set-up is sequential on each rank, and the pattern of Z depends on the values.
template <class Scalar, class Device = DefaultDevice>
class Ainv final : public detail::MatrixPreconditioner<Scalar, Device> {
 public:
  using typename Operator<Scalar, Device>::Exec;
  using typename Operator<Scalar, Device>::In;
  using typename Operator<Scalar, Device>::Out;

  /// \throws nacre::Error on all ranks if an option is out of range, or, naming the row, if a diagonal entry is missing,
  ///         zero, or not finite, or a pivot is not a positive number
  explicit Ainv(DistributedCsr<Scalar, Device> const& A, AinvOptions const& options = {});
  void apply(Exec const& exec, In const& r, Out const& z) const override;
  void apply_transpose(Exec const& exec, In const& r, Out const& z) const override { apply(exec, r, z); }
  void update(DistributedCsr<Scalar, Device> const& A) override;
  std::string description() const override;
  /// Z^T, lower triangular.
  DistributedCsr<Scalar, Device> const& factor() const { return product_.factor(); }

 private:
  AinvOptions options_;
  detail::FactoredProduct<Scalar, Device> product_;
  Vector<Scalar const, Device> inverse_pivots_;
};

extern template class Ainv<double>;
extern template class Ainv<float>;

}  // namespace nacre::solvers
