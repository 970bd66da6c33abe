#pragma once

#include <limits>

#include <nacre/core/ordered_sum.hpp>
#include <nacre/core/segments.hpp>
#include <nacre/core/shared_buffer.hpp>

/// \file
/// Logarithms of sums of exponentials over segments and over all numbers, and their derivatives.

namespace nacre::detail {

/// Sums of exponentials that stay in range: those of v - shift, plus `absent` times that of 0 - shift.
template <class T>
struct LogsumexpScale {
  T infinity;

  /// \param largest of the values, -infinity without any
  KOKKOS_INLINE_FUNCTION T shift(T largest, double absent) const {
    if (absent > 0 && largest < T(0)) return 0;
    return largest == infinity || largest == -infinity ? T(0) : largest;
  }
  KOKKOS_INLINE_FUNCTION T result(double sum, T shift, double absent) const {
    if (absent > 0) sum += absent * static_cast<double>(compat::exp(-shift));
    return sum == 0 ? -infinity : shift + static_cast<T>(compat::log(sum));
  }
  /// d result / d v, taken as 0 where the result is infinite.
  KOKKOS_INLINE_FUNCTION T weight(T v, T result) const {
    return result == infinity || result == -infinity ? T(0) : compat::exp(v - result);
  }
};

/// term(i): exp(values(i) - shift), the list's i-th value
template <class V, class T>
struct ShiftedExpTerm {
  SegmentList list;
  V const* values;
  T shift;
  KOKKOS_INLINE_FUNCTION T operator()(std::int64_t t) const {
    return compat::exp(static_cast<T>(values[list.position(t)]) - shift);
  }
};

template <class V, class Y>
struct SegmentLogsumexpBody {
  SegmentList list;
  V const* values;
  Y* y;
  double length;  ///< of a row or column, 0 if absent entries do not count
  LogsumexpScale<Y> scale;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t g) const {
    std::int64_t const begin = list.begin(g), end = list.end(g);
    Y largest = -scale.infinity;
    for (std::int64_t t = begin; t < end; ++t) {
      Y const v = static_cast<Y>(values[list.position(t)]);
      largest = v > largest ? v : largest;
    }
    double const absent = length - static_cast<double>(end - begin);
    Y const shift = scale.shift(largest, absent);
    double const sum = sum_of_terms<double>(ShiftedExpTerm<V, Y>{list, values, shift}, begin, end);
    y[g] = scale.result(sum, shift, absent);
  }
};

/// The same of segments whose values do not lie together, on one thread in two passes over all values.
template <class V, class Y>
struct SerialLogsumexp {
  Offset const* ptr;
  Ordinal const* segment_of;
  V const* values;
  Y* y;
  double *shift, *sum;  ///< [number of segments]
  std::int64_t num_values, num_segments;
  double length;
  LogsumexpScale<Y> scale;
  void operator()(int) const {
    for (std::int64_t g = 0; g < num_segments; ++g) {
      shift[g] = -static_cast<double>(scale.infinity);
      sum[g] = 0;
    }
    for (std::int64_t k = 0; k < num_values; ++k) {
      auto const v = static_cast<double>(values[k]);
      double& largest = shift[segment_of[k]];
      largest = v > largest ? v : largest;
    }
    for (std::int64_t g = 0; g < num_segments; ++g)
      shift[g] = static_cast<double>(scale.shift(static_cast<Y>(shift[g]), absent(g)));
    for (std::int64_t k = 0; k < num_values; ++k) {
      Ordinal const g = segment_of[k];
      sum[g] += static_cast<double>(compat::exp(static_cast<Y>(values[k]) - static_cast<Y>(shift[g])));
    }
    for (std::int64_t g = 0; g < num_segments; ++g)
      y[g] = scale.result(sum[g], static_cast<Y>(shift[g]), absent(g));
  }
  double absent(std::int64_t g) const { return length - static_cast<double>(ptr[g + 1] - ptr[g]); }
};

template <class V, class Y>
struct LargestValue {
  V const* values;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k, Y& largest) const {
    Y const v = static_cast<Y>(values[k]);
    largest = v > largest ? v : largest;
  }
};
template <class V, class Y>
struct TotalTerm {
  V const* values;
  Y const* largest;
  double absent;
  LogsumexpScale<Y> scale;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t k) const {
    return static_cast<double>(compat::exp(static_cast<Y>(values[k]) - scale.shift(largest[0], absent)));
  }
};
template <class Y>
struct TotalLogsumexpBody {
  Y const* largest;
  Y* y;
  double absent;
  LogsumexpScale<Y> scale;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t) const {
    y[0] = scale.result(static_cast<double>(y[0]), scale.shift(largest[0], absent), absent);
  }
};

/// Results, what belongs to them, and which of them a value has gone into.
template <class Y>
struct LogsumexpResults {
  Ordinal const* group;  ///< of each value; null: the only one
  Y const *y, *y_dot, *y_bar, *y_bar_dot;
  /// What the adjoint adds to the cotangent of value k, or the derivative of it.
  KOKKOS_INLINE_FUNCTION Y adjoint(LogsumexpScale<Y> const& scale, std::int64_t k, Y v) const {
    std::int64_t const g = group ? group[k] : 0;
    return y_bar[g] * scale.weight(v, y[g]);
  }
  KOKKOS_INLINE_FUNCTION Y adjoint_dot(LogsumexpScale<Y> const& scale, std::int64_t k, Y v, Y v_dot) const {
    std::int64_t const g = group ? group[k] : 0;
    Y sum = y_bar_dot ? y_bar_dot[g] : Y(0);
    if (y_bar) sum += y_bar[g] * (v_dot - (y_dot ? y_dot[g] : Y(0)));
    return sum * scale.weight(v, y[g]);
  }
};

