#pragma once

#include <functional>
#include <vector>

#include <nacre/core/config.hpp>

/// \file
/// What an iterative solve reports.

namespace nacre::solvers {

/// Why a solve stopped. The same on all ranks.
enum class Status {
  converged,       ///< the true residual, computed anew, is within the tolerance
  max_iterations,  ///< the limit was reached first
  breakdown,       ///< the recurrence divided by (nearly) zero
  indefinite,      ///< the method needs a positive definite matrix or preconditioner and met another
  not_finite,      ///< a NaN or an infinity appeared
  stagnated,       ///< the recurrence claims convergence, the true residual does not follow
  diverged         ///< the residual grew beyond any use
};

/// `converged`, `max_iterations`, ...: the enumerator's name.
char const* to_string(Status status);

/// How one right-hand side fared.
struct ColumnInfo {
  Status status = Status::max_iterations;
  int iterations = 0;
  double relative_residual = 0;  ///< ||b - A x|| / ||b||, computed from x; the norm of b - A x if b is zero
};

/// How a solve went.
struct SolveInfo {
  Status status = Status::max_iterations;  ///< of the worst right-hand side
  int iterations = 0;                      ///< of the slowest right-hand side
  double relative_residual = 0;            ///< the largest true one
  std::vector<double> history;      ///< relative residual before each iteration and at the end, worst column
  std::vector<ColumnInfo> columns;  ///< one for each right-hand side
  double setup_seconds = 0;         ///< of the preconditioner; filled in by who measures it
  double solve_seconds = 0;

  bool converged() const { return status == Status::converged; }
};

/// When an iterative solve stops, and what some methods need besides.
struct KrylovOptions {
  double tolerance = 1e-8;    ///< on ||b - A x|| / ||b||
  int max_iterations = 1000;  ///< > 0
  int restart = 30;           ///< of GMRES: Krylov vectors kept, > 0
  /// PCG: the Polak-Ribiere beta of Notay (2000), for preconditioners that change or are not quite symmetric;
  /// one inner product more in the same reduction.
  bool flexible = false;
  /// Called on every rank after each iteration with its number and the largest relative residual of the
  /// recurrence, iteration 0 being the start; empty: not called.
  std::function<void(int iteration, double relative_residual)> on_iteration = nullptr;
};

}  // namespace nacre::solvers
