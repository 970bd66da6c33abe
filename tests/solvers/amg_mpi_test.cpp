#include <nacre/solvers/amg.hpp>

#include <gtest/gtest.h>

#include <nacre/core/problems.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/pcg.hpp>

#include "support/distributed.hpp"

namespace {

using nacre::Comm;
using nacre::solvers::Amg;
using nacre::solvers::AmgOptions;
using nacre::solvers::AmgPrecision;
using nacre::solvers::AmgSmoother;

constexpr bool kHasGaussSeidel = nacre::kSerial<nacre::DefaultDevice>;

std::vector<AmgSmoother> smoothers() {
  std::vector<AmgSmoother> s{AmgSmoother::automatic, AmgSmoother::jacobi, AmgSmoother::chebyshev,
                             AmgSmoother::spai0};
  if (kHasGaussSeidel) s.push_back(AmgSmoother::gauss_seidel);
  return s;
}

/// Small enough for a test, with several levels all the same.
AmgOptions small(AmgSmoother smoother = AmgSmoother::automatic) {
  AmgOptions options;
  options.smoother = smoother;
  options.max_coarse_rows = 20;
  options.min_rows_per_rank = 30;
  options.precision = AmgPrecision::same;
  return options;
}

nacre::solvers::SolveInfo solve(nacre::DistributedCsr<double> const& A, Amg<double> const& M, int k = 1) {
  nacre::solvers::MatrixOperator<double> const op(A);
  auto const b = nacre::test::scattered_vectors(A.pattern.rows(), k, 5);
  nacre::MultiVector<double> const x("x", b.extent(0), b.extent(1));
  return nacre::solvers::Pcg<double>().solve({}, op, &M, b, x);
}

std::string message_of(nacre::DistributedCsr<double> const& A, AmgOptions const& options = {}) {
  try {
    Amg<double> const M(A, options);
  } catch (nacre::Error const& e) {
    return e.what();
  }
  return "";
}

TEST(Amg, IsSymmetricForASymmetricMatrix) {
  auto const world = Comm::world();
  auto const A = nacre::poisson_3d<double>(world, {11, 9, 8}).A;
  auto const x = nacre::test::scattered_vectors(A.pattern.rows(), 2, 1),
             y = nacre::test::scattered_vectors(A.pattern.rows(), 2, 2);
  nacre::MultiVector<double> const Mx("Mx", x.extent(0), 2), My("My", x.extent(0), 2);
  for (auto const smoother : smoothers())
    for (auto const cycle :
         {nacre::solvers::AmgCycle::v, nacre::solvers::AmgCycle::vw, nacre::solvers::AmgCycle::w}) {
      auto options = small(smoother);
      options.cycle = cycle;
      Amg<double> const M(A, options);
      ASSERT_GT(M.summary().levels.size(), 2u);

      M.apply({}, x, Mx);
      M.apply({}, y, My);

      double const xMy = nacre::test::inner(world, x, My);
      EXPECT_NEAR(nacre::test::inner(world, Mx, y), xMy, 1e-11 * std::fabs(xMy)) << M.description();
      EXPECT_GT(nacre::test::inner(world, x, Mx), 0) << M.description();
    }
}

TEST(Amg, TreatsManyRightHandSidesAsItTreatsOne) {
  auto const world = Comm::world();
  auto const elastic = nacre::elasticity<double>(world, {4, 4, 5});
  auto const plain = nacre::poisson_3d<double>(world, {11, 9, 8});
  for (auto const* const problem : {&plain, &elastic})
    for (auto const precision : {AmgPrecision::same, AmgPrecision::single}) {
      auto options = small();
      options.precision = precision;
      options.block_size = problem->block_size;
      Amg<double> const M(problem->A, problem->near_nullspace, options);
      auto const b = nacre::test::scattered_vectors(problem->A.pattern.rows(), 11, 3);  // eight and three
      nacre::MultiVector<double> const x("x", b.extent(0), 11), one("one", b.extent(0), 1);

      M.apply({}, b, x);

      double const tolerance = precision == AmgPrecision::same ? 1e-11 : 2e-4;
      for (std::size_t c = 0; c < 11; ++c) {
        M.apply({}, Kokkos::subview(b, Kokkos::ALL(), std::make_pair(c, c + 1)), one);
        for (std::size_t i = 0; i < b.extent(0); ++i)
          EXPECT_NEAR(x(i, c), one(i, 0), tolerance * (1 + std::fabs(one(i, 0)))) << M.description();
      }
    }
}

TEST(Amg, AppliesItsOwnTranspose) {
  auto const world = Comm::world();
  auto const A = nacre::convection_diffusion<double>(world, {14, 9, 8}).A;
  auto const x = nacre::test::scattered_vectors(A.pattern.rows(), 2, 1),
             y = nacre::test::scattered_vectors(A.pattern.rows(), 2, 2);
  nacre::MultiVector<double> const Mx("Mx", x.extent(0), 2), Mty("Mty", x.extent(0), 2);
  for (auto const smoother : smoothers())
    for (int const sweeps : {1, 2}) {
      auto options = small(smoother);
      options.sweeps = sweeps;
      Amg<double> const M(A, options);

      M.apply({}, x, Mx);
      M.apply_transpose({}, y, Mty);

      double const xMty = nacre::test::inner(world, x, Mty);
      EXPECT_NEAR(nacre::test::inner(world, Mx, y), xMty, 1e-11 * std::fabs(xMty)) << M.description();
    }
}

TEST(Amg, UpdateEqualsASetUpFromScratch) {
  auto const world = Comm::world();
  auto const A = nacre::poisson_3d<double>(world, {11, 9, 8}).A;
  nacre::DistributedCsr<double> const B{A.pattern, nacre::Vector<double>("B", A.values.extent(0))};
  auto const h = nacre::test::to_host(A.values);
  for (std::size_t k = 0; k < h.extent(0); ++k)
    h(k) *= 4;  // exactly, so that coarse couplings stay as strong as they were
  Kokkos::deep_copy(B.values, h);
  auto const x = nacre::test::scattered_vectors(A.pattern.rows(), 1, 1);
  nacre::MultiVector<double> const updated("updated", x.extent(0), 1), fresh("fresh", x.extent(0), 1);
  for (auto const smoother : smoothers())
    for (auto const precision : {AmgPrecision::same, AmgPrecision::single}) {
      auto options = small(smoother);
      options.precision = precision;
      Amg<double> M(A, options);

      M.update(B);
      M.apply({}, x, updated);
      Amg<double>(B, options).apply({}, x, fresh);

      auto const u = nacre::test::to_host(updated), f = nacre::test::to_host(fresh);
      for (std::size_t i = 0; i < u.extent(0); ++i)
        EXPECT_EQ(u(i, 0), f(i, 0)) << "row " << i << ", " << M.description();
    }
}

TEST(Amg, MakesPcgConvergeInFewIterationsOnAnyNumberOfRanks) {
  auto const world = Comm::world();
  auto const problem = nacre::poisson_3d<double>(world, {24, 20, 18});
  for (auto const precision : {AmgPrecision::same, AmgPrecision::single}) {
    AmgOptions options;
    options.precision = precision;
    auto const distributed = solve(problem.A, Amg<double>(problem.A, options));
    auto const alone = nacre::poisson_3d<double>(Comm::self(), {24, 20, 18});
    auto const serial = solve(alone.A, Amg<double>(alone.A, options));

    EXPECT_TRUE(distributed.converged());
    EXPECT_LE(distributed.relative_residual, 1e-8);
    EXPECT_LE(distributed.iterations, 16);
    EXPECT_LE(std::abs(distributed.iterations - serial.iterations), 3);
  }
}

TEST(Amg, FewIterationsForStrongAnisotropy) {
  auto const A = nacre::poisson_3d<double>(Comm::world(), {20, 20, 20}, {{1, 1, 0.001}}).A;

  auto const info = solve(A, Amg<double>(A));

  EXPECT_TRUE(info.converged());
  EXPECT_LE(info.iterations, 16);
}

TEST(Amg, GathersSmallLevelsOntoFewerRanks) {
  auto const world = Comm::world();
  auto const A = nacre::poisson_3d<double>(world, {16, 16, 16}).A;
  auto options = small();
  options.min_rows_per_rank = 100000;

  Amg<double> const M(A, options);

  EXPECT_EQ(M.summary().levels[0].active_ranks, world.size());
  EXPECT_EQ(M.summary().levels[1].active_ranks, 1);
  EXPECT_TRUE(solve(A, M).converged());
}

TEST(Amg, SolvesASingularSystemWithAConsistentRightHandSide) {
  auto const world = Comm::world();
  auto const rows = nacre::RowPartition::even(world, 60);  // the path graph: constants are the nullspace
  auto const A = nacre::test::from_function(rows, rows, [](auto i, auto j) {
    if (i == j) return i == 0 || i == 59 ? 1. : 2.;
    return std::abs(i - j) == 1 ? -1. : 0.;
  });
  nacre::solvers::MatrixOperator<double> const op(A);
  auto const y = nacre::test::scattered_vectors(rows, 1, 3);
  nacre::MultiVector<double> const b("b", y.extent(0), 1), x("x", y.extent(0), 1);
  op.apply({}, y, b);
  Amg<double> const M(A, small());

  auto const info = nacre::solvers::Pcg<double>().solve({}, op, &M, b, x);

  EXPECT_TRUE(info.converged()) << to_string(info.status);
}

TEST(Amg, AcceptsEmptyDiagonalAndTinyMatrices) {
  auto const world = Comm::world();
  for (int const n : {0, 1, 2, 50}) {
    auto const rows = nacre::RowPartition::even(world, n);
    auto const A = nacre::test::from_function(
        rows, rows, [](auto i, auto j) { return i == j ? 2. + static_cast<double>(i) : 0.; });

    auto const info = solve(A, Amg<double>(A, small()));

    EXPECT_TRUE(info.converged()) << n << " rows: " << to_string(info.status);
  }
}

TEST(Amg, SolvesSeveralRightHandSidesAtOnce) {
  auto const A = nacre::poisson_2d<double>(Comm::world(), {30, 30, 1}).A;
  Amg<double> const M(A);

  auto const info = solve(A, M, 5);

  EXPECT_EQ(info.columns.size(), 5u);
  EXPECT_TRUE(info.converged());
}

TEST(Amg, RejectsAZeroDiagonalOnEveryRank) {
  auto const rows = nacre::RowPartition::even(Comm::world(), 9);
  auto const A = nacre::test::from_function(
      rows, rows, [](auto i, auto j) { return i == j ? (i == 7 ? 0. : 1.) : 0.25; });

  EXPECT_NE(message_of(A).find("row 7 has a zero, infinite or missing diagonal"), std::string::npos)
      << message_of(A);
}

TEST(Amg, RejectsWhatDoesNotFit) {
  auto const world = Comm::world();
  auto const A = nacre::test::scattered_matrix(nacre::RowPartition::even(world, 6),
                                               nacre::RowPartition::even(world, 5), 0.5, 1);
  EXPECT_NE(message_of(A).find("must be square"), std::string::npos) << message_of(A);

  auto const B = nacre::poisson_2d<double>(world, {5, 5, 1}).A;
  AmgOptions options;
  options.max_levels = 0;
  EXPECT_NE(message_of(B, options).find("max_levels = 0, expected a positive number"), std::string::npos)
      << message_of(B, options);
  auto const C = nacre::poisson_2d<double>(world, {5, 4, 1}).A;
  Amg<double> M(B);
  EXPECT_THROW(M.update(C), nacre::Error);
}

}  // namespace
