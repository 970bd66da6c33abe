#pragma once

#include <memory>
#include <string>

#include <nacre/solvers/krylov_engine.hpp>

/// \file
/// What a user may choose about differentiable solves, and what they report.

namespace nacre::solvers {

/// Choices of a differentiable solve. Tolerances bound the error of gradients as they bound that of solutions.
struct SolveOptions {
  /// Of make_krylov_solver(), or `direct`: sparse LU, without a preconditioner.
  std::string method = "pcg";
  std::string preconditioner = "amg";  ///< of make_preconditioner()
  KrylovOptions krylov;
  PreconditionerOptions preconditioner_options;
  Symmetry symmetry = Symmetry::automatic;
  /// Of the adjoint's and tangent's solves; 0: as forward. The relative error of a gradient is about the condition
  /// number times the larger of the two.
  double adjoint_tolerance = 0;
  /// Compare u^T A v with v^T A u for random u, v whenever a matrix that is declared symmetric is set up.
  bool check_symmetry = true;
  /// Set up anew for every so manieth forward solve with other values, > 0. In between the method works with the
  /// right matrix and the old preconditioner. Engines that solve with the set-up alone always set up.
  int setup_every = 1;
  /// Start from the last solution of the same side and extents, instead of zero. Saves iterations where values
  /// change little from step to step; results then depend, within the tolerance, on what was solved before.
  bool warm_start = false;
  /// A solve that does not converge is an error, not merely reported.
  bool require_convergence = false;
};

/// What an operation's solves have come to; the same on all ranks.
struct SolveReport {
  SolveInfo forward, adjoint,
      tangent;  ///< the last solve of each kind; setup_seconds is that of its set-up, if any
  int num_forward = 0, num_adjoint = 0, num_tangent = 0;
  int num_setups = 0;
  int num_not_converged = 0;  ///< of all solves: 0 means that values and gradients can be relied on
  int num_skipped = 0;        ///< adjoints whose cotangent was zero on all ranks: no solve
  bool all_converged() const { return num_not_converged == 0; }
};

/// The engine that the options name.
/// \throws nacre::Error if there is none of this name or an option does not fit
template <class Scalar, class Device = DefaultDevice>
std::shared_ptr<SolveEngine<Scalar, Device>> make_solve_engine(SolveOptions const& options);

extern template std::shared_ptr<SolveEngine<double>> make_solve_engine<double>(SolveOptions const&);
extern template std::shared_ptr<SolveEngine<float>> make_solve_engine<float>(SolveOptions const&);

}  // namespace nacre::solvers
