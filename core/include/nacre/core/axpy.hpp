#pragma once

#include <nacre/core/inner_products.hpp>

/// \file
/// Differentiable multiples of vectors, the factor being an input.

namespace nacre {

namespace detail {

template <class A, class X, class Y, class Z>
struct AxpyOutOfPlaceBody {
  A const* alpha;
  X const* x;
  Y const* y;  // null: zero
  Z* z;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    Z const product = static_cast<Z>(alpha[0]) * static_cast<Z>(x[i]);
    z[i] = y ? product + static_cast<Z>(y[i]) : product;
  }
};

/// z_dot = alpha_dot x + alpha x_dot + y_dot, null pointers being zero
template <class A, class X, class Y, class Z>
struct AxpyTangentBody {
  A const *alpha, *alpha_dot;
  X const *x, *x_dot;
  Y const* y_dot;
  Z* z_dot;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    Z sum = 0;
    if (alpha_dot) sum += static_cast<Z>(alpha_dot[0]) * static_cast<Z>(x[i]);
    if (x_dot) sum += static_cast<Z>(alpha[0]) * static_cast<Z>(x_dot[i]);
    if (y_dot) sum += static_cast<Z>(y_dot[i]);
    z_dot[i] = sum;
  }
};

/// out(0) += a . b
template <class Exec, class A, class B, class Out>
void add_dot(Exec const& exec, char const* label, A const& a, B const& b, Out const& out) {
  if (!is_given(out) || !is_given(a) || !is_given(b)) return;
  ordered_sum(exec, label, a.size(),
              DotTerm<typename A::non_const_value_type, typename B::non_const_value_type>{a.data(), b.data()},
              out, 1, 1);
}
/// out += s(0) x
template <class Exec, class S, class X, class Out>
void add_times_scalar(Exec const& exec, char const* label, S const& s, X const& x, Out const& out) {
  if (!is_given(out) || !is_given(s) || !is_given(x)) return;
  for_each_entry(exec, label, x.size(),
                 AddTimesScalarBody<typename S::non_const_value_type, typename X::non_const_value_type,
                                    typename Out::non_const_value_type>{s.data(), x.data(), out.data()});
}

}  // namespace detail

/// y = alpha(0) x, of any rank: `alpha_bar(0) += y_bar . x`, `x_bar += alpha(0) y_bar`.
struct ScaleOp {
  static constexpr char const* name = "nacre::scale_by_input";
  static constexpr Form form = Form::multilinear;

  template <class A, class X>
  std::array<std::size_t, compat::kRank<X>> output_extents(A const&, X const& x) const {
    return extents_of(x);
  }

  template <class Exec, class Y, class A, class X>
  void forward(Exec const& exec, Y const& y, A const& alpha, X const& x) const {
    using TX = typename X::non_const_value_type;
    check_extent("scale", alpha, 0, 1, "the number of factors");
    detail::check_same_shape("scale", y, x, "the extent of x");
    detail::for_each_entry(exec, name, x.size(),
                           detail::AxpyOutOfPlaceBody<typename A::non_const_value_type, TX, TX,
                                                      typename Y::non_const_value_type>{
                               alpha.data(), x.data(), nullptr, y.data()});
  }

  template <class Exec, class Y, class YBar, class A, class X, class ABar, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, A const& alpha, X const& x,
               ABar const& alpha_bar, XBar const& x_bar) const {
    detail::add_dot(exec, "nacre::scale_by_input_adjoint", y_bar, x, alpha_bar);
    detail::add_times_scalar(exec, "nacre::scale_by_input_adjoint", alpha, y_bar, x_bar);
  }
};

/// z = alpha(0) x + y, of any rank: `alpha_bar(0) += z_bar . x`, `x_bar += alpha(0) z_bar`,
/// `y_bar += z_bar`.
struct AxpyOp {
  static constexpr char const* name = "nacre::axpy";

  template <class A, class X, class Y>
  std::array<std::size_t, compat::kRank<X>> output_extents(A const&, X const& x, Y const&) const {
    return extents_of(x);
  }

  template <class Exec, class Z, class A, class X, class Y>
  void forward(Exec const& exec, Z const& z, A const& alpha, X const& x, Y const& y) const {
    check_extent("axpy", alpha, 0, 1, "the number of factors");
    detail::check_same_shape("axpy", y, x, "the extent of x");
    detail::check_same_shape("axpy", z, x, "the extent of x");
    detail::for_each_entry(
        exec, name, x.size(),
        detail::AxpyOutOfPlaceBody<typename A::non_const_value_type, typename X::non_const_value_type,
                                   typename Y::non_const_value_type, typename Z::non_const_value_type>{
            alpha.data(), x.data(), y.data(), z.data()});
  }

  template <class Exec, class Z, class ZBar, class A, class X, class Y, class ABar, class XBar, class YBar>
  void adjoint(Exec const& exec, Z const&, ZBar const& z_bar, A const& alpha, X const& x, Y const&,
               ABar const& alpha_bar, XBar const& x_bar, YBar const& y_bar) const {
    char const* const label = "nacre::axpy_adjoint";
    detail::add_dot(exec, label, z_bar, x, alpha_bar);
    detail::add_times_scalar(exec, label, alpha, z_bar, x_bar);
    if (is_given(y_bar)) add_to(exec, z_bar, y_bar);
  }

  template <class Exec, class Z, class ZDot, class A, class X, class Y, class ADot, class XDot, class YDot>
  void tangent(Exec const& exec, Z const&, ZDot const& z_dot, A const& alpha, X const& x, Y const&,
               ADot const& alpha_dot, XDot const& x_dot, YDot const& y_dot) const {
    detail::for_each_entry(
        exec, "nacre::axpy_tangent", x.size(),
        detail::AxpyTangentBody<typename A::non_const_value_type, typename X::non_const_value_type,
                                typename Y::non_const_value_type, typename Z::non_const_value_type>{
            alpha.data(), alpha_dot.data(), x.data(), x_dot.data(), y_dot.data(), z_dot.data()});
  }

  template <class Exec, class Z, class ZDot, class ZBar, class ZBarDot, class A, class X, class Y, class ADot,
            class XDot, class YDot, class ABarDot, class XBarDot, class YBarDot>
  void adjoint_tangent(Exec const& exec, Z const&, ZDot const&, ZBar const& z_bar, ZBarDot const& z_bar_dot,
                       A const& alpha, X const& x, Y const&, ADot const& alpha_dot, XDot const& x_dot,
                       YDot const&, ABarDot const& alpha_bar_dot, XBarDot const& x_bar_dot,
                       YBarDot const& y_bar_dot) const {
    char const* const label = "nacre::axpy_adjoint_tangent";
    detail::add_dot(exec, label, z_bar_dot, x, alpha_bar_dot);
    detail::add_dot(exec, label, z_bar, x_dot, alpha_bar_dot);
    detail::add_times_scalar(exec, label, alpha, z_bar_dot, x_bar_dot);
    detail::add_times_scalar(exec, label, alpha_dot, z_bar, x_bar_dot);
    if (is_given(y_bar_dot) && is_given(z_bar_dot)) add_to(exec, z_bar_dot, y_bar_dot);
  }
};

}  // namespace nacre
