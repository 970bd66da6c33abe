#include <nacre/core/diagonal.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::test::random_sparse;
using nacre::test::to_dense;
using nacre::test::to_host;

template <class Device>
struct Diagonal : testing::Test {};
TYPED_TEST_SUITE(Diagonal, nacre::test::Backends);

template <class Scalar, class Device>
void expect_diagonal_and_scaling(int n, int m) {
  SCOPED_TRACE(nacre::cat(n, " by ", m));
  nacre::ExecOf<Device> const exec;
  auto const A = random_sparse<Scalar, Device>(n, m, .2, 1);
  auto const a = to_dense(A);
  auto const size = static_cast<std::size_t>(std::min(n, m));
  nacre::Vector<Scalar, Device> const d("d", size);
  Kokkos::deep_copy(d, Scalar(7));
  nacre::extract_diagonal(exec, A.pattern, A.values, d);
  auto const dh = to_host(d);
  for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(static_cast<double>(dh(i)), a[i][i]);

  auto const left = nacre::test::random_vector<Scalar, Device>("left", static_cast<std::size_t>(n), 2);
  auto const right = nacre::test::random_vector<Scalar, Device>("right", static_cast<std::size_t>(m), 3);
  nacre::scale_rows(exec, A.pattern, left, A.values);
  auto const rows_scaled = to_dense(A);
  nacre::scale_columns(exec, A.pattern, right, A.values);
  auto const both_scaled = to_dense(A);
  auto const l = to_host(left), r = to_host(right);
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < static_cast<std::size_t>(m); ++j) {
      double const epsilon = 4 * std::numeric_limits<Scalar>::epsilon();
      EXPECT_NEAR(rows_scaled[i][j], static_cast<double>(l(i)) * a[i][j], epsilon);
      EXPECT_NEAR(both_scaled[i][j], static_cast<double>(l(i)) * a[i][j] * static_cast<double>(r(j)),
                  epsilon);
    }
}

TYPED_TEST(Diagonal, ExtractionAndScalingMatchPlainLoops) {
  for (auto const& [n, m] : {std::pair<int, int>{0, 0}, {1, 1}, {37, 23}, {23, 37}, {1023, 40}}) {
    expect_diagonal_and_scaling<double, TypeParam>(n, m);
    expect_diagonal_and_scaling<float, TypeParam>(n, m);
  }
}

TYPED_TEST(Diagonal, IsInverted) {
  auto const A = nacre::test::from_dense<double, TypeParam>({{4, 1}, {1, -.5}}, 2);
  nacre::Vector<double, TypeParam> const d("d", 2);
  nacre::extract_inverse_diagonal(nacre::ExecOf<TypeParam>(), A.pattern, A.values, d);
  EXPECT_EQ(to_host(d)(0), .25);
  EXPECT_EQ(to_host(d)(1), -2.);
}

TYPED_TEST(Diagonal, RejectsAMissingEntryAndWrongLengths) {
  nacre::ExecOf<TypeParam> const exec;
  auto const A = nacre::test::from_dense<double, TypeParam>({{4, 1, 0}, {1, 0, 0}, {0, 0, 0}}, 3);
  nacre::Vector<double, TypeParam> const d("d", 3), shorter("shorter", 2);
  nacre::test::expect_error("2 of 3 rows have no entry on the diagonal, the first is row 1",
                            [&] { nacre::extract_inverse_diagonal(exec, A.pattern, A.values, d); });
  nacre::test::expect_error("scale_columns: view 'shorter' has extent(0) = 2",
                            [&] { nacre::scale_columns(exec, A.pattern, shorter, A.values); });
  nacre::test::expect_error("extract_diagonal: view 'shorter'",
                            [&] { nacre::extract_diagonal(exec, A.pattern, A.values, shorter); });
}

}  // namespace
