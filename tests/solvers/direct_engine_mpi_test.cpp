#include <nacre/solvers/direct_engine.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include <nacre/autodiff/gradient_check.hpp>
#include <nacre/solvers/solve_op.hpp>

#include "solvers/problems.hpp"
#include "support/message_of.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::Comm;
using nacre::RowPartition;
using nacre::solvers::DirectEngine;
using nacre::solvers::SolveOp;
using nacre::test::message_of;
using Device = nacre::DefaultDevice;
using Vector = nacre::Vector<double>;
nacre::ExecOf<Device> const& exec() {
  static nacre::ExecOf<Device> const instance;
  return instance;
}

TEST(DirectSolve, HasCorrectDerivatives) {
  if (!nacre::solvers::have_direct_solver()) GTEST_SKIP() << "built without KLU";
  Comm const comm = Comm::world();
  auto const rows = RowPartition::even(comm, 64);
  auto const A = nacre::test::poisson<double>(rows, 8, 0.1, 0.7);
  SolveOp<> const op(A.pattern, std::make_shared<DirectEngine<double>>());
  nacre::ad::GradientCheckOptions options;
  options.comm = comm;

  auto const errors =
      nacre::ad::gradient_check(exec(), op, options, A.values, nacre::test::noise_vectors<double>(rows, 3));

  EXPECT_LE(errors.adjoint, 1e-6);
  EXPECT_LE(errors.tangent, 1e-6);
  EXPECT_LE(errors.identity, 1e-12);
  EXPECT_LE(errors.adjoint_tangent, 1e-6);
  EXPECT_TRUE(op.report().all_converged());
}

TEST(DirectSolve, FactorsOnceForSolveAndAdjoint) {
  if (!nacre::solvers::have_direct_solver()) GTEST_SKIP() << "built without KLU";
  auto const rows = RowPartition::even(Comm::world(), 64);
  auto const A = nacre::test::poisson<double>(rows, 8);
  SolveOp<> const op(A.pattern, std::make_shared<DirectEngine<double>>());
  auto const b = nacre::test::noise_vectors<double>(rows, 2), x = nacre::test::vectors<double>(rows, 2),
             b_bar = nacre::test::vectors<double>(rows, 2);
  Vector const values_bar("values_bar", A.values.extent(0));

  for (int repeat = 0; repeat < 3; ++repeat) {
    op.forward(exec(), x, A.values, b);
    op.adjoint(exec(), x, x, A.values, b, values_bar, b_bar);
  }

  EXPECT_EQ(op.report().num_setups, 1);
  EXPECT_LE(op.report().forward.relative_residual, 1e-14);
  EXPECT_LE(op.report().adjoint.relative_residual, 1e-14);
}

TEST(DirectSolve, ChoosesPivotsAnewOnlyWhereTheOldOnesAreBad) {
  if (!nacre::solvers::have_direct_solver()) GTEST_SKIP() << "built without KLU";
  auto const A = nacre::test::from_dense<double, Device>({{4, 1, 1}, {1, 3, 1}, {1, 1, 5}}, 3);
  nacre::DistributedPattern<> const pattern(A.pattern);
  auto const engine = std::make_shared<DirectEngine<double>>();
  SolveOp<> const op(pattern, engine);
  Vector const b("b", 3), x("x", 3);
  Kokkos::deep_copy(b, 1.);

  op.forward(exec(), x, A.values, b);
  EXPECT_EQ(engine->num_pivotings(), 1);
  nacre::scale(exec(), 7., A.values);
  op.forward(exec(), x, A.values, b);
  EXPECT_EQ(engine->num_pivotings(), 1);
  auto const h = Kokkos::create_mirror_view(A.values);
  for (int k : {0, 4, 8}) h(k) = 1e-20;  // a zero diagonal needs other pivots
  Kokkos::deep_copy(A.values, h);
  op.forward(exec(), x, A.values, b);

  EXPECT_EQ(engine->num_pivotings(), 2);
  EXPECT_LE(op.report().forward.relative_residual, 1e-14);
}

TEST(DirectSolve, RefusesSingularMatricesOnAllRanks) {
  if (!nacre::solvers::have_direct_solver()) GTEST_SKIP() << "built without KLU";
  auto const rows = RowPartition::even(Comm::world(), 16);
  auto const A = nacre::test::poisson<double>(rows, 4);
  SolveOp<> const op(A.pattern, std::make_shared<DirectEngine<double>>());
  Vector const zero("zero", A.values.extent(0)), b("b", static_cast<std::size_t>(rows.num_owned())),
      x("x", b.extent(0));

  auto const message = message_of([&] { op.forward(exec(), x, zero, b); });

  EXPECT_NE(message.find("KLU: the matrix is singular: its rank is about"), std::string::npos) << message;
  Kokkos::deep_copy(b, 1.);
  op.forward(exec(), x, A.values, b);  // and recovers
  EXPECT_LE(op.report().forward.relative_residual, 1e-14);
}

TEST(DirectSolve, RefusesAPatternOnWhichNoMatrixIsRegular) {
  if (!nacre::solvers::have_direct_solver()) GTEST_SKIP() << "built without KLU";
  auto const A = nacre::test::from_dense<double, Device>({{1, 1}, {0, 0}}, 2);
  SolveOp<> const op(nacre::DistributedPattern<>(A.pattern), std::make_shared<DirectEngine<double>>());
  Vector const b("b", 2), x("x", 2);

  auto const message = message_of([&] { op.forward(exec(), x, A.values, b); });

  EXPECT_NE(message.find("its structural rank is 1 of 2"), std::string::npos) << message;
}

TEST(DirectSolve, SaysSoWhereThereIsNone) {
  auto const message = message_of([] { DirectEngine<double> engine; });

  EXPECT_EQ(message.find("NACRE_ENABLE_KLU=ON") != std::string::npos, !nacre::solvers::have_direct_solver())
      << message;
}

}  // namespace
