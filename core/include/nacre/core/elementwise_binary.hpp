#pragma once

#include <nacre/core/entries.hpp>

/// \file
/// Sums, products and quotients of two views of one shape, entry by entry.

namespace nacre {

namespace detail {

template <class A, class B, class Y>
struct CombineTwoBody {
  A const* a;
  B const* b;
  Y alpha, beta;
  Y* y;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    y[i] = alpha * static_cast<Y>(a[i]) + beta * static_cast<Y>(b[i]);
  }
};

template <class X, class Y>
struct AddScaledBody {
  Y const* y_bar;
  Y factor;
  X* x_bar;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    x_bar[i] += static_cast<X>(factor * y_bar[i]);
  }
};

template <class A, class B, class Y>
struct MultiplyEntriesBody {
  A const* a;
  B const* b;
  Y* y;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    y[i] = static_cast<Y>(a[i]) * static_cast<Y>(b[i]);
  }
};

template <class A, class B, class Y>
struct MultiplyAdjointBody {
  A const* a;
  B const* b;
  Y const* y_bar;
  A* a_bar;
  B* b_bar;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    // one after the other: a and b, and so their cotangents, may be the same
    if (a_bar) a_bar[i] += static_cast<A>(static_cast<Y>(b[i]) * y_bar[i]);
    if (b_bar) b_bar[i] += static_cast<B>(static_cast<Y>(a[i]) * y_bar[i]);
  }
};

template <class A, class B, class Y>
struct DivideBody {
  A const* a;
  B const* b;
  Y* y;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    y[i] = static_cast<Y>(a[i]) / static_cast<Y>(b[i]);
  }
};

template <class A, class B, class Y>
struct DivideAdjointBody {
  B const* b;
  Y const *y, *y_bar;
  A* a_bar;
  B* b_bar;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    Y const g = y_bar[i] / static_cast<Y>(b[i]);
    if (a_bar) a_bar[i] += static_cast<A>(g);
    if (b_bar) b_bar[i] -= static_cast<B>(g * y[i]);
  }
};

template <class A, class B, class Y>
struct DivideTangentBody {
  A const* a_dot;
  B const *b, *b_dot;
  Y const* y;
  Y* y_dot;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    Y sum = a_dot ? static_cast<Y>(a_dot[i]) : Y(0);
    if (b_dot) sum -= y[i] * static_cast<Y>(b_dot[i]);
    y_dot[i] = sum / static_cast<Y>(b[i]);
  }
};

// with g = y_bar / b: a_bar gets g, b_bar gets -g y, and g_dot = (y_bar_dot - g b_dot) / b
template <class A, class B, class Y>
struct DivideAdjointTangentBody {
  A const* a_dot;
  B const *b, *b_dot;
  Y const *y, *y_bar, *y_bar_dot;
  A* a_bar_dot;
  B* b_bar_dot;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    Y const at = static_cast<Y>(b[i]), at_dot = b_dot ? static_cast<Y>(b_dot[i]) : Y(0);
    Y const g = y_bar ? y_bar[i] / at : Y(0);
    Y const g_dot = ((y_bar_dot ? y_bar_dot[i] : Y(0)) - g * at_dot) / at;
    Y const value_dot = ((a_dot ? static_cast<Y>(a_dot[i]) : Y(0)) - y[i] * at_dot) / at;
    if (a_bar_dot) a_bar_dot[i] += static_cast<A>(g_dot);
    if (b_bar_dot) b_bar_dot[i] -= static_cast<B>(g_dot * y[i] + g * value_dot);
  }
};

}  // namespace detail

/// y = alpha a + beta b with constant coefficients, of any rank: `a_bar += alpha y_bar`,
/// `b_bar += beta y_bar`. Two matrices on one pattern are added by their values.
struct LinearCombinationOp {
  static constexpr char const* name = "nacre::linear_combination";
  static constexpr Form form = Form::linear;
  double alpha = 1, beta = 1;

  template <class A, class B>
  std::array<std::size_t, compat::kRank<A>> output_extents(A const& a, B const&) const {
    return extents_of(a);
  }

  template <class Exec, class Y, class A, class B>
  void forward(Exec const& exec, Y const& y, A const& a, B const& b) const {
    using TY = typename Y::non_const_value_type;
    detail::check_same_shape("linear_combination", b, a, "the extent of a");
    detail::check_same_shape("linear_combination", y, a, "the extent of a");
    detail::for_each_entry(
        exec, name, y.size(),
        detail::CombineTwoBody<typename A::non_const_value_type, typename B::non_const_value_type, TY>{
            a.data(), b.data(), static_cast<TY>(alpha), static_cast<TY>(beta), y.data()});
  }

  template <class Exec, class Y, class YBar, class A, class B, class ABar, class BBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, A const&, B const&, ABar const& a_bar,
               BBar const& b_bar) const {
    using TY = typename Y::non_const_value_type;
    auto const add = [&](double factor, auto const& x_bar) {
      using TX = typename std::decay_t<decltype(x_bar)>::non_const_value_type;
      if (is_given(x_bar))
        detail::for_each_entry(
            exec, "nacre::linear_combination_adjoint", y_bar.size(),
            detail::AddScaledBody<TX, TY>{y_bar.data(), static_cast<TY>(factor), x_bar.data()});
    };
    add(alpha, a_bar);
    add(beta, b_bar);
  }
};

