#include <nacre/core/cross_entropy.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/matrices.hpp"

namespace {

using nacre::CrossEntropyOp;
using nacre::MultiVector;
using nacre::RowMajor;
using nacre::Vector;
using nacre::test::expect_correct_derivatives;
using nacre::test::expect_error;
using nacre::test::random_vector;
using nacre::test::result_of;
using nacre::test::to_host;

template <class Device>
struct CrossEntropy : testing::Test {};
TYPED_TEST_SUITE(CrossEntropy, nacre::test::Backends);

template <template <class, class> class Matrix, class Scalar, class Device>
void expect_cross_entropy(std::size_t n, std::size_t c) {
  SCOPED_TRACE(nacre::cat(n, " by ", c));
  std::vector<int> label(n);
  for (std::size_t i = 0; i < n; ++i) label[i] = i % 4 == 1 ? -1 : static_cast<int>(i * 7 % c);
  CrossEntropyOp<Device> const op{nacre::to_device<Device>("label", label),
                                  1 / (1. + static_cast<double>(n))};
  auto const v = random_vector<Scalar, Device>("v", n * c, 1);
  Matrix<Scalar, Device> const x(v.data(), n, c);
  auto const xh = to_host(x);
  double expected = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (label[i] < 0) continue;
    double sum = 0;
    for (std::size_t j = 0; j < c; ++j) sum += std::exp(static_cast<double>(xh(i, j)));
    expected += std::log(sum) - static_cast<double>(xh(i, static_cast<std::size_t>(label[i])));
  }
  nacre::test::expect_near<Scalar>(result_of<Scalar, Device>(op, x),
                                   {expected / (1. + static_cast<double>(n))});
  expect_correct_derivatives(nacre::ExecOf<Device>(), op, x);
}

template <class Scalar, class Device>
void expect_cross_entropies(std::size_t largest) {
  for (auto const& [n, c] :
       {std::pair<std::size_t, std::size_t>{0, 3}, {1, 1}, {1, 2}, {37, 7}, {largest, 3}}) {
    expect_cross_entropy<RowMajor, Scalar, Device>(n, c);
    expect_cross_entropy<MultiVector, Scalar, Device>(n, c);
  }
}

TYPED_TEST(CrossEntropy, AndItsDerivativesAreRight) { expect_cross_entropies<double, TypeParam>(1023); }
// differences of a sum of more terms are rounding errors
TYPED_TEST(CrossEntropy, AndItsDerivativesAreRightInFloat) { expect_cross_entropies<float, TypeParam>(101); }

TYPED_TEST(CrossEntropy, DoesNotOverflow) {
  auto const x = nacre::to_device<TypeParam>("x", std::vector<double>{1e4, -1e4});
  Vector<int, TypeParam> const label("label", 1);
  Kokkos::deep_copy(label, 1);
  CrossEntropyOp<TypeParam> const op{label};
  RowMajor<double, TypeParam> const logits(x.data(), 1, 2), x_bar("x_bar", 1, 2);
  EXPECT_EQ((result_of<double, TypeParam>(op, logits)), (std::vector<double>{2e4}));
  Vector<double, TypeParam> const y_bar("y_bar", 1);
  Kokkos::deep_copy(y_bar, 3);
  op.adjoint(nacre::ExecOf<TypeParam>(), y_bar, y_bar, logits, x_bar);
  EXPECT_EQ(to_host(x_bar)(0, 0), 3);
  EXPECT_EQ(to_host(x_bar)(0, 1), -3);
}

TYPED_TEST(CrossEntropy, IgnoresRowsWithoutLabelWhateverTheyHold) {
  Vector<int, TypeParam> const label("label", 2);
  Kokkos::deep_copy(label, -1);
  RowMajor<double, TypeParam> const x("x", 2, 3), x_bar("x_bar", 2, 3);
  Kokkos::deep_copy(x, std::nan(""));
  Vector<double, TypeParam> const y_bar("y_bar", 1);
  Kokkos::deep_copy(y_bar, 1);
  CrossEntropyOp<TypeParam> const op{label};
  EXPECT_EQ((result_of<double, TypeParam>(op, x)), (std::vector<double>{0}));
  op.adjoint(nacre::ExecOf<TypeParam>(), y_bar, y_bar, x, x_bar);
  EXPECT_EQ(to_host(x_bar)(1, 2), 0);
}

TYPED_TEST(CrossEntropy, RejectsLabelsThatAreNoClasses) {
  auto const check = [](std::vector<int> const& label) {
    nacre::check_labels(nacre::to_device<TypeParam>("label", label), 3);
  };
  check({-1, 0, 2});
  expect_error("check_labels: label(1) = 3, expected -1 or a class below 3", [&] { check({0, 3}); });
  expect_error("check_labels: label(0) = -2, expected -1 or a class below 3", [&] { check({-2}); });
  RowMajor<double, TypeParam> const x("x", 2, 3);
  expect_error("cross_entropy: view 'label' has extent(0) = 1 but the number of rows of x is 2", [&] {
    result_of<double, TypeParam>(CrossEntropyOp<TypeParam>{Vector<int, TypeParam>("label", 1)}, x);
  });
}

}  // namespace
