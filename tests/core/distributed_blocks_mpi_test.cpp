#include <nacre/core/distributed_blocks.hpp>

#include <gtest/gtest.h>

#include <algorithm>

#include "support/distributed.hpp"
#include "support/message_of.hpp"

namespace {

using nacre::Comm;
using nacre::GlobalOrdinal;
using nacre::Ordinal;
using nacre::RowPartition;
using nacre::test::message_of;
using nacre::test::scattered_matrix;

/// Evenly, and all on the last rank.
std::vector<RowPartition> partitions(Comm const& comm, Ordinal num_nodes, int block_size) {
  auto const even = RowPartition::even(comm, num_nodes);
  bool const last = comm.rank() == comm.size() - 1;
  return {RowPartition(comm, even.num_owned() * block_size),
          RowPartition(comm, last ? num_nodes * block_size : 0)};
}

TEST(ToBlocks, KeepsEveryEntryInItsBlock) {
  auto const comm = Comm::world();
  for (Ordinal const num_nodes : {0, 1, 11})
    for (int const b : {1, 2, 3})
      for (auto const& rows : partitions(comm, num_nodes, b)) {
        SCOPED_TRACE(
            nacre::cat(num_nodes, " nodes, blocks of size ", b, ", ", rows.num_owned(), " rows here"));
        auto const A = scattered_matrix(rows, rows, .15, 1);
        auto const expected = nacre::test::to_dense(A);
        auto const blocks = nacre::to_blocks(A, b);

        ASSERT_EQ(blocks.pattern.rows().num_global(), num_nodes);
        ASSERT_EQ(blocks.pattern.num_owned_rows() * b, rows.num_owned());
        ASSERT_EQ(blocks.values.extent(0), blocks.pattern.local().num_entries());
        auto const row_ptr = nacre::test::to_host(blocks.pattern.local().row_ptr());
        auto const col = nacre::test::to_host(blocks.pattern.local().col());
        auto const values = nacre::test::to_host(blocks.values);
        auto const first = blocks.pattern.rows().begin();
        for (Ordinal i = 0; i < blocks.pattern.num_owned_rows(); ++i) {
          std::vector<GlobalOrdinal> found, wanted;
          for (auto k = row_ptr(i); k < row_ptr(i + 1); ++k) {
            auto const j = blocks.pattern.global_col(col(k));
            found.push_back(j);
            for (int r = 0; r < b; ++r)
              for (int s = 0; s < b; ++s)
                ASSERT_EQ(values(k, r, s), expected((first + i) * b + r, j * b + s))
                    << first + i << ", " << j;
          }
          for (GlobalOrdinal j = 0; j < num_nodes; ++j) {
            bool any = false;
            for (int r = 0; r < b; ++r)
              for (int s = 0; s < b; ++s) any = any || expected((first + i) * b + r, j * b + s) != 0;
            if (any) wanted.push_back(j);
          }
          std::sort(found.begin(), found.end());
          EXPECT_EQ(found, wanted) << "row " << first + i;
        }
      }
}

TEST(ToBlocks, HasValuesOfItsOwn) {
  auto const rows = RowPartition::even(Comm::world(), 6);
  auto const A = scattered_matrix(rows, rows, .5, 1);
  auto const blocks = nacre::to_blocks(A, 1);
  auto const before = nacre::test::to_vector(blocks.values);
  Kokkos::deep_copy(A.values, 7.);
  EXPECT_EQ(nacre::test::to_vector(blocks.values), before);
}

TEST(ToBlocks, RejectsRowsThatAreNoBlocksOnAllRanks) {
  auto const comm = Comm::world();
  auto const refused = [](nacre::DistributedCsr<double> const& A, int block_size) {
    return message_of([&] { nacre::to_blocks(A, block_size); });
  };
  // the last rank has a row too many
  RowPartition const rows(comm, comm.rank() == comm.size() - 1 ? 7 : 6);
  auto const A = scattered_matrix(rows, rows, .2, 1);
  EXPECT_NE(refused(A, 3).find(nacre::cat("rank ", comm.size() - 1,
                                          " has 7 rows of it; expected a square matrix "
                                          "and a multiple of the block size, 3")),
            std::string::npos)
      << refused(A, 3);
  EXPECT_NE(refused(A, 0).find("a multiple of the block size, 0"), std::string::npos) << refused(A, 0);
  auto const cols = RowPartition::even(comm, rows.num_global() + 1);
  EXPECT_NE(
      refused(scattered_matrix(rows, cols, .2, 1), 1)
          .find(nacre::cat("to_blocks: the matrix is ", rows.num_global(), " by ", rows.num_global() + 1)),
      std::string::npos);
}

}  // namespace
