#pragma once

#include <nacre/core/types.hpp>

/// \file
/// Whether values are those that something was made for.

namespace nacre::solvers::detail {

template <class T>
struct CountDifferences {
  T const *a, *b;
  // a NaN differs from itself: what is made from it is made again, and says so
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t& count) const {
    count += a[i] == b[i] ? 0 : 1;
  }
};

/// Whether two arrays on the device are the same numbers. Waits for the answer.
template <class Exec, class T>
bool are_equal(Exec const& exec, T const* a, T const* b, std::size_t n) {
  std::int64_t count = 0;
  if (n > 0 && a != b)
    Kokkos::parallel_reduce("nacre::solvers::compare_values", range_of_entries(exec, n),
                            CountDifferences<T>{a, b}, count);
  return count == 0;
}

}  // namespace nacre::solvers::detail
