#pragma once

#include <nacre/core/logsumexp_kernels.hpp>

/// \file
/// Differentiable log(sum of exp) over rows, columns or all of a sparse matrix.

namespace nacre {

/// What is summed: each row, each column, or the whole matrix.
enum class SumOver { rows, columns, all };

/// Whether entries that a pattern does not have count as zeros, and so as exp(0) = 1, or as -infinity: then
/// the pattern is a mask.
enum class AbsentEntries { zero, masked };

/// y(i) = log(sum over j of exp(A(i, j))) over rows, or over columns or all of A, without overflow;
/// `values_bar(k) += y_bar(g) exp(values(k) - y(g))`, with g the row (column) of k.
///
/// With absent entries masked, y of an empty row is -infinity. Where y is infinite, derivatives are 0.
///
/// values [nnz] -> [n], or [m], or [1]
template <class Device = DefaultDevice>
struct SparseLogsumexpOp {
  static constexpr char const* name = "nacre::sparse_logsumexp";
  CsrPattern<Device> pattern;
  SumOver over = SumOver::rows;
  AbsentEntries absent = AbsentEntries::zero;
  Segments<Device> segments;  ///< rows or columns

  explicit SparseLogsumexpOp(CsrPattern<Device> const& of, SumOver which = SumOver::rows,
                             AbsentEntries absent_are = AbsentEntries::zero)
      : pattern(of), over(which), absent(absent_are) {
    if (over == SumOver::rows) segments = row_segments(of);
    if (over == SumOver::columns) segments = column_segments(of);
  }

  template <class V>
  std::array<std::size_t, 1> output_extents(V const&) const {
    return {{over == SumOver::all ? 1 : segments.num_segments()}};
  }
  template <class Exec, class Y, class V>
  void forward(Exec const& exec, Y const& y, V const& values) const {
    check_extent("sparse_logsumexp", values, 0, pattern.num_entries(), "the pattern's number of entries");
    check_extent("sparse_logsumexp", y, 0, output_extents(values)[0], "the number of sums");
    auto const n = static_cast<double>(pattern.num_rows()), m = static_cast<double>(pattern.num_cols());
    bool const count = absent == AbsentEntries::zero;
    if (over == SumOver::all) {
      auto const num_absent = count ? n * m - static_cast<double>(pattern.num_entries()) : 0;
      detail::total_logsumexp(exec, name, pattern.num_entries(), num_absent, values.data(),
                              work_.template get<typename Y::non_const_value_type>(1), y);
    } else {
      double const length = count ? (over == SumOver::rows ? m : n) : 0;
      detail::segment_logsumexp(exec, name, segments, length, values.data(), y.data(), work_);
    }
  }
  template <class Exec, class Y, class YBar, class V, class VBar>
  void adjoint(Exec const& exec, Y const& y, YBar const& y_bar, V const& values,
               VBar const& values_bar) const {
    using TY = typename Y::non_const_value_type;
    if (!is_given(values_bar)) return;
    detail::LogsumexpResults<TY> const results{group(), y.data(), nullptr, y_bar.data(), nullptr};
    detail::logsumexp_adjoint<false, false>(exec, "nacre::sparse_logsumexp_adjoint", results, results, values,
                                            nullptr, values_bar);
  }
  template <class Exec, class Y, class YDot, class V, class VDot>
  void tangent(Exec const& exec, Y const& y, YDot const& y_dot, V const& values,
               VDot const& values_dot) const {
    using TV = typename V::non_const_value_type;
    using TY = typename Y::non_const_value_type;
    constexpr char const* label = "nacre::sparse_logsumexp_tangent";
    if (!is_given(values_dot)) return set_all(exec, y_dot, 0);
    if (over == SumOver::all)
      ordered_sum(exec, label, values.extent(0),
                  detail::LogsumexpTangentTerm<TV, TY>{segments.list(), values.data(), values_dot.data(),
                                                       y.data(), 0, detail::logsumexp_scale<TY>()},
                  y_dot);
    else
      detail::segment_logsumexp_tangent<Exec, Device, TV, TY>(exec, label, segments, values.data(),
                                                              values_dot.data(), y.data(), y_dot.data());
  }
  template <class Exec, class Y, class YDot, class YBar, class YBarDot, class V, class VDot, class VBarDot>
  void adjoint_tangent(Exec const& exec, Y const& y, YDot const& y_dot, YBar const& y_bar,
                       YBarDot const& y_bar_dot, V const& values, VDot const& values_dot,
                       VBarDot const& values_bar_dot) const {
    using TY = typename Y::non_const_value_type;
    if (!is_given(values_bar_dot)) return;
    detail::LogsumexpResults<TY> const results{group(), y.data(), y_dot.data(), y_bar.data(),
                                               y_bar_dot.data()};
    detail::logsumexp_adjoint<false, true>(exec, "nacre::sparse_logsumexp_adjoint", results, results, values,
                                           values_dot.data(), values_bar_dot);
  }

