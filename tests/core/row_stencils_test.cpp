#include <nacre/core/compact_rows.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include <nacre/core/spmv.hpp>

#include "support/backends.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::Offset;
using nacre::Ordinal;
using nacre::test::to_host;
using Host = Kokkos::DefaultHostExecutionSpace;
using HostDevice = nacre::HostDevice;

/// Rows of columns, with values that differ everywhere.
template <class Scalar>
nacre::CsrMatrix<Scalar, HostDevice> matrix_of(std::vector<std::vector<Ordinal>> const& rows,
                                               Ordinal num_cols) {
  std::vector<Offset> row_ptr{0};
  std::vector<Ordinal> col;
  for (auto const& row : rows) {
    col.insert(col.end(), row.begin(), row.end());
    row_ptr.push_back(static_cast<Offset>(col.size()));
  }
  // exactly as large as need be, so that sanitizers see a read beyond the end
  nacre::CsrMatrix<Scalar, HostDevice> A{
      {static_cast<Ordinal>(rows.size()), num_cols, nacre::to_device<HostDevice>("row_ptr", row_ptr),
       nacre::to_device<HostDevice>("col", col)},
      nacre::test::random_vector<Scalar, HostDevice>("values", col.size(), 7)};
  return A;
}

/// A grid of nx by ny by nz points whose neighbours are those within `reach` that `keep` likes.
template <class Scalar, class Keep>
nacre::CsrMatrix<Scalar, HostDevice> grid(Ordinal nx, Ordinal ny, Ordinal nz, int reach, Keep const& keep) {
  std::vector<std::vector<Ordinal>> rows;
  for (Ordinal z = 0; z < nz; ++z)
    for (Ordinal y = 0; y < ny; ++y)
      for (Ordinal x = 0; x < nx; ++x) {
        rows.emplace_back();
        for (Ordinal c = z - reach; c <= z + reach; ++c)
          for (Ordinal b = y - reach; b <= y + reach; ++b)
            for (Ordinal a = x - reach; a <= x + reach; ++a)
              if (a >= 0 && b >= 0 && c >= 0 && a < nx && b < ny && c < nz && keep(a - x, b - y, c - z))
                rows.back().push_back((c * ny + b) * nx + a);
      }
  return matrix_of<Scalar>(rows, nx * ny * nz);
}
bool all(int, int, int) { return true; }
bool cross(int a, int b, int c) { return std::abs(a) + std::abs(b) + std::abs(c) <= 1; }

