#pragma once

#include <functional>

#include <nacre/solvers/operator.hpp>
#include <nacre/solvers/solve_info.hpp>

/// \file
/// Least squares by LSMR.

namespace nacre::solvers {

struct LsmrOptions {
  /// On ||A^T (b - A x) - damping^2 x|| / ||A^T b||, the relative residual of the normal equations.
  double tolerance = 1e-8;
  int max_iterations = 1000;  ///< > 0
  double damping = 0;         ///< >= 0
  /// As KrylovOptions::on_iteration.
  std::function<void(int iteration, double relative_residual)> on_iteration = nullptr;
};

/// min ||A x - b||^2 + damping^2 ||x||^2 for several right-hand sides at once, each with its own scalars; where A
/// has not full column rank and there is no damping, the solution of least norm.
///
/// Fong and Saunders (2011), "LSMR: an iterative algorithm for sparse least-squares problems", sec. 2.8 and 5.1:
/// MINRES on the normal equations by Golub and Kahan's bidiagonalisation, so ||A^T r|| falls in every step and
/// A^T A is never formed. A is any Operator with a transpose, square or not, on any number of ranks.
///
/// A column's claim of convergence is checked with the residual computed anew; where that does not follow, the
/// method goes on towards a smaller residual, and after some vain attempts ends as `stagnated`.
template <class Scalar, class Device = DefaultDevice>
class Lsmr {
 public:
  using Exec = ExecOf<Device>;
  using Out = MultiVector<Scalar, Device>;
  using In = MultiVector<Scalar const, Device>;

  /// \throws nacre::Error if an option is out of range
  explicit Lsmr(LsmrOptions options = {});
  LsmrOptions const& options() const { return options_; }

  /// Collective.
  /// \param b      [num_local_rows, k]
  /// \param[out] x [num_local_cols, k], overwritten
  /// \return residuals as in LsmrOptions::tolerance
  /// \throws nacre::Error on all ranks if A has no transpose or an extent does not match on some rank
  SolveInfo solve(Exec const& exec, Operator<Scalar, Device> const& A, In const& b, Out const& x);

 private:
  void check(Operator<Scalar, Device> const& A, In const& b, Out const& x) const;
  LsmrOptions options_;
  Out u_, Av_, v_, Atu_, h_, h_bar_;  // kept for the next solve of the same size
};

extern template class Lsmr<double>;
extern template class Lsmr<float>;

}  // namespace nacre::solvers
