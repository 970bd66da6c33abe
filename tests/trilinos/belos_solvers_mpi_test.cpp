#include <gtest/gtest.h>

#include <BelosSolverFactory.hpp>
#include <BelosTpetraAdapter.hpp>

#include <limits>
#include <sstream>

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/core/problems.hpp>
#include <nacre/solvers/amg.hpp>
#include <nacre/solvers/krylov.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/trilinos/belos_solvers.hpp>
#include <nacre/trilinos/preconditioner_operator.hpp>
#include <nacre/trilinos/tpetra_view.hpp>
#include <support/tpetra_problems.hpp>
#include <support/views.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

using Exec = ExecOf<DefaultDevice>;
using Vectors = trilinos::TpetraVectors<double>;
using Op = trilinos::TpetraOperator<double>;
using LinearProblem = Belos::LinearProblem<double, Vectors, Op>;
using Factory = Belos::SolverFactory<double, Vectors, Op>;

/// The Laplacian on a 20-by-20 grid over a map of any kind, right-hand sides, and an AMG preconditioner.
struct Setting {
  explicit Setting(Numbering numbering, int columns = 1)
      : map(make_map(Comm::world(), 400, numbering)),
        A(make_matrix(map, map, [](Gid g) { return laplacian_row(g, 20); })),
        b(Teuchos::rcp(new Vectors(make_vectors(map, columns)))),
        x(Teuchos::rcp(new Vectors(map, static_cast<std::size_t>(columns)))),
        mine(trilinos::view(*A)) {
    solvers::AmgOptions amg;
    amg.max_coarse_rows = 20;
    amg.min_rows_per_rank = 10;
    amg.precision = solvers::AmgPrecision::same;
    M = std::make_shared<solvers::Amg<double>>(mine, amg);
  }
  Teuchos::RCP<Op const> preconditioner() const {
    return trilinos::to_tpetra<double>(std::shared_ptr<solvers::Operator<double> const>(M), map, map);
  }
  /// The largest ||b - A x|| / ||b||.
  double residual() const {
    Vectors r(*b, Teuchos::Copy);
    A->apply(*x, r, Teuchos::NO_TRANS, -1., 1.);
    double worst = 0;
    for (std::size_t c = 0; c < b->getNumVectors(); ++c)
      worst = std::max(worst, r.getVector(c)->norm2() / b->getVector(c)->norm2());
    return worst;
  }
  MapPtr map;
  Teuchos::RCP<trilinos::TpetraMatrix<double>> A;
  Teuchos::RCP<Vectors> b, x;
  DistributedCsr<double> mine;
  std::shared_ptr<solvers::Amg<double>> M;
};

solvers::KrylovOptions options(double tolerance, int max_iterations) {
  solvers::KrylovOptions o;
  o.tolerance = tolerance;
  o.max_iterations = max_iterations;
  return o;
}

Teuchos::RCP<Teuchos::ParameterList> parameters(double tolerance = 1e-8) {
  auto list = Teuchos::rcp(new Teuchos::ParameterList());
  list->set("Convergence Tolerance", tolerance);
  list->set("Maximum Iterations", 200);
  return list;
}

Numbering const kAll[] = {Numbering::contiguous, Numbering::cyclic, Numbering::descending,
                          Numbering::last_is_empty};

}  // namespace

TEST(BelosWithNacre, CgTakesOurPreconditionerAndAsManyIterationsAsOurs) {
  for (auto const numbering : kAll) {
    Setting const s(numbering);
    auto const problem = Teuchos::rcp(new LinearProblem(s.A, s.x, s.b));
    problem->setRightPrec(s.preconditioner());
    problem->setProblem();
    auto const belos = Factory().create("Pseudoblock CG", parameters());
    belos->setProblem(problem);
    EXPECT_EQ(belos->solve(), Belos::Converged);
    EXPECT_LE(s.residual(), 1.1e-8);

    MultiVector<double> const x("x", s.mine.pattern.num_owned_rows(), 1);
    auto const info = solvers::make_krylov_solver<double>("pcg", options(1e-8, 200))
                          ->solve(Exec(), solvers::MatrixOperator<double>(s.mine), s.M.get(),
                                  trilinos::view(static_cast<Vectors const&>(*s.b)), x);
    EXPECT_TRUE(info.converged());
    EXPECT_NEAR(info.iterations, belos->getNumIters(), 1);
    EXPECT_LE(relative_difference(*trilinos::to_tpetra<double>(s.map, x), *s.x), 1e-6);
  }
}

