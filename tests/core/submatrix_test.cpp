#include <nacre/core/permute.hpp>

#include <gtest/gtest.h>

#include <algorithm>

#include "support/backends.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::test::expect_error;
using nacre::test::random_sparse;
using nacre::test::to_dense;

template <class Device>
struct Submatrix : testing::Test {};
TYPED_TEST_SUITE(Submatrix, nacre::test::Backends);

template <class Scalar, class Device>
void expect_submatrix(int n, int m, std::vector<int> const& rows, std::vector<int> const& cols) {
  auto const A = random_sparse<Scalar, Device>(n, m, .3, 1);
  auto const B = nacre::submatrix(nacre::ExecOf<Device>(), A, rows, cols);
  nacre::test::expect_well_formed(B.pattern);
  auto const a = to_dense(A), b = to_dense(B);
  ASSERT_EQ(b.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < cols.size(); ++j)
      EXPECT_EQ(b[i][j], a[static_cast<std::size_t>(rows[i])][static_cast<std::size_t>(cols[j])]);
}

TYPED_TEST(Submatrix, PicksRowsAndColumns) {
  expect_submatrix<double, TypeParam>(37, 23, {}, {});
  expect_submatrix<double, TypeParam>(37, 23, {5}, {1, 2, 3});
  expect_submatrix<float, TypeParam>(37, 23, {36, 1, 1, 0}, {22, 3, 7, 0});
  expect_submatrix<double, TypeParam>(0, 0, {}, {});
}

std::vector<int> shuffled(int n, unsigned seed) {
  auto order = nacre::identity_permutation(n);
  std::mt19937 generator(seed);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[generator() % i]);
  return order;
}

TYPED_TEST(Submatrix, PermutesRowsAndColumns) {
  nacre::ExecOf<TypeParam> const exec;
  for (int const n : {0, 1, 37, 203}) {
    auto const A = random_sparse<double, TypeParam>(n, 23, .2, 1);
    auto const rows = shuffled(n, 2), cols = shuffled(23, 3);
    auto const a = to_dense(A), b = to_dense(nacre::permute(exec, A, rows, cols));
    for (std::size_t i = 0; i < a.size(); ++i)
      for (std::size_t j = 0; j < 23; ++j)
        ASSERT_EQ(b[i][j], a[static_cast<std::size_t>(rows[i])][static_cast<std::size_t>(cols[j])]);
    auto const back = nacre::permute(exec, nacre::permute(exec, A, rows, cols),
                                     nacre::inverse_permutation(rows), nacre::inverse_permutation(cols));
    EXPECT_EQ(to_dense(back), a);
  }
  auto const S = random_sparse<float, TypeParam>(37, 37, .2, 1);
  auto const order = shuffled(37, 5);
  EXPECT_EQ(to_dense(nacre::permute_symmetric(exec, S, order)),
            to_dense(nacre::permute(exec, S, order, order)));
}

TYPED_TEST(Submatrix, RejectsNumbersThatMakeNoSense) {
  auto const A = random_sparse<double, TypeParam>(4, 3, .5, 1);
  expect_error("submatrix: rows[1] = 4, but there are 4 rows", [&] {
    nacre::submatrix(A.pattern, {0, 4}, {0});
  });
  expect_error("submatrix: cols[0] = -1, but there are 3 columns",
               [&] { nacre::submatrix(A.pattern, {0}, {-1}); });
  expect_error("submatrix: cols[0] and cols[2] are both 2", [&] {
    nacre::submatrix(A.pattern, {0}, {2, 1, 2});
  });
  expect_error("permutation: order[1] and order[3] are both 0", [&] {
    nacre::permute(A.pattern, {1, 0, 2, 0}, {0, 1, 2});
  });
  expect_error("permutation: order[2] = 3 is outside 0 ... 2", [&] {
    nacre::permute(A.pattern, {1, 0, 2, 3}, {0, 1, 3});
  });
  expect_error("orders of 4 rows and 2 columns for a 4 by 3 matrix", [&] {
    nacre::permute(A.pattern, {1, 0, 2, 3}, {0, 1});
  });
}

}  // namespace
