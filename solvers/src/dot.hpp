#pragma once

#include <nacre/core/config.hpp>

/// \file
/// A sum of products that the compiler turns into vector instructions without leave to reorder others.

namespace nacre::solvers::detail {

template <class T>
inline T dot(T const* a, T const* x, Offset n) {
  constexpr int kLanes = 8;
  T sums[kLanes] = {};
  Offset k = 0;
  for (; k + kLanes <= n; k += kLanes)
    for (int l = 0; l < kLanes; ++l) sums[l] += a[k + l] * x[k + l];
  T rest = 0;
  for (; k < n; ++k) rest += a[k] * x[k];
  for (int width = kLanes / 2; width > 0; width /= 2)
    for (int l = 0; l < width; ++l) sums[l] += sums[l + width];
  return sums[0] + rest;
}

}  // namespace nacre::solvers::detail
