#include <nacre/core/matrix_market.hpp>

#include <gtest/gtest.h>

#include "support/dense.hpp"
#include "support/message_of.hpp"
#include "support/shared_folder.hpp"

namespace {

using nacre::Comm;
using nacre::GlobalOrdinal;
using nacre::Ordinal;
using nacre::RowPartition;
using nacre::test::Dense;
using nacre::test::message_of;
using nacre::test::SharedFolder;

// n by m with a few entries, value 100 i + j + 1 from 0
std::string example(int n, int m) {
  std::string lines;
  int count = 0;
  for (int j = 0; j < m; ++j)
    for (int i = 0; i < n; ++i)
      if ((3 * i + 5 * j) % 7 < 2 && i != 2) {
        lines += nacre::cat(i + 1, ' ', j + 1, ' ', 100 * i + j + 1, '\n');
        ++count;
      }
  return nacre::cat("%%MatrixMarket matrix coordinate real general\n", n, ' ', m, ' ', count, '\n', lines);
}
double example_entry(GlobalOrdinal i, GlobalOrdinal j) {
  return (3 * i + 5 * j) % 7 < 2 && i != 2 ? static_cast<double>(100 * i + j + 1) : 0;
}

TEST(MatrixMarketMpi, DealsOutRowsEvenly) {
  Comm const comm = Comm::world();
  SharedFolder const folder(comm);
  for (int const n : {1, 2, 5, 37}) {
    int const m = 2 * n;
    auto const A = nacre::read_matrix_market(comm, folder.file("m.mtx", example(n, m)));

    EXPECT_EQ(A.pattern.rows(), RowPartition::even(comm, n));
    EXPECT_EQ(A.pattern.cols(), RowPartition::even(comm, m));
    Dense const a = nacre::test::to_dense(A);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < m; ++j) ASSERT_EQ(a.at(i, j), example_entry(i, j)) << n << ": " << i << ", " << j;
    comm.barrier();
  }
}

TEST(MatrixMarketMpi, FollowsAPartitionAndMapsBack) {
  Comm const comm = Comm::world();
  SharedFolder const folder(comm);
  int const n = 23;
  std::vector<int> part;
  for (int i = 0; i < n; ++i) part.push_back((i * i) % comm.size());
  std::string text = "%%MatrixMarket matrix array real general\n23 1\n";
  for (int i = 0; i < n; ++i) text += nacre::cat(i, ".5\n");

  auto const [A, file_row] = nacre::read_matrix_market(comm, folder.file("m.mtx", example(n, n)), part);
  auto const x = nacre::read_vectors(A.pattern.rows(), folder.file("x.mtx", text), file_row);
  nacre::write_vectors(folder.file("y.mtx"), A.pattern.rows(), x, file_row);

  auto const x_host = nacre::host_view(x);
  ASSERT_EQ(static_cast<int>(file_row.size()), A.pattern.num_owned_rows());
  for (std::size_t i = 0; i < file_row.size(); ++i) {
    EXPECT_EQ(part[static_cast<std::size_t>(file_row[i])], comm.rank());
    EXPECT_TRUE(i == 0 || file_row[i - 1] < file_row[i]);
    EXPECT_EQ(x_host(i, 0), static_cast<double>(file_row[i]) + .5);
  }
  auto const all_rows = comm.all_gather(file_row);
  Dense const a = nacre::test::to_dense(A);
  for (std::size_t i = 0; i < all_rows.size(); ++i)
    for (std::size_t j = 0; j < all_rows.size(); ++j)
      ASSERT_EQ(a.at(static_cast<GlobalOrdinal>(i), static_cast<GlobalOrdinal>(j)),
                example_entry(all_rows[i], all_rows[j]));
  EXPECT_EQ(nacre::test::content_of(folder.file("y.mtx")), text);
}

