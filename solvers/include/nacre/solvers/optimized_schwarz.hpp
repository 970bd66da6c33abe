#pragma once

#include <memory>

#include <nacre/solvers/detail/matrix_preconditioner.hpp>
#include <nacre/solvers/detail/schwarz_state.hpp>

/// \file
/// Restricted additive Schwarz methods as preconditioners.

namespace nacre::solvers {

/// z = M(L) r with M(L) = sum over i of R~_i^T (R_i A R_i^T + scale L_i)^-1 R_i, L_i having the interface values L at the
/// interface entries of subdomain i: optimised restricted additive Schwarz (St-Cyr, Gander and Thomas 2007,
/// "Optimized multiplicative, additive, and restricted additive Schwarz preconditioning"). L = 0 is the classical
/// method (RAS; Cai and Sarkis 1999). Not symmetric, so for GMRES or BiCGStab. On one rank. \see SchwarzErrorOp
template <class Scalar, class Device = DefaultDevice>
class OptimizedSchwarz final : public detail::MatrixPreconditioner<Scalar, Device> {
 public:
  using typename Operator<Scalar, Device>::Exec;
  using typename Operator<Scalar, Device>::In;
  using typename Operator<Scalar, Device>::Out;

  /// \param decomposition    of A's graph
  /// \param interface_values [nnz]; copied
  /// \param interface_scale  their factor: 1/h^2 where A has it
  /// \throws nacre::Error on all ranks if there are several; if the decomposition is of another pattern, an extent does
  ///         not match, or a subdomain's matrix is singular or not finite
  OptimizedSchwarz(DistributedCsr<Scalar, Device> const& A, SchwarzDecomposition<Device> const& decomposition,
                   Vector<Scalar const, Device> const& interface_values, double interface_scale = 1);
  /// The classical method.
  OptimizedSchwarz(DistributedCsr<Scalar, Device> const& A, SchwarzDecomposition<Device> const& decomposition)
      : OptimizedSchwarz(A, decomposition,
                         Vector<Scalar, Device>("nacre::schwarz::no_interface_values",
                                                decomposition.pattern().num_entries())) {}

  void apply(Exec const& exec, In const& r, Out const& z) const override;
  void apply_transpose(Exec const& exec, In const& r, Out const& z) const override;
  void update(DistributedCsr<Scalar, Device> const& A) override;
  /// Takes over other interface values. \param interface_values [nnz]; copied
  void set_interface_values(Vector<Scalar const, Device> const& interface_values);
  std::string description() const override;

 private:
  std::unique_ptr<detail::SchwarzState<Scalar, Device>> state_;
};

extern template class OptimizedSchwarz<double>;
extern template class OptimizedSchwarz<float>;

}  // namespace nacre::solvers
