#include <nacre/core/axis_axpy.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/message_of.hpp"
#include "support/views.hpp"

namespace nacre {
namespace {

using test::to_host;

template <class Device>
struct AxisAxpy : testing::Test {};
TYPED_TEST_SUITE(AxisAxpy, test::Backends);

/// [n, k] of numbers in [-1, 1].
template <class View>
View random_matrix(std::size_t n, std::size_t k, unsigned seed) {
  View v("v", n, k);
  auto const numbers = to_host(test::random_vector<double, DefaultDevice>("numbers", n * k, seed));
  auto const host = Kokkos::create_mirror_view(v);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < k; ++j) host(i, j) = numbers(i * k + j);
  Kokkos::deep_copy(v, host);
  return v;
}

template <class Device, class View>
void check_shape(std::size_t n, std::size_t k) {
  ExecOf<Device> const exec;
  auto const x = random_matrix<View>(n, k, 1), y = random_matrix<View>(n, k, 2);
  auto const by_column = test::random_vector<double, Device>("s", k, 3);
  auto const by_row = test::random_vector<double, Device>("s", n, 4);
  test::expect_correct_derivatives(exec, ColumnAxpyOp{-.5}, by_column, x, y);
  test::expect_correct_derivatives(exec, RowAxpyOp{2}, by_row, x, y);
}

TYPED_TEST(AxisAxpy, HasCorrectDerivatives) {
  for (std::size_t const n : {1u, 37u})
    for (std::size_t const k : {1u, 3u, 11u}) {
      check_shape<TypeParam, RowMajor<double, TypeParam>>(n, k);
      check_shape<TypeParam, MultiVector<double, TypeParam>>(n, k);
    }
}

TYPED_TEST(AxisAxpy, MatchesAPlainLoop) {
  using View = RowMajor<double, TypeParam>;
  auto const x = random_matrix<View>(5, 3, 1), y = random_matrix<View>(5, 3, 2),
             z = random_matrix<View>(5, 3, 3);
  auto const s = test::random_vector<double, TypeParam>("s", 3, 3);
  ColumnAxpyOp{-2}.forward(ExecOf<TypeParam>(), z, s, x, y);
  for (int i = 0; i < 5; ++i)
    for (int j = 0; j < 3; ++j)
      EXPECT_NEAR(to_host(z)(i, j), to_host(y)(i, j) - 2 * to_host(s)(j) * to_host(x)(i, j), 1e-15);
}

TYPED_TEST(AxisAxpy, RejectsAScaleOfAnotherLength) {
  using View = RowMajor<double, TypeParam>;
  View const x("x", 5, 3);
  Vector<double, TypeParam> const s("s", 4);
  EXPECT_NE(test::message_of([&] {
              ColumnAxpyOp{}.forward(ExecOf<TypeParam>(), x, s, x, x);
            }).find("extent(0) = 4 but the number of columns of x is 3"),
            std::string::npos);
}

}  // namespace
}  // namespace nacre
