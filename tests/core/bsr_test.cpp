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

}  // namespace