TEST(NacreInBelos, PcgByNameGivesTheSameSolutionAsBelosCg) {
  trilinos::register_belos_solvers();
  trilinos::register_belos_solvers();  // harmless
  for (auto const numbering : kAll)
    for (bool const left : {false, true}) {
      Setting const s(numbering, 3);
      auto const problem = Teuchos::rcp(new LinearProblem(s.A, s.x, s.b));
      if (left)
        problem->setLeftPrec(s.preconditioner());
      else
        problem->setRightPrec(s.preconditioner());
      problem->setProblem();
      auto const theirs = Factory().create("Pseudoblock CG", parameters());
      theirs->setProblem(problem);
      ASSERT_EQ(theirs->solve(), Belos::Converged);
      Vectors const expected(*s.x, Teuchos::Copy);
      s.x->putScalar(0.);

      auto const ours = Factory().create("nacre pcg", parameters());
      ours->setProblem(problem);
      EXPECT_EQ(ours->solve(), Belos::Converged);

      EXPECT_LE(s.residual(), 1e-8);
      EXPECT_NEAR(ours->achievedTol(), s.residual(), 1e-14) << "not the true residual";
      EXPECT_NEAR(ours->getNumIters(), theirs->getNumIters(), 1);
      EXPECT_LE(relative_difference(*s.x, expected), 1e-6);
      EXPECT_FALSE(ours->isLOADetected());
    }
}

TEST(NacreInBelos, EveryMethodSolvesByName) {
  trilinos::register_belos_solvers();
  for (auto const* name : {"Nacre PCG", "Nacre BiCGStab", "Nacre GMRES", "Nacre MINRES"}) {
    Setting const s(Numbering::contiguous);
    EXPECT_TRUE(Factory().isSupported(name));
    auto const solver = Factory().create(name, parameters(1e-6))->clone();
    solver->setParameters(parameters(1e-6));
    auto const problem = Teuchos::rcp(new LinearProblem(s.A, s.x, s.b));
    problem->setProblem();
    solver->setProblem(problem);
    EXPECT_EQ(solver->solve(), Belos::Converged) << name;
    EXPECT_LE(s.residual(), 1e-6) << name;
  }
}

TEST(NacreInBelos, SaysThatItDidNotConverge) {
  trilinos::register_belos_solvers();
  Setting const s(Numbering::contiguous);
  auto list = parameters(1e-12);
  list->set("Maximum Iterations", 3);
  auto const solver = Factory().create("Nacre PCG", list);
  auto const problem = Teuchos::rcp(new LinearProblem(s.A, s.x, s.b));
  problem->setProblem();
  solver->setProblem(problem);
  EXPECT_EQ(solver->solve(), Belos::Unconverged);
  EXPECT_EQ(solver->getNumIters(), 3);
  EXPECT_NEAR(solver->achievedTol(), s.residual(), 1e-12);
  EXPECT_GT(solver->achievedTol(), 1e-12);
}

