#pragma once

#include <nacre/solvers/detail/factored_product.hpp>
#include <nacre/solvers/detail/matrix_preconditioner.hpp>

/// \file
/// Approximate inverses in factored form whose factor is given.

namespace nacre::solvers {

/// z = F^T D F r + shift D r for a sparse factor F of any pattern and a diagonal D, the identity if none is given.
///
/// Symmetric positive definite for whatever F if shift > 0, and without a shift if F is not singular. The factor may be
/// kept in a lower precision than the vectors have, as `FactoredInverse<double, Device, float>`: sums are those of the
/// vectors' precision. A factor G for which G G^T is wanted is given as F = G^T.
template <class Scalar, class Device = DefaultDevice, class Factor = Scalar>
class FactoredInverse final : public detail::MatrixPreconditioner<Scalar, Device> {
 public:
  using typename Operator<Scalar, Device>::Exec;
  using typename Operator<Scalar, Device>::In;
  using typename Operator<Scalar, Device>::Out;

  /// \param F       square, rows and columns partitioned alike; the values are shared, not copied
  /// \param shift   >= 0
  /// \param weights [owned rows] the diagonal of D; a view without entries on all ranks for the identity
  /// \throws nacre::Error on all ranks if F is not square, the shift negative or not finite, or a weight not a positive
  ///         number
  explicit FactoredInverse(DistributedCsr<Factor, Device> const& F, double shift = 0,
                           Vector<Scalar const, Device> const& weights = {});
  void apply(Exec const& exec, In const& r, Out const& z) const override;
  void apply_transpose(Exec const& exec, In const& r, Out const& z) const override { apply(exec, r, z); }
  /// \throws nacre::Error always: the factor does not come from a matrix
  void update(DistributedCsr<Scalar, Device> const& A) override;
  std::string description() const override;

  /// Takes over new values on the pattern of the factor; they are shared. \param values [local nnz]
  /// \throws nacre::Error on all ranks if their number is another one
  void set_factor(Vector<Factor, Device> const& values);
  DistributedCsr<Factor, Device> const& factor() const { return product_.factor(); }
  double shift() const { return shift_; }

 private:
  double shift_;
  Vector<Scalar const, Device> weights_;
  detail::FactoredProduct<Factor, Device> product_;
};

extern template class FactoredInverse<double>;
extern template class FactoredInverse<float>;
extern template class FactoredInverse<double, DefaultDevice, float>;

}  // namespace nacre::solvers
