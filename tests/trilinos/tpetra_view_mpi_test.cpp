#include <gtest/gtest.h>

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/trilinos/tpetra_compat.hpp>
#include <nacre/trilinos/tpetra_view.hpp>
#include <support/tpetra_problems.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

using Exec = ExecOf<DefaultDevice>;
constexpr Gid kSize = 37;
Numbering const kAll[] = {Numbering::contiguous, Numbering::cyclic, Numbering::descending,
                          Numbering::last_is_empty};

/// The largest |A x - y| and |A^T x - y| with y from Tpetra, by the view's product.
void expect_same_products(trilinos::TpetraMatrix<double> const& A, DistributedCsr<double> const& mine) {
  auto const x = make_vectors(A.getDomainMap(), 3), z = make_vectors(A.getRangeMap(), 3);
  trilinos::TpetraVectors<double> expected(A.getRangeMap(), 3), actual(A.getRangeMap(), 3);
  trilinos::TpetraVectors<double> expected_t(A.getDomainMap(), 3), actual_t(A.getDomainMap(), 3);
  A.apply(x, expected);
  A.apply(z, expected_t, Teuchos::TRANS);
  spmv(Exec(), mine, trilinos::view(x), trilinos::view(actual));
  spmv_transpose(Exec(), mine, trilinos::view(z), trilinos::view(actual_t));
  EXPECT_LE(relative_difference(actual, expected), 1e-14);
  EXPECT_LE(relative_difference(actual_t, expected_t), 1e-14);
}

}  // namespace

TEST(TpetraView, SharesTheNumbersOfAFillCompleteMatrix) {
  Comm const comm = Comm::world();
  for (auto const numbering : {Numbering::contiguous, Numbering::last_is_empty}) {
    auto const map = make_map(comm, kSize, numbering);
    auto const A = make_matrix(map, map, [](Gid g) { return unsymmetric_row(g, kSize); });
    trilinos::Sharing sharing;

    auto const mine = trilinos::view(*A, trilinos::WhenLayoutDiffers::fail, &sharing);

    auto const local = trilinos::compat::local_matrix(*A);
    EXPECT_TRUE(sharing.values && sharing.columns) << sharing.difference;
    EXPECT_EQ(mine.values.data(), local.values.data());
    EXPECT_EQ(mine.pattern.local().col().data(), local.graph.entries.data());
    EXPECT_EQ(sharing.row_ptr, (std::is_same_v<Offset, std::size_t>));
    EXPECT_EQ(mine.pattern.rows().num_global(), kSize);
    EXPECT_EQ(static_cast<std::size_t>(mine.pattern.num_global_entries()), A->getGlobalNumEntries());
  }
}

TEST(TpetraView, HasTheProductsOfTheMatrix) {
  Comm const comm = Comm::world();
  for (Gid const n : {0, 1, 2, 37, 1023})
    for (auto const numbering : kAll) {
      auto const map = make_map(comm, n, numbering);
      auto const A = make_matrix(map, map, [n](Gid g) { return unsymmetric_row(g, n); });
      expect_same_products(*A, trilinos::view(*A));
    }
}

TEST(TpetraView, OfAMatrixThatIsNotSquareHasItsProducts) {
  Comm const comm = Comm::world();
  for (auto const rows : kAll)
    for (auto const columns : kAll) {
      auto const row_map = make_map(comm, kSize, rows), domain = make_map(comm, 11, columns);
      auto const A = make_matrix(row_map, domain, [](Gid g) {
        return g % 5 == 0 ? Row{} : Row{{g % 11, 1. + static_cast<double>(g)}, {(3 * g + 1) % 11, -2.}};
      });
      expect_same_products(*A, trilinos::view(*A));
    }
}

TEST(TpetraView, FollowsNewValuesOfASharedMatrix) {
  auto const map = make_map(Comm::world(), kSize, Numbering::contiguous);
  auto const A = make_matrix(map, map, [](Gid g) { return unsymmetric_row(g, kSize); });
  auto const mine = trilinos::view(*A);
  A->resumeFill();
  A->scale(3.);
  A->fillComplete(map, map);
  expect_same_products(*A, mine);
}

TEST(TpetraView, SaysWhyColumnsHadToBeCopied) {
  Comm const comm = Comm::world();
  // each rank's elements are numbered downwards, so Tpetra's ghosts, sorted by global number, descend for us;
  // and column 0 is used by no row, so Tpetra's column map leaves it out
  auto const map = make_map(comm, kSize, Numbering::descending);
  auto const A = make_matrix(map, map, [](Gid g) { return g == 0 ? Row{} : Row{{g, 1.}, {kSize - g, 2.}}; });
  trilinos::Sharing sharing;

  auto const mine = trilinos::view(*A, trilinos::WhenLayoutDiffers::copy, &sharing);

  expect_same_products(*A, mine);
  auto const local = trilinos::compat::local_matrix(*A);
  EXPECT_EQ(sharing.values, local.values.data() == mine.values.data());
  EXPECT_EQ(sharing.values, sharing.difference.empty());
  // on one rank the missing column is the last one, so nothing needs to move
  EXPECT_EQ(comm.max(sharing.difference.empty() ? 0 : 1), comm.size() > 1 ? 1 : 0);
  if (comm.size() > 1) {
    try {
      trilinos::view(*A, trilinos::WhenLayoutDiffers::fail);
      ADD_FAILURE() << "accepted a matrix it cannot share";
    } catch (Error const& e) {
      EXPECT_NE(std::string(e.what()).find("of the column map"), std::string::npos) << e.what();
    }
  }
}