TEST(NacreInBelos, PrintsWhatVerbosityAsksFor) {
  trilinos::register_belos_solvers();
  Setting const s(Numbering::contiguous);
  auto const text = Teuchos::rcp(new std::ostringstream());
  auto list = parameters();
  list->set("Verbosity", static_cast<int>(Belos::IterationDetails | Belos::FinalSummary));
  list->set("Output Frequency", 5);
  list->set("Output Stream", Teuchos::rcp_implicit_cast<std::ostream>(text));
  auto const solver = Factory().create("Nacre PCG", list);
  auto const problem = Teuchos::rcp(new LinearProblem(s.A, s.x, s.b));
  problem->setProblem();
  solver->setProblem(problem);
  solver->solve();
  bool const root = Comm::world().rank() == 0;
  EXPECT_EQ(text->str().find("Iter    5: ") != std::string::npos, root) << text->str();
  EXPECT_EQ(text->str().find("Nacre PCG: converged after") != std::string::npos, root);
  EXPECT_EQ(solver->getCurrentParameters()->get<int>("Output Frequency"), 5);
}

TEST(NacreInBelos, RejectsAParameterItDoesNotKnow) {
  trilinos::register_belos_solvers();
  auto list = parameters();
  list->set("Convergence Tolerence", 1e-3);
  try {
    Factory().create("Nacre PCG", list);
    ADD_FAILURE() << "accepted";
  } catch (Error const& e) {
    EXPECT_NE(std::string(e.what()).find("did you mean 'Convergence Tolerance'?"), std::string::npos)
        << e.what();
  }
  list = parameters(-1.);
  EXPECT_THROW(Factory().create("Nacre PCG", list), Error);
}

TEST(NacreInBelos, RejectsTwoPreconditionersAndAProblemThatIsNotSet) {
  trilinos::register_belos_solvers();
  Setting const s(Numbering::contiguous);
  auto const solver = Factory().create("Nacre PCG", parameters());
  EXPECT_THROW(solver->solve(), Error);
  auto const problem = Teuchos::rcp(new LinearProblem(s.A, s.x, s.b));
  solver->setProblem(problem);
  EXPECT_THROW(solver->solve(), Error);
  problem->setLeftPrec(s.preconditioner());
  problem->setRightPrec(s.preconditioner());
  problem->setProblem();
  EXPECT_THROW(solver->solve(), Error);
}

TEST(BelosSolve, SolvesByAnyMethod) {
  auto const p = poisson_2d(Comm::world(), {20, 21});
  auto const n = static_cast<std::size_t>(p.A.pattern.num_owned_rows());
  solvers::Amg<double> const M(p.A);
  MultiVector<double> const b("b", n, 2), x("x", n, 2), r("r", n, 2);
  Kokkos::deep_copy(b, 1.);
  Kokkos::deep_copy(Kokkos::subview(b, Kokkos::ALL(), 1), static_cast<double>(1 + p.A.comm().rank()));
  for (auto const* name : {"Pseudoblock CG", "Block CG", "GMRES", "Pseudoblock GMRES", "Flexible GMRES",
                           "BICGSTAB", "MINRES", "TFQMR", "Nacre PCG"}) {
    Kokkos::deep_copy(x, 0.);
    auto const info = trilinos::belos_solve(name, p.A, &M, b, x, options(1e-8, 200));
    EXPECT_TRUE(info.converged()) << name << ": " << to_string(info.status);
    EXPECT_LE(info.relative_residual, 1e-8) << name;
    EXPECT_GT(info.iterations, 2) << name;
    EXPECT_EQ(info.columns.size(), 2u);
    EXPECT_GE(info.history.size(), 3u) << name << " " << info.iterations;
    EXPECT_LE(info.history.back(), 1e-7) << name;
    residual(Exec(), p.A, b, x, r);
    auto const h = to_host(r);
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += h(i, 1) * h(i, 1);
    EXPECT_LE(p.A.comm().sum(sum), 1e-15 * 420 * 9) << name;
  }
}

TEST(BelosSolve, NeverClaimsConvergenceThatTheResidualDoesNotShow) {
  auto const p = poisson_2d(Comm::world(), {20, 20});
  auto const n = static_cast<std::size_t>(p.A.pattern.num_owned_rows());
  MultiVector<double> const b("b", n, 1), x("x", n, 1);
  Kokkos::deep_copy(b, 1.);
  // LSQR has its own idea of convergence and of printing; hybrid GMRES counts nothing and believes its polynomial
  for (auto const* name : {"LSQR", "Hybrid Block GMRES", "Fixed Point", "GCRODR"}) {
    Kokkos::deep_copy(x, 0.);
    auto const info = trilinos::belos_solve(name, p.A, nullptr, b, x, options(1e-8, 100));
    EXPECT_EQ(info.converged(), info.relative_residual <= 1e-8)
        << name << ": " << to_string(info.status) << ", " << info.relative_residual;
  }
}

