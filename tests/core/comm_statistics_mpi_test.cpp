#include <gtest/gtest.h>

#include <nacre/core/comm.hpp>
#include <nacre/core/distributed_spmv.hpp>
#include <nacre/core/problems.hpp>

#include "support/distributed.hpp"

namespace nacre {
namespace {

/// What f asks of the network on this rank.
template <class F>
CommStatistics cost(Comm const& comm, F const& f) {
  auto const before = comm.statistics();
  f();
  return comm.statistics() - before;
}

void expect_equal(CommStatistics const& found, CommStatistics const& expected) {
  EXPECT_EQ(found.messages, expected.messages);
  EXPECT_EQ(found.bytes, expected.bytes);
  EXPECT_EQ(found.reductions, expected.reductions);
  EXPECT_EQ(found.reduction_bytes, expected.reduction_bytes);
  EXPECT_EQ(found.collectives, expected.collectives);
  EXPECT_EQ(found.collective_bytes, expected.collective_bytes);
}

/// Of a path of ranks.
int num_neighbors(Comm const& comm) {
  return (comm.rank() > 0 ? 1 : 0) + (comm.rank() + 1 < comm.size() ? 1 : 0);
}

template <class T>
void check_import_along_a_path(int k) {
  auto const world = Comm::world();
  auto const A = poisson_1d<T>(world, 40).A;
  auto const x = test::scattered_vectors<T>(A.pattern.rows(), k, 1);
  MultiVector<T> const y("y", x.extent(0), x.extent(1));
  std::int64_t const neighbors = num_neighbors(world), entry = k * static_cast<std::int64_t>(sizeof(T));

  for (int repeat = 0; repeat < 2; ++repeat)
    expect_equal(cost(world, [&] { spmv(ExecOf<DefaultDevice>(), A, x, y); }),
                 {neighbors, neighbors * entry, 0, 0, 0, 0});
}

TEST(CommStatistics, CountsOneEntryForEachNeighborOfAPath) {
  check_import_along_a_path<double>(1);
  check_import_along_a_path<double>(3);
  check_import_along_a_path<float>(2);
}

TEST(CommStatistics, CountsExportsAsImports) {
  auto const world = Comm::world();
  auto const A = poisson_1d(world, 40).A;
  auto const x = test::scattered_vectors(A.pattern.rows(), 1, 1);
  MultiVector<double> const y("y", x.extent(0), 1);
  std::int64_t const neighbors = num_neighbors(world);

  expect_equal(cost(world, [&] { spmv_transpose(ExecOf<DefaultDevice>(), A, x, y); }),
               {neighbors, 8 * neighbors, 0, 0, 0, 0});
}

TEST(CommStatistics, CountsReductionsAndOtherCollectives) {
  auto const world = Comm::world();
  std::int64_t const any = world.size() > 1 ? 1 : 0;
  double sums[3] = {1, 2, 3};

  expect_equal(cost(world, [&] { world.all_reduce(sums, 3, ReduceOp::sum); }), {0, 0, any, 24 * any, 0, 0});
  expect_equal(cost(world, [&] { world.max(7); }), {0, 0, any, 4 * any, 0, 0});
  expect_equal(cost(world, [&] { world.barrier(); }), {0, 0, 0, 0, any, 0});
  expect_equal(cost(world, [&] { world.sum_before(1); }), {0, 0, 0, 0, any, 8 * any});
  // sizes first, then what was given
  std::vector<float> const mine(static_cast<std::size_t>(world.rank()), 1.f);
  expect_equal(cost(world, [&] { world.all_gather(mine); }),
               {0, 0, 0, 0, 2 * any, any * (8 + 4 * world.rank())});
}

TEST(CommStatistics, CountsParcelsThatHoldSomething) {
  auto const world = Comm::world();
  std::int64_t const any = world.size() > 1 ? 1 : 0;
  int const next = (world.rank() + 1) % world.size();

  expect_equal(cost(world,
                    [&] {
                      world.exchange<int>({{next, {1, 2, 3}}});
                    }),
               {any, 12 * any, 0, 0, any, 8 * world.size() * any});
  expect_equal(cost(world,
                    [&] {
                      world.exchange<int>({{next, {}}});
                    }),
               {0, 0, 0, 0, any, 8 * world.size() * any});
}

TEST(CommStatistics, AreThoseOfCopiesAndParts) {
  auto const world = Comm::world();
  auto const copy = world;
  std::int64_t const any = world.size() > 1 ? 1 : 0;

  auto const found = cost(world, [&] {
    copy.barrier();
    Comm const part = world.split(world.rank() == 0 ? 0 : 1);
    part.sum(1);  // on one rank nothing is sent
  });

  bool const alone = world.size() == 1 || world.rank() == 0 || world.size() == 2;
  expect_equal(found, {0, 0, alone ? 0 : 1, alone ? 0 : 4, 2 * any, 4 * any});
  expect_equal(cost(world, [&] { Comm::world().barrier(); }), {});  // another communicator of the same ranks
}

TEST(CommStatistics, AddAndSubtract) {
  CommStatistics const a{6, 5, 4, 3, 2, 1}, b{10, 20, 30, 40, 50, 60};

  expect_equal(a + b, {16, 25, 34, 43, 52, 61});
  expect_equal(b - a, {4, 15, 26, 37, 48, 59});
}

}  // namespace
}  // namespace nacre