TEST(TpetraView, RejectsAMatrixThatIsNotFillComplete) {
  auto const map = make_map(Comm::world(), kSize, Numbering::contiguous);
  trilinos::TpetraMatrix<double> const A(map, 3);
  try {
    trilinos::view(A);
    ADD_FAILURE() << "accepted";
  } catch (Error const& e) {
    EXPECT_NE(std::string(e.what()).find("fillComplete()"), std::string::npos) << e.what();
  }
}

TEST(TpetraView, SharesTheNumbersOfVectors) {
  auto const map = make_map(Comm::world(), kSize, Numbering::cyclic);
  auto x = make_vectors(map, 4);

  MultiVector<double> const all = trilinos::view(x);
  auto const middle = x.subViewNonConst(Teuchos::Range1D(1, 2));
  MultiVector<double> const two = trilinos::view(*middle);

  EXPECT_EQ(all.extent(0), trilinos::compat::num_local_elements(*map));
  EXPECT_EQ(two.extent(1), 2u);
  if (all.extent(0) > 0) {
    EXPECT_EQ(all.data(), x.getLocalViewDevice(Tpetra::Access::ReadOnly).data());
    EXPECT_EQ(two.data(), &all(0, 1));
    EXPECT_EQ(&two(0, 1), &all(0, 2));
  }
  Teuchos::Array<std::size_t> const scattered = Teuchos::tuple<std::size_t>(0, 3);
  auto const first_and_last = x.subView(scattered());
  EXPECT_THROW(trilinos::view(*first_and_last), Error);
}

TEST(ToTpetra, SharesTheNumbersOfAMatrixAndKeepsThem) {
  Comm const comm = Comm::world();
  for (auto const numbering : {Numbering::contiguous, Numbering::last_is_empty}) {
    auto const map = make_map(comm, kSize, numbering);
    auto const original = make_matrix(map, map, [](Gid g) { return unsymmetric_row(g, kSize); });
    Teuchos::RCP<trilinos::TpetraMatrix<double>> A;
    {
      // a copy, so that nothing but A keeps the numbers alive
      auto const theirs = trilinos::view(*original);
      auto const& local = theirs.pattern.local();
      Vector<Ordinal> const col("col", local.num_entries());
      Vector<double> const values("values", local.num_entries());
      Kokkos::deep_copy(col, local.col());
      Kokkos::deep_copy(values, theirs.values);
      DistributedCsr<double> const mine{
          {theirs.pattern.rows(), CsrPattern<>(local.num_rows(), local.num_cols(), local.row_ptr(), col),
           theirs.pattern.halo()},
          values};

      A = trilinos::to_tpetra(mine);

      auto const seen = trilinos::compat::local_matrix(*A);
      EXPECT_EQ(seen.values.data(), values.data());
      EXPECT_EQ(seen.graph.entries.data(), col.data());
    }
    expect_same_products(*A, trilinos::view(*original));
    trilinos::Sharing sharing;
    expect_same_products(*original, trilinos::view(*A, trilinos::WhenLayoutDiffers::fail, &sharing));
    EXPECT_TRUE(sharing.columns);
  }
}

TEST(ToTpetra, SharesTheNumbersOfVectors) {
  Comm const comm = Comm::world();
  auto const map = make_map(comm, kSize, Numbering::contiguous);
  auto const n = trilinos::compat::num_local_elements(*map);
  MultiVector<double> const x("x", n, 3);
  auto const part = Kokkos::subview(x, Kokkos::ALL(), std::make_pair(1, 3));

  auto const all = trilinos::to_tpetra<double>(map, x);
  auto const two = trilinos::to_tpetra<double>(map, MultiVector<double const>(part));

  all->putScalar(2.);
  EXPECT_EQ(two->getNumVectors(), 2u);
  if (n > 0) {
    EXPECT_EQ(x(n - 1, 2), 2.);
    EXPECT_EQ(two->getLocalViewDevice(Tpetra::Access::ReadOnly).data(), &x(0, 1));
    EXPECT_EQ(&two->getLocalViewDevice(Tpetra::Access::ReadOnly)(0, 1), &x(0, 2));
  }
  EXPECT_THROW(trilinos::to_tpetra<double>(map, MultiVector<double>("short", n + 1, 1)), Error);
}

TEST(TeuchosComm, KeepsItsTwin) {
  Comm const comm = Comm::world();
  auto const teuchos = trilinos::to_teuchos(comm);
  EXPECT_EQ(teuchos->getRank(), comm.rank());
  EXPECT_EQ(teuchos->getSize(), comm.size());
  EXPECT_TRUE(trilinos::to_nacre(teuchos).same_as(comm));
  Teuchos::RCP<trilinos::TeuchosComm const> const other =
      Teuchos::rcp(new Teuchos::MpiComm<int>(MPI_COMM_WORLD));
  EXPECT_TRUE(trilinos::to_nacre(other).same_as(trilinos::to_nacre(other)));
}
