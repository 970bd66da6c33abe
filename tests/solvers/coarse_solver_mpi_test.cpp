// The direct solve on the coarsest level, wherever its rows are.
#include <gtest/gtest.h>

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/solvers/detail/coarse_solver_impl.hpp>

#include "support/distributed.hpp"

namespace {

using nacre::Comm;
using nacre::RowPartition;
using Solver = nacre::solvers::detail::CoarseSolver<double, nacre::DefaultDevice>;

constexpr int kRows = 30;

/// Not symmetric, dominated by its diagonal.
nacre::DistributedCsr<double> matrix(RowPartition const& rows, double diagonal) {
  return nacre::test::from_function(rows, rows, [=](auto i, auto j) {
    return i == j ? diagonal : std::abs(i - j) < 4 ? nacre::test::scattered(i, j, 3) : 0.;
  });
}

std::vector<RowPartition> partitions() {
  auto const world = Comm::world();
  int const last = world.size() - 1;
  return {RowPartition::even(world, kRows), RowPartition(world, world.rank() == 0 ? kRows : 0),
          RowPartition(world, world.rank() == last ? kRows : 0),
          RowPartition(world, world.rank() == last ? kRows - (last > 0 ? 9 : 0)
                              : world.rank() == 0  ? 9
                                                   : 0)};
}

/// |b - A x| or |b - A^T x|, the largest entry over all ranks.
double residual(nacre::DistributedCsr<double> const& A, nacre::MultiVector<double> const& b,
                nacre::MultiVector<double> const& x, bool transposed) {
  nacre::MultiVector<double> const r("r", b.extent(0), b.extent(1));
  nacre::ExecOf<nacre::DefaultDevice> const exec;
  if (transposed)
    nacre::residual_transpose(exec, A, b, x, r);
  else
    nacre::residual(exec, A, b, x, r);
  auto const h = nacre::test::to_host(r);
  double largest = 0;
  for (std::size_t i = 0; i < h.extent(0); ++i)
    for (std::size_t c = 0; c < h.extent(1); ++c) largest = std::max(largest, std::fabs(h(i, c)));
  return A.comm().max(largest);
}

TEST(CoarseSolver, SolvesWhoeverOwnsTheRows) {
  for (auto const& rows : partitions()) {
    auto const A = matrix(rows, 9);
    Solver solver;
    solver.numeric({}, A);
    auto const b = nacre::test::scattered_vectors(rows, 2, 1);
    nacre::MultiVector<double> const x("x", b.extent(0), 2);
    for (bool const transposed : {false, true}) {
      solver.apply({}, b, x, transposed);

      EXPECT_LT(residual(A, b, x, transposed), 1e-13) << rows.begin(1) << " rows on rank 0";
    }
    EXPECT_FALSE(solver.is_singular());
  }
}

TEST(CoarseSolver, TakesOtherValuesAndOtherPartitions) {
  Solver solver;
  for (auto const& rows : partitions())
    for (double const diagonal : {9., 12.}) {
      auto const A = matrix(rows, diagonal);
      solver.numeric({}, A);
      auto const b = nacre::test::scattered_vectors(rows, 1, 1);
      nacre::MultiVector<double> const x("x", b.extent(0), 1);
      solver.apply({}, b, x, false);

      EXPECT_LT(residual(A, b, x, false), 1e-13) << rows.begin(1) << " rows on rank 0, " << diagonal;
    }
}

TEST(CoarseSolver, LeavesRanksWithoutRowsAlone) {
  auto const world = Comm::world();
  for (auto const& rows : partitions()) {
    auto const A = matrix(rows, 9);
    Solver solver;
    solver.numeric({}, A);
    auto const b = nacre::test::scattered_vectors(rows, 1, 1);
    nacre::MultiVector<double> const x("x", b.extent(0), 1);
    int const owners = world.sum(rows.num_owned() > 0 ? 1 : 0);
    auto const before = rows.comm().statistics();

    solver.apply({}, b, x, false);

    auto const cost = rows.comm().statistics() - before;
    EXPECT_EQ(cost.messages, 0);
    EXPECT_EQ(cost.reductions, 0);
    EXPECT_EQ(cost.collectives > 0, owners > 1 && rows.num_owned() > 0);
  }
}

TEST(CoarseSolver, TellsEveryRankThatAMatrixIsSingular) {
  for (auto const& rows : partitions()) {
    auto const path = nacre::test::from_function(rows, rows, [](auto i, auto j) {  // kernel: constants
      if (i == j) return i == 0 || i == kRows - 1 ? 1. : 2.;
      return std::abs(i - j) == 1 ? -1. : 0.;
    });
    Solver solver;

    solver.numeric({}, path);

    EXPECT_TRUE(solver.is_singular());
  }
}

}  // namespace
