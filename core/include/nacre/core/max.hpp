#pragma once

#include <limits>

#include <nacre/core/entries.hpp>

/// \file
/// The largest of many numbers, differentiable.

namespace nacre {

namespace detail {

/// A number as max() compares it: infinity if it is none, so that it is not lost.
template <class T>
KOKKOS_INLINE_FUNCTION T ordered_number(T x, T infinity) {
  return x == x ? x : infinity;
}

template <class T>
struct MaxTerm {
  T const* x;
  T infinity;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, T& largest) const {
    T const at = ordered_number(x[i], infinity);
    if (at > largest) largest = at;
  }
};

template <class T>
KOKKOS_INLINE_FUNCTION bool is_first_of_value(T const* x, T value, std::int64_t i) {
  if (!(x[i] == value)) return false;
  for (std::int64_t j = 0; j < i; ++j)
    if (x[j] == value) return false;
  return true;
}

/// bar(i) += y_bar(0) for the first i with x(i) = y(0)
template <class T>
struct MaxAdjointBody {
  T const *y, *y_bar, *x;
  T* bar;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    if (is_first_of_value(x, y[0], i)) bar[i] += y_bar[0];
  }
};

/// y_dot(0) = x_dot(i) for the first i with x(i) = y(0)
template <class T>
struct MaxTangentBody {
  T const *y, *x, *x_dot;
  T* y_dot;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    if (is_first_of_value(x, y[0], i)) y_dot[0] = x_dot[i];
  }
};

}  // namespace detail

/// y(0) = max over i of x(i), x of any rank, -infinity of none, infinity if one is not a number;
/// `x_bar(i) += y_bar(0)` for the first i at which it is attained.
struct MaxOp {
  static constexpr char const* name = "nacre::max";

  template <class X>
  std::array<std::size_t, 1> output_extents(X const&) const {
    return {{1}};
  }

  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    using T = typename Y::non_const_value_type;
    using Result = Kokkos::View<T, typename Exec::memory_space>;
    detail::check_contiguous(name, x);
    T const infinity = std::numeric_limits<T>::infinity();
    if (x.size() == 0) return set_all(exec, y, -std::numeric_limits<double>::infinity());
    Kokkos::parallel_reduce(name, range_of_entries(exec, x.size()), detail::MaxTerm<T>{x.data(), infinity},
                            Kokkos::Max<T, typename Exec::memory_space>(Result(y.data())));
  }

  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const& y, YBar const& y_bar, X const& x, XBar const& x_bar) const {
    add(exec, "nacre::max_adjoint", y, y_bar, x, x_bar);
  }

  template <class Exec, class Y, class YDot, class X, class XDot>
  void tangent(Exec const& exec, Y const& y, YDot const& y_dot, X const& x, XDot const& x_dot) const {
    using T = typename YDot::non_const_value_type;
    set_all(exec, y_dot, 0);
    if (is_given(x_dot))
      detail::for_each_entry(exec, "nacre::max_tangent", x.size(),
                             detail::MaxTangentBody<T>{y.data(), x.data(), x_dot.data(), y_dot.data()});
  }

  template <class Exec, class Y, class YDot, class YBar, class YBarDot, class X, class XDot, class XBarDot>
  void adjoint_tangent(Exec const& exec, Y const& y, YDot const&, YBar const&, YBarDot const& y_bar_dot,
                       X const& x, XDot const&, XBarDot const& x_bar_dot) const {
    add(exec, "nacre::max_adjoint_tangent", y, y_bar_dot, x, x_bar_dot);
  }

 private:
  template <class Exec, class Y, class A, class X, class Out>
  void add(Exec const& exec, char const* label, Y const& y, A const& a, X const& x, Out const& out) const {
    if (!is_given(out) || !is_given(a)) return;
    detail::for_each_entry(
        exec, label, x.size(),
        detail::MaxAdjointBody<typename Out::non_const_value_type>{y.data(), a.data(), x.data(), out.data()});
  }
};

}  // namespace nacre
