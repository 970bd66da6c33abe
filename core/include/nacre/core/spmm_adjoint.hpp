#pragma once

#include <nacre/core/spmm.hpp>
#include <nacre/core/spmv_adjoint.hpp>

/// \file
/// Products of a sparse matrix, or its transpose, with a dense one whose rows are contiguous, as
/// differentiable operations of both.

namespace nacre {

namespace detail {

/// Entries ahead for which the rows of their columns are asked for where they are read and written: fewer than in
/// spmm, which only reads.
inline constexpr int kPrefetchUpdates = 16;
/// Rows within this distance of that at hand are in cache anyway, or come by themselves: grids, not graphs.
inline constexpr Ordinal kNearRows = 1024;

/// Whether row j is far from row i.
KOKKOS_FORCEINLINE_FUNCTION bool is_far(Ordinal i, Ordinal j) {
  return j < i - kNearRows || j > i + kNearRows;
}

template <int kWidth, class T>
KOKKOS_FORCEINLINE_FUNCTION T sum_of(T (&terms)[kWidth]) {
  for (int step = kWidth / 2; step > 0; step /= 2)
    for (int j = 0; j < step; ++j) terms[j] += terms[j + step];
  return terms[0];
}

/// What follows from a row u of one dense factor and the rows w(col(k)), k in that row of the pattern:
/// values_bar(k) += u . w(col(k)) and, if they are wanted, w_bar(col(k)) += values(k) u (scattering) or
/// u_bar += sum over k of values(k) w(col(k)) (gathering).
template <class Want, bool kScatter, class T, class TU, class TW, class TBar>
struct RowMajorAdjoint {
  Offset const* row_ptr;
  Ordinal const* col;
  T const* values;
  TU const* u;
  TW const* w;
  T* values_bar;
  TBar* bar;  // w_bar or u_bar
  std::int64_t num_entries;
  Ordinal num_rows;
  int num_columns;

  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    Offset const begin = row_ptr[i], end = row_ptr[i + 1];
    int c = 0;
    constexpr int kStrip = 128 / static_cast<int>(sizeof(TBar));
    for (; c + kStrip <= num_columns; c += kStrip) strip<kStrip>(i, begin, end, c);
    for (; c + 8 <= num_columns; c += 8) strip<8>(i, begin, end, c);
    for (; c + 4 <= num_columns; c += 4) strip<4>(i, begin, end, c);
    for (; c < num_columns; ++c) strip<1>(i, begin, end, c);
  }
  template <int kWidth>
  KOKKOS_FORCEINLINE_FUNCTION void strip(Ordinal i, Offset begin, Offset end, int c) const {
    TU own[kWidth];
    TBar sum[kWidth] = {};
    TU const* const from = u + at(i, c);
    for (int j = 0; j < kWidth; ++j) own[j] = from[j];
    for (Offset k = begin; k < end; ++k) {
      if (kWidth >= 4 && static_cast<std::int64_t>(k) + kPrefetchUpdates < num_entries &&
          is_far(i, col[k + kPrefetchUpdates])) {
        std::size_t const ahead = at(col[k + kPrefetchUpdates], c);
        for (int j = 0; j < kWidth; j += 64 / static_cast<int>(sizeof(TW))) {
          if constexpr (Want::first || !kScatter) prefetch(w + ahead + static_cast<std::size_t>(j));
          if constexpr (Want::second && kScatter) prefetch(bar + ahead + static_cast<std::size_t>(j));
        }
      }
      std::size_t const other = at(col[k], c);
      if constexpr (Want::first || !kScatter) {
        T terms[kWidth];
        TW const* const wk = w + other;
        if constexpr (Want::second && !kScatter) {
          TBar const a = static_cast<TBar>(values[k]);
          for (int j = 0; j < kWidth; ++j) sum[j] += a * static_cast<TBar>(wk[j]);
        }
        if constexpr (Want::first) {
          for (int j = 0; j < kWidth; ++j) terms[j] = static_cast<T>(own[j] * wk[j]);
          values_bar[k] += sum_of<kWidth>(terms);
        }
      }
      if constexpr (Want::second && kScatter) {
        TBar const a = static_cast<TBar>(values[k]);
        TBar* const to = bar + other;
        for (int j = 0; j < kWidth; ++j) to[j] += a * static_cast<TBar>(own[j]);
      }
    }
    if constexpr (Want::second && !kScatter) {
      TBar* const to = bar + at(i, c);
      for (int j = 0; j < kWidth; ++j) to[j] += sum[j];
    }
  }
  KOKKOS_FORCEINLINE_FUNCTION std::size_t at(Ordinal i, int c) const {
    return static_cast<std::size_t>(i) * static_cast<std::size_t>(num_columns) + static_cast<std::size_t>(c);
  }
};

/// All rows in one work item, one after the other.
template <class Body>
struct RowAfterRow {
  Body body;
  void operator()(int) const {
    for (Ordinal i = 0; i < body.num_rows; ++i) body(i);
  }
};

/// y(j, c) (+)= sum over the column j of A of values(k) x(row(k), c): gathered, a number a thread.
template <class T, class TX, class TY>
struct TransposedRowMajorProduct {
  Offset const *ptr, *entry;
  Ordinal const* row;
  T const* values;
  TX const* x;
  TY* y;
  int num_columns;
  bool add;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at) const {
    std::int64_t const j = at / num_columns, c = at % num_columns;
    TY sum = 0;
    for (Offset k = ptr[j]; k < ptr[j + 1]; ++k)
      sum += static_cast<TY>(values[entry[k]] * x[static_cast<std::int64_t>(row[k]) * num_columns + c]);
    y[at] = add ? y[at] + sum : sum;
  }
};

