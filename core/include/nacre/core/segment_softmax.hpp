#pragma once

#include <limits>

#include <nacre/core/segments.hpp>

/// \file
/// Differentiable softmax over segments: with row_segments() that of the rows of a sparse matrix.

namespace nacre {

namespace detail {

/// y(k, j) = exp(x(k, j) - largest(j)) / sum(j), three passes over a segment
template <class X, class Y>
struct SegmentSoftmaxStrip {
  SegmentList list;
  ContiguousRows<X const> x;
  ContiguousRows<Y> y;
  Y minus_infinity;
  template <int kWidth>
  KOKKOS_FORCEINLINE_FUNCTION void strip(std::int64_t g, std::int64_t c) const {
    std::int64_t const begin = list.begin(g), end = list.end(g);
    Y largest[kWidth], sum[kWidth] = {};
    for (int j = 0; j < kWidth; ++j) largest[j] = minus_infinity;
    for (std::int64_t t = begin; t < end; ++t) {
      X const* const from = &x(list.position(t), c);
      for (int j = 0; j < kWidth; ++j) {
        Y const at = static_cast<Y>(from[j]);
        largest[j] = at > largest[j] ? at : largest[j];
      }
    }
    for (std::int64_t t = begin; t < end; ++t) {
      std::int64_t const p = list.position(t);
      for (int j = 0; j < kWidth; ++j) {
        Y const at = static_cast<Y>(x(p, c + j));
        Y const e = compat::exp(at == largest[j] ? Y(0) : at - largest[j]);  // no infinity minus itself
        y(p, c + j) = e;
        sum[j] += e;
      }
    }
    for (std::int64_t t = begin; t < end; ++t) {
      Y* const to = &y(list.position(t), c);
      for (int j = 0; j < kWidth; ++j) to[j] = largest[j] == minus_infinity ? Y(0) : to[j] / sum[j];
    }
  }
};

/// The Jacobian diag(y) - y y^T of a segment, which is symmetric, applied to v.
template <bool kAdd, class Y, class V, class Out>
struct SegmentSoftmaxProductStrip {
  SegmentList list;
  ContiguousRows<Y const> y;
  ContiguousRows<V const> v;
  ContiguousRows<Out> out;
  template <int kWidth>
  KOKKOS_FORCEINLINE_FUNCTION void strip(std::int64_t g, std::int64_t c) const {
    std::int64_t const begin = list.begin(g), end = list.end(g);
    Y sum[kWidth] = {};
    for (std::int64_t t = begin; t < end; ++t) {
      std::int64_t const p = list.position(t);
      for (int j = 0; j < kWidth; ++j) sum[j] += y(p, c + j) * static_cast<Y>(v(p, c + j));
    }
    for (std::int64_t t = begin; t < end; ++t) {
      std::int64_t const p = list.position(t);
      for (int j = 0; j < kWidth; ++j) {
        Y const product = y(p, c + j) * (static_cast<Y>(v(p, c + j)) - sum[j]);
        out(p, c + j) = static_cast<Out>(kAdd ? static_cast<Y>(out(p, c + j)) + product : product);
      }
    }
  }
};

/// The derivative of the adjoint along y_dot, y_bar staying.
template <class Y, class Out>
struct SegmentSoftmaxSecondStrip {
  SegmentList list;
  ContiguousRows<Y const> y, y_dot, y_bar;
  ContiguousRows<Out> out;
  template <int kWidth>
  KOKKOS_FORCEINLINE_FUNCTION void strip(std::int64_t g, std::int64_t c) const {
    std::int64_t const begin = list.begin(g), end = list.end(g);
    Y sum[kWidth] = {}, sum_dot[kWidth] = {};
    for (std::int64_t t = begin; t < end; ++t) {
      std::int64_t const p = list.position(t);
      for (int j = 0; j < kWidth; ++j) {
        sum[j] += y(p, c + j) * y_bar(p, c + j);
        sum_dot[j] += y_dot(p, c + j) * y_bar(p, c + j);
      }
    }
    for (std::int64_t t = begin; t < end; ++t) {
      std::int64_t const p = list.position(t);
      for (int j = 0; j < kWidth; ++j)
        out(p, c + j) +=
            static_cast<Out>(y_dot(p, c + j) * (y_bar(p, c + j) - sum[j]) - y(p, c + j) * sum_dot[j]);
    }
  }
};

}  // namespace detail

/// y(k) = exp(x(k)) / sum over l in the segment of k of exp(x(l)), without overflow, each column by itself;
/// `x_bar(k) += y(k) (y_bar(k) - sum over l in the segment of k of y(l) y_bar(l))`.
///
/// A segment of nothing but -infinity, all of it masked out, gives 0 and no gradient; where +infinity occurs,
/// those that are share 1.
///
/// x [E] or [E, k] with contiguous rows -> the same
template <class Device = DefaultDevice>
struct SegmentSoftmaxOp {
  static constexpr char const* name = "nacre::segment_softmax";
  Segments<Device> segments;

