#pragma once

#include <nacre/core/inner_products.hpp>

/// \file
/// Differentiable norms. Of the values of a matrix they are Frobenius norms.

namespace nacre {

namespace detail {

template <class X>
struct SquareTerm {
  X const* x;
  double factor;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t i) const {
    auto const at = static_cast<double>(x[i]);
    return factor * at * at;
  }
};

template <class X>
struct ScaledDotTerm {
  X const *a, *b;
  double factor;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t i) const {
    return factor * static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
};

/// out(i) += factor (a(0) x(i) + b(0) z(i)), a term of null pointers being zero
template <class S, class X>
struct AddTwoScaledBody {
  S const *a, *b;
  X const *x, *z;
  double factor;
  X* out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    S sum = 0;
    if (a && x) sum += a[0] * static_cast<S>(x[i]);
    if (b && z) sum += b[0] * static_cast<S>(z[i]);
    out[i] += static_cast<X>(static_cast<S>(factor) * sum);
  }
};

template <class T>
struct RootInPlace {
  T* y;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t) const { y[0] = compat::sqrt(y[0]); }
};
/// y_dot(0) /= y(0), 0 where y is
template <class T>
struct DivideInPlace {
  T const* y;
  T* y_dot;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t) const { y_dot[0] = y[0] > 0 ? y_dot[0] / y[0] : T(0); }
};

template <class S, class X>
struct NormAdjointBody {
  S const *y, *y_bar;
  X const* x;
  X* x_bar;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    if (y[0] > 0) x_bar[i] += static_cast<X>(y_bar[0] / y[0] * static_cast<S>(x[i]));
  }
};

/// The derivative of y_bar x / y.
template <class S, class X>
struct NormAdjointTangentBody {
  S const *y, *y_dot, *y_bar, *y_bar_dot;
  X const *x, *x_dot;
  X* x_bar_dot;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    if (!(y[0] > 0)) return;
    S const g = y_bar ? y_bar[0] / y[0] : S(0);
    S const g_dot = ((y_bar_dot ? y_bar_dot[0] : S(0)) - g * (y_dot ? y_dot[0] : S(0))) / y[0];
    S sum = g_dot * static_cast<S>(x[i]);
    if (x_dot) sum += g * static_cast<S>(x_dot[i]);
    x_bar_dot[i] += static_cast<X>(sum);
  }
};

}  // namespace detail

/// y(0) = factor |x|^2, x of any rank; `x_bar += 2 factor y_bar(0) x`.
struct SquaredNormOp {
  static constexpr char const* name = "nacre::squared_norm";
  double factor = 1;

  template <class X>
  std::array<std::size_t, 1> output_extents(X const&) const {
    return {{1}};
  }

  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    detail::check_contiguous(name, x);
    ordered_sum(exec, name, x.size(), detail::SquareTerm<typename X::non_const_value_type>{x.data(), factor},
                y);
  }

  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const& x, XBar const& x_bar) const {
    add(exec, y_bar, x, YBar(), X(), x_bar);
  }

  template <class Exec, class Y, class YDot, class X, class XDot>
  void tangent(Exec const& exec, Y const&, YDot const& y_dot, X const& x, XDot const& x_dot) const {
    if (!is_given(x_dot)) return set_all(exec, y_dot, 0);
    ordered_sum(exec, "nacre::squared_norm_tangent", x.size(),
                detail::ScaledDotTerm<typename X::non_const_value_type>{x.data(), x_dot.data(), 2 * factor},
                y_dot);
  }

  template <class Exec, class Y, class YDot, class YBar, class YBarDot, class X, class XDot, class XBarDot>
  void adjoint_tangent(Exec const& exec, Y const&, YDot const&, YBar const& y_bar, YBarDot const& y_bar_dot,
                       X const& x, XDot const& x_dot, XBarDot const& x_bar_dot) const {
    add(exec, y_bar_dot, x, y_bar, x_dot, x_bar_dot);
  }

 private:
  template <class Exec, class A, class X, class B, class Z, class Out>
  void add(Exec const& exec, A const& a, X const& x, B const& b, Z const& z, Out const& out) const {
    if (!is_given(out)) return;
    detail::for_each_entry(
        exec, "nacre::squared_norm_adjoint", out.size(),
        detail::AddTwoScaledBody<typename A::non_const_value_type, typename X::non_const_value_type>{
            a.data(), b.data(), x.data(), z.data(), 2 * factor, out.data()});
  }
};

/// y(0) = |x|^2 / 2
inline SquaredNormOp half_squared_norm() { return {.5}; }

/// y(0) = |x|, the Euclidean norm of x of any rank, for a matrix the Frobenius norm;
/// `x_bar += y_bar(0) x / y(0)`. At x = 0 the norm has no derivative, and this takes 0, the subgradient of
/// least norm.
struct NormOp {
  static constexpr char const* name = "nacre::norm";

  template <class X>
  std::array<std::size_t, 1> output_extents(X const&) const {
    return {{1}};
  }

  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    detail::check_contiguous(name, x);
    ordered_sum(exec, name, x.size(), detail::SquareTerm<typename X::non_const_value_type>{x.data(), 1.}, y);
    detail::for_each_entry(exec, name, 1, detail::RootInPlace<typename Y::non_const_value_type>{y.data()});
  }

  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const& y, YBar const& y_bar, X const& x, XBar const& x_bar) const {
    if (!is_given(x_bar)) return;
    detail::for_each_entry(
        exec, "nacre::norm_adjoint", x.size(),
        detail::NormAdjointBody<typename Y::non_const_value_type, typename X::non_const_value_type>{
            y.data(), y_bar.data(), x.data(), x_bar.data()});
  }

  template <class Exec, class Y, class YDot, class X, class XDot>
  void tangent(Exec const& exec, Y const& y, YDot const& y_dot, X const& x, XDot const& x_dot) const {
    if (!is_given(x_dot)) return set_all(exec, y_dot, 0);
    ordered_sum(exec, "nacre::norm_tangent", x.size(),
                detail::ScaledDotTerm<typename X::non_const_value_type>{x.data(), x_dot.data(), 1.}, y_dot);
    detail::for_each_entry(exec, "nacre::norm_tangent", 1,
                           detail::DivideInPlace<typename Y::non_const_value_type>{y.data(), y_dot.data()});
  }

  template <class Exec, class Y, class YDot, class YBar, class YBarDot, class X, class XDot, class XBarDot>
  void adjoint_tangent(Exec const& exec, Y const& y, YDot const& y_dot, YBar const& y_bar,
                       YBarDot const& y_bar_dot, X const& x, XDot const& x_dot,
                       XBarDot const& x_bar_dot) const {
    if (!is_given(x_bar_dot)) return;
    detail::for_each_entry(
        exec, "nacre::norm_adjoint_tangent", x.size(),
        detail::NormAdjointTangentBody<typename Y::non_const_value_type, typename X::non_const_value_type>{
            y.data(), y_dot.data(), y_bar.data(), y_bar_dot.data(), x.data(), x_dot.data(),
            x_bar_dot.data()});
  }
};

/// The Frobenius norm of a matrix, of its values.
using FrobeniusNormOp = NormOp;

}  // namespace nacre
