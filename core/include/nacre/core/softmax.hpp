#pragma once

#include <nacre/core/entries.hpp>

/// \file
/// Differentiable softmax and log-softmax of each row of a matrix.

namespace nacre {

namespace detail {

template <class X>
KOKKOS_INLINE_FUNCTION X row_max(Strided<X const> const& x, std::int64_t i, std::int64_t width) {
  X largest = x(i, 0);
  for (std::int64_t j = 1; j < width; ++j) largest = x(i, j) > largest ? x(i, j) : largest;
  return largest;
}

/// Both: y = exp(x - max) / sum, or x - max - log(sum).
template <bool kLog, class X, class Y>
struct SoftmaxBody {
  Strided<X const> x;
  Strided<Y> y;
  std::int64_t width;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    Y const largest = static_cast<Y>(row_max<X>(x, i, width));
    Y sum = 0;
    for (std::int64_t j = 0; j < width; ++j) {
      Y const shifted = static_cast<Y>(x(i, j)) - largest;
      Y const e = compat::exp(shifted);
      y(i, j) = kLog ? shifted : e;
      sum += e;
    }
    if constexpr (kLog) {
      Y const log_sum = compat::log(sum);
      for (std::int64_t j = 0; j < width; ++j) y(i, j) -= log_sum;
    } else {
      for (std::int64_t j = 0; j < width; ++j) y(i, j) /= sum;
    }
  }
};

/// The Jacobian of softmax, diag(y) - y y^T, which is symmetric, applied to a row v. That of log-softmax is
/// 1 - 1 p^T with p = exp(y), and its transpose 1 - p 1^T.
enum class SoftmaxProduct { softmax, log_tangent, log_adjoint };

template <SoftmaxProduct kWhich, bool kAdd, class Y, class V, class Out>
struct SoftmaxProductBody {
  Strided<Y const> y;
  Strided<V const> v;
  Strided<Out> out;
  std::int64_t width;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    Y sum = 0;
    for (std::int64_t j = 0; j < width; ++j) {
      Y const at = static_cast<Y>(v(i, j));
      if constexpr (kWhich == SoftmaxProduct::softmax)
        sum += y(i, j) * at;
      else if constexpr (kWhich == SoftmaxProduct::log_tangent)
        sum += compat::exp(y(i, j)) * at;
      else
        sum += at;
    }
    for (std::int64_t j = 0; j < width; ++j) {
      Y product = static_cast<Y>(v(i, j));
      if constexpr (kWhich == SoftmaxProduct::softmax)
        product = y(i, j) * (product - sum);
      else if constexpr (kWhich == SoftmaxProduct::log_tangent)
        product -= sum;
      else
        product -= compat::exp(y(i, j)) * sum;
      if constexpr (kAdd)
        out(i, j) += static_cast<Out>(product);
      else
        out(i, j) = static_cast<Out>(product);
    }
  }
};

/// The derivative of the adjoint along y_dot, y_bar staying.
template <bool kLog, class Y, class Out>
struct SoftmaxSecondBody {
  Strided<Y const> y, y_dot, y_bar;
  Strided<Out> out;
  std::int64_t width;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    Y sum = 0, sum_dot = 0;
    for (std::int64_t j = 0; j < width; ++j) {
      sum += kLog ? y_bar(i, j) : y(i, j) * y_bar(i, j);
      sum_dot += y_dot(i, j) * y_bar(i, j);
    }
    for (std::int64_t j = 0; j < width; ++j) {
      if constexpr (kLog)
        out(i, j) -= static_cast<Out>(compat::exp(y(i, j)) * y_dot(i, j) * sum);
      else
        out(i, j) += static_cast<Out>(y_dot(i, j) * (y_bar(i, j) - sum) - y(i, j) * sum_dot);
    }
  }
};