/// Rows of `length` columns at equal distances from the diagonal.
template <class Scalar>
nacre::CsrMatrix<Scalar, HostDevice> band(Ordinal n, Ordinal length) {
  std::vector<std::vector<Ordinal>> rows(static_cast<std::size_t>(n));
  for (Ordinal i = 0; i < n; ++i)
    for (Ordinal k = 0; k < length; ++k) rows[static_cast<std::size_t>(i)].push_back(i + k * (k + 3) / 2);
  return matrix_of<Scalar>(rows, n + length * (length + 3) / 2);
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

template <class Scalar>
void expect_products_of_grids(std::size_t k) {
  SCOPED_TRACE(k);
  expect_products_of_rows(grid<Scalar>(2000, 1, 1, 1, all), k);
  expect_products_of_rows(grid<Scalar>(37, 41, 1, 1, cross), k);
  expect_products_of_rows(grid<Scalar>(100, 11, 5, 1, cross), k);
  expect_products_of_rows(grid<Scalar>(23, 9, 7, 1, all), k);
  expect_products_of_rows(grid<Scalar>(5, 17, 19, 1, all), k);  // shorter than a register is wide
  expect_products_of_rows(grid<Scalar>(19, 9, 8, 2, all), k);
}

/// Whether this build has products by stencils.
bool have_stencils() { return nacre::compact_rows(band<double>(2100, 5).pattern).stencils != nullptr; }

TEST(RowStencils, ProductsAreThoseOfRowsToTheLastBit) {
  for (std::size_t const k : {1, 2, 8, 13}) {
    expect_products_of_grids<double>(k);
    expect_products_of_grids<float>(k);
  }
}

TEST(RowStencils, ProductsAreThoseOfRowsForAnyLength) {
  for (Ordinal length = 1; length < 40; ++length) {
    SCOPED_TRACE(length);
    expect_products_of_rows(band<double>(2100, length), 1);
    expect_products_of_rows(band<float>(2100, length), 1);
    expect_products_of_rows(band<double>(2100, length), 7);
    expect_products_of_rows(band<float>(2100, length), 7);
  }
}

TEST(RowStencils, DescribeEveryRowOfAGrid) {
  if (!have_stencils()) GTEST_SKIP() << "built without vector registers";
  auto const A = grid<double>(20, 15, 10, 1, cross);
  auto const* const s = nacre::compact_rows(A.pattern).stencils;
  ASSERT_NE(s, nullptr);
  EXPECT_EQ(s->num_stencils(), 26);  // by which neighbours are missing; the last corner has none
  EXPECT_LT(s->num_bytes(), 4 * A.num_entries() / 2);
  std::vector<Ordinal> seen;
  for (std::size_t t = 0; t + 1 < s->stretches.size(); ++t) {
    auto const stencil = static_cast<std::size_t>(s->stretches[t].stencil);
    if (s->stretches[t].stencil == nacre::kNoStencil) {  // the last row: its block would read beyond the end
      EXPECT_EQ(s->stretches[t].first_row, A.num_rows() - 1);
      for (Offset k = A.pattern.row_ptr()(A.num_rows() - 1); k < A.pattern.row_ptr()(A.num_rows()); ++k)
        seen.push_back(A.pattern.col()(k));
      continue;
    }
    for (Ordinal i = s->stretches[t].first_row; i < s->stretches[t + 1].first_row; ++i)
      for (Ordinal k = s->begin[stencil]; k < s->begin[stencil + 1]; ++k)
        seen.push_back(i + s->offsets[static_cast<std::size_t>(k)]);
  }
  auto const* const col = A.pattern.col().data();
  EXPECT_EQ(seen, std::vector<Ordinal>(col, col + A.num_entries()));
}

TEST(RowStencils, AreNotMadeOfIrregularPatterns) {
  auto const A = nacre::test::random_sparse<double, HostDevice>(500, 500, .05, 3);
  EXPECT_EQ(nacre::compact_rows(A.pattern).stencils, nullptr);
  std::vector<std::vector<Ordinal>> rows;  // regular at one end only
  for (Ordinal i = 0; i < 3000; ++i)
    rows.push_back(i < 1200 ? std::vector<Ordinal>{i, i + 1, i + 2}
                            : std::vector<Ordinal>{i / 2, i / 2 + i % 7 + 1, 3001});
  EXPECT_EQ(nacre::compact_rows(matrix_of<double>(rows, 3002).pattern).stencils, nullptr);
}

TEST(RowStencils, ServeWhereSomeRowsAreIrregular) {
  if (!have_stencils()) GTEST_SKIP() << "built without vector registers";
  std::vector<std::vector<Ordinal>> rows;
  for (Ordinal i = 0; i < 3000; ++i)
    rows.push_back(i % 64 < 50   ? std::vector<Ordinal>{i, i + 1, i + 5, i + 9}
                   : i % 64 < 60 ? std::vector<Ordinal>{i / 2, i / 2 + i % 7 + 1, 3000}
                                 : std::vector<Ordinal>{});
  auto const A = matrix_of<double>(rows, 3010);
  ASSERT_NE(nacre::compact_rows(A.pattern).stencils, nullptr);
  expect_products_of_rows(A, 1);
  expect_products_of_rows(A, 5);
}

TEST(RowStencils, ServeListedRows) {
  if (!have_stencils()) GTEST_SKIP() << "built without vector registers";
  auto const A = grid<double>(40, 12, 6, 1, cross);
  ASSERT_NE(nacre::compact_rows(A.pattern).stencils, nullptr);
  std::vector<Ordinal> list;
  for (Ordinal i = 0; i < A.num_rows(); ++i)
    if (i % 100 < 85 && i % 17 != 3) list.push_back(i);
  auto const rows = nacre::to_device<HostDevice>("rows", list);
  auto const x =
      nacre::test::random_vector<double, HostDevice>("x", static_cast<std::size_t>(A.num_cols()), 3);
  nacre::Vector<double, HostDevice> const all_rows("all", x.extent(0)), some("some", x.extent(0));

  nacre::spmv(Host(), A.pattern, A.values, x, all_rows);
  nacre::for_each_listed_row_product(Host(), "nacre::test", A.pattern, rows, A.values, x,
                                     nacre::detail::StoreProduct<double>{{some.data(), some.extent(0)}});

  for (Ordinal i = 0; i < A.num_rows(); ++i)
    EXPECT_EQ(some(i), i % 100 < 85 && i % 17 != 3 ? all_rows(i) : 0.) << i;
}

TEST(RowStencils, ServeResidualsInPlace) {
  auto const A = grid<double>(30, 30, 4, 1, all);
  auto const n = static_cast<std::size_t>(A.num_rows());
  auto const x = nacre::test::random_vector<double, HostDevice>("x", n, 3),
             b = nacre::test::random_vector<double, HostDevice>("b", n, 4);
  nacre::Vector<double, HostDevice> const r("r", n), product("product", n);
  Kokkos::deep_copy(r, b);

  nacre::spmv(Host(), A.pattern, A.values, x, product);
  nacre::residual(Host(), A.pattern, A.values, x, r, r);

  for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(r(i), b(i) - product(i)) << i;
}

}  // namespace