TEST(MatrixMarketMpi, AllRowsMayGoToOneRank) {
  Comm const comm = Comm::world();
  SharedFolder const folder(comm);
  auto const [A, file_row] = nacre::read_matrix_market(comm, folder.file("m.mtx", example(9, 9)),
                                                       std::vector<int>(9, comm.size() - 1));
  EXPECT_EQ(A.pattern.num_owned_rows(), comm.rank() == comm.size() - 1 ? 9 : 0);
  EXPECT_EQ(nacre::test::to_dense(A).at(8, 3), example_entry(8, 3));
}

TEST(MatrixMarketMpi, WritesTheSameFileWhateverTheNumberOfRanks) {
  Comm const comm = Comm::world();
  SharedFolder const folder(comm);
  int const n = 40000;  // more than a piece
  std::string matrix = "%%MatrixMarket matrix coordinate real general\n40000 40000 80000\n";
  std::string vector = "%%MatrixMarket matrix array real general\n40000 2\n";
  for (int i = 1; i <= n; ++i)
    for (int j : {1 + i / 2, n}) matrix += nacre::cat(i, ' ', j, ' ', i, ".015625\n");
  for (int i = 0; i < 2 * n; ++i) vector += nacre::cat(i, ".03125\n");
  ASSERT_GT(matrix.size(), std::size_t{1} << 20);

  auto const A = nacre::read_matrix_market(comm, folder.file("m.mtx", matrix));
  nacre::write_matrix_market(folder.file("n.mtx"), A);
  nacre::write_vectors(folder.file("y.mtx"), A.pattern.rows(),
                       nacre::read_vectors(A.pattern.rows(), folder.file("x.mtx", vector)));

  if (comm.rank() == 0) {
    EXPECT_TRUE(nacre::test::content_of(folder.file("n.mtx")) == matrix);
    EXPECT_TRUE(nacre::test::content_of(folder.file("y.mtx")) == vector);
    EXPECT_EQ(folder.num_files(), 4);
  }
}

TEST(MatrixMarketMpi, AllRanksFailWithTheSameMessage) {
  Comm const comm = Comm::world();
  SharedFolder const folder(comm);
  std::string const where = comm.size() > 1 ? " (rank 0)" : "";
  std::string const path =
      folder.file("m.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 1\n");

  EXPECT_EQ(message_of([&] { nacre::read_matrix_market(comm, path); }),
            path + ":3: found the row number 3, expected one from 1 to 2" + where);
  EXPECT_EQ(message_of([&] {
              nacre::read_matrix_market(comm, folder.file("m.mtx", example(4, 4)), {0, 0, 0, comm.size()});
            }),
            nacre::cat(path, ": the partition assigns row 3 to rank ", comm.size(),
                       ", expected one from 0 to ", comm.size() - 1, where));
  EXPECT_EQ(message_of([&] {
              nacre::read_matrix_market(comm, path, {0, 0, 0});
            }),
            path + ": the partition has 3 entries, expected one for each of the 4 rows" + where);
  EXPECT_EQ(message_of([&] { nacre::read_matrix_market(comm, folder.file("none.mtx")); }),
            "cannot read '" + folder.file("none.mtx") + "': No such file or directory" + where);
}

TEST(MatrixMarketMpi, AFailedWriteLeavesNothingBehind) {
  Comm const comm = Comm::world();
  SharedFolder const folder(comm);
  std::string const where = comm.size() > 1 ? " (rank 0)" : "";
  RowPartition const rows = RowPartition::even(comm, 10);
  nacre::MultiVector<double> const x("x", static_cast<std::size_t>(rows.num_owned()), 1),
      too_long("x", 11, 1);

  EXPECT_EQ(message_of([&] { nacre::write_vectors(folder.file("none/x.mtx"), rows, x); }),
            "cannot write '" + folder.file("none/x.mtx") + "': No such file or directory" + where);
  EXPECT_NE(
      message_of([&] { nacre::write_vectors(folder.file("x.mtx"), rows, too_long); }).find("extent(0) = 11"),
      std::string::npos);
  if (std::filesystem::exists("/dev/full")) {
    EXPECT_EQ(message_of([&] { nacre::write_vectors("/dev/full", rows, x); }),
              "cannot write '/dev/full': No space left on device" + where);
  }
  EXPECT_EQ(folder.num_files(), 0);
}

}  // namespace
