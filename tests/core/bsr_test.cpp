#include <nacre/core/bsr.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::test::random_sparse;
using nacre::test::to_dense;
using nacre::test::to_host;

template <class Device>
struct Bsr : testing::Test {};
TYPED_TEST_SUITE(Bsr, nacre::test::Backends);

/// A^T x as back ends with threads compute it.
template <class Scalar, class Device>
std::vector<std::vector<double>> columns_gathered(nacre::BsrMatrix<Scalar, Device> const& A,
                                                  nacre::MultiVector<Scalar, Device> const& x) {
  auto const& t = nacre::transposed(A.pattern);
  std::size_t const m = static_cast<std::size_t>(A.num_cols()), k = x.extent(1);
  nacre::MultiVector<Scalar, Device> const y("y", m, k);
  nacre::detail::with_block_size(A.block_size(), [&](auto b) {
    using Product = nacre::detail::BlockColumnProduct<b(), Scalar, Scalar, Scalar>;
    Kokkos::parallel_for(
        "nacre::test::gather",
        nacre::range(nacre::ExecOf<Device>(), static_cast<std::size_t>(A.pattern.num_cols())),
        Product{t.pattern.row_ptr().data(), t.entry.data(), t.pattern.col().data(), A.values.data(),
                nacre::detail::columns("x", x, x.extent(0), k), nacre::detail::columns("y", y, m, k),
                A.block_size(), static_cast<int>(k)});
  });
  auto const h = to_host(y);
  std::vector<std::vector<double>> columns(k);
  for (std::size_t c = 0; c < k; ++c)
    for (std::size_t j = 0; j < m; ++j) columns[c].push_back(h(j, c));
  return columns;
}

template <class Scalar, class Device>
void expect_conversion_and_product(int block_rows, int block_cols, int b, std::size_t k) {
  SCOPED_TRACE(nacre::cat(block_rows, " by ", block_cols, " blocks of size ", b));
  nacre::ExecOf<Device> const exec;
  auto const A = random_sparse<Scalar, Device>(block_rows * b, block_cols * b, .1, 1);
  nacre::BsrConversion<Device> const conversion(A.pattern, b);
  auto const B = conversion.convert(exec, A.values);
  nacre::test::expect_well_formed(B.pattern);
  ASSERT_EQ(B.num_rows(), A.num_rows());
  ASSERT_EQ(B.block_size(), b);

  auto const a = to_dense(A);
  nacre::test::Dense from_blocks(a.size(), std::vector<double>(static_cast<std::size_t>(A.num_cols()), 0.));
  auto const row_ptr = to_host(B.pattern.row_ptr());
  auto const col = to_host(B.pattern.col());
  auto const values = to_host(B.values);
  for (int i = 0; i < block_rows; ++i)
    for (auto e = row_ptr(i); e < row_ptr(i + 1); ++e) {
      bool any = false;
      for (int r = 0; r < b; ++r)
        for (int s = 0; s < b; ++s) {
          double const v = static_cast<double>(values(e, r, s));
          from_blocks[static_cast<std::size_t>(i * b + r)][static_cast<std::size_t>(col(e) * b + s)] = v;
          any = any || v != 0;
        }
      EXPECT_TRUE(any) << "an empty block";
    }
  ASSERT_EQ(from_blocks, a);

  auto const flat =
      nacre::test::random_vector<Scalar, Device>("x", static_cast<std::size_t>(A.num_cols()) * k, 2);
  nacre::MultiVector<Scalar, Device> const x(flat.data(), static_cast<std::size_t>(A.num_cols()), k);
  nacre::MultiVector<Scalar, Device> const y("y", a.size(), k);
  nacre::spmv(exec, B, x, y);
  auto const xh = to_host(x), yh = to_host(y);
  for (std::size_t c = 0; c < k; ++c)
    for (std::size_t i = 0; i < a.size(); ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < a[i].size(); ++j) sum += a[i][j] * static_cast<double>(xh(j, c));
      ASSERT_NEAR(yh(i, c), sum, 100 * std::numeric_limits<Scalar>::epsilon());
    }

  nacre::MultiVector<Scalar, Device> const z("z", x.extent(0), k);
  Kokkos::deep_copy(z, Scalar(99));
  nacre::spmv_transpose(exec, B, y, z);
  std::vector<std::vector<double>> const gathered = columns_gathered(B, y);
  auto const zh = to_host(z);
  for (std::size_t c = 0; c < k; ++c)
    for (std::size_t j = 0; j < xh.extent(0); ++j) {
      double sum = 0;
      for (std::size_t i = 0; i < a.size(); ++i) sum += a[i][j] * static_cast<double>(yh(i, c));
      ASSERT_NEAR(zh(j, c), sum, 1000 * std::numeric_limits<Scalar>::epsilon());
      ASSERT_NEAR(gathered[c][j], sum, 1000 * std::numeric_limits<Scalar>::epsilon());
    }
}

TYPED_TEST(Bsr, ConvertsAndMultiplies) {
  for (int b = 1; b <= 8; ++b) {
    expect_conversion_and_product<double, TypeParam>(11, 7, b, 1);
    expect_conversion_and_product<float, TypeParam>(7, 11, b, 2);
  }
  expect_conversion_and_product<double, TypeParam>(3, 4, 37, 1);  // larger than what is kept in registers
  expect_conversion_and_product<double, TypeParam>(0, 0, 3, 1);
  expect_conversion_and_product<double, TypeParam>(1, 1, 3, 1);
  expect_conversion_and_product<double, TypeParam>(341, 10, 3, 1);
}

TYPED_TEST(Bsr, RejectsSizesThatAreNoMultiples) {
  auto const A = random_sparse<double, TypeParam>(7, 6, .5, 1);
  nacre::test::expect_error("bsr: a 7 by 6 matrix has no blocks of size 3",
                            [&] { nacre::BsrConversion<TypeParam>(A.pattern, 3); });
  nacre::test::expect_error("no blocks of size 0", [&] { nacre::BsrConversion<TypeParam>(A.pattern, 0); });
}

TYPED_TEST(Bsr, TransposedProductsRejectVectorsOfOtherLengths) {
  nacre::ExecOf<TypeParam> const exec;
  auto const A = random_sparse<double, TypeParam>(6, 9, .5, 1);
  auto const B = nacre::BsrConversion<TypeParam>(A.pattern, 3).convert(exec, A.values);
  nacre::Vector<double, TypeParam> const six("six", 6), nine("nine", 9);
  nacre::spmv_transpose(exec, B, six, nine);
  nacre::test::expect_error("view 'nine' has extent(0) = 9",
                            [&] { nacre::spmv_transpose(exec, B, nine, nine); });
  nacre::test::expect_error("view 'six' has extent(0) = 6",
                            [&] { nacre::spmv_transpose(exec, B, six, six); });
}

}  // namespace