/// y = a + b
inline LinearCombinationOp add() { return {1, 1}; }
/// y = a - b
inline LinearCombinationOp subtract() { return {1, -1}; }

/// y(i) = a(i) b(i), of any rank; for values on one pattern the Hadamard product of two matrices.
/// `a_bar(i) += b(i) y_bar(i)`, `b_bar(i) += a(i) y_bar(i)`
struct MultiplyOp {
  static constexpr char const* name = "nacre::multiply";
  static constexpr Form form = Form::multilinear;

  template <class A, class B>
  std::array<std::size_t, compat::kRank<A>> output_extents(A const& a, B const&) const {
    return extents_of(a);
  }

  template <class Exec, class Y, class A, class B>
  void forward(Exec const& exec, Y const& y, A const& a, B const& b) const {
    detail::check_same_shape("multiply", b, a, "the extent of a");
    detail::check_same_shape("multiply", y, a, "the extent of a");
    detail::for_each_entry(
        exec, name, y.size(),
        detail::MultiplyEntriesBody<typename A::non_const_value_type, typename B::non_const_value_type,
                                    typename Y::non_const_value_type>{a.data(), b.data(), y.data()});
  }

  template <class Exec, class Y, class YBar, class A, class B, class ABar, class BBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, A const& a, B const& b, ABar const& a_bar,
               BBar const& b_bar) const {
    if (!is_given(a_bar) && !is_given(b_bar)) return;
    detail::for_each_entry(
        exec, "nacre::multiply_adjoint", y_bar.size(),
        detail::MultiplyAdjointBody<typename A::non_const_value_type, typename B::non_const_value_type,
                                    typename Y::non_const_value_type>{a.data(), b.data(), y_bar.data(),
                                                                      a_bar.data(), b_bar.data()});
  }
};

/// y(i) = a(i) / b(i), of any rank: `a_bar(i) += y_bar(i) / b(i)`, `b_bar(i) -= y_bar(i) y(i) / b(i)`.
struct DivideOp {
  static constexpr char const* name = "nacre::divide";

  template <class A, class B>
  std::array<std::size_t, compat::kRank<A>> output_extents(A const& a, B const&) const {
    return extents_of(a);
  }

  template <class Exec, class Y, class A, class B>
  void forward(Exec const& exec, Y const& y, A const& a, B const& b) const {
    detail::check_same_shape("divide", b, a, "the extent of a");
    detail::check_same_shape("divide", y, a, "the extent of a");
    detail::for_each_entry(
        exec, name, y.size(),
        detail::DivideBody<typename A::non_const_value_type, typename B::non_const_value_type,
                           typename Y::non_const_value_type>{a.data(), b.data(), y.data()});
  }

  template <class Exec, class Y, class YBar, class A, class B, class ABar, class BBar>
  void adjoint(Exec const& exec, Y const& y, YBar const& y_bar, A const&, B const& b, ABar const& a_bar,
               BBar const& b_bar) const {
    if (!is_given(a_bar) && !is_given(b_bar)) return;
    detail::for_each_entry(
        exec, "nacre::divide_adjoint", y.size(),
        detail::DivideAdjointBody<typename A::non_const_value_type, typename B::non_const_value_type,
                                  typename Y::non_const_value_type>{b.data(), y.data(), y_bar.data(),
                                                                    a_bar.data(), b_bar.data()});
  }

  template <class Exec, class Y, class YDot, class A, class B, class ADot, class BDot>
  void tangent(Exec const& exec, Y const& y, YDot const& y_dot, A const&, B const& b, ADot const& a_dot,
               BDot const& b_dot) const {
    detail::for_each_entry(
        exec, "nacre::divide_tangent", y.size(),
        detail::DivideTangentBody<typename A::non_const_value_type, typename B::non_const_value_type,
                                  typename Y::non_const_value_type>{a_dot.data(), b.data(), b_dot.data(),
                                                                    y.data(), y_dot.data()});
  }

  template <class Exec, class Y, class YDot, class YBar, class YBarDot, class A, class B, class ADot,
            class BDot, class ABarDot, class BBarDot>
  void adjoint_tangent(Exec const& exec, Y const& y, YDot const&, YBar const& y_bar, YBarDot const& y_bar_dot,
                       A const&, B const& b, ADot const& a_dot, BDot const& b_dot, ABarDot const& a_bar_dot,
                       BBarDot const& b_bar_dot) const {
    if (!is_given(a_bar_dot) && !is_given(b_bar_dot)) return;
    detail::for_each_entry(
        exec, "nacre::divide_adjoint_tangent", y.size(),
        detail::DivideAdjointTangentBody<typename A::non_const_value_type, typename B::non_const_value_type,
                                         typename Y::non_const_value_type>{
            a_dot.data(), b.data(), b_dot.data(), y.data(), y_bar.data(), y_bar_dot.data(), a_bar_dot.data(),
            b_bar_dot.data()});
  }
};

}  // namespace nacre
