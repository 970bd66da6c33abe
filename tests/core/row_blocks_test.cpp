#include <nacre/core/compact_rows.hpp>

#include <gtest/gtest.h>

#include <vector>

#include <nacre/core/spmv.hpp>

#include "support/backends.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::Offset;
using nacre::Ordinal;
using Host = Kokkos::DefaultHostExecutionSpace;
using HostDevice = nacre::HostDevice;

/// n block rows of size by size blocks, up to `longest` of them, in m block columns.
template <class Scalar>
nacre::CsrMatrix<Scalar, HostDevice> blocks(Ordinal size, Ordinal n, Ordinal m, Ordinal longest) {
  std::vector<Offset> row_ptr{0};
  std::vector<Ordinal> col;
  for (Ordinal i = 0; i < n * size; ++i) {
    Ordinal const row = i / size, length = row % 11 == 3 ? 0 : 1 + (row * 7) % longest;
    for (Ordinal k = 0; k < length; ++k)
      for (Ordinal j = 0; j < size; ++j)
        col.push_back((row * 13 % (m - length) + k) * size + row % (size + 1) + j);
    row_ptr.push_back(static_cast<Offset>(col.size()));
  }
  return {{n * size, m * size, nacre::to_device<HostDevice>("row_ptr", row_ptr),
           nacre::to_device<HostDevice>("col", col)},
          nacre::test::random_vector<Scalar, HostDevice>("values", col.size(), 7)};
}

/// Requires y = A x to be what row_product() gives, row by row, to the last bit.
template <class Scalar>
void expect_products_of_rows(nacre::CsrMatrix<Scalar, HostDevice> const& A, std::size_t k) {
  Host const exec;
  auto const n = static_cast<std::size_t>(A.num_rows()), m = static_cast<std::size_t>(A.num_cols());
  auto const flat = nacre::test::random_vector<Scalar, HostDevice>("x", m * k, 3);
  nacre::MultiVector<Scalar, HostDevice> const x(flat.data(), m, k), y("y", n, k);
  nacre::spmv(exec, A.pattern, A.values, x, y);
  for (std::size_t c = 0; c < k; ++c)
    for (std::size_t i = 0; i < n; ++i) {
      Offset const begin = A.pattern.row_ptr()(i), length = A.pattern.row_ptr()(i + 1) - begin;
      Scalar const expected = nacre::detail::row_product<Scalar>(A.pattern.col().data() + begin,
                                                                 A.values.data() + begin, &x(0, c), length);
      ASSERT_EQ(y(i, c), expected) << "row " << i << " of " << n << ", column " << c;
    }
}

/// Whether this build has products by blocks.
bool have_blocks() { return nacre::compact_rows(blocks<double>(3, 200, 60, 30).pattern).blocks != nullptr; }

TEST(RowBlocks, ProductsAreThoseOfRowsToTheLastBit) {
  for (Ordinal const size : {2, 3, 4, 5, 6})
    for (Ordinal const longest : {4, 30, 150}) {
      SCOPED_TRACE(nacre::cat("blocks of ", size, ", up to ", longest));
      for (std::size_t const k : {1, 3, 13}) {
        expect_products_of_rows(blocks<double>(size, 211, 200, longest), k);
        expect_products_of_rows(blocks<float>(size, 211, 200, longest), k);
      }
    }
}

TEST(RowBlocks, AreTheLargestThatFit) {
  if (!have_blocks()) GTEST_SKIP() << "built without vector registers";
  for (Ordinal const size : {2, 3, 5, 6}) {
    auto const A = blocks<double>(size, 211, 200, 30);
    auto const* const b = nacre::compact_rows(A.pattern).blocks;
    ASSERT_NE(b, nullptr) << size;
    EXPECT_EQ(b->size, size);
    EXPECT_EQ(b->col.size() * static_cast<std::size_t>(size * size), A.num_entries());
  }
}

TEST(RowBlocks, AreNotMadeOfOtherPatterns) {
  auto A = blocks<double>(3, 211, 200, 30);
  auto const row_ptr = nacre::test::to_host(A.pattern.row_ptr());
  auto const col = nacre::test::to_host(A.pattern.col());
  col(300) -= 1;
  EXPECT_EQ(
      nacre::compact_rows(nacre::CsrPattern<HostDevice>(A.num_rows(), A.num_cols(), row_ptr, col)).blocks,
      nullptr);
  EXPECT_EQ(
      nacre::compact_rows(nacre::test::random_sparse<double, HostDevice>(600, 600, .05, 3).pattern).blocks,
      nullptr);
}

TEST(RowBlocks, ServeListedRowsAndAShorterX) {
  auto const A = blocks<double>(3, 211, 200, 30);
  std::vector<Ordinal> list;
  for (Ordinal i = 0; i < A.num_rows(); ++i) {
    Offset const end = A.pattern.row_ptr()(i + 1);
    bool const inside = end == A.pattern.row_ptr()(i) || A.pattern.col()(end - 1) < 400;
    if (inside && i % 17 != 3) list.push_back(i);
  }
  ASSERT_GT(list.size(), 100u);
  ASSERT_LT(list.size(), 600u);
  auto const rows = nacre::to_device<HostDevice>("rows", list);
  auto const x = nacre::test::random_vector<double, HostDevice>("x", 600, 3);
  // of exactly the length that is needed, so that sanitizers see a read beyond the end
  auto const x400 = nacre::to_device<double, HostDevice>("x400", x.data(), 400);
  nacre::Vector<double, HostDevice> const all_rows("all", 633), some("some", 633);

  nacre::spmv(Host(), A.pattern, A.values, x, all_rows);
  nacre::for_each_listed_row_product(Host(), "nacre::test", A.pattern, rows, A.values, x400,
                                     nacre::detail::StoreProduct<double>{{some.data(), some.extent(0)}});

  for (Ordinal const i : list) EXPECT_EQ(some(i), all_rows(i)) << i;
}

}  // namespace
