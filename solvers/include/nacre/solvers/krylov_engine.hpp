#pragma once

#include <functional>
#include <memory>
#include <string>

#include <nacre/solvers/krylov.hpp>
#include <nacre/solvers/preconditioner_factory.hpp>
#include <nacre/solvers/solve_engine.hpp>

/// \file
/// A Krylov method with a preconditioner as the engine of differentiable solves.

namespace nacre::solvers {

/// What is known about the matrices of a solve.
enum class Symmetry {
  automatic,  ///< symmetric if the method needs that: pcg, minres
  symmetric,  ///< the adjoint solves the same system as the forward solve
  general     ///< the adjoint solves with the transposes of the matrix and of the preconditioner
};

/// Whether a Krylov method of this name and this declaration takes its matrix to be symmetric.
bool takes_symmetric(Symmetry symmetry, std::string const& method);

/// The preconditioner of an engine: made for the first matrix, updated for later ones.
template <class Scalar, class Device = DefaultDevice>
class EnginePreconditioner {
 public:
  using Matrix = DistributedCsr<Scalar, Device>;
  /// Makes the preconditioner when the first matrix is known; may return null for none.
  using Make = std::function<std::shared_ptr<Preconditioner<Scalar, Device>>(Matrix const&)>;

  explicit EnginePreconditioner(Make make) : make_(std::move(make)) {}
  /// \param symmetric whether its transpose is never asked for
  /// \throws nacre::Error on all ranks if a transpose will be asked for and there is none. Collective.
  void set_up(Matrix const& A, bool symmetric) {
    if (made_) {
      if (M_) M_->update(A);
      return;
    }
    M_ = make_ ? make_(A) : nullptr;
    made_ = true;
    A.comm().fail_together(
        !M_ || symmetric || M_->has_transpose()
            ? std::string()
            : cat("nacre::solve: the preconditioner (", M_->description(),
                  ") cannot be applied transposed, which the adjoint of a solve needs unless "
                  "the matrix is declared symmetric"));
  }
  /// Null for none.
  Preconditioner<Scalar, Device> const* get() const { return M_.get(); }
  std::string description() const { return M_ ? M_->description() : "no preconditioner"; }

 private:
  Make make_;
  bool made_ = false;
  std::shared_ptr<Preconditioner<Scalar, Device>> M_;
};

/// A Krylov method of make_krylov_solver() with any preconditioner. The adjoint uses the transpose of the set-up
/// that the forward solve made.
template <class Scalar, class Device = DefaultDevice>
class KrylovEngine final : public SolveEngine<Scalar, Device> {
 public:
  using typename SolveEngine<Scalar, Device>::Exec;
  using typename SolveEngine<Scalar, Device>::In;
  using typename SolveEngine<Scalar, Device>::Matrix;
  using typename SolveEngine<Scalar, Device>::Out;
  using Make = typename EnginePreconditioner<Scalar, Device>::Make;

  /// \param adjoint_tolerance 0: that of `options`
  /// \throws nacre::Error if there is no such method or an option is out of range
  KrylovEngine(std::string const& method, Make make, KrylovOptions const& options = {},
               Symmetry symmetry = Symmetry::automatic, double adjoint_tolerance = 0);

  /// \throws nacre::Error on all ranks if A is not declared symmetric and the preconditioner has no transpose
  void set_up(Matrix const& A) override;
  SolveInfo solve(Exec const& exec, Matrix const& A, Side side, In const& b, Out const& x) override;
  bool is_symmetric() const override { return symmetric_; }
  bool setup_may_lag() const override { return true; }
  std::string description() const override;

 private:
  EnginePreconditioner<Scalar, Device> M_;
  bool symmetric_;
  std::shared_ptr<KrylovSolver<Scalar, Device>> solver_, adjoint_solver_;  // one if the tolerances agree
};

extern template class KrylovEngine<double>;
extern template class KrylovEngine<float>;

}  // namespace nacre::solvers
