#include <nacre/core/elementwise_binary.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::Vector;
using nacre::test::expect_correct_derivatives;
using nacre::test::random_vector;
using nacre::test::to_host;

template <class Device>
struct ElementwiseBinary : testing::Test {};
TYPED_TEST_SUITE(ElementwiseBinary, nacre::test::Backends);

template <class Scalar, class Device, class Op, class Expected>
void expect_binary(Op const& op, Expected const& expected) {
  nacre::ExecOf<Device> const exec;
  for (std::size_t const n : {0, 1, 37, 1500}) {
    SCOPED_TRACE(nacre::cat(Op::name, ", n = ", n));
    auto const a = random_vector<Scalar, Device>("a", n, 1);
    auto const b = random_vector<Scalar, Device>("b", n, 2);
    auto const bh = to_host(b);
    for (std::size_t i = 0; i < n; ++i) bh(i) += bh(i) < 0 ? Scalar(-.5) : Scalar(.5);
    Kokkos::deep_copy(b, bh);
    Vector<Scalar, Device> const y("y", n);
    Kokkos::deep_copy(y, Scalar(99));
    op.forward(exec, y, a, b);
    auto const ah = to_host(a), yh = to_host(y);
    for (std::size_t i = 0; i < n; ++i)
      EXPECT_NEAR(static_cast<double>(yh(i)),
                  expected(static_cast<double>(ah(i)), static_cast<double>(bh(i))),
                  8 * std::numeric_limits<Scalar>::epsilon());
    if (n < 1000) expect_correct_derivatives(exec, op, a, b);
  }
}

template <class Scalar, class Device>
void expect_all_binary() {
  expect_binary<Scalar, Device>(nacre::add(), [](double a, double b) { return a + b; });
  expect_binary<Scalar, Device>(nacre::subtract(), [](double a, double b) { return a - b; });
  expect_binary<Scalar, Device>(nacre::LinearCombinationOp{.5, -2},
                                [](double a, double b) { return .5 * a - 2 * b; });
  expect_binary<Scalar, Device>(nacre::MultiplyOp{}, [](double a, double b) { return a * b; });
  expect_binary<Scalar, Device>(nacre::DivideOp{}, [](double a, double b) { return a / b; });
}

TYPED_TEST(ElementwiseBinary, ValuesAndDerivativesAreRight) {
  expect_all_binary<double, TypeParam>();
  expect_all_binary<float, TypeParam>();
}

TYPED_TEST(ElementwiseBinary, TwiceTheSameInputAddsBothCotangents) {
  nacre::ExecOf<TypeParam> const exec;
  auto const x = random_vector<double, TypeParam>("x", 9, 1),
             y_bar = random_vector<double, TypeParam>("g", 9, 2);
  Vector<double, TypeParam> const y("y", 9), x_bar("x_bar", 9);
  nacre::MultiplyOp{}.forward(exec, y, x, x);
  nacre::MultiplyOp{}.adjoint(exec, y, y_bar, x, x, x_bar, x_bar);
  auto const xh = to_host(x), gh = to_host(y_bar), bh = to_host(x_bar);
  for (int i = 0; i < 9; ++i) EXPECT_DOUBLE_EQ(bh(i), 2 * xh(i) * gh(i));
}

TYPED_TEST(ElementwiseBinary, RejectsInputsOfDifferentLengths) {
  Vector<double, TypeParam> const a("a", 3), b("b", 2), y("y", 3);
  nacre::test::expect_error("multiply: view 'b' has extent(0) = 2 but the extent of a is 3",
                            [&] { nacre::MultiplyOp{}.forward(nacre::ExecOf<TypeParam>(), y, a, b); });
}

}  // namespace
