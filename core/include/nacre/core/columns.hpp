#pragma once

#include <nacre/core/error.hpp>
#include <nacre/core/types.hpp>

/// \file
/// One vector or several side by side, as kernels see them.

namespace nacre::detail {

/// What kernels see of a vector: where the columns start.
template <class T>
struct Columns {
  T* data;
  std::size_t stride;
  KOKKOS_INLINE_FUNCTION T* operator[](int c) const { return data + static_cast<std::size_t>(c) * stride; }
};

template <class View>
std::size_t num_columns(View const& v) {
  return compat::kRank<View> == 1 ? 1 : v.extent(1);
}

/// \throws nacre::Error if v is not [n, k] with contiguous columns
template <class View>
Columns<typename View::value_type> columns(char const* op, View const& v, std::size_t n, std::size_t k,
                                           char const* expected_from = "the first argument") {
  static_assert(compat::kRank<View> == 1 || compat::kRank<View> == 2, "vectors are [n] or [n, k]");
  if (v.extent(0) != n || num_columns(v) != k)
    fail(cat(op, ": view '", v.label(), "' is [", v.extent(0), ", ", num_columns(v), "] but ", expected_from,
             " is [", n, ", ", k, "]"));
  if (n > 1 && v.stride(0) != 1) fail(cat(op, ": the columns of view '", v.label(), "' are not contiguous"));
  if constexpr (compat::kRank<View> == 1)
    return {v.data(), n};
  else
    return {v.data(), k > 1 ? static_cast<std::size_t>(v.stride(1)) : n};
}

template <class T>
Columns<T> from_column(Columns<T> const& v, std::size_t c) {
  return {v.data + c * v.stride, v.stride};
}

}  // namespace nacre::detail
