#pragma once

#include <array>

#include <nacre/core/operation.hpp>
#include <nacre/core/spmv.hpp>

/// \file
/// Sparse matrix-vector products as differentiable operations of the matrix and the vector.

namespace nacre {

namespace detail {

/// Which cotangents a fused adjoint adds to: a kernel of its own for each choice.
template <bool kFirst, bool kSecond>
struct Wanted {
  static constexpr bool first = kFirst, second = kSecond;
};

/// Runs `launch(Wanted<...>)` with what is wanted; does nothing if nothing is.
template <class First, class Second, class Launch>
void launch_wanted(First const& first, Second const& second, Launch const& launch) {
  bool const f = first.data() != nullptr, s = second.data() != nullptr;
  if (f && s)
    launch(Wanted<true, true>());
  else if (f)
    launch(Wanted<true, false>());
  else if (s)
    launch(Wanted<false, true>());
}

/// Both cotangents of y = A x in one sweep over the rows, in one work item:
/// values_bar(k) += y_bar(i) x(col(k)) and x_bar(col(k)) += values(k) y_bar(i).
template <class Want, class T, class TX, class TY>
struct SerialSpmvAdjoint {
  Offset const* row_ptr;
  Ordinal const* col;
  T const* values;
  Columns<TX const> x;
  Columns<TY const> y_bar;
  T* values_bar;
  Columns<TX> x_bar;
  Ordinal num_rows;
  int num_columns;

  void operator()(int) const {
    Ordinal i = 0;
    // rows of a stencil are equally long: their products are unrolled
    for (; i + kRowBlock <= num_rows; i += kRowBlock) {
      Offset const* const ptr = row_ptr + i;
      Offset const length = ptr[1] - ptr[0];
      Offset unequal = 0;
      for (int r = 1; r < kRowBlock; ++r) unequal |= (ptr[r + 1] - ptr[r]) ^ length;
      prefetch_entries(col, values, ptr[0], ptr[kRowBlock]);
      if (unequal != 0 || !equal_rows(i, length))
        for (Ordinal r = i; r < i + kRowBlock; ++r) row(r);
    }
    for (; i < num_rows; ++i) row(i);
  }

  bool equal_rows(Ordinal i, Offset length) const {
    switch (length) {
      case 3:
        return equal_rows<3>(i);
      case 4:
        return equal_rows<4>(i);
      case 5:
        return equal_rows<5>(i);
      case 6:
        return equal_rows<6>(i);
      case 7:
        return equal_rows<7>(i);
      case 8:
        return equal_rows<8>(i);
      case 9:
        return equal_rows<9>(i);
      default:
        return false;
    }
  }
  template <int kLength>
  bool equal_rows(Ordinal i) const {
    Offset const begin = row_ptr[i];
    for (int c = 0; c < num_columns; ++c)
      for (int r = 0; r < kRowBlock; ++r) short_row<kLength>(c, i + r, begin + r * kLength);
    return true;
  }
  /// The columns of a row differ, so all of its sums can be read before any is written.
  template <int kLength>
  KOKKOS_FORCEINLINE_FUNCTION void short_row(int c, Ordinal i, Offset begin) const {
    TY const yi = y_bar[c][i];
    Ordinal const* const j = col + begin;
    if constexpr (Want::first) {
      TX const* const xc = x[c];
      T sum[kLength];
      for (int e = 0; e < kLength; ++e) sum[e] = values_bar[begin + e] + static_cast<T>(yi * xc[j[e]]);
      for (int e = 0; e < kLength; ++e) values_bar[begin + e] = sum[e];
    }
    if constexpr (Want::second) {
      TX* const xc_bar = x_bar[c];
      TX sum[kLength];
      for (int e = 0; e < kLength; ++e) sum[e] = xc_bar[j[e]] + static_cast<TX>(values[begin + e] * yi);
      for (int e = 0; e < kLength; ++e) xc_bar[j[e]] = sum[e];
    }
  }
  void row(Ordinal i) const {
    for (int c = 0; c < num_columns; ++c) {
      TY const yi = y_bar[c][i];
      for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) {
        Ordinal const j = col[k];
        if constexpr (Want::first) values_bar[k] += static_cast<T>(yi * x[c][j]);
        if constexpr (Want::second) x_bar[c][j] += static_cast<TX>(values[k] * yi);
      }
    }
  }
};

/// values_bar(k) += sum over c of left(row(k), c) right(col(k), c), an entry a thread.
template <class T, class TL, class TR>
struct AddOuterProduct {
  Ordinal const *row, *col;
  Columns<TL const> left;
  Columns<TR const> right;
  T* values_bar;
  int num_columns;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k) const {
    T sum = 0;
    for (int c = 0; c < num_columns; ++c) sum += static_cast<T>(left[c][row[k]] * right[c][col[k]]);
    values_bar[k] += sum;
  }
};