/// y (+)= A^T x where there are several threads.
template <class Exec, class Device, class Values, class X, class Y>
void gather_transposed_product(Exec const& exec, char const* label, CsrPattern<Device> const& pattern,
                               Values const& values, X const& x, Y const& y, bool add) {
  auto const& t = transposed(pattern);
  auto const k = static_cast<int>(x.extent(1));
  Kokkos::parallel_for(
      label, range_of_entries(exec, static_cast<std::size_t>(pattern.num_cols()) * x.extent(1)),
      TransposedRowMajorProduct<typename Values::non_const_value_type, typename X::non_const_value_type,
                                typename Y::non_const_value_type>{t.pattern.row_ptr().data(), t.entry.data(),
                                                                  t.pattern.col().data(), values.data(),
                                                                  x.data(), y.data(), k, add});
}

/// A RowMajorAdjoint over all rows: in one work item where it scatters.
template <bool kScatter, class Exec, class Device, class Values, class U, class W, class ValuesBar, class Bar>
void row_major_adjoint(Exec const& exec, char const* label, CsrPattern<Device> const& pattern,
                       Values const& values, U const& u, W const& w, ValuesBar const& values_bar,
                       Bar const& bar) {
  launch_wanted(values_bar, bar, [&](auto want) {
    using Body = RowMajorAdjoint<decltype(want), kScatter, typename ValuesBar::non_const_value_type,
                                 typename U::non_const_value_type, typename W::non_const_value_type,
                                 typename Bar::non_const_value_type>;
    Body const body{pattern.row_ptr().data(),
                    pattern.col().data(),
                    values.data(),
                    u.data(),
                    w.data(),
                    values_bar.data(),
                    bar.data(),
                    static_cast<std::int64_t>(pattern.num_entries()),
                    pattern.num_rows(),
                    static_cast<int>(u.extent(1))};
    if constexpr (kScatter)
      Kokkos::parallel_for(label, Kokkos::RangePolicy<Exec, Kokkos::IndexType<int>>(exec, 0, 1),
                           RowAfterRow<Body>{body});
    else
      Kokkos::parallel_for(label, range(exec, static_cast<std::size_t>(pattern.num_rows())), body);
  });
}

template <class X>
constexpr void require_row_major() {
  static_assert(compat::kRank<X> == 2 && std::is_same_v<typename X::array_layout, Kokkos::LayoutRight>,
                "spmm: dense factors are [n, k] with contiguous rows; with contiguous columns use SpmvOp");
}

}  // namespace detail

