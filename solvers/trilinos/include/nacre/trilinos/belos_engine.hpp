#pragma once

#include <memory>
#include <string>

#include <nacre/solvers/krylov_engine.hpp>
#include <nacre/trilinos/belos_solvers.hpp>

/// \file
/// A method of Belos as the engine of differentiable solves.

namespace nacre::trilinos {

/// Solves by a method of Belos::SolverFactory with any preconditioner: one of ours, MueLu, or whatever to_nacre()
/// makes of a Tpetra::Operator. The adjoint is solved by the same method with the transposed preconditioner.
///
///     auto const A = view(*tpetra_matrix);  // shares its values
///     solvers::SolveOp<> const solve(A.pattern, std::make_shared<BelosEngine>("Pseudoblock GMRES", make_ilu0));
class BelosEngine final : public solvers::SolveEngine<double> {
 public:
  using Base = solvers::SolveEngine<double>;
  using Base::Exec;
  using Base::In;
  using Base::Matrix;
  using Base::Out;
  using Make = solvers::EnginePreconditioner<double>::Make;

  /// \param solver   a name of Belos::SolverFactory; one it does not know is refused by the first solve
  /// \param make     the preconditioner, or null for none
  /// \param symmetry to be declared for methods that need it (CG, MINRES) and for preconditioners without a
  ///                 transpose (MueLu); `automatic` is `general`
  /// \param parameters of the method, copied, if more is to be said
  explicit BelosEngine(std::string solver, Make make = nullptr, solvers::KrylovOptions const& options = {},
                       solvers::Symmetry symmetry = solvers::Symmetry::general,
                       Teuchos::ParameterList const* parameters = nullptr);

  void set_up(Matrix const& A) override { M_.set_up(A, symmetric_); }
  solvers::SolveInfo solve(Exec const& exec, Matrix const& A, solvers::Side side, In const& b,
                           Out const& x) override;
  bool is_symmetric() const override { return symmetric_; }
  bool setup_may_lag() const override { return true; }
  std::string description() const override;

 private:
  std::string solver_;
  solvers::EnginePreconditioner<double> M_;
  solvers::KrylovOptions options_;
  bool symmetric_;
  std::shared_ptr<Teuchos::ParameterList const> parameters_;
};

}  // namespace nacre::trilinos