/// values_bar(k) += what follows from one result of each value, or (kTwo) from two.
template <bool kTwo, bool kDot, class V, class Y>
struct LogsumexpAdjointBody {
  LogsumexpResults<Y> first, second;
  V const *values, *values_dot;
  V* values_bar;
  LogsumexpScale<Y> scale;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k) const {
    Y const v = static_cast<Y>(values[k]);
    Y sum = 0;
    if constexpr (kDot) {
      Y const v_dot = values_dot ? static_cast<Y>(values_dot[k]) : Y(0);
      sum = first.adjoint_dot(scale, k, v, v_dot);
      if constexpr (kTwo) sum += second.adjoint_dot(scale, k, v, v_dot);
    } else {
      sum = first.adjoint(scale, k, v);
      if constexpr (kTwo) sum += second.adjoint(scale, k, v);
    }
    values_bar[k] += static_cast<V>(sum);
  }
};

/// term(t): derivative of the result y(g) along values_dot
template <class V, class Y>
struct LogsumexpTangentTerm {
  SegmentList list;
  V const *values, *values_dot;
  Y const* y;
  std::int64_t g;
  LogsumexpScale<Y> scale;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t t) const {
    std::int64_t const k = list.position(t);
    return static_cast<double>(scale.weight(static_cast<Y>(values[k]), y[g])) *
           static_cast<double>(values_dot[k]);
  }
};
template <class V, class Y>
struct SegmentLogsumexpTangentBody {
  LogsumexpTangentTerm<V, Y> term;
  Y* y_dot;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t g) const {
    auto of_group = term;
    of_group.g = g;
    y_dot[g] = static_cast<Y>(sum_of_terms<double>(of_group, term.list.begin(g), term.list.end(g)));
  }
};

template <class T>
LogsumexpScale<T> logsumexp_scale() {
  return {std::numeric_limits<T>::infinity()};
}

/// The results for each segment. \param work of one thread
template <class Exec, class Device, class V, class Y>
void segment_logsumexp(Exec const& exec, char const* label, Segments<Device> const& segments, double length,
                       V const* values, Y* y, SharedBuffer<typename Device::memory_space> const& work) {
  std::size_t const n = segments.num_segments();
  if (n == 0) return;
  if constexpr (kSerial<typename Exec::device_type>) {
    if (segments.entry().extent(0) > 0) {
      double* const numbers = work.template get<double>(2 * n);
      Kokkos::parallel_for(
          label, Kokkos::RangePolicy<Exec, Kokkos::IndexType<int>>(exec, 0, 1),
          SerialLogsumexp<V, Y>{segments.ptr().data(), segments.segment_of().data(), values, y, numbers,
                                numbers + n, static_cast<std::int64_t>(segments.size()),
                                static_cast<std::int64_t>(n), length, logsumexp_scale<Y>()});
      return;
    }
  }
  Kokkos::parallel_for(label, range_of_entries(exec, n),
                       SegmentLogsumexpBody<V, Y>{segments.list(), values, y, length, logsumexp_scale<Y>()});
}
template <class Exec, class Device, class V, class Y>
void segment_logsumexp_tangent(Exec const& exec, char const* label, Segments<Device> const& segments,
                               V const* values, V const* values_dot, Y const* y, Y* y_dot) {
  if (segments.num_segments() == 0) return;
  Kokkos::parallel_for(label, range_of_entries(exec, segments.num_segments()),
                       SegmentLogsumexpTangentBody<V, Y>{
                           {segments.list(), values, values_dot, y, 0, logsumexp_scale<Y>()}, y_dot});
}

/// The result of all n values.
template <class Exec, class V, class YView>
void total_logsumexp(Exec const& exec, char const* label, std::size_t n, double absent, V const* values,
                     typename YView::non_const_value_type* largest, YView const& y) {
  using Y = typename YView::non_const_value_type;
  using Max = Kokkos::Max<Y, typename Exec::memory_space>;
  auto const scale = logsumexp_scale<Y>();
  Kokkos::parallel_reduce(label, range_of_entries(exec, n), LargestValue<V, Y>{values},
                          Max(typename Max::result_view_type(largest)));
  ordered_sum(exec, label, n, TotalTerm<V, Y>{values, largest, absent, scale}, y);
  Kokkos::parallel_for(label, range_of_entries(exec, 1),
                       TotalLogsumexpBody<Y>{largest, y.data(), absent, scale});
}

template <bool kTwo, bool kDot, class Exec, class V, class VBar, class Y>
void logsumexp_adjoint(Exec const& exec, char const* label, LogsumexpResults<Y> const& first,
                       LogsumexpResults<Y> const& second, V const& values,
                       typename V::const_value_type* values_dot, VBar const& values_bar) {
  for_each_entry(exec, label, values.extent(0),
                 LogsumexpAdjointBody<kTwo, kDot, typename V::non_const_value_type, Y>{
                     first, second, values.data(), values_dot, values_bar.data(), logsumexp_scale<Y>()});
}

}  // namespace nacre::detail