/// What the two operations share.
template <bool kLog>
struct SoftmaxOfRows {
  static constexpr SoftmaxProduct kTangent = kLog ? SoftmaxProduct::log_tangent : SoftmaxProduct::softmax;
  static constexpr SoftmaxProduct kAdjoint = kLog ? SoftmaxProduct::log_adjoint : SoftmaxProduct::softmax;

  template <class X>
  std::array<std::size_t, 2> output_extents(X const& x) const {
    return {{x.extent(0), x.extent(1)}};
  }

  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    check_same_shape(kLog ? "log_softmax" : "softmax", y, x, "the extent of x");
    run(exec, y,
        SoftmaxBody<kLog, typename X::non_const_value_type, typename Y::non_const_value_type>{
            constant(x), strided(y), width(y)});
  }

  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const& y, YBar const& y_bar, X const&, XBar const& x_bar) const {
    if (is_given(x_bar)) multiply<kAdjoint, true>(exec, y, y_bar, x_bar);
  }

  template <class Exec, class Y, class YDot, class X, class XDot>
  void tangent(Exec const& exec, Y const& y, YDot const& y_dot, X const&, XDot const& x_dot) const {
    if (!is_given(x_dot)) return set_all(exec, y_dot, 0);
    multiply<kTangent, false>(exec, y, x_dot, y_dot);
  }

  template <class Exec, class Y, class YDot, class YBar, class YBarDot, class X, class XDot, class XBarDot>
  void adjoint_tangent(Exec const& exec, Y const& y, YDot const& y_dot, YBar const& y_bar,
                       YBarDot const& y_bar_dot, X const&, XDot const&, XBarDot const& x_bar_dot) const {
    using TY = typename Y::non_const_value_type;
    if (!is_given(x_bar_dot)) return;
    if (is_given(y_bar_dot)) multiply<kAdjoint, true>(exec, y, y_bar_dot, x_bar_dot);
    if (is_given(y_dot) && is_given(y_bar))
      run(exec, y,
          SoftmaxSecondBody<kLog, TY, typename XBarDot::value_type>{
              constant(y), constant(y_dot), constant(y_bar), strided(x_bar_dot), width(y)});
  }

 private:
  template <class View>
  static std::int64_t width(View const& v) {
    return static_cast<std::int64_t>(v.extent(1));
  }
  template <class View>
  static Strided<typename View::const_value_type> constant(View const& v) {
    auto const s = strided(v);
    return {s.data, s.row_stride, s.col_stride};
  }
  template <class Exec, class Y, class Body>
  static void run(Exec const& exec, Y const& y, Body const& body) {
    if (y.size() == 0) return;
    Kokkos::parallel_for(kLog ? "nacre::log_softmax" : "nacre::softmax", range_of_entries(exec, y.extent(0)),
                         body);
  }
  template <SoftmaxProduct kWhich, bool kAdd, class Exec, class Y, class V, class Out>
  static void multiply(Exec const& exec, Y const& y, V const& v, Out const& out) {
    run(exec, y,
        SoftmaxProductBody<kWhich, kAdd, typename Y::non_const_value_type, typename V::non_const_value_type,
                           typename Out::value_type>{constant(y), constant(v), strided(out), width(y)});
  }
};

}  // namespace detail

/// y(i, j) = exp(x(i, j)) / sum over l of exp(x(i, l)), without overflow;
/// `x_bar(i, j) += y(i, j) (y_bar(i, j) - sum over l of y(i, l) y_bar(i, l))`.
struct SoftmaxOp : detail::SoftmaxOfRows<false> {
  static constexpr char const* name = "nacre::softmax";
};

/// y(i, j) = x(i, j) - log(sum over l of exp(x(i, l))), without overflow;
/// `x_bar(i, j) += y_bar(i, j) - exp(y(i, j)) sum over l of y_bar(i, l)`.
struct LogSoftmaxOp : detail::SoftmaxOfRows<true> {
  static constexpr char const* name = "nacre::log_softmax";
};

}  // namespace nacre
