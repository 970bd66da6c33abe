#pragma once

#include <cstddef>
#include <cstring>
#include <utility>

#if defined(__FMA__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

/// \file
/// The vector registers of a host, as far as products with compact rows need them.

namespace nacre::detail {

/// Bytes of values that are asked for ahead of those in use; 6 to 8 KiB were best on several matrices.
inline constexpr std::size_t kBytesAhead = 8192;
/// Entries of a row that a block of rows loads at once, and by how many it may read beyond the end of a row.
inline constexpr int kStencilColumns = 4;
inline constexpr int kStencilOverrun = kStencilColumns - 1;

#if (defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12)) && !defined(__CUDACC__) && \
    !defined(__HIPCC__)
inline constexpr bool kHaveLanes = true;
#if defined(__AVX512F__)
inline constexpr int kRegisterBytes = 64;
#elif defined(__AVX__)
inline constexpr int kRegisterBytes = 32;
#else
inline constexpr int kRegisterBytes = 16;
#endif
/// Numbers in a register.
template <class T>
inline constexpr int kLanesOf = kRegisterBytes / static_cast<int>(sizeof(T));

template <class T, int kLanes>
struct LanesOf {
  typedef T type __attribute__((vector_size(kLanes * sizeof(T))));
};
template <class T, int kLanes>
using Lanes = typename LanesOf<T, kLanes>::type;

template <class T, int kLanes>
[[gnu::always_inline]] inline Lanes<T, kLanes> load(T const* p) {
  Lanes<T, kLanes> v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <class T, int kLanes>
[[gnu::always_inline]] inline void store(T* p, Lanes<T, kLanes> const& v) {
  std::memcpy(p, &v, sizeof v);
}

/// The same number in each lane.
template <class T, int kLanes>
[[gnu::always_inline]] inline Lanes<T, kLanes> spread(T v) {
  return v - Lanes<T, kLanes>{};  // not v + {}, which would make -0 of no lane
}

/// sum + a b, rounded once where multiply_add() is: compilers that are left to choose do not always.
template <class T, int kLanes>
[[gnu::always_inline]] inline Lanes<T, kLanes> multiply_add(Lanes<T, kLanes> const& a,
                                                            Lanes<T, kLanes> const& b,
                                                            Lanes<T, kLanes> const& sum) {
  [[maybe_unused]] constexpr bool kDouble = sizeof(T) == sizeof(double);
  [[maybe_unused]] constexpr std::size_t kBytes = kLanes * sizeof(T);
#if defined(__AVX512F__)
  if constexpr (kBytes == 64) {
    if constexpr (kDouble)
      return _mm512_fmadd_pd(a, b, sum);
    else
      return _mm512_fmadd_ps(a, b, sum);
  }
#endif
#if defined(__FMA__)
  if constexpr (kBytes == 32) {
    if constexpr (kDouble)
      return _mm256_fmadd_pd(a, b, sum);
    else
      return _mm256_fmadd_ps(a, b, sum);
  }
  if constexpr (kBytes == 16) {
    if constexpr (kDouble)
      return _mm_fmadd_pd(a, b, sum);
    else
      return _mm_fmadd_ps(a, b, sum);
  }
#endif
  return sum + a * b;
}

/// The lanes of a, then those of b.
template <class V, int... lane>
[[gnu::always_inline]] inline auto join(V const& a, V const& b, std::integer_sequence<int, lane...>) {
  return __builtin_shufflevector(a, b, lane...);
}

/// Where lane l of a transposition's step comes from: of squares of 2 kSize by 2 kSize, the blocks off the diagonal
/// change places.
template <int kLanes, int kSize, bool kLow>
constexpr int source_of_lane(int l) {
  int const square = l / (2 * kSize), block = l / kSize % 2, within = l % kSize;
  return block * kLanes + square * 2 * kSize + (kLow ? 0 : kSize) + within;
}
template <int kSize, bool kLow, class V, int... lane>
[[gnu::always_inline]] inline V exchange(V const& a, V const& b, std::integer_sequence<int, lane...>) {
  constexpr int kLanes = sizeof...(lane);
  return __builtin_shufflevector(a, b, source_of_lane<kLanes, kSize, kLow>(lane)...);
}

/// Transposes each square of kRows by kRows numbers.
template <class T, int kLanes, int kRows, int kSize = 1>
[[gnu::always_inline]] inline void transpose_squares(Lanes<T, kLanes>* v) {
  if constexpr (kSize < kRows) {
    constexpr std::make_integer_sequence<int, kLanes> lanes;
    for (int i = 0; i < kRows; ++i) {
      if (i & kSize) continue;
      auto const a = v[i], b = v[i + kSize];
      v[i] = exchange<kSize, true>(a, b, lanes);
      v[i + kSize] = exchange<kSize, false>(a, b, lanes);
    }
    transpose_squares<T, kLanes, kRows, 2 * kSize>(v);
  }
}

/// kPiece numbers each from p, p + step, p + 2 step and so on.
template <class T, int kLanes, int kPiece>
[[gnu::always_inline]] inline Lanes<T, kLanes> load_pieces(T const* p, std::size_t step) {
  if constexpr (kLanes == kPiece)
    return load<T, kLanes>(p);
  else
    return join(load_pieces<T, kLanes / 2, kPiece>(p, step),
                load_pieces<T, kLanes / 2, kPiece>(p + step * (kLanes / kPiece / 2), step),
                std::make_integer_sequence<int, kLanes>());
}

/// columns[j] = numbers j < kStencilColumns of kLanes rows, which begin at p, p + length and so on.
template <class T, int kLanes>
[[gnu::always_inline]] inline void load_columns(T const* p, std::size_t length, Lanes<T, kLanes>* columns) {
  constexpr int kPiece = kLanes < kStencilColumns ? kLanes : kStencilColumns;
  for (int first = 0; first < kStencilColumns; first += kPiece) {
    for (int j = 0; j < kPiece; ++j)
      columns[first + j] =
          load_pieces<T, kLanes, kPiece>(p + first + static_cast<std::size_t>(j) * length, kPiece * length);
    transpose_squares<T, kLanes, kPiece>(columns + first);
  }
}

#else  // one number at a time, so that what uses this compiles
inline constexpr bool kHaveLanes = false;
template <class T>
inline constexpr int kLanesOf = 1;
template <class T, int>
using Lanes = T;
template <class T, int>
T load(T const* p) {
  return *p;
}
template <class T, int>
void store(T* p, T v) {
  *p = v;
}
template <class T, int>
T spread(T v) {
  return v;
}
template <class T, int>
T multiply_add(T a, T b, T sum) {
  return multiply_add<T>(a, b, sum);
}
template <class T, int>
void load_columns(T const* p, std::size_t, T* columns) {
  for (int j = 0; j < kStencilColumns; ++j) columns[j] = p[j];
}
#endif

}  // namespace nacre::detail
