// What iterations ask of the network.
#include <gtest/gtest.h>

#include <nacre/core/problems.hpp>
#include <nacre/solvers/amg.hpp>
#include <nacre/solvers/jacobi.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/pcg.hpp>

#include "support/distributed.hpp"

namespace {

using nacre::Comm;
using nacre::CommStatistics;
using nacre::solvers::AmgCycle;
using nacre::solvers::AmgOptions;

/// Of a solve that stops after so many iterations.
CommStatistics cost_of_pcg(nacre::DistributedCsr<double> const& A,
                           nacre::solvers::Preconditioner<double> const* M, int iterations) {
  nacre::solvers::KrylovOptions options;
  options.tolerance = 1e-15;
  options.max_iterations = iterations;
  auto const b = nacre::test::scattered_vectors(A.pattern.rows(), 1, 5);
  nacre::MultiVector<double> const x("x", b.extent(0), 1);
  auto const before = A.comm().statistics();
  auto const info =
      nacre::solvers::Pcg<double>(options).solve({}, nacre::solvers::MatrixOperator<double>(A), M, b, x);
  EXPECT_EQ(info.iterations, iterations);
  return A.comm().statistics() - before;
}

/// Of an application of M.
CommStatistics cost_of_apply(nacre::solvers::Preconditioner<double> const& M) {
  auto const n = static_cast<std::size_t>(M.num_local_rows());
  nacre::MultiVector<double> const r("r", n, 1), z("z", n, 1);
  Kokkos::deep_copy(r, 1.);
  auto const before = M.comm().statistics();
  M.apply({}, r, z);
  return M.comm().statistics() - before;
}

TEST(Pcg, ReducesTwiceAnIteration) {
  auto const world = Comm::world();
  auto const A = nacre::poisson_1d(world, 60).A;
  nacre::solvers::Jacobi<double> const M(A);
  std::int64_t const any = world.size() > 1 ? 1 : 0;
  std::int64_t const neighbors = A.pattern.halo().num_neighbors();

  auto const three = cost_of_pcg(A, &M, 6) - cost_of_pcg(A, &M, 3);

  EXPECT_EQ(three.reductions, 2 * 3 * any);
  EXPECT_EQ(three.reduction_bytes, (2 + 3) * 8 * 3 * any);  // r.r, r.z; p.q, q.q, r.q
  EXPECT_EQ(three.collectives, 0);
  EXPECT_EQ(three.messages, 3 * neighbors);  // one product with A
  EXPECT_EQ(three.bytes, 3 * 8 * neighbors);
}

/// A hierarchy of several levels, the last on one rank.
AmgOptions deep(AmgCycle cycle) {
  AmgOptions options;
  options.cycle = cycle;
  options.max_coarse_rows = 10;
  options.min_rows_per_rank = 20;
  options.precision = nacre::solvers::AmgPrecision::same;
  return options;
}

TEST(Amg, NeedsNoCollectiveInACycle) {
  auto const A = nacre::poisson_3d(Comm::world(), {14, 12, 10}).A;
  for (auto const cycle : {AmgCycle::v, AmgCycle::vw, AmgCycle::w}) {
    nacre::solvers::Amg<double> const M(A, deep(cycle));
    ASSERT_EQ(M.summary().levels.back().active_ranks, 1);

    auto const cost = cost_of_apply(M);

    EXPECT_EQ(cost.reductions, 0);
    EXPECT_EQ(cost.collectives, 0);
    EXPECT_EQ(cost.messages > 0, A.comm().size() > 1);
  }
}

TEST(Amg, OfTwoLevelsSendsFourTimesToItsNeighbors) {
  auto const world = Comm::world();
  auto const A = nacre::poisson_1d(world, 90).A;  // 30 aggregates
  auto options = deep(AmgCycle::v);
  options.max_coarse_rows = 50;
  options.min_rows_per_rank = 0;
  options.smoother = nacre::solvers::AmgSmoother::spai0;  // starts from zero without a product
  nacre::solvers::Amg<double> const M(A, options);
  ASSERT_EQ(M.summary().levels.size(), 2u);
  std::int64_t const neighbors = A.pattern.halo().num_neighbors(), any = world.size() > 1 ? 1 : 0;

  auto const cost = cost_of_apply(M);

  // residual, restriction, interpolation, smoothing; one entry each, for P reaches one aggregate beyond the rank
  EXPECT_EQ(cost.messages, 4 * neighbors);
  EXPECT_EQ(cost.bytes, 4 * 8 * neighbors);
  EXPECT_EQ(cost.collectives, 2 * any);  // the last level stays on all ranks: its right-hand side is gathered
}

}  // namespace
