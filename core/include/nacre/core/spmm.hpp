#pragma once

#include <nacre/core/spmv.hpp>

/// \file
/// Products of a sparse matrix with a dense one.

namespace nacre {

namespace detail {

/// Columns of a row-major right factor whose sums are kept in registers.
template <class T>
inline constexpr int kRowMajorStrip = 256 / static_cast<int>(sizeof(T));
/// Entries ahead for which a row of the right factor is asked for.
inline constexpr int kPrefetchRows = 48;

/// y(i, :) = sum over k of values(k) x(col(k), :), rows contiguous.
template <class Exec, class T, class TX, class TY>
struct RowMajorProduct {
  static constexpr int kStrip = kRowMajorStrip<TY>;
  Offset const* row_ptr;
  Ordinal const* col;
  T const* values;
  TX const* x;
  TY* y;
  std::size_t x_stride, y_stride;
  std::int64_t num_entries;
  Ordinal num_rows;
  int num_columns;

  /// A chunk of rows on a host.
  void operator()(Ordinal chunk) const {
    Ordinal const begin = chunk * kRowChunk;
    Ordinal const end = begin + kRowChunk < num_rows ? begin + kRowChunk : num_rows;
    for (Ordinal i = begin; i < end; ++i) {
      Offset const first = row_ptr[i], last = row_ptr[i + 1];
      int c = 0;
      for (; c + kStrip <= num_columns; c += kStrip) strip<kStrip>(i, first, last, c);
      for (; c + kStrip / 2 <= num_columns; c += kStrip / 2) strip<kStrip / 2>(i, first, last, c);
      for (; c + 8 <= num_columns; c += 8) strip<8>(i, first, last, c);
      for (; c + 4 <= num_columns; c += 4) strip<4>(i, first, last, c);
      for (; c < num_columns; ++c) strip<1>(i, first, last, c);
    }
  }

  template <int kWidth>
  void strip(Ordinal i, Offset first, Offset last, int c) const {
    TY sum[kWidth] = {};
    for (Offset k = first; k < last; ++k) {
      if (kWidth >= 4 && static_cast<std::int64_t>(k) + kPrefetchRows < num_entries) {
        TX const* const ahead = x + static_cast<std::size_t>(col[k + kPrefetchRows]) * x_stride + c;
        for (int j = 0; j < kWidth; j += 64 / static_cast<int>(sizeof(TX))) prefetch(ahead + j);
      }
      TY const a = static_cast<TY>(values[k]);
      TX const* const xk = x + static_cast<std::size_t>(col[k]) * x_stride + c;
      for (int j = 0; j < kWidth; ++j) sum[j] += a * static_cast<TY>(xk[j]);
    }
    TY* const yi = y + static_cast<std::size_t>(i) * y_stride + c;
    for (int j = 0; j < kWidth; ++j) yi[j] = sum[j];
  }
};

/// One number of the product a thread; neighbours read neighbours.
template <class T, class TX, class TY>
struct RowMajorProductByThread {
  Offset const* row_ptr;
  Ordinal const* col;
  T const* values;
  TX const* x;
  TY* y;
  std::size_t x_stride, y_stride;
  int num_columns;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at) const {
    std::int64_t const i = at / num_columns, c = at % num_columns;
    TY sum = 0;
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k)
      sum += static_cast<TY>(values[k]) * static_cast<TY>(x[static_cast<std::size_t>(col[k]) * x_stride + c]);
    y[static_cast<std::size_t>(i) * y_stride + c] = sum;
  }
};

template <class Exec, class Device, class Values, class X, class Y>
void spmm_row_major(Exec const& exec, CsrPattern<Device> const& pattern, Values const& values, X const& x,
                    Y const& y) {
  using T = typename Values::non_const_value_type;
  using TX = typename X::non_const_value_type;
  using TY = typename Y::non_const_value_type;
  auto const n = static_cast<std::size_t>(pattern.num_rows());
  auto const k = static_cast<int>(y.extent(1));
  auto const x_stride = static_cast<std::size_t>(x.stride(0)),
             y_stride = static_cast<std::size_t>(y.stride(0));
  if constexpr (kOnHost<typename Exec::device_type>)
    Kokkos::parallel_for(
        "nacre::spmm", range(exec, (n + kRowChunk - 1) / kRowChunk),
        RowMajorProduct<Exec, T, TX, TY>{
            pattern.row_ptr().data(), pattern.col().data(), values.data(), x.data(), y.data(), x_stride,
            y_stride, static_cast<std::int64_t>(pattern.num_entries()), pattern.num_rows(), k});
  else
    Kokkos::parallel_for(
        "nacre::spmm", range_of_entries(exec, n * static_cast<std::size_t>(k)),
        RowMajorProductByThread<T, TX, TY>{pattern.row_ptr().data(), pattern.col().data(), values.data(),
                                           x.data(), y.data(), x_stride, y_stride, k});
}

}  // namespace detail

/// Y = A X.
///
/// \param exec    where to run; asynchronous, ordered on this instance
/// \param pattern n-by-m, nnz entries
/// \param values  [nnz] entries of A
/// \param x       [m, k], rows or columns contiguous
/// \param[out] y  [n, k], the same layout as x, overwritten; must not alias x
/// \throws nacre::Error if an extent does not match
template <class Exec, class Device, class Values, class X, class Y>
void spmm(Exec const& exec, CsrPattern<Device> const& pattern, Values const& values, X const& x, Y const& y) {
  static_assert(compat::kRank<X> == 2 && compat::kRank<Y> == 2, "spmm: X and Y have two dimensions");
  check_extent("spmm", values, 0, pattern.num_entries(), "the pattern's number of entries");
  check_extent("spmm", x, 0, static_cast<std::size_t>(pattern.num_cols()), "the pattern's number of columns");
  check_extent("spmm", y, 0, static_cast<std::size_t>(pattern.num_rows()), "the pattern's number of rows");
  check_extent("spmm", y, 1, x.extent(1), "the number of columns of x");
  if constexpr (std::is_same_v<typename X::array_layout, Kokkos::LayoutRight> &&
                std::is_same_v<typename Y::array_layout, Kokkos::LayoutRight>)
    detail::spmm_row_major(exec, pattern, values, x, y);
  else
    spmv(exec, pattern, values, x, y);
}

}  // namespace nacre