/// x_bar(j) += sum over the column j of A of values(k) y_bar(row(k)): gathered through the transpose.
template <class T, class TX, class TY>
struct AddTransposedProduct {
  Offset const *ptr, *entry;
  Ordinal const* row;
  T const* values;
  Columns<TY const> y_bar;
  Columns<TX> x_bar;
  int num_columns;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal j) const {
    for (int c = 0; c < num_columns; ++c) {
      TX sum = 0;
      for (Offset k = ptr[j]; k < ptr[j + 1]; ++k)
        sum += static_cast<TX>(values[entry[k]] * y_bar[c][row[k]]);
      x_bar[c][j] += sum;
    }
  }
};

/// Both cotangents of y = A^T x, row by row: values_bar(k) += x(i) y_bar(col(k)) and
/// x_bar(i) += sum over k of values(k) y_bar(col(k)).
template <class Want, class T, class TX, class TY>
struct SpmvTransposeAdjoint {
  Offset const* row_ptr;
  Ordinal const* col;
  T const* values;
  Columns<TX const> x;
  Columns<TY const> y_bar;
  T* values_bar;
  Columns<TX> x_bar;
  int num_columns;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    Offset const begin = row_ptr[i], end = row_ptr[i + 1];
    for (int c = 0; c < num_columns; ++c) {
      TY const* const yc = y_bar[c];
      if constexpr (Want::first) {
        TX const xi = x[c][i];
        for (Offset k = begin; k < end; ++k) values_bar[k] += static_cast<T>(xi * yc[col[k]]);
      }
      if constexpr (Want::second) {
        TX sum = 0;
        for (Offset k = begin; k < end; ++k) sum += static_cast<TX>(values[k] * yc[col[k]]);
        x_bar[c][i] += sum;
      }
    }
  }
};

/// [n] or [n, k] as the view v has columns.
template <class View>
std::array<std::size_t, compat::kRank<View>> as_many_columns(std::size_t n, View const& v) {
  std::array<std::size_t, compat::kRank<View>> extents{};
  extents[0] = n;
  if constexpr (compat::kRank<View> == 2) extents[1] = v.extent(1);
  return extents;
}

/// The columns of a view that belongs to an operation; it may be one without data.
template <class View>
Columns<typename View::value_type> plain_columns(View const& v) {
  return {v.data(), v.extent(0)};
}

}  // namespace detail

/// Adjoint of spmv: `values_bar(k) += y_bar(row(k)) x(col(k))` and `x_bar += A^T y_bar`, summed over columns
/// where there are several. One pass on the serial back end; others gather, so the order of sums is fixed.
///
/// \param y_bar             [n] or [n, k]
/// \param[in,out] values_bar [nnz], or without data: not wanted
/// \param[in,out] x_bar      [m] or [m, k], or without data: not wanted
/// \see spmv for the rest; Giles (2008), Collected matrix derivative results, section 2.2.2
template <class Exec, class Device, class YBar, class Values, class X, class ValuesBar, class XBar>
void spmv_adjoint(Exec const& exec, CsrPattern<Device> const& pattern, YBar const& y_bar,
                  Values const& values, X const& x, ValuesBar const& values_bar, XBar const& x_bar) {
  using T = typename ValuesBar::non_const_value_type;
  using TX = typename XBar::non_const_value_type;
  using TY = typename YBar::non_const_value_type;
  auto const k = static_cast<int>(detail::num_columns(x));
  detail::Columns<TX const> const xs{x.data(), x.extent(0)};
  detail::Columns<TY const> const ys{y_bar.data(), y_bar.extent(0)};
  if constexpr (kSerial<typename Exec::device_type>) {
    detail::launch_wanted(values_bar, x_bar, [&](auto want) {
      Kokkos::parallel_for("nacre::spmv_adjoint",
                           Kokkos::RangePolicy<Exec, Kokkos::IndexType<int>>(exec, 0, 1),
                           detail::SerialSpmvAdjoint<decltype(want), T, TX, TY>{
                               pattern.row_ptr().data(), pattern.col().data(), values.data(), xs, ys,
                               values_bar.data(), detail::plain_columns(x_bar), pattern.num_rows(), k});
    });
  } else {
    if (values_bar.data() != nullptr)
      Kokkos::parallel_for(
          "nacre::spmv_adjoint::values", range_of_entries(exec, pattern.num_entries()),
          detail::AddOuterProduct<T, TY, TX>{row_of_entry(pattern).data(), pattern.col().data(), ys, xs,
                                             values_bar.data(), k});
    if (x_bar.data() != nullptr) {
      auto const& t = transposed(pattern);
      Kokkos::parallel_for("nacre::spmv_adjoint::x",
                           range(exec, static_cast<std::size_t>(pattern.num_cols())),
                           detail::AddTransposedProduct<T, TX, TY>{t.pattern.row_ptr().data(), t.entry.data(),
                                                                   t.pattern.col().data(), values.data(), ys,
                                                                   detail::plain_columns(x_bar), k});
    }
  }
}

