#pragma once

#include <nacre/solvers/krylov.hpp>

/// \file
/// Stabilised biconjugate gradients.

namespace nacre::solvers {

/// BiCGSTAB (van der Vorst 1992) for general A, preconditioned from the right.
///
/// An iteration takes two products with A, two applications of M, and two global reductions. Where the
/// recurrence would divide by (nearly) zero it starts anew from the true residual, a limited number of times;
/// then the solve ends as `breakdown`.
template <class Scalar, class Device = DefaultDevice>
class BiCgStab final : public KrylovSolver<Scalar, Device> {
 public:
  using typename KrylovSolver<Scalar, Device>::Out;
  explicit BiCgStab(KrylovOptions options = {}) : KrylovSolver<Scalar, Device>(std::move(options)) {}
  char const* name() const override { return "bicgstab"; }

 protected:
  using typename KrylovSolver<Scalar, Device>::Run;
  void iterate(Run& run, Operator<Scalar, Device> const* M, Out const& r) override;
};

extern template class BiCgStab<double>;
extern template class BiCgStab<float>;

}  // namespace nacre::solvers
