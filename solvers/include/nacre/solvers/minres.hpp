#pragma once

#include <nacre/solvers/krylov.hpp>

/// \file
/// Minimal residuals of symmetric systems.

namespace nacre::solvers {

/// MINRES (Paige and Saunders 1975) for symmetric A, definite or not, with symmetric positive definite M.
///
/// Minimises the residual in the norm of M; convergence is still judged in the Euclidean norm: the residual
/// vector obeys r_k = s_k^2 r_(k-1) - phi_k c_k v_(k+1) (Choi, Paige and Saunders 2011, lemma 3.3) and is
/// carried along. Two global reductions an iteration. Ends as `indefinite` where r.Mr < 0.
template <class Scalar, class Device = DefaultDevice>
class Minres final : public KrylovSolver<Scalar, Device> {
 public:
  using typename KrylovSolver<Scalar, Device>::Out;
  explicit Minres(KrylovOptions options = {}) : KrylovSolver<Scalar, Device>(std::move(options)) {}
  char const* name() const override { return "minres"; }

 protected:
  using typename KrylovSolver<Scalar, Device>::Run;
  void iterate(Run& run, Operator<Scalar, Device> const* M, Out const& r) override;
};

extern template class Minres<double>;
extern template class Minres<float>;

}  // namespace nacre::solvers