  /// The result that each value has gone into; null if there is but one.
  Ordinal const* group() const { return over == SumOver::all ? nullptr : segments.segment_of().data(); }

 private:
  detail::SharedBuffer<typename Device::memory_space> work_;
};

/// Both: y(j) over each column j, then y(m + i) over each row i, in one array;
/// `values_bar(k) += y_bar(j) exp(values(k) - y(j)) + y_bar(m + i) exp(values(k) - y(m + i))`.
///
/// values [nnz] -> [m + n]; \see SparseLogsumexpOp
template <class Device = DefaultDevice>
struct SparseBidirectionalLogsumexpOp {
  static constexpr char const* name = "nacre::sparse_bidirectional_logsumexp";
  SparseLogsumexpOp<Device> columns, rows;

  explicit SparseBidirectionalLogsumexpOp(CsrPattern<Device> const& pattern,
                                          AbsentEntries absent = AbsentEntries::zero)
      : columns(pattern, SumOver::columns, absent), rows(pattern, SumOver::rows, absent) {}

  std::size_t num_columns() const { return columns.segments.num_segments(); }
  std::size_t num_rows() const { return rows.segments.num_segments(); }

  template <class V>
  std::array<std::size_t, 1> output_extents(V const&) const {
    return {{num_columns() + num_rows()}};
  }
  template <class Exec, class Y, class V>
  void forward(Exec const& exec, Y const& y, V const& values) const {
    check_extent("sparse_bidirectional_logsumexp", y, 0, num_columns() + num_rows(),
                 "the number of columns + that of rows");
    columns.forward(exec, of_columns(y), values);
    rows.forward(exec, of_rows(y), values);
  }
  template <class Exec, class Y, class YBar, class V, class VBar>
  void adjoint(Exec const& exec, Y const& y, YBar const& y_bar, V const& values,
               VBar const& values_bar) const {
    using TY = typename Y::non_const_value_type;
    if (!is_given(values_bar)) return;
    std::size_t const m = num_columns();
    detail::logsumexp_adjoint<true, false, Exec, V, VBar, TY>(
        exec, "nacre::sparse_bidirectional_logsumexp_adjoint",
        {columns.group(), y.data(), nullptr, y_bar.data(), nullptr},
        {rows.group(), y.data() + m, nullptr, y_bar.data() + m, nullptr}, values, nullptr, values_bar);
  }
  template <class Exec, class Y, class YDot, class V, class VDot>
  void tangent(Exec const& exec, Y const& y, YDot const& y_dot, V const& values,
               VDot const& values_dot) const {
    columns.tangent(exec, of_columns(y), of_columns(y_dot), values, values_dot);
    rows.tangent(exec, of_rows(y), of_rows(y_dot), values, values_dot);
  }
  template <class Exec, class Y, class YDot, class YBar, class YBarDot, class V, class VDot, class VBarDot>
  void adjoint_tangent(Exec const& exec, Y const& y, YDot const& y_dot, YBar const& y_bar,
                       YBarDot const& y_bar_dot, V const& values, VDot const& values_dot,
                       VBarDot const& values_bar_dot) const {
    using TY = typename Y::non_const_value_type;
    if (!is_given(values_bar_dot)) return;
    std::size_t const m = num_columns();
    auto const part = [m](auto const& v) { return is_given(v) ? v.data() + m : nullptr; };
    detail::logsumexp_adjoint<true, true, Exec, V, VBarDot, TY>(
        exec, "nacre::sparse_bidirectional_logsumexp_adjoint",
        {columns.group(), y.data(), y_dot.data(), y_bar.data(), y_bar_dot.data()},
        {rows.group(), part(y), part(y_dot), part(y_bar), part(y_bar_dot)}, values, values_dot.data(),
        values_bar_dot);
  }

 private:
  template <class T>
  using Part = Kokkos::View<T*, typename ExecOf<Device>::array_layout, Device, Kokkos::MemoryUnmanaged>;
  template <class View>
  Part<typename View::value_type> of_columns(View const& y) const {
    return Part<typename View::value_type>(y.data(), num_columns());
  }
  template <class View>
  Part<typename View::value_type> of_rows(View const& y) const {
    return Part<typename View::value_type>(y.data() + num_columns(), num_rows());
  }
};

}  // namespace nacre
