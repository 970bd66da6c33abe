#pragma once

#include <cmath>

#include <nacre/core/operation.hpp>
#include <nacre/core/ordered_sum.hpp>

/// \file
/// Three small operations, one of each kind, that tests of the tape use.

namespace nacre::test {

/// y = sin(x), element by element.
struct SineOp {
  static constexpr char const* name = "nacre::test::sine";

  template <class X>
  std::array<std::size_t, 1> output_extents(X const& x) const {
    return {{x.extent(0)}};
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    Kokkos::parallel_for(
        "nacre::test::sine", range(exec, x.extent(0)), KOKKOS_LAMBDA(Ordinal i) { y(i) = std::sin(x(i)); });
  }
  template <class Exec, class Y, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, Y const& y_bar, X const& x, XBar const& x_bar) const {
    Kokkos::parallel_for(
        "nacre::test::sine_adjoint", range(exec, x.extent(0)),
        KOKKOS_LAMBDA(Ordinal i) { x_bar(i) += std::cos(x(i)) * y_bar(i); });
  }
  template <class Exec, class Y, class YDot, class X>
  void tangent(Exec const& exec, Y const&, YDot const& y_dot, X const& x, X const& x_dot) const {
    Kokkos::parallel_for(
        "nacre::test::sine_tangent", range(exec, x.extent(0)),
        KOKKOS_LAMBDA(Ordinal i) { y_dot(i) = std::cos(x(i)) * x_dot(i); });
  }
  template <class Exec, class Y, class X, class XBar>
  void adjoint_tangent(Exec const& exec, Y const&, Y const&, Y const& y_bar, Y const& y_bar_dot, X const& x,
                       X const& x_dot, XBar const& x_bar_dot) const {
    bool const moves = is_given(x_dot), flows = is_given(y_bar_dot);
    Kokkos::parallel_for(
        "nacre::test::sine_adjoint_tangent", range(exec, x.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
          if (moves) x_bar_dot(i) -= std::sin(x(i)) * x_dot(i) * y_bar(i);
          if (flows) x_bar_dot(i) += std::cos(x(i)) * y_bar_dot(i);
        });
  }
};

/// z = x y, element by element.
struct ProductOp {
  static constexpr char const* name = "nacre::test::product";
  static constexpr Form form = Form::multilinear;

  template <class X, class Y>
  std::array<std::size_t, 1> output_extents(X const& x, Y const& y) const {
    check_extent(name, y, 0, x.extent(0), "the extent of the first factor");
    return {{x.extent(0)}};
  }
  template <class Exec, class Z, class X, class Y>
  void forward(Exec const& exec, Z const& z, X const& x, Y const& y) const {
    Kokkos::parallel_for(
        "nacre::test::product", range(exec, x.extent(0)), KOKKOS_LAMBDA(Ordinal i) { z(i) = x(i) * y(i); });
  }
  template <class Exec, class Z, class X, class Y, class XBar, class YBar>
  void adjoint(Exec const& exec, Z const&, Z const& z_bar, X const& x, Y const& y, XBar const& x_bar,
               YBar const& y_bar) const {
    bool const for_x = is_given(x_bar), for_y = is_given(y_bar);
    Kokkos::parallel_for(
        "nacre::test::product_adjoint", range(exec, x.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
          if (for_x) x_bar(i) += y(i) * z_bar(i);
          if (for_y) y_bar(i) += x(i) * z_bar(i);
        });
  }
};

template <class X>
struct Element {
  X x;
  KOKKOS_INLINE_FUNCTION typename X::value_type operator()(std::int64_t i) const { return x(i); }
};

/// y(0) = the sum of x.
struct TotalOp {
  static constexpr char const* name = "nacre::test::total";
  static constexpr Form form = Form::linear;

  template <class X>
  std::array<std::size_t, 1> output_extents(X const&) const {
    return {{1}};
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    ordered_sum(exec, "nacre::test::total", x.extent(0), Element<X>{x}, y);
  }
  template <class Exec, class Y, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, Y const& y_bar, X const& x, XBar const& x_bar) const {
    Kokkos::parallel_for(
        "nacre::test::total_adjoint", range(exec, x.extent(0)),
        KOKKOS_LAMBDA(Ordinal i) { x_bar(i) += y_bar(0); });
  }
};

}  // namespace nacre::test
