#pragma once

#include <nacre/solvers/detail/matrix_preconditioner.hpp>

/// \file
/// The diagonal sparse approximate inverse.

namespace nacre::solvers {

/// z = M r with the diagonal M that minimises ||I - M A||_F: m_i = a_ii / sum_j a_ij^2.
///
/// Broeker and Grote (2002), "Sparse approximate inverse smoothers for geometric and algebraic multigrid".
template <class Scalar, class Device = DefaultDevice>
class Spai0 final : public detail::MatrixPreconditioner<Scalar, Device> {
 public:
  using typename Operator<Scalar, Device>::Exec;
  using typename Operator<Scalar, Device>::In;
  using typename Operator<Scalar, Device>::Out;

  /// \throws nacre::Error on all ranks, naming the row, if a diagonal entry is missing, zero, or not finite
  explicit Spai0(DistributedCsr<Scalar, Device> const& A);
  void apply(Exec const& exec, In const& r, Out const& z) const override;
  void apply_transpose(Exec const& exec, In const& r, Out const& z) const override { apply(exec, r, z); }
  void update(DistributedCsr<Scalar, Device> const& A) override;
  std::string description() const override { return "SPAI(0)"; }

 private:
  Vector<Scalar, Device> diagonal_;
};

extern template class Spai0<double>;
extern template class Spai0<float>;

}  // namespace nacre::solvers