/// Adjoint of spmv_transpose: `values_bar(k) += x(row(k)) y_bar(col(k))` and `x_bar += A y_bar`, in one pass.
///
/// \param y_bar [m] or [m, k]
/// \see spmv_adjoint for the rest
template <class Exec, class Device, class YBar, class Values, class X, class ValuesBar, class XBar>
void spmv_transpose_adjoint(Exec const& exec, CsrPattern<Device> const& pattern, YBar const& y_bar,
                            Values const& values, X const& x, ValuesBar const& values_bar,
                            XBar const& x_bar) {
  using T = typename ValuesBar::non_const_value_type;
  using TX = typename XBar::non_const_value_type;
  using TY = typename YBar::non_const_value_type;
  detail::launch_wanted(values_bar, x_bar, [&](auto want) {
    Kokkos::parallel_for("nacre::spmv_transpose_adjoint",
                         range(exec, static_cast<std::size_t>(pattern.num_rows())),
                         detail::SpmvTransposeAdjoint<decltype(want), T, TX, TY>{
                             pattern.row_ptr().data(), pattern.col().data(), values.data(),
                             detail::Columns<TX const>{x.data(), x.extent(0)},
                             detail::Columns<TY const>{y_bar.data(), y_bar.extent(0)}, values_bar.data(),
                             detail::plain_columns(x_bar), static_cast<int>(detail::num_columns(x))});
  });
}

/// y = A x as an operation of (values, x): x is [m], or [m, k] with contiguous columns.
template <class Device = DefaultDevice>
struct SpmvOp {
  static constexpr char const* name = "nacre::spmv";
  static constexpr Form form = Form::multilinear;
  CsrPattern<Device> pattern;  ///< n-by-m

  template <class Values, class X>
  std::array<std::size_t, compat::kRank<X>> output_extents(Values const&, X const& x) const {
    return detail::as_many_columns(static_cast<std::size_t>(pattern.num_rows()), x);
  }
  template <class Exec, class Y, class Values, class X>
  void forward(Exec const& exec, Y const& y, Values const& values, X const& x) const {
    spmv(exec, pattern, values, x, y);
  }
  template <class Exec, class Y, class YBar, class Values, class X, class ValuesBar, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, Values const& values, X const& x,
               ValuesBar const& values_bar, XBar const& x_bar) const {
    spmv_adjoint(exec, pattern, y_bar, values, x, values_bar, x_bar);
  }
};

/// y = A^T x as an operation of (values, x): x is [n], or [n, k] with contiguous columns.
template <class Device = DefaultDevice>
struct SpmvTransposeOp {
  static constexpr char const* name = "nacre::spmv_transpose";
  static constexpr Form form = Form::multilinear;
  CsrPattern<Device> pattern;  ///< n-by-m

  template <class Values, class X>
  std::array<std::size_t, compat::kRank<X>> output_extents(Values const&, X const& x) const {
    return detail::as_many_columns(static_cast<std::size_t>(pattern.num_cols()), x);
  }
  template <class Exec, class Y, class Values, class X>
  void forward(Exec const& exec, Y const& y, Values const& values, X const& x) const {
    spmv_transpose(exec, pattern, values, x, y);
  }
  template <class Exec, class Y, class YBar, class Values, class X, class ValuesBar, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, Values const& values, X const& x,
               ValuesBar const& values_bar, XBar const& x_bar) const {
    spmv_transpose_adjoint(exec, pattern, y_bar, values, x, values_bar, x_bar);
  }
};

}  // namespace nacre
