#pragma once

#include <nacre/core/columns.hpp>
#include <nacre/core/operation.hpp>

/// \file
/// Views of any rank as kernels of single entries see them.

namespace nacre::detail {

/// \throws nacre::Error if v has gaps
template <class View>
void check_contiguous(char const* op, View const& v) {
  if (v.size() > 0 && !v.span_is_contiguous()) fail(cat(op, ": view '", v.label(), "' is not contiguous"));
}

/// Requires that `v` has the extents of `like`, and its layout, so that entries correspond one by one.
/// \throws nacre::Error if it has not
template <class View, class Like>
void check_same_shape(char const* op, View const& v, Like const& like, char const* expected_from) {
  static_assert(compat::kRank<View> == compat::kRank<Like>, "views of one number of dimensions are needed");
  static_assert(
      compat::kRank<View> < 2 || std::is_same_v<typename View::array_layout, typename Like::array_layout>,
      "views of one layout are needed");
  for (int d = 0; d < static_cast<int>(compat::kRank<View>); ++d)
    check_extent(op, v, d, like.extent(d), expected_from);
  check_contiguous(op, v);
}

/// Blocks of entries on a host, so that the body's scalars and pointers stay in registers; single ones on a
/// device.
template <class Exec, class Body>
struct EntryBlock {
  static constexpr std::int64_t kSize = kOnHost<typename Exec::device_type> ? 1024 : 1;
  Body body;
  std::int64_t n;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t block) const {
    Body const local = body;
    std::int64_t const begin = block * kSize;
    std::int64_t const end = begin + kSize < n ? begin + kSize : n;
    for (std::int64_t i = begin; i < end; ++i) local(i);
  }
};

/// Calls `body(i)` for i in [0, n).
template <class Exec, class Body>
void for_each_entry(Exec const& exec, char const* label, std::size_t n, Body const& body) {
  if (n == 0) return;
  using Block = EntryBlock<Exec, Body>;
  auto const size = static_cast<std::size_t>(Block::kSize);
  Kokkos::parallel_for(label, range_of_entries(exec, (n + size - 1) / size),
                       Block{body, static_cast<std::int64_t>(n)});
}

/// A matrix, or a vector as one column, by its strides.
template <class T>
struct Strided {
  T* data;
  std::int64_t row_stride, col_stride;
  KOKKOS_INLINE_FUNCTION T& operator()(std::int64_t i, std::int64_t j) const {
    return data[i * row_stride + j * col_stride];
  }
};

/// `v` by its strides; nothing is read of a null view.
template <class View>
Strided<typename View::value_type> strided(View const& v) {
  if constexpr (compat::kRank<View> == 1)
    return {v.data(), 1, 0};
  else
    return {v.data(), static_cast<std::int64_t>(v.stride(0)), static_cast<std::int64_t>(v.stride(1))};
}

/// Row by row on a host, entry by entry on a device.
template <class Exec, class Body>
struct MatrixEntries {
  Body body;
  std::int64_t width;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at) const {
    if constexpr (kOnHost<typename Exec::device_type>)
      for (std::int64_t j = 0; j < width; ++j) body(at, j);
    else
      body(at / width, at % width);
  }
};

/// Calls `body(i, j)` for every entry of an n-by-width matrix.
template <class Exec, class Body>
void for_each_matrix_entry(Exec const& exec, char const* label, std::size_t n, std::size_t width,
                           Body const& body) {
  if (n * width == 0) return;
  Kokkos::parallel_for(label, range_of_entries(exec, kOnHost<typename Exec::device_type> ? n : n * width),
                       MatrixEntries<Exec, Body>{body, static_cast<std::int64_t>(width)});
}

}  // namespace nacre::detail
