#pragma once

#include <nacre/core/axis_sums.hpp>
#include <nacre/core/gather_scatter.hpp>
#include <nacre/core/ordered_sum.hpp>
#include <nacre/core/segments.hpp>

/// \file
/// Differentiable sums, means and maxima over segments.

namespace nacre {

namespace detail {

/// term(t): column `c` of the position t of a list
template <class X>
struct SegmentTerm {
  SegmentList list;
  ContiguousRows<X const> x;
  std::int64_t c;
  KOKKOS_INLINE_FUNCTION X operator()(std::int64_t t) const { return x(list.position(t), c); }
  KOKKOS_INLINE_FUNCTION X operator()(std::int64_t t, std::int64_t j) const { return x(list.position(t), j); }
};

/// store(j, sum): out(j) = factor sum
template <class T>
struct SetScaled {
  T* out;
  double factor;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t j, double sum) const {
    out[j] = static_cast<T>(factor * sum);
  }
};

template <bool kMean, class X, class Y>
struct SegmentSumStrip {
  SegmentList list;
  ContiguousRows<X const> x;
  ContiguousRows<Y> y;
  template <int kWidth>
  KOKKOS_FORCEINLINE_FUNCTION void strip(std::int64_t g, std::int64_t c) const {
    std::int64_t const begin = list.begin(g), end = list.end(g);
    double sum[kWidth] = {};
    if constexpr (kWidth == 1) {
      sum[0] = sum_of_terms<double>(SegmentTerm<X>{list, x, c}, begin, end);
    } else {
      for (std::int64_t t = begin; t < end; ++t) {
        X const* const from = &x(list.position(t), c);
        for (int j = 0; j < kWidth; ++j) sum[j] += static_cast<double>(from[j]);
      }
    }
    double const count = kMean && end > begin ? static_cast<double>(end - begin) : 1;
    for (int j = 0; j < kWidth; ++j) y(g, c + j) = static_cast<Y>(sum[j] / count);
  }
};

/// x_bar(k, j) += y_bar(g, j), divided by the size of g for a mean, with g the segment of k
template <bool kMean, class Y, class X>
struct SpreadOverSegmentBody {
  Offset const* ptr;
  Ordinal const* segment_of;
  ContiguousRows<Y const> y_bar;
  ContiguousRows<X> x_bar;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k, std::int64_t j) const {
    Ordinal const g = segment_of[k];
    Y const factor = kMean ? Y(1) / static_cast<Y>(ptr[g + 1] - ptr[g]) : Y(1);
    x_bar(k, j) += static_cast<X>(factor * y_bar(g, j));
  }
};

template <class X, class Y>
struct SegmentMaxStrip {
  SegmentList list;
  ContiguousRows<X const> x;
  ContiguousRows<Y> y;
  template <int kWidth>
  KOKKOS_FORCEINLINE_FUNCTION void strip(std::int64_t g, std::int64_t c) const {
    std::int64_t const begin = list.begin(g), end = list.end(g);
    X largest[kWidth] = {};
    if (begin < end)
      for (int j = 0; j < kWidth; ++j) largest[j] = x(list.position(begin), c + j);
    for (std::int64_t t = begin + 1; t < end; ++t) {
      X const* const from = &x(list.position(t), c);
      for (int j = 0; j < kWidth; ++j) largest[j] = from[j] > largest[j] ? from[j] : largest[j];
    }
    for (int j = 0; j < kWidth; ++j) y(g, c + j) = static_cast<Y>(largest[j]);
  }
};

/// At the first position p of a segment that has its maximum: out(g, j) = v(p, j) (picking), or
/// out(p, j) += v(g, j).
template <bool kPick, class X, class Y, class V, class Out>
struct AtSegmentMaxBody {
  SegmentList list;
  ContiguousRows<X const> x;
  ContiguousRows<Y const> y;
  ContiguousRows<V const> v;
  ContiguousRows<Out> out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t g, std::int64_t j) const {
    if constexpr (kPick) out(g, j) = 0;
    for (std::int64_t t = list.begin(g), end = list.end(g); t < end; ++t) {
      std::int64_t const p = list.position(t);
      if (static_cast<Y>(x(p, j)) != y(g, j)) continue;
      if constexpr (kPick)
        out(g, j) = static_cast<Out>(v(p, j));
      else
        out(p, j) += static_cast<Out>(v(g, j));
      return;
    }
  }
};

/// What sum and mean share.
template <bool kMean, class Device>
struct SegmentSums {
  static constexpr Form form = Form::linear;
  Segments<Device> segments;

  SegmentSums() = default;
  explicit SegmentSums(Segments<Device> const& which) : segments(which) {}

