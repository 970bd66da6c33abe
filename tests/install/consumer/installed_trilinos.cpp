// A Tpetra program that takes its preconditioner from Nacre: Belos' conjugate gradients with Nacre's AMG,
// then Nacre's own by its name in Belos. Exit status 0 if both converge to the same solution.
#include <BelosSolverFactory.hpp>
#include <BelosTpetraAdapter.hpp>
#include <Tpetra_Core.hpp>
#include <Tpetra_CrsMatrix.hpp>

#include <iostream>

#include <nacre/solvers/amg.hpp>
#include <nacre/trilinos/belos_solvers.hpp>
#include <nacre/trilinos/preconditioner_operator.hpp>
#include <nacre/trilinos/tpetra_view.hpp>

using Matrix = Tpetra::CrsMatrix<>;
using Vectors = Tpetra::MultiVector<>;
using Operator = Tpetra::Operator<>;
using Map = Tpetra::Map<>;
using Global = Map::global_ordinal_type;

/// The 5-point Laplacian on an m-by-m grid.
Teuchos::RCP<Matrix> laplacian(Teuchos::RCP<Map const> const& map, Global m) {
  auto const A = Teuchos::rcp(new Matrix(map, 5));
  for (Global g = map->getMinGlobalIndex(); g <= map->getMaxGlobalIndex(); ++g) {
    Teuchos::Array<Global> col(1, g);
    Teuchos::Array<double> value(1, 4.);
    auto const add = [&](bool inside, Global j) {
      if (inside) col.push_back(j), value.push_back(-1.);
    };
    add(g % m > 0, g - 1);
    add(g % m < m - 1, g + 1);
    add(g >= m, g - m);
    add(g + m < m * m, g + m);
    A->insertGlobalValues(g, col(), value());
  }
  A->fillComplete();
  return A;
}

int main(int argc, char* argv[]) {
  Tpetra::ScopeGuard const tpetra(&argc, &argv);
  Global const m = 40;
  Teuchos::RCP<Map const> const map = Teuchos::rcp(new Map(m * m, 0, Tpetra::getDefaultComm()));
  auto const A = laplacian(map, m);
  auto const b = Teuchos::rcp(new Vectors(map, 1)), x = Teuchos::rcp(new Vectors(map, 1));
  b->putScalar(1.);

  auto const amg = std::make_shared<nacre::solvers::Amg<double>>(nacre::trilinos::view(*A));
  auto const problem = Teuchos::rcp(new Belos::LinearProblem<double, Vectors, Operator>(A, x, b));
  problem->setRightPrec(nacre::trilinos::to_tpetra<double>(amg, map, map));

  nacre::trilinos::register_belos_solvers();
  bool converged = true;
  double norms[2];
  for (int run = 0; run < 2; ++run) {
    auto const parameters = Teuchos::rcp(new Teuchos::ParameterList());
    parameters->set("Convergence Tolerance", 1e-8);
    Belos::SolverFactory<double, Vectors, Operator> factory;
    auto const solver = factory.create(run == 0 ? "Pseudoblock CG" : "Nacre PCG", parameters);
    x->putScalar(0.);
    problem->setProblem();
    solver->setProblem(problem);
    converged = converged && solver->solve() == Belos::Converged;
    norms[run] = x->getVector(0)->norm2();
    if (map->getComm()->getRank() == 0)
      std::cout << "iterations=" << solver->getNumIters() << " norm=" << norms[run] << '\n';
  }
  return converged && std::abs(norms[0] - norms[1]) <= 1e-6 * norms[0] ? 0 : 1;
}
