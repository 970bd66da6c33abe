#pragma once

#include <nacre/solvers/krylov.hpp>

/// \file
/// Preconditioned conjugate gradients.

namespace nacre::solvers {

/// Conjugate gradients (Hestenes and Stiefel 1952) for symmetric positive definite A and M.
///
/// Two global reductions an iteration: (p.q, q.q, r.q) with q = A p, and (r.r, r.z) with z = M r. The first
/// also gives the norm of the next residual, so the last iteration applies no preconditioner. The update of x
/// waits for that of p, which reads the same vectors.
///
/// Ends as `indefinite` where p.Ap <= 0 or r.Mr < 0 shows that A or M is not positive definite.
template <class Scalar, class Device = DefaultDevice>
class Pcg final : public KrylovSolver<Scalar, Device> {
 public:
  using typename KrylovSolver<Scalar, Device>::Out;
  explicit Pcg(KrylovOptions options = {}) : KrylovSolver<Scalar, Device>(std::move(options)) {}
  char const* name() const override { return "pcg"; }

 protected:
  using typename KrylovSolver<Scalar, Device>::Run;
  void iterate(Run& run, Operator<Scalar, Device> const* M, Out const& r) override;
};

extern template class Pcg<double>;
extern template class Pcg<float>;

}  // namespace nacre::solvers
