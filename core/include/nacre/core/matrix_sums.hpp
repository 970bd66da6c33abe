#pragma once

#include <nacre/core/operation.hpp>
#include <nacre/core/ordered_sum.hpp>
#include <nacre/core/transpose.hpp>

/// \file
/// Differentiable sums of the entries of sparse matrices: by row, by column, along the diagonal.

namespace nacre {

namespace detail {

template <class V, class Y>
struct RowSumBody {
  Offset const* row_ptr;
  V const* values;
  Y* y;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    Y sum = 0;
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) sum += static_cast<Y>(values[k]);
    y[i] = sum;
  }
};

/// values_bar(k) += y_bar(i), k in row i
template <class V, class Y>
struct SpreadOverRowBody {
  Offset const* row_ptr;
  Y const* y_bar;
  V* values_bar;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    V const g = static_cast<V>(y_bar[i]);
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) values_bar[k] += g;
  }
};

/// On one thread: y(col(k)) += values(k).
template <class V, class Y>
struct AddToColumnsBody {
  Ordinal const* col;
  V const* values;
  Y* y;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k) const { y[col[k]] += static_cast<Y>(values[k]); }
};

template <class V, class Y>
struct ColumnSumBody {
  Offset const* col_ptr;
  Offset const* entry;
  V const* values;
  Y* y;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal j) const {
    Y sum = 0;
    for (Offset t = col_ptr[j]; t < col_ptr[j + 1]; ++t) sum += static_cast<Y>(values[entry[t]]);
    y[j] = sum;
  }
};

template <class V, class Y>
struct SpreadOverColumnsBody {
  Ordinal const* col;
  Y const* y_bar;
  V* values_bar;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k) const {
    values_bar[k] += static_cast<V>(y_bar[col[k]]);
  }
};

template <class V>
struct DiagonalTerm {
  Offset const* entry;
  V const* values;
  KOKKOS_INLINE_FUNCTION V operator()(std::int64_t i) const {
    return entry[i] == kNoEntry ? V(0) : values[entry[i]];
  }
};

template <class V, class Y>
struct SpreadOverDiagonalBody {
  Offset const* entry;
  Y const* y_bar;
  V* values_bar;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    if (entry[i] != kNoEntry) values_bar[entry[i]] += static_cast<V>(y_bar[0]);
  }
};

}  // namespace detail

/// y(i) = sum over j of A(i, j); `values_bar(k) += y_bar(row of k)`.
///
/// values [nnz] -> y [n]
template <class Device = DefaultDevice>
struct RowSumsOp {
  static constexpr char const* name = "nacre::row_sums";
  static constexpr Form form = Form::linear;
  CsrPattern<Device> pattern;

  template <class V>
  std::array<std::size_t, 1> output_extents(V const&) const {
    return {{static_cast<std::size_t>(pattern.num_rows())}};
  }
  template <class Exec, class Y, class V>
  void forward(Exec const& exec, Y const& y, V const& values) const {
    check_extent("row_sums", values, 0, pattern.num_entries(), "the pattern's number of entries");
    check_extent("row_sums", y, 0, static_cast<std::size_t>(pattern.num_rows()), "the number of rows");
    Kokkos::parallel_for(
        "nacre::row_sums", range(exec, y.extent(0)),
        detail::RowSumBody<typename V::non_const_value_type, typename Y::non_const_value_type>{
            pattern.row_ptr().data(), values.data(), y.data()});
  }
  template <class Exec, class Y, class YBar, class V, class VBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, V const&, VBar const& values_bar) const {
    if (!is_given(values_bar)) return;
    Kokkos::parallel_for(
        "nacre::row_sums_adjoint", range(exec, y_bar.extent(0)),
        detail::SpreadOverRowBody<typename V::non_const_value_type, typename YBar::non_const_value_type>{
            pattern.row_ptr().data(), y_bar.data(), values_bar.data()});
  }
};

/// y(j) = sum over i of A(i, j); `values_bar(k) += y_bar(column of k)`.
///
/// values [nnz] -> y [m]
template <class Device = DefaultDevice>
struct ColumnSumsOp {
  static constexpr char const* name = "nacre::column_sums";
  static constexpr Form form = Form::linear;
  CsrPattern<Device> pattern;

  template <class V>
  std::array<std::size_t, 1> output_extents(V const&) const {
    return {{static_cast<std::size_t>(pattern.num_cols())}};
  }
  template <class Exec, class Y, class V>
  void forward(Exec const& exec, Y const& y, V const& values) const {
    using TV = typename V::non_const_value_type;
    using TY = typename Y::non_const_value_type;
    check_extent("column_sums", values, 0, pattern.num_entries(), "the pattern's number of entries");
    check_extent("column_sums", y, 0, static_cast<std::size_t>(pattern.num_cols()), "the number of columns");
    if constexpr (kSerial<Device>) {
      set_all(exec, y, 0);
      Kokkos::parallel_for("nacre::column_sums", range_of_entries(exec, values.extent(0)),
                           detail::AddToColumnsBody<TV, TY>{pattern.col().data(), values.data(), y.data()});
    } else {
      auto const& t = transposed(pattern);
      Kokkos::parallel_for(
          "nacre::column_sums", range(exec, y.extent(0)),
          detail::ColumnSumBody<TV, TY>{t.pattern.row_ptr().data(), t.entry.data(), values.data(), y.data()});
    }
  }
  template <class Exec, class Y, class YBar, class V, class VBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, V const&, VBar const& values_bar) const {
    if (!is_given(values_bar)) return;
    Kokkos::parallel_for(
        "nacre::column_sums_adjoint", range_of_entries(exec, pattern.num_entries()),
        detail::SpreadOverColumnsBody<typename V::non_const_value_type, typename YBar::non_const_value_type>{
            pattern.col().data(), y_bar.data(), values_bar.data()});
  }
};

/// y(0) = sum over i of A(i, i); `values_bar(entry of (i, i)) += y_bar(0)`.
///
/// values [nnz] -> y [1]; Giles (2008), "Collected matrix derivative results", section 2.3
template <class Device = DefaultDevice>
struct TraceOp {
  static constexpr char const* name = "nacre::trace";
  static constexpr Form form = Form::linear;
  CsrPattern<Device> pattern;
  Vector<Offset const, Device> entry;

  explicit TraceOp(CsrPattern<Device> const& of) : pattern(of), entry(diagonal_positions(of).entry) {}

  template <class V>
  std::array<std::size_t, 1> output_extents(V const&) const {
    return {{1}};
  }
  template <class Exec, class Y, class V>
  void forward(Exec const& exec, Y const& y, V const& values) const {
    check_extent("trace", values, 0, pattern.num_entries(), "the pattern's number of entries");
    ordered_sum(exec, "nacre::trace", entry.extent(0),
                detail::DiagonalTerm<typename V::non_const_value_type>{entry.data(), values.data()}, y);
  }
  template <class Exec, class Y, class YBar, class V, class VBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, V const&, VBar const& values_bar) const {
    if (!is_given(values_bar)) return;
    Kokkos::parallel_for(
        "nacre::trace_adjoint", range(exec, entry.extent(0)),
        detail::SpreadOverDiagonalBody<typename V::non_const_value_type, typename YBar::non_const_value_type>{
            entry.data(), y_bar.data(), values_bar.data()});
  }
};

}  // namespace nacre
