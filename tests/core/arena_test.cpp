#include <nacre/core/arena.hpp>
#include <nacre/core/operation.hpp>
#include <nacre/core/ordered_sum.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <set>

#include "support/backends.hpp"

namespace {

using HostArena = nacre::Arena<Kokkos::HostSpace>;

TEST(Arena, GivesAlignedPiecesThatDoNotOverlap) {
  HostArena arena;
  std::byte* last = nullptr;
  for (std::size_t const bytes : {0, 1, 127, 128, 129, 100000, 7}) {
    std::byte* const p = arena.allocate(bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p) % 64, 0u);
    std::fill(p, p + bytes, std::byte{1});
    EXPECT_NE(p, last);
    last = p;
  }
}

TEST(Arena, SecondPassOfTheSameRequestsAsksForNoMemory) {
  HostArena arena;
  auto const pass = [&] {
    for (int i = 0; i < 100; ++i) arena.allocate(static_cast<std::size_t>(1000 * (i % 7) + 3));
  };
  pass();
  int const calls = arena.num_allocator_calls();

  for (int i = 0; i < 3; ++i) {
    arena.reset();
    pass();
  }

  EXPECT_EQ(arena.num_allocator_calls(), calls);
}

TEST(Arena, WastesLittleOnLargeRequests) {
  HostArena arena;
  std::size_t const large = 1 << 20;

  for (int i = 0; i < 50; ++i) arena.allocate(large);

  EXPECT_LE(arena.capacity_bytes(), 50 * large + 50 * large / 10);
}

TEST(Pool, GivesReleasedPiecesAgain) {
  nacre::Pool<Kokkos::HostSpace> pool;
  std::byte* const a = pool.acquire(1000);
  std::byte* const b = pool.acquire(2000);

  pool.release(a, 1000);

  EXPECT_NE(pool.acquire(2000), a);
  EXPECT_EQ(pool.acquire(1000), a);
  EXPECT_NE(pool.acquire(2000), b);
}

template <class Device>
struct OrderedSum : testing::Test {};
TYPED_TEST_SUITE(OrderedSum, nacre::test::Backends);

struct Harmonic {
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t i) const { return 1. / static_cast<double>(i + 1); }
};

TYPED_TEST(OrderedSum, AddsScaledSums) {
  nacre::ExecOf<TypeParam> const exec;
  for (std::size_t const n : {0, 1, 37, 1023, 100000}) {
    nacre::Vector<double, TypeParam> const out("out", 1);
    Kokkos::deep_copy(out, 7.);
    double expected = 0;
    for (std::size_t i = n; i-- > 0;) expected += 1. / static_cast<double>(i + 1);

    nacre::ordered_sum(exec, "nacre::test", n, Harmonic(), out);
    EXPECT_NEAR(nacre::host_view(out)(0), expected, 1e-13);
    nacre::ordered_sum(exec, "nacre::test", n, Harmonic(), out, -3, 2);
    EXPECT_NEAR(nacre::host_view(out)(0), -expected, 1e-13);
  }
}

}  // namespace
