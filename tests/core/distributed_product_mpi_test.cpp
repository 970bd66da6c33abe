#include <nacre/core/triple_product.hpp>

#include <gtest/gtest.h>

#include "support/distributed.hpp"

namespace {

using nacre::RowPartition;
using nacre::test::Dense;
using nacre::test::scattered_matrix;
using nacre::test::to_dense;

void expect_equal(Dense const& found, Dense const& expected) {
  ASSERT_EQ(found.n, expected.n);
  ASSERT_EQ(found.m, expected.m);
  for (std::size_t k = 0; k < found.a.size(); ++k)
    EXPECT_NEAR(found.a[k], expected.a[k], 1e-12) << "entry " << k / found.m << ", " << k % found.m;
}

void check_product(RowPartition const& n, RowPartition const& l, RowPartition const& m) {
  auto const A = scattered_matrix(n, l, 0.2, 1), B = scattered_matrix(l, m, 0.2, 2);
  nacre::ExecOf<nacre::DefaultDevice> const exec;

  nacre::DistributedSpgemm<> const plan(A.pattern, B.pattern);
  nacre::Vector<double> const C("C", plan.pattern().local().num_entries());
  plan.numeric(exec, A.values, B.values, C);

  expect_equal(to_dense<double>({plan.pattern(), C}), to_dense(A) * to_dense(B));
}

void check_triple_product(RowPartition const& fine, RowPartition const& coarse) {
  auto const A = scattered_matrix(fine, fine, 0.2, 3), P = scattered_matrix(fine, coarse, 0.3, 4);
  nacre::ExecOf<nacre::DefaultDevice> const exec;

  nacre::TripleProduct<> const plan(A.pattern, P.pattern);
  nacre::Vector<double> const R("R", P.values.extent(0)), C("C", plan.pattern().local().num_entries());
  for (int repeat = 0; repeat < 2; ++repeat)  // the plan is reusable
    plan.numeric(exec, A.values, P.values, R, C);

  expect_equal(to_dense<double>({plan.pattern(), C}), transpose(to_dense(P)) * (to_dense(A) * to_dense(P)));
}

RowPartition all_on_last(nacre::Comm const& comm, int n) {
  return RowPartition(comm, comm.rank() == comm.size() - 1 ? n : 0);
}

TEST(DistributedSpgemm, MatchesADenseProduct) {
  auto const world = nacre::Comm::world();
  check_product(RowPartition::even(world, 37), RowPartition::even(world, 23), RowPartition::even(world, 29));
  check_product(RowPartition::even(world, 5), RowPartition::even(world, 41), RowPartition::even(world, 2));
}

TEST(DistributedSpgemm, AcceptsRanksWithoutRows) {
  auto const world = nacre::Comm::world();
  check_product(RowPartition::even(world, 17), all_on_last(world, 11), RowPartition::even(world, 2));
  check_product(all_on_last(world, 8), RowPartition::even(world, 9), all_on_last(world, 10));
  check_product(RowPartition::even(world, 0), RowPartition::even(world, 0), RowPartition::even(world, 0));
}

TEST(DistributedSpgemm, RejectsFactorsThatDoNotFit) {
  auto const world = nacre::Comm::world();
  auto const A = scattered_matrix(RowPartition::even(world, 7), RowPartition::even(world, 6), 0.5, 1);

  EXPECT_THROW(nacre::DistributedSpgemm<>(A.pattern, A.pattern), nacre::Error);
}

TEST(TripleProduct, MatchesADenseProduct) {
  auto const world = nacre::Comm::world();
  check_triple_product(RowPartition::even(world, 37), RowPartition::even(world, 11));
  check_triple_product(RowPartition::even(world, 10), RowPartition::even(world, 23));
}

TEST(TripleProduct, GathersTheCoarseRowsOnFewerRanks) {
  auto const world = nacre::Comm::world();
  check_triple_product(RowPartition::even(world, 31), all_on_last(world, 9));
  check_triple_product(all_on_last(world, 12), RowPartition::even(world, 5));
}

}  // namespace
