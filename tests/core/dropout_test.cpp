#include <nacre/core/dropout.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/matrices.hpp"

namespace {

using nacre::DropoutOp;
using nacre::MultiVector;
using nacre::RowMajor;
using nacre::Vector;
using nacre::test::expect_correct_derivatives;
using nacre::test::expect_error;
using nacre::test::random_vector;
using nacre::test::to_host;

template <class Device>
struct Dropout : testing::Test {};
TYPED_TEST_SUITE(Dropout, nacre::test::Backends);

/// Whether the definition keeps entry (i, j) of a row with this key.
bool kept(double rate, std::uint64_t seed, std::uint64_t key, std::uint64_t j) {
  return nacre::to_unit_interval(nacre::random_bits(seed, key, j)) >= rate;
}

template <class Op, class X>
typename X::HostMirror dropped(Op const& op, X const& x) {
  X y("y", x.layout());
  Kokkos::deep_copy(y, 99);
  op.forward(typename X::execution_space(), y, x);
  return to_host(y);
}

template <template <class, class> class Matrix, class Scalar, class Device>
void expect_dropout(std::size_t n, std::size_t k, double rate) {
  SCOPED_TRACE(nacre::cat(n, " by ", k, ", rate ", rate));
  std::vector<std::uint64_t> keys(n);
  for (std::size_t i = 0; i < n; ++i) keys[i] = 1000 - 7 * i;
  DropoutOp<Device> const counted(rate, 5, 40), keyed(rate, 5, nacre::to_device<Device>("keys", keys));
  auto const v = random_vector<Scalar, Device>("v", n * k, 1);
  Matrix<Scalar, Device> const x(v.data(), n, k);
  auto const xh = to_host(x);
  Matrix<Scalar, Device> const like("x", n, k);
  Kokkos::deep_copy(like, x);
  auto const by_count = dropped(counted, like), by_key = dropped(keyed, like);
  auto const scale = static_cast<Scalar>(1 / (1 - rate));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < k; ++j) {
      EXPECT_EQ(by_count(i, j), kept(rate, 5, 40 + i, j) ? scale * xh(i, j) : 0);
      EXPECT_EQ(by_key(i, j), kept(rate, 5, keys[i], j) ? scale * xh(i, j) : 0);
    }
  expect_correct_derivatives(nacre::ExecOf<Device>(), counted, x);
  expect_correct_derivatives(nacre::ExecOf<Device>(), keyed, x);
}

template <class Scalar, class Device>
void expect_dropouts() {
  for (auto const& [n, k] : {std::pair<std::size_t, std::size_t>{0, 0}, {0, 3}, {3, 0}, {1, 1}, {37, 19}})
    for (double const rate : {0., .3, .9}) {
      expect_dropout<RowMajor, Scalar, Device>(n, k, rate);
      expect_dropout<MultiVector, Scalar, Device>(n, k, rate);
    }
}

TYPED_TEST(Dropout, KeepsWhatItsDefinitionSays) { expect_dropouts<double, TypeParam>(); }
TYPED_TEST(Dropout, KeepsWhatItsDefinitionSaysInFloat) { expect_dropouts<float, TypeParam>(); }

TYPED_TEST(Dropout, OfAVectorIsThatOfOneColumn) {
  DropoutOp<TypeParam> const op(.4, 3, 7);
  auto const x = random_vector<double, TypeParam>("x", 1023, 1);
  auto const y = dropped(op, x);
  auto const xh = to_host(x);
  for (std::size_t i = 0; i < 1023; ++i) EXPECT_EQ(y(i), kept(.4, 3, 7 + i, 0) ? 1 / (1 - .4) * xh(i) : 0);
  expect_correct_derivatives(nacre::ExecOf<TypeParam>(), op, x);
}

TYPED_TEST(Dropout, AgreesWithTheUnitIntervalAtItsThreshold) {
  // a rate that is itself one of the numbers drawn, and its neighbours
  double const drawn = nacre::to_unit_interval(nacre::random_bits(11, 2, 1));
  RowMajor<double, TypeParam> const x("x", 3, 2);
  Kokkos::deep_copy(x, 1);
  EXPECT_NE(dropped(DropoutOp<TypeParam>(drawn, 11), x)(2, 1), 0);
  EXPECT_NE(dropped(DropoutOp<TypeParam>(std::nextafter(drawn, 0.), 11), x)(2, 1), 0);
  EXPECT_EQ(dropped(DropoutOp<TypeParam>(std::nextafter(drawn, 1.), 11), x)(2, 1), 0);
}

TYPED_TEST(Dropout, DropsAboutItsRate) {
  RowMajor<float, TypeParam> const x("x", 1000, 100);
  Kokkos::deep_copy(x, 1.f);
  auto const y = dropped(DropoutOp<TypeParam>(.3, 1), x);
  int zeros = 0;
  for (std::size_t e = 0; e < y.size(); ++e) zeros += y.data()[e] == 0;
  EXPECT_NEAR(zeros, 30000, 5 * 145);  // five standard deviations
}

TYPED_TEST(Dropout, RejectsRatesOutOfRangeAndTooFewKeys) {
  expect_error("dropout: rate = 1.5, expected a number in [0, 1)", [] { DropoutOp<TypeParam>(1.5, 1); });
  expect_error("dropout: rate = 1, expected a number in [0, 1)", [] { DropoutOp<TypeParam>(1, 1); });
  expect_error("dropout: rate = -0.1, expected a number in [0, 1)", [] { DropoutOp<TypeParam>(-.1, 1); });
  RowMajor<double, TypeParam> const x("x", 3, 2), y("y", 3, 2);
  Vector<std::uint64_t, TypeParam> const keys("keys", 2);
  expect_error("dropout: view 'keys' has extent(0) = 2 but the number of rows of x is 3",
               [&] { DropoutOp<TypeParam>(.5, 1, keys).forward(nacre::ExecOf<TypeParam>(), y, x); });
}

TEST(RandomSequence, IsThatOfOneSeed) {
  for (std::uint64_t const seed : {0ull, 1ull, 0xffffffffffffffffull}) {
    nacre::RandomSequence const sequence(nacre::random_bits(seed, 3));
    for (std::uint64_t j = 0; j < 5; ++j) EXPECT_EQ(sequence(j), nacre::random_bits(seed, 3, j));
  }
  // what the generator gave when it was written: seeds in files must go on meaning the same
  EXPECT_EQ(nacre::random_bits(1, 2), 0x7e9d68c96027abb7u);
  EXPECT_EQ(nacre::random_bits(1, 2, 3), 0xad129d59baa6b19bu);
}

}  // namespace
