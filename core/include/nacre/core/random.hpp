#pragma once

#include <nacre/core/config.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstdint>

#include <nacre/core/error.hpp>

/// \file
/// Random numbers as functions of (seed, index): the same on every rank, device and thread, in any order.

namespace nacre {

namespace detail {

/// A round of the finaliser of Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators",
/// with the variant-13 constants.
KOKKOS_INLINE_FUNCTION std::uint64_t mix_bits(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace detail

/// random_bits(seed, index) of one seed: what depends on the seed alone is worked out once.
class RandomSequence {
 public:
  KOKKOS_INLINE_FUNCTION explicit RandomSequence(std::uint64_t seed)
      : start_(detail::mix_bits(seed * 0x9e3779b97f4a7c15u + 0xd1b54a32d192ed03u)) {}
  KOKKOS_INLINE_FUNCTION std::uint64_t operator()(std::uint64_t index) const {
    return detail::mix_bits(start_ + index * 0x9e3779b97f4a7c15u);
  }

 private:
  std::uint64_t start_;
};

/// A well-mixed 64-bit number for (seed, index).
KOKKOS_INLINE_FUNCTION std::uint64_t random_bits(std::uint64_t seed, std::uint64_t index) {
  return RandomSequence(seed)(index);
}

/// The same for two indices: (seed, row, column) and the like.
KOKKOS_INLINE_FUNCTION std::uint64_t random_bits(std::uint64_t seed, std::uint64_t i, std::uint64_t j) {
  return random_bits(random_bits(seed, i), j);
}

/// `bits` as a number uniform in [0, 1): a multiple of 2^-53.
KOKKOS_INLINE_FUNCTION double to_unit_interval(std::uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

/// Uniform in [low, high), up to rounding.
KOKKOS_INLINE_FUNCTION double random_uniform(std::uint64_t seed, std::uint64_t index, double low = 0,
                                             double high = 1) {
  return low + (high - low) * to_unit_interval(random_bits(seed, index));
}

/// A random order of 0, ..., n-1 that needs no table: position and inverse in O(1) on any rank.
///
/// A Feistel network on pairs (a, b) with a*b just above n, whose additions are modulo a and b; a result
/// beyond n is sent through again (Black and Rogaway 2002, "Ciphers with arbitrary finite domains").
class RandomPermutation {
 public:
  /// The identity for the seed 0, a random order else.
  RandomPermutation(std::int64_t n, std::uint64_t seed) : n_(n), seed_(seed) {
    if (n < 0) fail(cat("RandomPermutation: n = ", n, " is negative"));
    a_ = static_cast<std::int64_t>(std::sqrt(static_cast<double>(n))) + 1;
    b_ = n / a_ + 1;
  }
  std::int64_t size() const { return n_; }
  bool is_identity() const { return seed_ == 0; }

  /// Where i goes.
  std::int64_t operator()(std::int64_t i) const {
    if (seed_ == 0) return i;
    do {
      std::int64_t l = i / b_, r = i % b_;
      for (int round = 0; round < kRounds; ++round) {
        l = add(l, step(2 * round, r, a_), a_);
        r = add(r, step(2 * round + 1, l, b_), b_);
      }
      i = l * b_ + r;
    } while (i >= n_);
    return i;
  }
  /// What went to i.
  std::int64_t inverse(std::int64_t i) const {
    if (seed_ == 0) return i;
    do {
      std::int64_t l = i / b_, r = i % b_;
      for (int round = kRounds - 1; round >= 0; --round) {
        r = add(r, b_ - step(2 * round + 1, l, b_), b_);
        l = add(l, a_ - step(2 * round, r, a_), a_);
      }
      i = l * b_ + r;
    } while (i >= n_);
    return i;
  }

 private:
  static constexpr int kRounds = 3;
  static std::int64_t add(std::int64_t x, std::int64_t y, std::int64_t modulus) {
    return x + y < modulus ? x + y : x + y - modulus;
  }
  /// In [0, modulus), which is below 2^32.
  std::int64_t step(int round, std::int64_t x, std::int64_t modulus) const {
    auto const bits = random_bits(seed_ + static_cast<std::uint64_t>(round) * 0x632be59bd9b4e019u,
                                  static_cast<std::uint64_t>(x));
    return static_cast<std::int64_t>(((bits >> 32) * static_cast<std::uint64_t>(modulus)) >> 32);
  }
  std::int64_t n_, a_, b_;
  std::uint64_t seed_;
};

}  // namespace nacre
