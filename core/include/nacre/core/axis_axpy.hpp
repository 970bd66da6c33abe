#pragma once

#include <array>

#include <nacre/core/axis_sums.hpp>
#include <nacre/core/inner_products.hpp>

/// \file
/// Differentiable sums of matrices whose rows or columns are scaled by an input.

namespace nacre {

namespace detail {

/// z = y + factor s x, s by column or row; null pointers are zero.
template <bool kByColumn, class S, class X, class Y, class Z>
struct AxisAxpyBody {
  S const* s;
  Strided<X> x;
  Strided<Y> y;
  Strided<Z> z;
  double factor;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t j) const {
    Z const start = y.data ? static_cast<Z>(y(i, j)) : Z(0);
    z(i, j) = s && x.data ? start + static_cast<Z>(factor) * static_cast<Z>(s[kByColumn ? j : i]) *
                                        static_cast<Z>(x(i, j))
                          : start;
  }
};

/// x_bar += factor s z_bar
template <bool kByColumn, class S, class ZBar, class XBar>
struct AddAxisScaledBody {
  S const* s;
  Strided<ZBar> z_bar;
  Strided<XBar> x_bar;
  double factor;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t j) const {
    x_bar(i, j) += static_cast<XBar>(factor * static_cast<double>(s[kByColumn ? j : i]) *
                                     static_cast<double>(z_bar(i, j)));
  }
};

template <class T>
struct AddScaledTo {
  T* y;
  double factor;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at, double sum) const {
    y[at] += static_cast<T>(factor * sum);
  }
};

}  // namespace detail

/// z(i, j) = y(i, j) + factor s(j) x(i, j), each column with a scale of its own, or with s(i), each row.
///
/// `s_bar(j) += factor sum over i of z_bar(i, j) x(i, j)`, `x_bar += factor s(j) z_bar`, `y_bar += z_bar`; the
/// factor is a constant. s [k] by column or [n] by row, x and y [n, k] -> z [n, k].
template <bool kByColumn>
struct AxisAxpyOp {
  static constexpr char const* name = kByColumn ? "nacre::column_axpy" : "nacre::row_axpy";
  double factor = 1;

  template <class S, class X, class Y>
  std::array<std::size_t, 2> output_extents(S const&, X const& x, Y const&) const {
    return extents_of(x);
  }

  /// \throws nacre::Error if an extent does not match
  template <class Exec, class Z, class S, class X, class Y>
  void forward(Exec const& exec, Z const& z, S const& s, X const& x, Y const& y) const {
    check_extent(name, s, 0, x.extent(kByColumn ? 1 : 0),
                 kByColumn ? "the number of columns of x" : "the number of rows of x");
    detail::check_same_shape(name, y, x, "the extent of x");
    set(exec, name, s, x, y, z);
  }

  template <class Exec, class Z, class ZBar, class S, class X, class Y, class SBar, class XBar, class YBar>
  void adjoint(Exec const& exec, Z const&, ZBar const& z_bar, S const& s, X const& x, Y const&,
               SBar const& s_bar, XBar const& x_bar, YBar const& y_bar) const {
    add_sums(exec, z_bar, x, s_bar);
    add_scaled(exec, s, z_bar, x_bar);
    if (is_given(y_bar)) add_to(exec, z_bar, y_bar);
  }

  template <class Exec, class Z, class ZDot, class S, class X, class Y, class SDot, class XDot, class YDot>
  void tangent(Exec const& exec, Z const&, ZDot const& z_dot, S const& s, X const& x, Y const&,
               SDot const& s_dot, XDot const& x_dot, YDot const& y_dot) const {
    set(exec, "nacre::axis_axpy_tangent", s_dot, x, y_dot, z_dot);
    if (is_given(x_dot)) add_scaled(exec, s, x_dot, z_dot);
  }

  template <class Exec, class Z, class ZDot, class ZBar, class ZBarDot, class S, class X, class Y, class SDot,
            class XDot, class YDot, class SBarDot, class XBarDot, class YBarDot>
  void adjoint_tangent(Exec const& exec, Z const&, ZDot const&, ZBar const& z_bar, ZBarDot const& z_bar_dot,
                       S const& s, X const& x, Y const&, SDot const& s_dot, XDot const& x_dot, YDot const&,
                       SBarDot const& s_bar_dot, XBarDot const& x_bar_dot, YBarDot const& y_bar_dot) const {
    add_sums(exec, z_bar_dot, x, s_bar_dot);
    add_sums(exec, z_bar, x_dot, s_bar_dot);
    add_scaled(exec, s, z_bar_dot, x_bar_dot);
    add_scaled(exec, s_dot, z_bar, x_bar_dot);
    if (is_given(y_bar_dot) && is_given(z_bar_dot)) add_to(exec, z_bar_dot, y_bar_dot);
  }

 private:
  template <class Exec, class S, class X, class Y, class Z>
  void set(Exec const& exec, char const* label, S const& s, X const& x, Y const& y, Z const& z) const {
    detail::for_each_matrix_entry(
        exec, label, z.extent(0), z.extent(1),
        detail::AxisAxpyBody<kByColumn, typename S::non_const_value_type, typename X::value_type,
                             typename Y::value_type, typename Z::value_type>{
            s.data(), detail::strided(x), detail::strided(y), detail::strided(z), factor});
  }
  /// s_bar += factor sum of z_bar x
  template <class Exec, class ZBar, class X, class SBar>
  void add_sums(Exec const& exec, ZBar const& z_bar, X const& x, SBar const& s_bar) const {
    if (!is_given(s_bar) || !is_given(z_bar) || !is_given(x)) return;
    detail::ProductTerm<typename ZBar::value_type, typename X::value_type> const term{detail::strided(z_bar),
                                                                                      detail::strided(x)};
    detail::AddScaledTo<typename SBar::non_const_value_type> const store{s_bar.data(), factor};
    char const* const label = "nacre::axis_axpy_adjoint::s";
    detail::for_each_axis_sum<kByColumn>(exec, label, x.extent(0), x.extent(1), term, store);
  }
  /// x_bar += factor s z_bar
  template <class Exec, class S, class ZBar, class XBar>
  void add_scaled(Exec const& exec, S const& s, ZBar const& z_bar, XBar const& x_bar) const {
    if (!is_given(x_bar) || !is_given(z_bar) || !is_given(s)) return;
    detail::for_each_matrix_entry(
        exec, "nacre::axis_axpy_adjoint::x", x_bar.extent(0), x_bar.extent(1),
        detail::AddAxisScaledBody<kByColumn, typename S::non_const_value_type, typename ZBar::value_type,
                                  typename XBar::value_type>{s.data(), detail::strided(z_bar),
                                                             detail::strided(x_bar), factor});
  }
};

/// z(i, j) = y(i, j) + factor s(j) x(i, j)
using ColumnAxpyOp = AxisAxpyOp<true>;
/// z(i, j) = y(i, j) + factor s(i) x(i, j)
using RowAxpyOp = AxisAxpyOp<false>;

}  // namespace nacre
