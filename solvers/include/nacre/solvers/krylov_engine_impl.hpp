#pragma once

#include <nacre/solvers/krylov_engine.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/transposed_operator.hpp>

namespace nacre::solvers {

template <class Scalar, class Device>
KrylovEngine<Scalar, Device>::KrylovEngine(std::string const& method, Make make, KrylovOptions const& options,
                                           Symmetry symmetry, double adjoint_tolerance)
    : M_(std::move(make)),
      symmetric_(takes_symmetric(symmetry, method)),
      solver_(make_krylov_solver<Scalar, Device>(method, options)),
      adjoint_solver_(solver_) {
  if (adjoint_tolerance == 0 || adjoint_tolerance == options.tolerance) return;
  KrylovOptions adjoint = options;
  adjoint.tolerance = adjoint_tolerance;
  adjoint_solver_ = make_krylov_solver<Scalar, Device>(method, adjoint);
}

template <class Scalar, class Device>
void KrylovEngine<Scalar, Device>::set_up(Matrix const& A) {
  M_.set_up(A, symmetric_);
}

template <class Scalar, class Device>
SolveInfo KrylovEngine<Scalar, Device>::solve(Exec const& exec, Matrix const& A, Side side, In const& b,
                                              Out const& x) {
  MatrixOperator<Scalar, Device> const op(A);
  if (side == Side::forward) return solver_->solve(exec, op, M_.get(), b, x);
  if (symmetric_) return adjoint_solver_->solve(exec, op, M_.get(), b, x);
  TransposedOperator<Scalar, Device> const op_t(op);
  if (M_.get() == nullptr) return adjoint_solver_->solve(exec, op_t, nullptr, b, x);
  TransposedOperator<Scalar, Device> const M_t(*M_.get());
  return adjoint_solver_->solve(exec, op_t, &M_t, b, x);
}

template <class Scalar, class Device>
std::string KrylovEngine<Scalar, Device>::description() const {
  return cat(solver_->name(), " with ", M_.description());
}

}  // namespace nacre::solvers
