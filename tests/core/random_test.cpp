#include <nacre/core/random.hpp>

#include <gtest/gtest.h>

#include <vector>

#include <nacre/core/types.hpp>

#include "support/backends.hpp"
#include "support/message_of.hpp"
#include "support/views.hpp"

namespace {

template <class Device>
struct Random : testing::Test {};
TYPED_TEST_SUITE(Random, nacre::test::Backends);

template <class Device>
void fill(nacre::Vector<double, Device> const& v) {
  Kokkos::parallel_for(
      "nacre::test::fill", nacre::range(nacre::ExecOf<Device>(), v.extent(0)),
      KOKKOS_LAMBDA(nacre::Ordinal i) {
        v(i) = nacre::random_uniform(42, static_cast<std::uint64_t>(i), -1, 3);
      });
}

TYPED_TEST(Random, IsTheSameInKernelsAndOnTheHost) {
  nacre::Vector<double, TypeParam> v("v", 1023);
  fill<TypeParam>(v);
  auto const h = nacre::test::to_host(v);
  for (int i = 0; i < 1023; ++i)
    EXPECT_EQ(h(i), nacre::random_uniform(42, static_cast<std::uint64_t>(i), -1, 3));
}

TYPED_TEST(Random, IsSpreadEvenly) {
  int const n = 100000;
  for (std::uint64_t const seed : {0u, 1u, 7u}) {
    std::vector<int> count(10, 0);
    double lag = 0;
    for (int i = 0; i < n; ++i) {
      double const u = nacre::random_uniform(seed, static_cast<std::uint64_t>(i));
      ASSERT_TRUE(u >= 0 && u < 1);
      ++count[static_cast<std::size_t>(10 * u)];
      lag += (u - .5) * (nacre::random_uniform(seed, static_cast<std::uint64_t>(i) + 1) - .5);
    }
    for (int const c : count) EXPECT_NEAR(c, n / 10, 5 * 95);  // five standard deviations
    EXPECT_NEAR(lag / n, 0, 5. / 12 / 316);
  }
}

TYPED_TEST(Random, DependsOnEveryArgument) {
  EXPECT_NE(nacre::random_bits(1, 2), nacre::random_bits(2, 1));
  EXPECT_NE(nacre::random_bits(1, 2), nacre::random_bits(1, 3));
  EXPECT_NE(nacre::random_bits(1, 2, 3), nacre::random_bits(1, 3, 2));
}

TEST(RandomPermutation, IsABijectionWithItsInverse) {
  for (std::int64_t const n : {1, 2, 3, 10, 37, 1000, 4096, 10007}) {
    nacre::RandomPermutation const p(n, 5);
    std::vector<int> hits(static_cast<std::size_t>(n), 0);
    std::int64_t fixed = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      ASSERT_TRUE(p(i) >= 0 && p(i) < n);
      ++hits[static_cast<std::size_t>(p(i))];
      ASSERT_EQ(p.inverse(p(i)), i);
      fixed += p(i) == i ? 1 : 0;
    }
    for (int const h : hits) ASSERT_EQ(h, 1);
    if (n > 10) {
      EXPECT_LT(fixed, 10);
    }
  }
}

TEST(RandomPermutation, TheSeedZeroIsTheIdentity) {
  nacre::RandomPermutation const p(100, 0);
  for (std::int64_t i = 0; i < 100; ++i) EXPECT_EQ(p(i), i);
}

TEST(RandomPermutation, RejectsNegativeSizes) {
  EXPECT_EQ(nacre::test::message_of([] { nacre::RandomPermutation(-1, 0); }),
            "RandomPermutation: n = -1 is negative");
}

}  // namespace
