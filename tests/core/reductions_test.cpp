#include <nacre/core/axpy.hpp>
#include <nacre/core/max.hpp>
#include <nacre/core/norms.hpp>
#include <nacre/core/sums.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/sparse.hpp"

// Sums, inner products, norms and multiples by an input.

namespace {

using nacre::MultiVector;
using nacre::RowMajor;
using nacre::Vector;
using nacre::test::expect_correct_derivatives;
using nacre::test::random_vector;
using nacre::test::to_host;

template <class Device>
struct Reductions : testing::Test {};
TYPED_TEST_SUITE(Reductions, nacre::test::Backends);

template <class Device, class Op, class... In>
double value_of(Op const& op, In const&... in) {
  using T = std::common_type_t<typename In::non_const_value_type...>;
  Vector<T, Device> const y("y", 1);
  Kokkos::deep_copy(y, T(99));
  op.forward(nacre::ExecOf<Device>(), y, in...);
  return static_cast<double>(to_host(y)(0));
}

template <class Scalar, class Device>
void expect_reductions(std::size_t n) {
  SCOPED_TRACE(n);
  nacre::ExecOf<Device> const exec;
  auto const a = random_vector<Scalar, Device>("a", n, 1), b = random_vector<Scalar, Device>("b", n, 2);
  auto const ah = to_host(a), bh = to_host(b);
  double sum = 0, dot = 0, square = 0;
  for (std::size_t i = 0; i < n; ++i) {
    sum += static_cast<double>(ah(i));
    dot += static_cast<double>(ah(i)) * static_cast<double>(bh(i));
    square += static_cast<double>(ah(i)) * static_cast<double>(ah(i));
  }
  double const near = 4 * std::numeric_limits<Scalar>::epsilon() * (1 + std::sqrt(static_cast<double>(n)));
  EXPECT_NEAR((value_of<Device>(nacre::SumOp{}, a)), sum, near);
  EXPECT_NEAR((value_of<Device>(nacre::MeanOp{}, a)), n > 0 ? sum / static_cast<double>(n) : 0, near);
  EXPECT_NEAR((value_of<Device>(nacre::DotOp{}, a, b)), dot, near);
  EXPECT_NEAR((value_of<Device>(nacre::SquaredNormOp{}, a)), square, near * (1 + square));
  EXPECT_NEAR((value_of<Device>(nacre::half_squared_norm(), a)), square / 2, near * (1 + square));
  EXPECT_NEAR((value_of<Device>(nacre::NormOp{}, a)), std::sqrt(square), near);
  if (n > 1000) return;
  expect_correct_derivatives(exec, nacre::SumOp{}, a);
  expect_correct_derivatives(exec, nacre::MeanOp{}, a);
  expect_correct_derivatives(exec, nacre::DotOp{}, a, b);
  expect_correct_derivatives(exec, nacre::SquaredNormOp{3}, a);
  expect_correct_derivatives(exec, nacre::NormOp{}, a);
  auto const alpha = random_vector<Scalar, Device>("alpha", 1, 3);
  expect_correct_derivatives(exec, nacre::ScaleOp{}, alpha, a);
  expect_correct_derivatives(exec, nacre::AxpyOp{}, alpha, a, b);
}

TYPED_TEST(Reductions, ReductionsAndTheirDerivativesAreRight) {
  for (std::size_t const n : {0, 1, 37, 5000}) {
    expect_reductions<double, TypeParam>(n);
    expect_reductions<float, TypeParam>(n);
  }
}

template <class Scalar, class Device>
void expect_max(std::size_t n) {
  SCOPED_TRACE(n);
  auto const x = random_vector<Scalar, Device>("x", n, 4);
  auto const h = to_host(x);
  for (std::size_t i = 0; i < n; ++i) h(i) *= Scalar(.25);
  h(n / 3) = Scalar(.5);  // far enough from the others for differences
  Kokkos::deep_copy(x, h);
  EXPECT_EQ((value_of<Device>(nacre::MaxOp{}, x)), .5);
  expect_correct_derivatives(nacre::ExecOf<Device>(), nacre::MaxOp{}, x);
}

TYPED_TEST(Reductions, TheLargestNumberAndItsDerivativesAreRight) {
  for (std::size_t const n : {1, 37, 1023}) {
    expect_max<double, TypeParam>(n);
    expect_max<float, TypeParam>(n);
  }
}

TYPED_TEST(Reductions, TheLargestNumberIsTheFirstOfEqualOnesAndHidesNoNaN) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  nacre::ExecOf<TypeParam> const exec;
  Vector<double, TypeParam> const x("x", 4), y("y", 1), y_bar("y_bar", 1), x_bar("x_bar", 4), none("none", 0);
  auto const h = to_host(x);
  for (int i = 0; i < 4; ++i) h(i) = i == 1 || i == 3 ? -1 : -2;
  Kokkos::deep_copy(x, h);
  Kokkos::deep_copy(y_bar, 5.);
  Kokkos::deep_copy(x_bar, 1.);
  nacre::MaxOp{}.forward(exec, y, x);
  nacre::MaxOp{}.adjoint(exec, y, y_bar, x, x_bar);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(to_host(x_bar)(i), i == 1 ? 6 : 1);
  h(2) = std::numeric_limits<double>::quiet_NaN();
  Kokkos::deep_copy(x, h);
  EXPECT_EQ((value_of<TypeParam>(nacre::MaxOp{}, x)), kInfinity);
  EXPECT_EQ((value_of<TypeParam>(nacre::MaxOp{}, none)), -kInfinity);
}

