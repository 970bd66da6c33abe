#pragma once

#include <array>
#include <tuple>
#include <type_traits>
#include <utility>

#include <nacre/core/arena.hpp>
#include <nacre/core/error.hpp>
#include <nacre/core/types.hpp>

/// \file
/// What a differentiable operation is, and derivatives that follow from others.
///
/// An operation is a struct of pure functions beside its kernel. It holds structure (patterns, plans, a
/// communicator), never values, and knows no tape:
///
///     struct FOp {
///       static constexpr char const* name = "nacre::f";
///       static constexpr Form form = Form::multilinear;    // absent: Form::general
///       static constexpr bool collective = true;           // absent: false
///       output_extents(x...);                              // std::array<std::size_t, rank>
///       forward(exec, y, x...);                            // y = f(x...), overwritten
///       adjoint(exec, y, y_bar, x..., x_bar...);           // x_bar += J^T y_bar
///       tangent(exec, y, y_dot, x..., x_dot...);           // y_dot = J x_dot, overwritten
///       adjoint_tangent(exec, y, y_dot, y_bar, y_bar_dot, x..., x_dot..., x_bar_dot...);
///     };                                                   // x_bar_dot += d/dt of what adjoint adds
///
/// with d/dt the derivative along (x_dot, y_dot, y_bar_dot). The last two are for operations of
/// Form::general, and may be left out by those that forward mode and Hessians never meet; for the others they
/// follow from forward and adjoint. A cotangent that is not wanted and a
/// tangent that is zero are views whose data() is null, and cost nothing. Inputs are views of `T const`. All
/// functions are asynchronous on `exec`, and allocate and fence nothing apart from communication.

