#include <nacre/core/transpose.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::test::to_host;

template <class Device>
struct Transpose : testing::Test {};
TYPED_TEST_SUITE(Transpose, nacre::test::Backends);

TYPED_TEST(Transpose, MovesEveryEntry) {
  nacre::ExecOf<TypeParam> const exec;
  for (auto const& [n, m] :
       {std::pair<int, int>{0, 0}, {0, 4}, {4, 0}, {1, 1}, {37, 23}, {23, 37}, {1023, 17}}) {
    auto const A = nacre::test::random_sparse<double, TypeParam>(n, m, .2, 1);
    auto const T = nacre::transpose(exec, A);
    nacre::test::expect_well_formed(T.pattern);
    ASSERT_EQ(T.num_rows(), m);
    ASSERT_EQ(T.num_cols(), n);
    auto const a = nacre::test::to_dense(A), t = nacre::test::to_dense(T);
    for (std::size_t i = 0; i < a.size(); ++i)
      for (std::size_t j = 0; j < t.size(); ++j) ASSERT_EQ(a[i][j], t[j][i]);
  }
}

TYPED_TEST(Transpose, IsDerivedOncePerPattern) {
  auto const A = nacre::test::random_sparse<float, TypeParam>(20, 30, .2, 1);
  EXPECT_EQ(&nacre::transposed(A.pattern), &nacre::transposed(nacre::CsrPattern<TypeParam>(A.pattern)));
}

TYPED_TEST(Transpose, RejectsValuesOfAnotherLength) {
  auto const A = nacre::test::random_sparse<double, TypeParam>(20, 30, .2, 1);
  nacre::Vector<double, TypeParam> const shorter("shorter", 3);
  nacre::test::expect_error("transpose_values: view 'shorter' has extent(0) = 3", [&] {
    nacre::transpose_values(nacre::ExecOf<TypeParam>(), A.pattern, A.values, shorter);
  });
}

TYPED_TEST(Transpose, KnowsTheRowOfEachEntry) {
  auto const A = nacre::test::random_sparse<double, TypeParam>(37, 23, .2, 2);
  auto const row = to_host(nacre::row_of_entry(A.pattern));
  auto const row_ptr = to_host(A.pattern.row_ptr());
  ASSERT_EQ(row.extent(0), A.num_entries());
  for (int i = 0; i < 37; ++i)
    for (auto k = row_ptr(i); k < row_ptr(i + 1); ++k) EXPECT_EQ(row(k), i);
}

TYPED_TEST(Transpose, FindsTheDiagonal) {
  // [1 2 .; . . 3; . . 4; 5 . .]: the second diagonal entry is missing, the fourth row has no diagonal
  auto const A = nacre::test::from_dense<double, TypeParam>({{1, 2, 0}, {0, 0, 3}, {0, 0, 4}, {5, 0, 0}}, 3);
  auto const& diagonal = nacre::diagonal_positions(A.pattern);
  auto const entry = to_host(diagonal.entry);
  ASSERT_EQ(entry.extent(0), 3u);
  EXPECT_EQ(entry(0), nacre::Offset(0));
  EXPECT_EQ(entry(1), nacre::kNoEntry);
  EXPECT_EQ(entry(2), nacre::Offset(3));
  EXPECT_EQ(diagonal.num_missing, 1);
  EXPECT_EQ(diagonal.first_missing, 1);
}

}  // namespace
