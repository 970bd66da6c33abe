#pragma once

#include <nacre/core/row_products.hpp>
#include <nacre/core/transpose.hpp>

/// \file
/// Sparse matrix-vector products, of one vector or several side by side.

namespace nacre {

namespace detail {

template <class TY>
struct StoreProduct {
  Columns<TY> y;
  static constexpr bool kSumsAreResult = true;
  Columns<TY> place_of_sums(Ordinal i, int c) const { return {y[c] + i, y.stride}; }
  template <class Sum>
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i, int c, Sum sum) const {
    y[c][i] = static_cast<TY>(sum);
  }
};

template <class TB, class TR>
struct StoreResidual {
  Columns<TB> b;
  Columns<TR> r;
  static constexpr bool kSumsAreResult = false;
  Columns<TR> place_of_sums(Ordinal i, int c) const {
    if (b.data == r.data) return {nullptr, 0};
    return {r[c] + i, r.stride};
  }
  template <class Sum>
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i, int c, Sum sum) const {
    r[c][i] = static_cast<TR>(b[c][i] - sum);
  }
};

template <class TY>
struct StoreScaled {
  TY alpha, beta;
  Columns<TY> y;
  template <class Sum>
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i, int c, Sum sum) const {
    y[c][i] = beta == TY(0) ? alpha * static_cast<TY>(sum) : alpha * static_cast<TY>(sum) + beta * y[c][i];
  }
};

/// Gathers a column of A through the order of the transpose.
template <class T, class X, class TY>
struct TransposedProduct {
  Offset const *ptr, *entry;
  Ordinal const* row;
  T const* values;
  Columns<X> x;
  Columns<TY> y;
  int num_columns;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal j) const {
    for (int c = 0; c < num_columns; ++c) {
      X* const xc = x[c];
      TY sum = 0;
      for (Offset k = ptr[j]; k < ptr[j + 1]; ++k) sum += static_cast<TY>(values[entry[k]] * xc[row[k]]);
      y[c][j] = sum;
    }
  }
};

/// The whole product in one work item, row after row.
template <class T, class X, class TY>
struct SerialTransposedProduct {
  Offset const* row_ptr;
  Ordinal const* col;
  T const* values;
  Columns<X> x;
  Columns<TY> y;
  Ordinal num_rows, num_cols;
  int num_columns;
  void operator()(int) const {
    for (int c = 0; c < num_columns; ++c)
      for (Ordinal j = 0; j < num_cols; ++j) y[c][j] = 0;
    for (Ordinal i = 0; i < num_rows; ++i) {
      Offset const begin = row_ptr[i], end = row_ptr[i + 1];
      prefetch_entries(col, values, begin, end);
      for (int c = 0; c < num_columns; ++c) {
        X const xi = x[c][i];
        TY* const yc = y[c];
        for (Offset e = begin; e < end; ++e) yc[col[e]] += static_cast<TY>(values[e] * xi);
      }
    }
  }
};

}  // namespace detail

/// y = A x.
///
/// \param exec    where to run; asynchronous, ordered on this instance
/// \param pattern n-by-m, nnz entries
/// \param values  [nnz] entries of A
/// \param x       [m] or [m, k], each column contiguous
/// \param[out] y  [n] or [n, k], overwritten; must not alias x
/// \throws nacre::Error if an extent does not match the pattern
template <class Exec, class Device, class Values, class X, class Y>
void spmv(Exec const& exec, CsrPattern<Device> const& pattern, Values const& values, X const& x, Y const& y) {
  using TY = typename Y::non_const_value_type;
  check_extent("spmv", y, 0, static_cast<std::size_t>(pattern.num_rows()), "the pattern's number of rows");
  for_each_row_product(exec, "nacre::spmv", pattern, values, x,
                       detail::StoreProduct<TY>{
                           detail::columns("spmv", y, y.extent(0), detail::num_columns(x), "the product")});
}

/// y = alpha A x + beta y; with beta = 0, y is not read. Otherwise as above.
template <class Exec, class Device, class Values, class X, class Y>
void spmv(Exec const& exec, double alpha, CsrPattern<Device> const& pattern, Values const& values, X const& x,
          double beta, Y const& y) {
  using TY = typename Y::non_const_value_type;
  check_extent("spmv", y, 0, static_cast<std::size_t>(pattern.num_rows()), "the pattern's number of rows");
  for_each_row_product(exec, "nacre::spmv", pattern, values, x,
                       detail::StoreScaled<TY>{
                           static_cast<TY>(alpha), static_cast<TY>(beta),
                           detail::columns("spmv", y, y.extent(0), detail::num_columns(x), "the product")});
}

/// r = b - A x in one pass.
///
/// \param b      [n] or [n, k]
/// \param[out] r [n] or [n, k], overwritten; may be b, must not alias x
template <class Exec, class Device, class Values, class X, class B, class R>
void residual(Exec const& exec, CsrPattern<Device> const& pattern, Values const& values, X const& x,
              B const& b, R const& r) {
  auto const n = static_cast<std::size_t>(pattern.num_rows());
  std::size_t const k = detail::num_columns(x);
  for_each_row_product(exec, "nacre::residual", pattern, values, x,
                       detail::StoreResidual<typename B::value_type, typename R::non_const_value_type>{
                           detail::columns("residual", b, n, k, "the product"),
                           detail::columns("residual", r, n, k, "the product")});
}

/// y = A^T x, in a fixed order: rows one after the other on the serial back end, else each column gathered
/// through the cached transpose. Where one matrix is applied often, a product with `transpose(A)` is faster.
///
/// \param pattern n-by-m, nnz entries
/// \param values  [nnz] entries of A
/// \param x       [n] or [n, k], each column contiguous
/// \param[out] y  [m] or [m, k], overwritten; must not alias x
/// \throws nacre::Error if an extent does not match the pattern
template <class Exec, class Device, class Values, class X, class Y>
void spmv_transpose(Exec const& exec, CsrPattern<Device> const& pattern, Values const& values, X const& x,
                    Y const& y) {
  using T = typename Values::non_const_value_type;
  using TX = typename X::value_type;
  using TY = typename Y::non_const_value_type;
  check_extent("spmv_transpose", values, 0, pattern.num_entries(), "the pattern's number of entries");
  check_extent("spmv_transpose", x, 0, static_cast<std::size_t>(pattern.num_rows()),
               "the pattern's number of rows");
  check_extent("spmv_transpose", y, 0, static_cast<std::size_t>(pattern.num_cols()),
               "the pattern's number of columns");
  std::size_t const k = detail::num_columns(x);
  auto const xs = detail::columns("spmv_transpose", x, x.extent(0), k);
  auto const ys = detail::columns("spmv_transpose", y, y.extent(0), k, "the product");
  if constexpr (kSerial<typename Exec::device_type>) {
    Kokkos::parallel_for(
        "nacre::spmv_transpose", Kokkos::RangePolicy<Exec, Kokkos::IndexType<int>>(exec, 0, 1),
        detail::SerialTransposedProduct<T, TX, TY>{pattern.row_ptr().data(), pattern.col().data(),
                                                   values.data(), xs, ys, pattern.num_rows(),
                                                   pattern.num_cols(), static_cast<int>(k)});
  } else {
    auto const& t = transposed(pattern);
    Kokkos::parallel_for("nacre::spmv_transpose", range(exec, y.extent(0)),
                         detail::TransposedProduct<T, TX, TY>{t.pattern.row_ptr().data(), t.entry.data(),
                                                              t.pattern.col().data(), values.data(), xs, ys,
                                                              static_cast<int>(k)});
  }
}

}  // namespace nacre