TEST(BelosSolve, ReportsTheTrueStatus) {
  auto const p = poisson_2d(Comm::world(), {20, 20});
  auto const n = static_cast<std::size_t>(p.A.pattern.num_owned_rows());
  MultiVector<double> const b("b", n, 1), x("x", n, 1);
  Kokkos::deep_copy(b, 1.);
  EXPECT_EQ(trilinos::belos_solve("Pseudoblock CG", p.A, nullptr, b, x, options(1e-10, 5)).status,
            solvers::Status::max_iterations);

  DistributedCsr<double> const negative{p.A.pattern, Vector<double>("values", p.A.values.extent(0))};
  Kokkos::deep_copy(negative.values, -1.);
  Kokkos::deep_copy(x, 0.);
  EXPECT_EQ(trilinos::belos_solve("Pseudoblock CG", negative, nullptr, b, x).status,
            solvers::Status::indefinite);

  // a zero right-hand side is solved by the zero start
  Kokkos::deep_copy(b, 0.);
  Kokkos::deep_copy(x, 0.);
  auto const info = trilinos::belos_solve("Pseudoblock CG", p.A, nullptr, b, x);
  EXPECT_TRUE(info.converged());
  EXPECT_EQ(info.iterations, 0);
}

TEST(BelosSolve, SolvesNothingAndOneEquation) {
  for (GlobalOrdinal const n : {0, 1}) {
    auto const map = make_map(Comm::world(), n, Numbering::contiguous);
    auto const A = trilinos::view(*make_matrix(map, map, [](Gid g) { return Row{{g, 2.}}; }));
    auto const rows = static_cast<std::size_t>(A.pattern.num_owned_rows());
    MultiVector<double> const b("b", rows, 1), x("x", rows, 1);
    Kokkos::deep_copy(b, 3.);
    for (auto const* name : {"Pseudoblock CG", "GMRES", "Nacre PCG"}) {
      Kokkos::deep_copy(x, 0.);
      auto const info = trilinos::belos_solve(name, A, nullptr, b, x);
      EXPECT_TRUE(info.converged()) << name << ": " << to_string(info.status);
      auto const h = to_host(x);
      for (std::size_t i = 0; i < rows; ++i) EXPECT_NEAR(h(i, 0), 1.5, 1e-8) << name;
    }
  }
}

TEST(BelosSolve, SaysWhatIsNotFinite) {
  auto const A = poisson_1d(Comm::world(), 37).A;
  auto const rows = static_cast<std::size_t>(A.pattern.num_owned_rows());
  MultiVector<double> const b("b", rows, 1), x("x", rows, 1);
  Kokkos::deep_copy(b, std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(trilinos::belos_solve("Pseudoblock CG", A, nullptr, b, x).status, solvers::Status::not_finite);
}

TEST(BelosSolve, SaysWhichMethodWasMeant) {
  auto const p = poisson_1d(Comm::world(), 37);
  auto const n = static_cast<std::size_t>(p.A.pattern.num_owned_rows());
  MultiVector<double> const b("b", n, 1), x("x", n, 1);
  try {
    trilinos::belos_solve("Psuedoblock CG", p.A, nullptr, b, x);
    ADD_FAILURE() << "accepted";
  } catch (Error const& e) {
    EXPECT_NE(std::string(e.what()).find("did you mean 'PSEUDO"), std::string::npos) << e.what();
  }
  EXPECT_THROW(trilinos::belos_solve("GMRES", p.A, nullptr, b, MultiVector<double>("x", n + 1, 1)), Error);
}