namespace nacre {

/// How an operation depends on its inputs, as far as that spares writing derivatives.
enum class Form {
  general,     ///< brings its own tangent and adjoint_tangent
  linear,      ///< linear in all inputs together: x + y
  multilinear  ///< linear in each input while the others stay: A x, diag(l) A diag(r)
};

namespace detail {

template <class Op, class = void>
struct FormOf {
  static constexpr Form value = Form::general;
};
template <class Op>
struct FormOf<Op, std::void_t<decltype(Op::form)>> {
  static constexpr Form value = Op::form;
};
template <class Op, class = void>
struct IsCollective {
  static constexpr bool value = false;
};
template <class Op>
struct IsCollective<Op, std::void_t<decltype(Op::collective)>> {
  static constexpr bool value = Op::collective;
};

template <class Void, class Op, class... Args>
struct HasTangent {
  static constexpr bool value = false;
};
template <class Op, class... Args>
struct HasTangent<std::void_t<decltype(std::declval<Op const&>().tangent(std::declval<Args const&>()...))>,
                  Op, Args...> {
  static constexpr bool value = true;
};

template <class T, std::size_t kDimensions>
struct DataType {
  using type = typename DataType<T, kDimensions - 1>::type*;
};
template <class T>
struct DataType<T, 0> {
  using type = T;
};

// an output is laid out as the last input that has its number of dimensions
template <std::size_t kDimensions, class Layout, class... Inputs>
struct OutputLayout {
  using type = Layout;
};
template <std::size_t kDimensions, class Layout, class First, class... Rest>
struct OutputLayout<kDimensions, Layout, First, Rest...> {
  using type = typename OutputLayout<
      kDimensions,
      std::conditional_t<compat::kRank<First> == kDimensions, typename First::array_layout, Layout>,
      Rest...>::type;
};

}  // namespace detail

template <class Op>
inline constexpr Form kForm = detail::FormOf<Op>::value;
/// Whether there is forward mode for `Op` with result Y and inputs In: by its form or its own functions.
template <class Exec, class Op, class Y, class... In>
inline constexpr bool kHasTangent =
    kForm<Op> != Form::general || detail::HasTangent<void, Op, Exec, Y, Y, In..., In...>::value;
/// Whether ranks communicate in the operation or its adjoint: then it runs on all of them or on none.
template <class Op>
inline constexpr bool kIsCollective = detail::IsCollective<Op>::value;

/// What operations get and give: `kDimensions` dimensions, contiguous, of memory that others own.
template <class T, std::size_t kDimensions, class Layout, class Device>
using OpView = Kokkos::View<
    typename detail::DataType<T, kDimensions>::type,
    std::conditional_t<(kDimensions < 2) || std::is_same_v<Layout, Kokkos::LayoutStride>,
                       std::conditional_t<(kDimensions < 2), typename Device::execution_space::array_layout,
                                          Kokkos::LayoutRight>,
                       Layout>,
    Device, Kokkos::MemoryUnmanaged>;

/// The input that a view `V` of a user becomes.
template <class V>
using OpInput = OpView<typename V::non_const_value_type const, compat::kRank<V>, typename V::array_layout,
                       typename V::device_type>;
/// What belongs to an input `V` and is written: its cotangent, its tangent.
template <class V>
using OpOutput = OpView<typename V::non_const_value_type, compat::kRank<V>, typename V::array_layout,
                        typename V::device_type>;
/// The result of `Op` on inputs of these types.
template <class Op, class... In>
using OpResult = OpView<
    std::common_type_t<typename In::non_const_value_type...>,
    std::tuple_size_v<decltype(std::declval<Op const&>().output_extents(std::declval<In const&>()...))>,
    typename detail::OutputLayout<
        std::tuple_size_v<decltype(std::declval<Op const&>().output_extents(std::declval<In const&>()...))>,
        Kokkos::LayoutRight, In...>::type,
    typename std::tuple_element_t<0, std::tuple<In...>>::device_type>;

/// Whether a cotangent is wanted, a tangent not zero.
template <class View>
bool is_given(View const& v) {
  return v.data() != nullptr;
}

/// `size` numbers at `data` as a view of these extents.
template <class View, std::size_t kDimensions>
View make_op_view(void* data, std::array<std::size_t, kDimensions> const& extents) {
  static_assert(kDimensions <= 4, "operations have at most four dimensions");
  auto const p = static_cast<typename View::pointer_type>(data);
  if constexpr (kDimensions == 0) return View(p);
  if constexpr (kDimensions == 1) return View(p, extents[0]);
  if constexpr (kDimensions == 2) return View(p, extents[0], extents[1]);
  if constexpr (kDimensions == 3) return View(p, extents[0], extents[1], extents[2]);
  if constexpr (kDimensions == 4) return View(p, extents[0], extents[1], extents[2], extents[3]);
}

template <class View>
std::array<std::size_t, compat::kRank<View>> extents_of(View const& v) {
  std::array<std::size_t, compat::kRank<View>> extents{};
  for (std::size_t d = 0; d < compat::kRank<View>; ++d) extents[d] = v.extent(d);
  return extents;
}

/// The same numbers as an operation sees them. \throws nacre::Error if they are not contiguous
template <class V>
OpInput<V> as_op_input(V const& v) {
  if (v.size() > 0 && (v.span() != v.size() || !v.span_is_contiguous()))
    fail(cat("view '", v.label(), "' is not contiguous; operations take contiguous views"));
  return make_op_view<OpInput<V>>(const_cast<typename V::non_const_value_type*>(v.data()), extents_of(v));
}

namespace detail {

template <class T>
struct SetBody {
  T* y;
  T value;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const { y[i] = value; }
};
template <class T, class X>
struct AddBody {
  X const* x;
  T* y;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const { y[i] += static_cast<T>(x[i]); }
};

}  // namespace detail

/// y = value, a contiguous view.
template <class Exec, class Y>
void set_all(Exec const& exec, Y const& y, double value) {
  using T = typename Y::non_const_value_type;
  if (y.size() == 0) return;
  Kokkos::parallel_for("nacre::set_all", range_of_entries(exec, y.size()),
                       detail::SetBody<T>{y.data(), static_cast<T>(value)});
}

/// y += x, contiguous views of one layout.
template <class Exec, class X, class Y>
void add_to(Exec const& exec, X const& x, Y const& y) {
  using T = typename Y::non_const_value_type;
  if (y.size() == 0) return;
  Kokkos::parallel_for("nacre::add_to", range_of_entries(exec, y.size()),
                       detail::AddBody<T, typename X::non_const_value_type>{x.data(), y.data()});
}

namespace detail {

/// Tuples of inputs, with one of them replaced.
template <std::size_t kWhich, std::size_t... I, class In, class Dot>
In replace_one(In const& in, Dot const& dot, std::index_sequence<I...>) {
  In out = in;
  std::get<kWhich>(out) = std::get<kWhich>(dot);
  return out;
}

/// The cotangents of all inputs but one.
template <std::size_t kWhich, class Bars>
Bars all_but_one(Bars const& bars) {
  Bars out = bars;
  std::get<kWhich>(out) = std::tuple_element_t<kWhich, Bars>();
  return out;
}

template <class... A, class... B, class Call>
void call_with(Call const& call, std::tuple<A...> const& a, std::tuple<B...> const& b) {
  std::apply(call, std::tuple_cat(a, b));
}

template <class Exec, class Op, class Y, class YBar, class In, class Bars>
void call_adjoint(Exec const& exec, Op const& op, Y const& y, YBar const& y_bar, In const& in,
                  Bars const& bars) {
  std::apply([&](auto const&... v) { op.adjoint(exec, y, y_bar, v...); }, std::tuple_cat(in, bars));
}

/// y_dot = sum over j of f(..., x_dot_j, ...). \param scratch like y_dot, used from the second term on
template <class Exec, class Op, class Scratch, class YDot, class In, class Dots, std::size_t... J>
void tangent_of_multilinear(Exec const& exec, Op const& op, Scratch const& scratch, YDot const& y_dot,
                            In const& in, Dots const& dots, std::index_sequence<J...> all) {
  bool first = true;
  auto const term = [&](auto which) {
    constexpr std::size_t j = decltype(which)::value;
    if (!is_given(std::get<j>(dots))) return;
    YDot const into = first ? y_dot : scratch();
    std::apply([&](auto const&... v) { op.forward(exec, into, v...); }, replace_one<j>(in, dots, all));
    if (!first) add_to(exec, into, y_dot);
    first = false;
  };
  (term(std::integral_constant<std::size_t, J>()), ...);
  if (first) set_all(exec, y_dot, 0);
}

template <class Exec, class Op, class Y, class YBar, class In, class Dots, class Bars, std::size_t... J>
void adjoint_tangent_of_multilinear(Exec const& exec, Op const& op, Y const& y, YBar const& y_bar,
                                    In const& in, Dots const& dots, Bars const& bar_dots,
                                    std::index_sequence<J...> all) {
  auto const term = [&](auto which) {
    constexpr std::size_t j = decltype(which)::value;
    if (is_given(std::get<j>(dots)))
      call_adjoint(exec, op, y, y_bar, replace_one<j>(in, dots, all), all_but_one<j>(bar_dots));
  };
  (term(std::integral_constant<std::size_t, J>()), ...);
}

}  // namespace detail

/// y_dot = J x_dot for an operation of any form.
///
/// \param y       f(x...)
/// \param[out] y_dot overwritten
/// \param in, dots tuples: inputs, and their tangents of the same types, null where zero
/// \param scratch returns memory of the extents of the view it is given: `scratch(view)`, valid during the
///                call; asked only where an operation has several inputs
template <class Exec, class Op, class Y, class YDot, class Scratch, class... In>
void op_tangent(Exec const& exec, Op const& op, Y const& y, YDot const& y_dot, std::tuple<In...> const& in,
                std::tuple<In...> const& dots, Scratch const& scratch) {
  if constexpr (!kHasTangent<Exec, Op, Y, In...>) {
    fail(cat(Op::name, ": has no tangent, which forward mode needs"));
  } else if constexpr (kForm<Op> == Form::general) {
    std::apply([&](auto const&... v) { op.tangent(exec, y, y_dot, v...); }, std::tuple_cat(in, dots));
  } else if constexpr (kForm<Op> == Form::linear) {
    auto const or_zero = [&](auto const& x, auto const& dot) {
      if (is_given(dot)) return dot;
      using V = std::decay_t<decltype(x)>;
      OpOutput<V> const zero = scratch(x);
      set_all(exec, zero, 0);
      return V(zero);
    };
    auto const filled = std::apply(
        [&](auto const&... x) {
          return std::apply([&](auto const&... dot) { return std::make_tuple(or_zero(x, dot)...); }, dots);
        },
        in);
    std::apply([&](auto const&... v) { op.forward(exec, y_dot, v...); }, filled);
  } else {
    detail::tangent_of_multilinear(
        exec, op, [&] { return YDot(scratch(y)); }, y_dot, in, dots, std::index_sequence_for<In...>());
  }
}

/// x_bar_dot += d/dt of what the adjoint adds to x_bar, for an operation of any form.
/// \param y_dot, y_bar_dot null where zero; otherwise as op_tangent
template <class Exec, class Op, class Y, class... In, class... Bar>
void op_adjoint_tangent(Exec const& exec, Op const& op, Y const& y, Y const& y_dot, Y const& y_bar,
                        Y const& y_bar_dot, std::tuple<In...> const& in, std::tuple<In...> const& dots,
                        std::tuple<Bar...> const& bar_dots) {
  if constexpr (!kHasTangent<Exec, Op, Y, In...>) {
    fail(cat(Op::name, ": has no tangent, which Hessian-vector products need"));
  } else if constexpr (kForm<Op> == Form::general) {
    std::apply([&](auto const&... v) { op.adjoint_tangent(exec, y, y_dot, y_bar, y_bar_dot, v...); },
               std::tuple_cat(in, dots, bar_dots));
  } else {
    if (is_given(y_bar_dot)) detail::call_adjoint(exec, op, y, y_bar_dot, in, bar_dots);
    if constexpr (kForm<Op> == Form::multilinear && sizeof...(In) > 1)
      detail::adjoint_tangent_of_multilinear(exec, op, y, y_bar, in, dots, bar_dots,
                                             std::index_sequence_for<In...>());
  }
}

}  // namespace nacre
