#pragma once

#include <memory>
#include <string>

#include <nacre/solvers/operator.hpp>
#include <nacre/solvers/solve_info.hpp>
#include <nacre/trilinos/tpetra_types.hpp>

/// \file
/// Direct solution by Amesos2.

namespace nacre::trilinos {

struct DirectOptions {
  std::string solver = "KLU2";  ///< a name Amesos2 knows
  /// What ||b - A x|| / ||b|| may be before solve() calls its result wrong
  double largest_residual = 1e-6;
  /// Of the solver, copied; nullptr: its defaults
  Teuchos::ParameterList const* parameters = nullptr;
};

/// A factored matrix: apply() is A^{-1}, apply_transpose() A^{-T}, for any number of right-hand sides.
///
/// The matrix is gathered on rank 0, which factors and solves on a communicator of its own, because
/// distributed factorisations are wrong or crash in some distributions of Trilinos. So this is for matrices
/// that one rank can hold. A^T is factored by itself, the first time it is asked for. As a preconditioner it
/// makes any Krylov method stop after one step.
class DirectSolver final : public solvers::Preconditioner<double> {
 public:
  using Base = solvers::Operator<double>;
  using Base::Exec;
  using Base::In;
  using Base::Out;

  /// \throws nacre::Error on all ranks if A is not square or singular, or Amesos2 has no solver of this name.
  /// Collective.
  explicit DirectSolver(DistributedCsr<double> const& A, DirectOptions const& options = {});
  ~DirectSolver() override;

  Comm const& comm() const override;
  Ordinal num_local_rows() const override;
  Ordinal num_local_cols() const override { return num_local_rows(); }

  /// Without a check of the result.
  void apply(Exec const& exec, In const& b, Out const& x) const override;
  void apply_transpose(Exec const& exec, In const& b, Out const& x) const override;

  /// Solves A x = b, or A^T x = b, and computes the residual; `stagnated` where it exceeds largest_residual.
  /// \param b      [n, k], n the rows this rank owns
  /// \param[out] x [n, k], overwritten; must not alias b
  solvers::SolveInfo solve(Exec const& exec, In const& b, Out const& x) const;
  solvers::SolveInfo solve_transpose(Exec const& exec, In const& b, Out const& x) const;

  /// Factors again, with the old ordering.
  void update(DistributedCsr<double> const& A) override;
  std::string description() const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nacre::trilinos
