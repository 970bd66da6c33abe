#include <nacre/core/comm_ops.hpp>

#include <gtest/gtest.h>

#include <nacre/core/distributed_spmv_op.hpp>

#include "support/distributed_derivatives.hpp"
#include "support/message_of.hpp"

namespace {

using nacre::Comm;
using nacre::RowPartition;
using nacre::test::DistributedCheck;
using nacre::test::Spread;
using Vector = nacre::Vector<double>;
using Columns = nacre::MultiVector<double>;
using Rows = nacre::RowMajor<double>;

/// N rows of which rank 0 has none where there are others.
RowPartition first_rank_without_rows(Comm const& comm, int n) {
  int const others = comm.size() - 1;
  if (others == 0) return RowPartition(comm, n);
  int const r = comm.rank() - 1;
  return RowPartition(comm, r < 0 ? 0 : n / others + (r < n % others ? 1 : 0));
}

Vector column(Columns const& x) {
  Vector v("v", x.extent(0));
  Kokkos::deep_copy(v, Kokkos::subview(x, Kokkos::ALL(), 0));
  return v;
}
Rows by_rows(Columns const& x) {
  Rows v("v", x.extent(0), x.extent(1));
  Kokkos::deep_copy(v, x);
  return v;
}

/// Random numbers that are the same on every rank.
Vector replicated(std::size_t n, unsigned seed) {
  return nacre::test::random_vector<double, nacre::DefaultDevice>("p", n, seed);
}

TEST(SumOverRanks, AddsUpAndHandsCopiesBack) {
  Comm const comm = Comm::world();
  Vector const x("x", 3);
  Kokkos::deep_copy(x, 1. + comm.rank());
  DistributedCheck<nacre::SumOverRanksOp, Vector> const check(comm, nacre::SumOverRanksOp(comm),
                                                              {Spread::owned}, Spread::replicated, x);

  auto const y = nacre::test::to_host(check.forward());

  EXPECT_EQ(y(2), comm.size() * (comm.size() + 1) / 2.);
  check.run();
}

TEST(SumOverRanks, WorksOnMatricesAndFloats) {
  Comm const comm = Comm::world();
  nacre::RowMajor<float> const x("x", 4, 3), y("y", 4, 3);
  Kokkos::deep_copy(x, 2.f);

  nacre::SumOverRanksOp(comm).forward(nacre::ExecOf<nacre::DefaultDevice>(), y, x);

  EXPECT_EQ(nacre::test::to_host(y)(3, 2), 2.f * static_cast<float>(comm.size()));
}

TEST(Replicate, CopiesAndAddsUpCotangents) {
  Comm const comm = Comm::world();
  // differences of one rank's copy alone would not be those of a replicated input
  DistributedCheck<nacre::ReplicateOp<>, Vector> const check(
      comm, nacre::ReplicateOp<>(comm), {Spread::replicated}, Spread::owned, replicated(5, 1));

  check.run();
}

TEST(ImportGhosts, MatchesDifferences) {
  Comm const comm = Comm::world();
  for (auto const& rows : {RowPartition::even(comm, 23), first_rank_without_rows(comm, 23)}) {
    auto const A = nacre::test::scattered_matrix(rows, rows, 0.2, 5);
    nacre::ImportGhostsOp<> const op(A.pattern.halo());
    auto const x = nacre::test::scattered_vectors(rows, 3, 1);
    using std::array;

    DistributedCheck<nacre::ImportGhostsOp<>, Vector>(comm, op, {Spread::owned}, Spread::owned, column(x))
        .run();
    DistributedCheck<nacre::ImportGhostsOp<>, Columns>(comm, op, {Spread::owned}, Spread::owned, x).run();
    DistributedCheck<nacre::ImportGhostsOp<>, Rows>(comm, op, {Spread::owned}, Spread::owned, by_rows(x))
        .run();
  }
}

TEST(ImportGhosts, PutsGhostsAfterOwnedEntries) {
  Comm const comm = Comm::world();
  auto const rows = RowPartition::even(comm, 23);
  auto const A = nacre::test::scattered_matrix(rows, rows, 0.2, 5);
  nacre::ImportGhostsOp<> const op(A.pattern.halo());
  Vector const x = column(nacre::test::scattered_vectors(rows, 1, 1));
  Vector const y("y", op.output_extents(x)[0]);

  op.forward(nacre::ExecOf<nacre::DefaultDevice>(), y, x);

  auto const h = nacre::test::to_host(y);
  for (nacre::Ordinal j = 0; j < A.pattern.local().num_cols(); ++j)
    EXPECT_EQ(h(j), nacre::test::scattered(A.pattern.global_col(j), 0, 1)) << "column " << j;
}

TEST(ImportGhosts, RejectsAShortX) {
  nacre::ImportGhostsOp<> const op(nacre::HaloExchange<>(RowPartition(Comm::self(), 4), {}));
  Vector const x("x", 3), y("y", 4);

  EXPECT_EQ(nacre::test::message_of([&] { op.forward(nacre::ExecOf<nacre::DefaultDevice>(), y, x); }),
            "nacre::import_ghosts: view 'x' has extent(0) = 3 but the number of owned entries is 4");
}

TEST(DistributedSpmv, MatchesDifferences) {
  Comm const comm = Comm::world();
  for (auto const& rows : {RowPartition::even(comm, 31), first_rank_without_rows(comm, 31)})
    for (auto const& cols : {RowPartition::even(comm, 17), first_rank_without_rows(comm, 17)}) {
      auto const A = nacre::test::scattered_matrix(rows, cols, 0.2, 5);
      nacre::DistributedSpmvOp<> const op(A.pattern);
      auto const x = nacre::test::scattered_vectors(cols, 3, 1);
      using Op = nacre::DistributedSpmvOp<>;

      DistributedCheck<Op, Vector, Vector>(comm, op, {Spread::owned, Spread::owned}, Spread::owned, A.values,
                                           column(x))
          .run();
      DistributedCheck<Op, Vector, Columns>(comm, op, {Spread::owned, Spread::owned}, Spread::owned, A.values,
                                            x)
          .run();
      DistributedCheck<Op, Vector, Rows>(comm, op, {Spread::owned, Spread::owned}, Spread::owned, A.values,
                                         by_rows(x))
          .run();
    }
}

/// The gradients that all ranks have together are those of one rank that has everything.
TEST(DistributedSpmv, GradientsDoNotDependOnTheNumberOfRanks) {
  Comm const comm = Comm::world();
  auto const gradients = [](RowPartition const& rows) {
    auto const A = nacre::test::scattered_matrix(rows, rows, 0.2, 5);
    nacre::ExecOf<nacre::DefaultDevice> const exec;
    nacre::DistributedSpmvOp<> const op(A.pattern);
    auto const x = column(nacre::test::scattered_vectors(rows, 1, 1));
    auto const y_bar = column(nacre::test::scattered_vectors(rows, 1, 2));
    Vector const values_bar("values_bar", A.values.extent(0)), x_bar("x_bar", x.extent(0));
    op.adjoint(exec, y_bar, y_bar, A.values, x, values_bar, x_bar);
    auto const dense = nacre::test::to_dense(nacre::DistributedCsr<double>{A.pattern, values_bar});
    auto all = nacre::test::gather_column(rows.comm(), nacre::as_columns(x_bar));
    all.insert(all.end(), dense.a.begin(), dense.a.end());
    return all;
  };

  auto const spread = gradients(RowPartition::even(comm, 29));
  auto const alone = gradients(RowPartition::even(Comm::self(), 29));

  ASSERT_EQ(spread.size(), alone.size());
  for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_NEAR(spread[i], alone[i], 1e-13) << "number " << i;
}

}  // namespace
