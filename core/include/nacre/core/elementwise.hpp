#pragma once

#include <nacre/core/entries.hpp>

/// \file
/// Functions of single numbers, applied to every entry of vectors, matrices or values on a pattern.
///
/// A function of one number is a struct; this is all of it:
///
///     struct Sine {
///       static constexpr char const* name = "my::sine";
///       template <class T> KOKKOS_INLINE_FUNCTION T operator()(T x) const { return Kokkos::sin(x); }
///       template <class T> KOKKOS_INLINE_FUNCTION T first(T x, T) const { return Kokkos::cos(x); }
///       template <class T> KOKKOS_INLINE_FUNCTION T second(T, T y) const { return -y; }
///     };
///
/// with `first` and `second` the derivatives at x, where the function is y. `MapOp<Sine>` is an operation.
/// Ready-made ones are in elementwise_functions.hpp.

namespace nacre {

namespace detail {

template <class F, class = void>
inline constexpr Form kFormOfFunction = Form::general;
template <class F>
inline constexpr Form kFormOfFunction<F, std::void_t<decltype(F::form)>> = F::form;

template <class F, class X, class Y>
struct MapBody {
  F f;
  X const* x;
  Y* y;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const { y[i] = f(static_cast<Y>(x[i])); }
};

template <class F, class X, class Y>
struct MapAdjointBody {
  F f;
  X const* x;
  Y const *y, *y_bar;
  X* x_bar;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    x_bar[i] += static_cast<X>(f.first(static_cast<Y>(x[i]), y[i]) * y_bar[i]);
  }
};

template <class F, class X, class Y>
struct MapTangentBody {
  F f;
  X const *x, *x_dot;
  Y const* y;
  Y* y_dot;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    y_dot[i] = f.first(static_cast<Y>(x[i]), y[i]) * static_cast<Y>(x_dot[i]);
  }
};

template <class F, class X, class Y>
struct MapAdjointTangentBody {
  F f;
  X const *x, *x_dot;
  Y const *y, *y_bar, *y_bar_dot;
  X* x_bar_dot;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    Y const at = static_cast<Y>(x[i]);
    Y sum = 0;
    if (y_bar_dot) sum += f.first(at, y[i]) * y_bar_dot[i];
    if (x_dot) sum += f.second(at, y[i]) * static_cast<Y>(x_dot[i]) * y_bar[i];
    x_bar_dot[i] += static_cast<X>(sum);
  }
};

}  // namespace detail

/// y(i) = f(x(i)), of any rank; `x_bar(i) += f'(x(i)) y_bar(i)`.
template <class F>
struct MapOp {
  static constexpr char const* name = F::name;
  static constexpr Form form = detail::kFormOfFunction<F>;
  F f{};

  template <class X>
  std::array<std::size_t, compat::kRank<X>> output_extents(X const& x) const {
    return extents_of(x);
  }

  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    using TX = typename X::non_const_value_type;
    using TY = typename Y::non_const_value_type;
    detail::check_contiguous(name, x);
    detail::check_same_shape(name, y, x, "the extent of x");
    detail::for_each_entry(exec, name, y.size(), detail::MapBody<F, TX, TY>{f, x.data(), y.data()});
  }

  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const& y, YBar const& y_bar, X const& x, XBar const& x_bar) const {
    using TX = typename X::non_const_value_type;
    using TY = typename Y::non_const_value_type;
    if (!is_given(x_bar)) return;
    detail::for_each_entry(
        exec, "nacre::map_adjoint", y.size(),
        detail::MapAdjointBody<F, TX, TY>{f, x.data(), y.data(), y_bar.data(), x_bar.data()});
  }

  template <class Exec, class Y, class YDot, class X, class XDot>
  void tangent(Exec const& exec, Y const& y, YDot const& y_dot, X const& x, XDot const& x_dot) const {
    using TX = typename X::non_const_value_type;
    using TY = typename Y::non_const_value_type;
    if (!is_given(x_dot)) return set_all(exec, y_dot, 0);
    detail::for_each_entry(
        exec, "nacre::map_tangent", y.size(),
        detail::MapTangentBody<F, TX, TY>{f, x.data(), x_dot.data(), y.data(), y_dot.data()});
  }

  template <class Exec, class Y, class YDot, class YBar, class YBarDot, class X, class XDot, class XBarDot>
  void adjoint_tangent(Exec const& exec, Y const& y, YDot const&, YBar const& y_bar, YBarDot const& y_bar_dot,
                       X const& x, XDot const& x_dot, XBarDot const& x_bar_dot) const {
    using TX = typename X::non_const_value_type;
    using TY = typename Y::non_const_value_type;
    if (!is_given(x_bar_dot)) return;
    TX const* const dot = is_given(y_bar) ? x_dot.data() : nullptr;
    detail::for_each_entry(exec, "nacre::map_adjoint_tangent", y.size(),
                           detail::MapAdjointTangentBody<F, TX, TY>{f, x.data(), dot, y.data(), y_bar.data(),
                                                                    y_bar_dot.data(), x_bar_dot.data()});
  }
};

/// The operation that applies f to every entry: `map(Power{3})`.
template <class F>
MapOp<F> map(F const& f) {
  return MapOp<F>{f};
}

}  // namespace nacre
