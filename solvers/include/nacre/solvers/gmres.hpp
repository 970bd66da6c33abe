#pragma once

#include <nacre/solvers/krylov.hpp>

/// \file
/// Restarted generalised minimal residuals.

namespace nacre::solvers {

/// GMRES(m) (Saad and Schultz 1986) for general A, preconditioned from the right, so that its residual is
/// that of the system itself.
///
/// Orthogonalises by classical Gram-Schmidt, twice (Giraud, Langou, Rozloznik and van den Eshof 2005): two
/// global reductions an iteration, one for each pass; the norm of the new vector comes with the second.
/// Keeps options().restart + 1 vectors for each right-hand side. Ends as `stagnated` when whole cycles gain
/// nothing, as `breakdown` where A is singular on the Krylov space.
template <class Scalar, class Device = DefaultDevice>
class Gmres final : public KrylovSolver<Scalar, Device> {
 public:
  using typename KrylovSolver<Scalar, Device>::Out;
  explicit Gmres(KrylovOptions options = {}) : KrylovSolver<Scalar, Device>(std::move(options)) {}
  char const* name() const override { return "gmres"; }

 protected:
  using typename KrylovSolver<Scalar, Device>::Run;
  void iterate(Run& run, Operator<Scalar, Device> const* M, Out const& r) override;
};

extern template class Gmres<double>;
extern template class Gmres<float>;

}  // namespace nacre::solvers