  template <class X>
  std::array<std::size_t, compat::kRank<X>> output_extents(X const& x) const {
    return with_rows(x, segments.num_segments());
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    using TX = typename X::non_const_value_type;
    using TY = typename Y::non_const_value_type;
    constexpr char const* label = kMean ? "nacre::segment_mean" : "nacre::segment_sum";
    check_segments(kMean ? "segment_mean" : "segment_sum", segments, x, y);
    auto const into = contiguous_rows(y);
    if (segments.num_segments() != 1) {
      for_each_segment_strip(exec, label, segments.num_segments(), num_columns(x),
                             SegmentSumStrip<kMean, TX, TY>{segments.list(), constant_rows(x), into});
      return;
    }
    // many threads for the one
    std::size_t const n = segments.size();
    double const factor = kMean && n > 0 ? 1. / static_cast<double>(n) : 1;
    SegmentTerm<TX> const term{segments.list(), constant_rows(x), 0};
    if constexpr (compat::kRank<X> == 1)
      ordered_sum(exec, label, n, term, y, factor);
    else
      for_each_column_sum(exec, label, n, num_columns(x), term, SetScaled<TY>{into.data, factor});
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const&, XBar const& x_bar) const {
    if (!is_given(x_bar)) return;
    for_each_matrix_entry(
        exec, kMean ? "nacre::segment_mean_adjoint" : "nacre::segment_sum_adjoint", segments.size(),
        num_columns(x_bar),
        SpreadOverSegmentBody<kMean, typename YBar::non_const_value_type, typename XBar::value_type>{
            segments.ptr().data(), segments.segment_of().data(), constant_rows(y_bar),
            contiguous_rows(x_bar)});
  }
};

}  // namespace detail

/// y(g) = sum of x(k) over the positions k of segment g, or y(g, :) of rows x(k, :); of an empty segment 0.
/// `x_bar(k) += y_bar(segment of k)`
///
/// x [E] or [E, k] with contiguous rows -> [G] or [G, k]; sums are in double precision
template <class Device = DefaultDevice>
struct SegmentSumOp : detail::SegmentSums<false, Device> {
  static constexpr char const* name = "nacre::segment_sum";
  using detail::SegmentSums<false, Device>::SegmentSums;
};

/// The same divided by the sizes of the segments; of an empty one 0.
/// `x_bar(k) += y_bar(segment of k) / its size`
template <class Device = DefaultDevice>
struct SegmentMeanOp : detail::SegmentSums<true, Device> {
  static constexpr char const* name = "nacre::segment_mean";
  using detail::SegmentSums<true, Device>::SegmentSums;
};

/// y(g) = max of x(k) over the positions k of segment g, or y(g, j) of x(k, j); of an empty segment 0.
/// `x_bar(k) += y_bar(g)` for the first k of segment g with x(k) = y(g): where several have the maximum, that
/// is one of the one-sided derivatives.
///
/// x [E] or [E, k] with contiguous rows -> [G] or [G, k]
template <class Device = DefaultDevice>
struct SegmentMaxOp {
  static constexpr char const* name = "nacre::segment_max";
  Segments<Device> segments;

  SegmentMaxOp() = default;
  explicit SegmentMaxOp(Segments<Device> const& which) : segments(which) {}

  template <class X>
  std::array<std::size_t, compat::kRank<X>> output_extents(X const& x) const {
    return detail::with_rows(x, segments.num_segments());
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    detail::check_segments("segment_max", segments, x, y);
    detail::for_each_segment_strip(
        exec, name, segments.num_segments(), detail::num_columns(x),
        detail::SegmentMaxStrip<typename X::non_const_value_type, typename Y::non_const_value_type>{
            segments.list(), detail::constant_rows(x), detail::contiguous_rows(y)});
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const& y, YBar const& y_bar, X const& x, XBar const& x_bar) const {
    if (is_given(x_bar)) at_maximum<false>(exec, "nacre::segment_max_adjoint", x, y, y_bar, x_bar);
  }
  template <class Exec, class Y, class YDot, class X, class XDot>
  void tangent(Exec const& exec, Y const& y, YDot const& y_dot, X const& x, XDot const& x_dot) const {
    if (!is_given(x_dot)) return set_all(exec, y_dot, 0);
    at_maximum<true>(exec, "nacre::segment_max_tangent", x, y, x_dot, y_dot);
  }
  template <class Exec, class Y, class YDot, class YBar, class YBarDot, class X, class XDot, class XBarDot>
  void adjoint_tangent(Exec const& exec, Y const& y, YDot const&, YBar const&, YBarDot const& y_bar_dot,
                       X const& x, XDot const&, XBarDot const& x_bar_dot) const {
    if (is_given(x_bar_dot) && is_given(y_bar_dot))
      at_maximum<false>(exec, "nacre::segment_max_adjoint", x, y, y_bar_dot, x_bar_dot);
  }

 private:
  template <bool kPick, class Exec, class X, class Y, class V, class Out>
  void at_maximum(Exec const& exec, char const* label, X const& x, Y const& y, V const& v,
                  Out const& out) const {
    detail::for_each_matrix_entry(
        exec, label, segments.num_segments(), detail::num_columns(x),
        detail::AtSegmentMaxBody<kPick, typename X::non_const_value_type, typename Y::non_const_value_type,
                                 typename V::non_const_value_type, typename Out::value_type>{
            segments.list(), detail::constant_rows(x), detail::constant_rows(y), detail::constant_rows(v),
            detail::contiguous_rows(out)});
  }
};

}  // namespace nacre