/// Y = A^T X, in a fixed order of summation.
///
/// \param pattern n-by-m, nnz entries
/// \param values  [nnz] entries of A
/// \param x       [n, k], contiguous rows
/// \param[out] y  [m, k], contiguous rows, overwritten; must not alias x
/// \throws nacre::Error if an extent does not match
template <class Exec, class Device, class Values, class X, class Y>
void spmm_transpose(Exec const& exec, CsrPattern<Device> const& pattern, Values const& values, X const& x,
                    Y const& y) {
  detail::require_row_major<X>();
  detail::require_row_major<Y>();
  check_extent("spmm_transpose", values, 0, pattern.num_entries(), "the pattern's number of entries");
  check_extent("spmm_transpose", x, 0, static_cast<std::size_t>(pattern.num_rows()),
               "the pattern's number of rows");
  check_extent("spmm_transpose", y, 0, static_cast<std::size_t>(pattern.num_cols()),
               "the pattern's number of columns");
  check_extent("spmm_transpose", y, 1, x.extent(1), "the number of columns of x");
  if constexpr (kSerial<typename Exec::device_type>) {
    set_all(exec, y, 0);
    OpView<typename Values::non_const_value_type, 1, Kokkos::LayoutRight, Device> const unwanted;
    detail::row_major_adjoint<true>(exec, "nacre::spmm_transpose", pattern, values, x, x, unwanted, y);
  } else {
    detail::gather_transposed_product(exec, "nacre::spmm_transpose", pattern, values, x, y, false);
  }
}

/// Y = A X as an operation of (values, X): X is [m, k] with contiguous rows.
///
/// Adjoint: `values_bar(k) += Y_bar(row(k), :) . X(col(k), :)` and `X_bar += A^T Y_bar`; Giles (2008),
/// Collected matrix derivative results, section 2.2.2. One pass on the serial back end.
template <class Device = DefaultDevice>
struct SpmmOp {
  static constexpr char const* name = "nacre::spmm";
  static constexpr Form form = Form::multilinear;
  CsrPattern<Device> pattern;  ///< n-by-m

  template <class Values, class X>
  std::array<std::size_t, 2> output_extents(Values const&, X const& x) const {
    return {{static_cast<std::size_t>(pattern.num_rows()), x.extent(1)}};
  }
  template <class Exec, class Y, class Values, class X>
  void forward(Exec const& exec, Y const& y, Values const& values, X const& x) const {
    detail::require_row_major<X>();
    spmm(exec, pattern, values, x, y);
  }
  template <class Exec, class Y, class YBar, class Values, class X, class ValuesBar, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, Values const& values, X const& x,
               ValuesBar const& values_bar, XBar const& x_bar) const {
    if constexpr (kSerial<typename Exec::device_type>) {
      detail::row_major_adjoint<true>(exec, "nacre::spmm_adjoint", pattern, values, y_bar, x, values_bar,
                                      x_bar);
    } else {
      if (values_bar.data() != nullptr)
        detail::row_major_adjoint<false>(exec, "nacre::spmm_adjoint::values", pattern, values, y_bar, x,
                                         values_bar, XBar());
      if (x_bar.data() != nullptr)
        detail::gather_transposed_product(exec, "nacre::spmm_adjoint::x", pattern, values, y_bar, x_bar,
                                          true);
    }
  }
};

/// Y = A^T X as an operation of (values, X): X is [n, k] with contiguous rows.
///
/// Adjoint: `values_bar(k) += X(row(k), :) . Y_bar(col(k), :)` and `X_bar += A Y_bar`, in one pass.
template <class Device = DefaultDevice>
struct SpmmTransposeOp {
  static constexpr char const* name = "nacre::spmm_transpose";
  static constexpr Form form = Form::multilinear;
  CsrPattern<Device> pattern;  ///< n-by-m

  template <class Values, class X>
  std::array<std::size_t, 2> output_extents(Values const&, X const& x) const {
    return {{static_cast<std::size_t>(pattern.num_cols()), x.extent(1)}};
  }
  template <class Exec, class Y, class Values, class X>
  void forward(Exec const& exec, Y const& y, Values const& values, X const& x) const {
    spmm_transpose(exec, pattern, values, x, y);
  }
  template <class Exec, class Y, class YBar, class Values, class X, class ValuesBar, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, Values const& values, X const& x,
               ValuesBar const& values_bar, XBar const& x_bar) const {
    detail::row_major_adjoint<false>(exec, "nacre::spmm_transpose_adjoint", pattern, values, x, y_bar,
                                     values_bar, x_bar);
  }
};

}  // namespace nacre
