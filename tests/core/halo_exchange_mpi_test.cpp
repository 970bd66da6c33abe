#include <nacre/core/halo_exchange.hpp>

#include <gtest/gtest.h>

#include <nacre/core/row_halo.hpp>

#include "support/distributed.hpp"

namespace {

using nacre::Comm;
using nacre::GlobalOrdinal;
using nacre::RowPartition;
using Halo = nacre::HaloExchange<>;
using nacre::test::scattered;

/// Rows that this rank does not own and that a hash of (rank, row) chooses.
std::vector<GlobalOrdinal> some_ghosts(RowPartition const& rows) {
  std::vector<GlobalOrdinal> ghosts;
  for (GlobalOrdinal i = 0; i < rows.num_global(); ++i)
    if (!rows.owns(i) && scattered(rows.comm().rank(), i, 3) > 0) ghosts.push_back(i);
  return ghosts;
}

template <class T>
void check_import(RowPartition const& rows, int k) {
  Halo const halo(rows, some_ghosts(rows));
  auto const x = nacre::test::scattered_vectors<T>(rows, k, 1);
  nacre::ExecOf<nacre::DefaultDevice> const exec;
  for (int repeat = 0; repeat < 3; ++repeat) {  // messages are persistent
    auto const ghosts = nacre::test::to_host(halo.import_ghosts(exec, x));

    for (nacre::Ordinal g = 0; g < halo.num_ghosts(); ++g)
      for (int c = 0; c < k; ++c)
        EXPECT_EQ(ghosts(g, c), static_cast<T>(scattered(halo.ghosts()[g], c, 1)))
            << "row " << halo.ghosts()[g];
  }
}

/// <import x, g> = <x, export g>, and exports add to what is there.
void check_adjoint(RowPartition const& rows, int k) {
  auto const& comm = rows.comm();
  Halo const halo(rows, some_ghosts(rows));
  nacre::ExecOf<nacre::DefaultDevice> const exec;
  auto const x = nacre::test::scattered_vectors(rows, k, 1);
  nacre::MultiVector<double> const before = nacre::test::scattered_vectors(rows, k, 2),
                                   x_bar("x_bar", x.extent(0), x.extent(1));
  Kokkos::deep_copy(x_bar, before);
  nacre::RowMajor<double, nacre::HostDevice> const g("g", halo.num_ghosts(), k);
  for (nacre::Ordinal i = 0; i < halo.num_ghosts(); ++i)
    for (int c = 0; c < k; ++c) g(i, c) = scattered(1000 + comm.rank(), i * k + c, 5);

  auto const imported = nacre::test::to_host(halo.import_ghosts(exec, x));
  if (halo.num_ghosts() > 0) Kokkos::deep_copy(halo.export_buffer<double>(k), g);
  halo.start_export<double>(exec, k);
  halo.finish_export(exec, x_bar);

  double const left = comm.size() > 1 ? nacre::test::inner(comm, imported, g) : 0;
  double const right = nacre::test::inner(comm, x, x_bar) - nacre::test::inner(comm, x, before);
  EXPECT_NEAR(left, right, 1e-12);
}

TEST(HaloExchange, ImportsWhatTheOwnersHold) {
  auto const world = Comm::world();
  for (int const n : {0, 1, 37, 1023})
    for (int const k : {1, 3}) {
      check_import<double>(RowPartition::even(world, n), k);
      check_import<float>(RowPartition::even(world, n), k);
    }
}

TEST(HaloExchange, ExportsTheAdjointOfTheImport) {
  auto const world = Comm::world();
  for (int const n : {0, 1, 37, 1023})
    for (int const k : {1, 3}) check_adjoint(RowPartition::even(world, n), k);
}

TEST(HaloExchange, WorksWithRanksThatOwnNothing) {
  auto const world = Comm::world();
  RowPartition const rows(world, world.rank() == 0 ? 0 : 5);
  check_import<double>(rows, 2);
  check_adjoint(rows, 2);
}

TEST(HaloExchange, WorksOnASubCommunicator) {
  auto const world = Comm::world();
  auto const part = world.split(world.rank() % 2);
  check_import<double>(RowPartition::even(part, 40), 1);
  check_adjoint(RowPartition::even(part, 40), 1);
}

TEST(HaloExchange, RejectsGhostsThatAreNotOnesOnEveryRank) {
  auto const world = Comm::world();
  auto const rows = RowPartition::even(world, 6);
  auto const message = [&](std::vector<GlobalOrdinal> const& ghosts) -> std::string {
    try {
      Halo const halo(rows, ghosts);
    } catch (nacre::Error const& e) {
      return e.what();
    }
    return "";
  };

  EXPECT_NE(
      message(world.rank() == 0 ? std::vector<GlobalOrdinal>{rows.begin()} : std::vector<GlobalOrdinal>{})
          .find("is not a row of another rank"),
      std::string::npos);
  if (world.size() > 1) {
    bool const last = world.rank() == world.size() - 1;
    EXPECT_NE(message(last ? std::vector<GlobalOrdinal>{1, 0} : std::vector<GlobalOrdinal>{})
                  .find("ghosts must ascend, but 0 follows 1"),
              std::string::npos);
  }
}

TEST(RowPartition, KnowsTheOwnerOfEveryRow) {
  auto const world = Comm::world();
  for (auto const& rows : {RowPartition::even(world, 37), RowPartition(world, world.rank() == 0 ? 0 : 4)}) {
    GlobalOrdinal seen = 0;
    for (int r = 0; r < world.size(); ++r)
      for (auto i = rows.begin(r); i < rows.begin(r + 1); ++i, ++seen) EXPECT_EQ(rows.owner(i), r);
    EXPECT_EQ(seen, rows.num_global());
  }
}

TEST(RowHalo, FetchesRowsWithTheirValues) {
  auto const world = Comm::world();
  auto const rows = RowPartition::even(world, 37), cols = RowPartition::even(world, 23);
  auto const B = nacre::test::scattered_matrix(rows, cols, 0.3, 9);
  auto const dense = nacre::test::to_dense(B);
  Halo const halo(rows, some_ghosts(rows));

  nacre::RowHalo<> const fetched(B.pattern, halo);
  auto const values = nacre::test::to_host(fetched.values(nacre::ExecOf<nacre::DefaultDevice>(), B.values));

  if (world.size() == 1) return;
  ASSERT_EQ(fetched.row_ptr().size(), static_cast<std::size_t>(halo.num_ghosts()) + 1);
  for (nacre::Ordinal g = 0; g < halo.num_ghosts(); ++g) {
    double sum = 0, expected = 0;
    for (auto k = fetched.row_ptr()[g]; k < fetched.row_ptr()[g + 1]; ++k) {
      EXPECT_EQ(values(k, 0), dense(halo.ghosts()[g], fetched.global_col()[k]));
      sum += std::fabs(values(k, 0));
    }
    for (GlobalOrdinal j = 0; j < 23; ++j) expected += std::fabs(dense(halo.ghosts()[g], j));
    EXPECT_NEAR(sum, expected, 1e-13);
  }
}

}  // namespace
