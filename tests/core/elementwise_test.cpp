#include <nacre/core/elementwise_functions.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::Vector;
using nacre::test::expect_correct_derivatives;
using nacre::test::random_vector;
using nacre::test::to_host;

template <class Device>
struct Elementwise : testing::Test {};
TYPED_TEST_SUITE(Elementwise, nacre::test::Backends);

/// What a user writes for a function of his own.
struct Cubic {
  static constexpr char const* name = "nacre::test::cubic";
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return x * x * x - x;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T x, T) const {
    return 3 * x * x - 1;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T x, T) const {
    return 6 * x;
  }
};

/// Numbers in [-2, 2] that keep away from 0, or in [.25, 2.25].
template <class Scalar, class Device>
Vector<Scalar, Device> numbers(std::size_t n, bool positive) {
  auto const x = to_host(random_vector<Scalar, Device>("x", n, 5));
  std::vector<Scalar> v(n);
  for (std::size_t i = 0; i < n; ++i)
    v[i] = positive ? x(i) + Scalar(1.25) : 2 * x(i) + (x(i) < 0 ? Scalar(-.1) : Scalar(.1));
  return nacre::to_device<Device>("x", v);
}

template <class Scalar, class Device, class Op, class Expected>
void expect_map(Op const& op, bool positive, Expected const& expected) {
  nacre::ExecOf<Device> const exec;
  for (std::size_t const n : {0, 1, 37, 1500}) {
    SCOPED_TRACE(nacre::cat(Op::name, ", n = ", n));
    auto const x = numbers<Scalar, Device>(n, positive);
    Vector<Scalar, Device> const y("y", n);
    Kokkos::deep_copy(y, Scalar(99));
    op.forward(exec, y, x);
    auto const xh = to_host(x), yh = to_host(y);
    for (std::size_t i = 0; i < n; ++i) {
      double const e = expected(static_cast<double>(xh(i)));
      EXPECT_NEAR(static_cast<double>(yh(i)), e,
                  8 * std::numeric_limits<Scalar>::epsilon() * (1 + std::abs(e)));
    }
    if (n < 1000) expect_correct_derivatives(exec, op, x);
  }
}

template <class Scalar, class Device>
void expect_all_maps() {
  using namespace nacre;
  auto const map_is = [](auto const& op, auto const& f) { expect_map<Scalar, Device>(op, false, f); };
  auto const on_positive = [](auto const& op, auto const& f) { expect_map<Scalar, Device>(op, true, f); };
  map_is(TanhOp{}, [](double x) { return std::tanh(x); });
  map_is(SigmoidOp{}, [](double x) { return 1 / (1 + std::exp(-x)); });
  map_is(ReluOp{}, [](double x) { return x > 0 ? x : 0; });
  map_is(map(LeakyRelu{.2}), [](double x) { return x > 0 ? x : .2 * x; });
  map_is(map(Elu{1.5}), [](double x) { return x > 0 ? x : 1.5 * (std::exp(x) - 1); });
  map_is(GeluOp{}, [](double x) { return x * .5 * (1 + std::erf(x / std::sqrt(2.))); });
  map_is(SoftplusOp{}, [](double x) { return std::log(1 + std::exp(x)); });
  map_is(ExpOp{}, [](double x) { return std::exp(x); });
  map_is(AbsOp{}, [](double x) { return std::abs(x); });
  map_is(SquareOp{}, [](double x) { return x * x; });
  map_is(power(3), [](double x) { return x * x * x; });
  map_is(scale_by(-.3), [](double x) { return -.3 * x; });
  map_is(negate(), [](double x) { return -x; });
  map_is(add_constant(.7), [](double x) { return x + .7; });
  map_is(map(Cubic{}), [](double x) { return x * x * x - x; });
  on_positive(LogOp{}, [](double x) { return std::log(x); });
  on_positive(Log1pOp{}, [](double x) { return std::log1p(x); });
  on_positive(Log10Op{}, [](double x) { return std::log10(x); });
  on_positive(SqrtOp{}, [](double x) { return std::sqrt(x); });
  on_positive(ReciprocalOp{}, [](double x) { return 1 / x; });
  on_positive(power(-1.5), [](double x) { return std::pow(x, -1.5); });
}

TYPED_TEST(Elementwise, FunctionsAndTheirDerivativesAreRightInDouble) {
  expect_all_maps<double, TypeParam>();
}
TYPED_TEST(Elementwise, FunctionsAndTheirDerivativesAreRightInFloat) { expect_all_maps<float, TypeParam>(); }

TYPED_TEST(Elementwise, DoNotOverflow) {
  nacre::ExecOf<TypeParam> const exec;
  auto const x = nacre::to_device<TypeParam>("x", std::vector<double>{-1e4, 1e4, 0});
  Vector<double, TypeParam> const y("y", 3);
  nacre::SigmoidOp{}.forward(exec, y, x);
  EXPECT_EQ(to_host(y)(0), 0);
  EXPECT_EQ(to_host(y)(1), 1);
  EXPECT_EQ(to_host(y)(2), .5);
  nacre::SoftplusOp{}.forward(exec, y, x);
  EXPECT_EQ(to_host(y)(0), 0);
  EXPECT_EQ(to_host(y)(1), 1e4);
  EXPECT_EQ(to_host(y)(2), std::log(2.));
}

TYPED_TEST(Elementwise, APowerOfOneHasDerivativesAtZero) {
  nacre::ExecOf<TypeParam> const exec;
  auto const zero = nacre::to_device<TypeParam>("x", std::vector<double>{0});
  auto const one = nacre::to_device<TypeParam>("y_bar", std::vector<double>{1});
  for (auto const& [exponent, expected] : {std::pair{0., 0.}, {1., 1.}, {2., 0.}}) {
    Vector<double, TypeParam> const y("y", 1), x_bar("x_bar", 1);
    nacre::power(exponent).forward(exec, y, zero);
    nacre::power(exponent).adjoint(exec, y, one, zero, x_bar);
    EXPECT_EQ(to_host(x_bar)(0), expected) << exponent;
  }
}

TYPED_TEST(Elementwise, TakeMatricesOfEitherLayout) {
  nacre::ExecOf<TypeParam> const exec;
  auto const numbers_ = numbers<double, TypeParam>(12, false);
  expect_correct_derivatives(exec, nacre::TanhOp{},
                             nacre::RowMajor<double const, TypeParam>(numbers_.data(), 4, 3));
  expect_correct_derivatives(exec, nacre::TanhOp{},
                             nacre::MultiVector<double const, TypeParam>(numbers_.data(), 4, 3));
}

TYPED_TEST(Elementwise, RejectsAnOutputOfAnotherLength) {
  Vector<double, TypeParam> const x("x", 3), y("shorter", 2);
  nacre::test::expect_error("nacre::tanh: view 'shorter' has extent(0) = 2 but the extent of x is 3",
                            [&] { nacre::TanhOp{}.forward(nacre::ExecOf<TypeParam>(), y, x); });
}

}  // namespace
