// J = |x|^2 / 2 for a Tpetra system A x = b, and dJ/dA by one more solve with Belos. Argument: a preconditioner
// (ilu0, amg, ..., muelu). Exit status: 0 the gradient agrees with a difference, 1 it does not, 3 error.
#include <Tpetra_Core.hpp>
#include <Tpetra_CrsMatrix.hpp>
#include <iostream>
#include <nacre/autodiff/gradient_check.hpp>
#include <nacre/core/norms.hpp>
#include <nacre/solvers/solve_op.hpp>
#include <nacre/trilinos/belos_engine.hpp>
#include <nacre/trilinos/muelu.hpp>
#include <nacre/trilinos/tpetra_view.hpp>

namespace solvers = nacre::solvers;
bool run(std::string const& name, long long m = 32) {
  bool const muelu = name == "muelu";  // has no transpose, so the matrix is symmetric then: no wind
  auto const map = Teuchos::rcp(new Tpetra::Map<>(m * m, 0, Tpetra::getDefaultComm()));
  Tpetra::CrsMatrix<> matrix(map, 5);
  for (auto i = map->getMinGlobalIndex(); i <= map->getMaxGlobalIndex(); ++i)
    for (auto const j : {i - m, i - 1, i, i + 1, i + m})
      if (double const a = j == i ? 4.6 : j == i - 1 && !muelu ? -1.5 : -1; j >= 0 && j < m * m)
        matrix.insertGlobalValues(i, 1, &a, &j);
  matrix.fillComplete();
  auto const A = nacre::trilinos::view(matrix);  // shares the values
  nacre::Vector<double> const b("b", static_cast<std::size_t>(A.pattern.num_owned_rows()));
  Kokkos::deep_copy(b, 1. / static_cast<double>(m));
  auto const make = [&](auto const& now) -> std::shared_ptr<solvers::Preconditioner<double>> {
    if (muelu) return std::make_shared<nacre::trilinos::MueLuPreconditioner>(now);
    return solvers::make_preconditioner<double>(name, now);
  };
  auto const belos = std::make_shared<nacre::trilinos::BelosEngine>(
      "Pseudoblock GMRES", make, solvers::KrylovOptions{/*tolerance=*/1e-12},
      muelu ? solvers::Symmetry::symmetric : solvers::Symmetry::general);
  solvers::SolveOptions options;
  options.check_symmetry = false;  // the difference below changes every entry by itself
  solvers::SolveOp<> const solve(A.pattern, belos, options);
  auto const loss = [&](auto& tape, auto const& values, auto const& rhs) {
    auto const x = tape.apply(solve, values, rhs);
    return tape.apply(nacre::SumOverRanksOp(A.comm()), tape.apply(nacre::SquaredNormOp{.5}, x));
  };
  nacre::ad::Tape<> tape;
  auto const values = tape.leaf(A.values);
  tape.backward(loss(tape, values, tape.leaf(b)));
  auto const g = tape.gradient(values);  // dJ/dA: a number for each entry of the Tpetra::CrsMatrix
  double const norm = std::sqrt(A.comm().sum(nacre::dot(tape.exec(), g, g)[0]));
  double const error = nacre::ad::gradient_check(tape, loss, {0, 1, false, A.comm()}, A.values, b);
  if (A.comm().rank() == 0)
    std::cout << "gradient_norm=" << norm << " iterations=" << solve.report().forward.iterations
              << " adjoint_iterations=" << solve.report().adjoint.iterations << " error=" << error << '\n';
  return error < 1e-6 && solve.report().all_converged();
}

int main(int argc, char* argv[]) {
  Tpetra::ScopeGuard const tpetra(&argc, &argv);
  try {
    return run(argc > 1 ? argv[1] : "ilu0") ? 0 : 1;
  } catch (std::exception const& e) {
    std::cerr << "nacre_trilinos_gradient: " << e.what() << '\n';
    nacre::Comm::world().abort(3);
  }
}
