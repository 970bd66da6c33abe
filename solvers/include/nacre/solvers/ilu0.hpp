#pragma once

#include <nacre/solvers/detail/matrix_preconditioner.hpp>
#include <nacre/solvers/detail/triangle.hpp>

/// \file
/// Incomplete LU factorisation without fill.

namespace nacre::solvers {

/// z = U^-1 L^-1 r with L U = A on the pattern of A (Meijerink and van der Vorst 1977; Saad 2003,
/// sec. 10.3.2).
///
/// Of this rank's diagonal block: over ranks it is block Jacobi, and no message is sent. Rows are eliminated
/// and solved one after the other where kernels run so, elsewhere level by level.
template <class Scalar, class Device = DefaultDevice>
class Ilu0 final : public detail::MatrixPreconditioner<Scalar, Device> {
 public:
  using typename Operator<Scalar, Device>::Exec;
  using typename Operator<Scalar, Device>::In;
  using typename Operator<Scalar, Device>::Out;

  /// \throws nacre::Error on all ranks, naming the row, if a diagonal entry is missing or a pivot zero or not
  /// finite
  explicit Ilu0(DistributedCsr<Scalar, Device> const& A);
  void apply(Exec const& exec, In const& r, Out const& z) const override;
  void apply_transpose(Exec const& exec, In const& r, Out const& z) const override;
  void update(DistributedCsr<Scalar, Device> const& A) override;
  std::string description() const override;

 private:
  Vector<Scalar, Device> factors_;  // [local entries] L below, U on and above the diagonal
  Vector<Scalar, Device> lower_, upper_, inverse_diagonal_, ones_;
  mutable Vector<Scalar, Device> lower_t_,
      upper_t_;  // of U^T and L^T; made on first use, emptied by update()
};

extern template class Ilu0<double>;
extern template class Ilu0<float>;

}  // namespace nacre::solvers