  SegmentSoftmaxOp() = default;
  explicit SegmentSoftmaxOp(Segments<Device> const& which) : segments(which) {}

  template <class X>
  std::array<std::size_t, compat::kRank<X>> output_extents(X const& x) const {
    return extents_of(x);
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    using TY = typename Y::non_const_value_type;
    check_extent("segment_softmax", x, 0, segments.size(), "the number of positions");
    detail::check_contiguous("segment_softmax", x);
    detail::check_same_shape("segment_softmax", y, x, "the extent of x");
    run(exec, y,
        detail::SegmentSoftmaxStrip<typename X::non_const_value_type, TY>{
            segments.list(), detail::constant_rows(x), detail::contiguous_rows(y),
            -std::numeric_limits<TY>::infinity()});
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const& y, YBar const& y_bar, X const&, XBar const& x_bar) const {
    if (is_given(x_bar)) multiply<true>(exec, y, y_bar, x_bar);
  }
  template <class Exec, class Y, class YDot, class X, class XDot>
  void tangent(Exec const& exec, Y const& y, YDot const& y_dot, X const&, XDot const& x_dot) const {
    if (!is_given(x_dot)) return set_all(exec, y_dot, 0);
    multiply<false>(exec, y, x_dot, y_dot);
  }
  template <class Exec, class Y, class YDot, class YBar, class YBarDot, class X, class XDot, class XBarDot>
  void adjoint_tangent(Exec const& exec, Y const& y, YDot const& y_dot, YBar const& y_bar,
                       YBarDot const& y_bar_dot, X const&, XDot const&, XBarDot const& x_bar_dot) const {
    if (!is_given(x_bar_dot)) return;
    if (is_given(y_bar_dot)) multiply<true>(exec, y, y_bar_dot, x_bar_dot);
    if (is_given(y_dot) && is_given(y_bar))
      run(exec, y,
          detail::SegmentSoftmaxSecondStrip<typename Y::non_const_value_type, typename XBarDot::value_type>{
              segments.list(), detail::constant_rows(y), detail::constant_rows(y_dot),
              detail::constant_rows(y_bar), detail::contiguous_rows(x_bar_dot)});
  }

 private:
  template <class Exec, class Y, class Body>
  void run(Exec const& exec, Y const& y, Body const& body) const {
    detail::for_each_segment_strip(exec, name, segments.num_segments(), detail::num_columns(y), body);
  }
  template <bool kAdd, class Exec, class Y, class V, class Out>
  void multiply(Exec const& exec, Y const& y, V const& v, Out const& out) const {
    run(exec, y,
        detail::SegmentSoftmaxProductStrip<kAdd, typename Y::non_const_value_type,
                                           typename V::non_const_value_type, typename Out::value_type>{
            segments.list(), detail::constant_rows(y), detail::constant_rows(v),
            detail::contiguous_rows(out)});
  }
};

}  // namespace nacre
