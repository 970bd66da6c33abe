#include <nacre/trilinos/belos_engine.hpp>

#include <Teuchos_ParameterList.hpp>

#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/transposed_operator.hpp>

namespace nacre::trilinos {

BelosEngine::BelosEngine(std::string solver, Make make, solvers::KrylovOptions const& options,
                         solvers::Symmetry symmetry, Teuchos::ParameterList const* parameters)
    : solver_(std::move(solver)),
      M_(std::move(make)),
      options_(options),
      symmetric_(symmetry == solvers::Symmetry::symmetric) {
  if (parameters != nullptr) parameters_ = std::make_shared<Teuchos::ParameterList const>(*parameters);
}

solvers::SolveInfo BelosEngine::solve(Exec const& exec, Matrix const& A, solvers::Side side, In const& b,
                                      Out const& x) {
  nacre::compat::fence(exec, "nacre::trilinos: before Belos, which runs on the default instance");
  solvers::MatrixOperator<double> const op(A);
  solvers::TransposedOperator<double> const op_t(op);
  if (side == solvers::Side::forward || symmetric_)
    return belos_solve(solver_, op, M_.get(), b, x, options_, parameters_.get());
  if (M_.get() == nullptr) return belos_solve(solver_, op_t, nullptr, b, x, options_, parameters_.get());
  solvers::TransposedOperator<double> const M_t(*M_.get());
  return belos_solve(solver_, op_t, &M_t, b, x, options_, parameters_.get());
}

std::string BelosEngine::description() const { return cat("Belos' ", solver_, " with ", M_.description()); }

}  // namespace nacre::trilinos
