#include <gtest/gtest.h>

#include <limits>

#include <nacre/solvers/krylov.hpp>
#include <solvers/problems.hpp>

using namespace nacre;
using namespace nacre::solvers;
using nacre::test::noise_vectors;
using nacre::test::serial_poisson;
using nacre::test::true_residual;
using nacre::test::vectors;

namespace {
ExecOf<DefaultDevice> const exec{};
}

template <class Scalar>
struct PcgSolve : testing::Test {};
using Scalars = testing::Types<double, float>;
TYPED_TEST_SUITE(PcgSolve, Scalars);

TYPED_TEST(PcgSolve, SolvesPoissonToItsTolerance) {
  auto const A = serial_poisson<TypeParam>(20);
  double const tolerance = std::is_same_v<TypeParam, double> ? 1e-10 : 1e-4;
  auto const b = noise_vectors<TypeParam>(A.pattern.rows(), 1);
  auto const x = vectors<TypeParam>(A.pattern.rows(), 1);

  KrylovOptions options;
  options.tolerance = tolerance;
  auto const info = make_krylov_solver<TypeParam>("pcg", options)->solve(exec, MatrixOperator<TypeParam>(A), nullptr, b, x);

  EXPECT_EQ(info.status, Status::converged);
  EXPECT_LE(true_residual(A, b, x), tolerance);
  EXPECT_NEAR(info.relative_residual, true_residual(A, b, x), 1e-3 * tolerance);
  EXPECT_GT(info.iterations, 10);
  EXPECT_LT(info.iterations, 80);
  EXPECT_EQ(info.history.size(), static_cast<std::size_t>(info.iterations) + 1);
  EXPECT_DOUBLE_EQ(info.history.front(), 1.);
  EXPECT_EQ(info.history.back(), info.relative_residual);
}