TYPED_TEST(Reductions, ANormHasGradientZeroAtZero) {
  nacre::ExecOf<TypeParam> const exec;
  Vector<double, TypeParam> const x("x", 3), y("y", 1), y_bar("y_bar", 1), x_bar("x_bar", 3);
  Kokkos::deep_copy(y_bar, 2.);
  nacre::NormOp{}.forward(exec, y, x);
  nacre::NormOp{}.adjoint(exec, y, y_bar, x, x_bar);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(to_host(x_bar)(i), 0);
}

TYPED_TEST(Reductions, AxpyIsAMultiplePlusAVector) {
  auto const alpha = random_vector<double, TypeParam>("alpha", 1, 1);
  auto const x = random_vector<double, TypeParam>("x", 37, 2),
             y = random_vector<double, TypeParam>("y", 37, 3);
  Vector<double, TypeParam> const z("z", 37);
  nacre::AxpyOp{}.forward(nacre::ExecOf<TypeParam>(), z, alpha, x, y);
  auto const a = to_host(alpha), xh = to_host(x), yh = to_host(y), zh = to_host(z);
  for (int i = 0; i < 37; ++i) EXPECT_DOUBLE_EQ(zh(i), a(0) * xh(i) + yh(i));
}

template <template <class, class> class Matrix, class Device>
void expect_axis_sums(std::size_t n, std::size_t k) {
  SCOPED_TRACE(nacre::cat(n, " by ", k));
  nacre::ExecOf<Device> const exec;
  auto const av = random_vector<double, Device>("a", n * k, 1),
             bv = random_vector<double, Device>("b", n * k, 2);
  Matrix<double const, Device> const a(av.data(), n, k), b(bv.data(), n, k);
  Vector<double, Device> const columns("columns", k), rows("rows", n), dots("dots", k);
  nacre::DenseColumnSumsOp{}.forward(exec, columns, a);
  nacre::DenseRowSumsOp{}.forward(exec, rows, a);
  nacre::ColumnDotsOp{}.forward(exec, dots, a, b);
  auto const ah = to_host(a), bh = to_host(b);
  std::vector<double> column(k), row(n), dot(k);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < k; ++j) {
      column[j] += ah(i, j);
      row[i] += ah(i, j);
      dot[j] += ah(i, j) * bh(i, j);
    }
  for (std::size_t j = 0; j < k; ++j) EXPECT_NEAR(to_host(columns)(j), column[j], 1e-12);
  for (std::size_t j = 0; j < k; ++j) EXPECT_NEAR(to_host(dots)(j), dot[j], 1e-12);
  for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(to_host(rows)(i), row[i], 1e-12);
  expect_correct_derivatives(exec, nacre::DenseColumnSumsOp{}, a);
  expect_correct_derivatives(exec, nacre::DenseRowSumsOp{}, a);
  expect_correct_derivatives(exec, nacre::ColumnDotsOp{}, a, b);
  expect_correct_derivatives(exec, nacre::RowDotsOp{}, a, b);
  expect_correct_derivatives(exec, nacre::DotOp{}, a, b);
}

TYPED_TEST(Reductions, SumsAlongAnAxisAndTheirDerivativesAreRight) {
  for (auto const& [n, k] : {std::pair<int, int>{0, 0}, {0, 3}, {3, 0}, {1, 1}, {37, 11}, {5, 16}}) {
    expect_axis_sums<RowMajor, TypeParam>(static_cast<std::size_t>(n), static_cast<std::size_t>(k));
    expect_axis_sums<MultiVector, TypeParam>(static_cast<std::size_t>(n), static_cast<std::size_t>(k));
  }
}

TYPED_TEST(Reductions, RejectVectorsOfDifferentLengths) {
  Vector<double, TypeParam> const a("a", 3), b("b", 2), y("y", 1);
  nacre::test::expect_error("dot: view 'b' has extent(0) = 2 but the extent of a is 3",
                            [&] { nacre::DotOp{}.forward(nacre::ExecOf<TypeParam>(), y, a, b); });
}

}  // namespace
