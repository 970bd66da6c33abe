#pragma once

namespace nacre {

namespace detail {

inline TriangularOptions other_way(TriangularOptions options) {
  options.transpose = !options.transpose;
  return options;
}

/// out = base - T_dot v, base without data: zero.
template <class Exec, class Device, class Values, class Base, class V, class Out>
void subtract_tangent_product(Exec const& exec, CsrPattern<Device> const& pattern,
                              TriangularOptions const& options, Values const& values,
                              Values const& values_dot, Base const& base, V const& v, Out const& out) {
  using T = typename Values::non_const_value_type;
  using TB = typename Base::non_const_value_type;
  using TV = typename Out::non_const_value_type;
  auto const n = static_cast<std::size_t>(pattern.num_rows());
  Kokkos::parallel_for(
      "nacre::sptrsv_tangent", range(exec, n),
      SubtractTangentProduct<T, TB, TV>{triangle_rows(pattern, options), values.data(), values_dot.data(),
                                        Columns<TB const>{base.data(), n}, Columns<TV const>{v.data(), n},
                                        Columns<TV>{out.data(), n}, static_cast<int>(num_columns(out))});
}

/// values_bar -= s x^T, or its transpose, on the triangle.
template <class Exec, class Device, class Values, class S, class X, class ValuesBar>
void subtract_outer_product(Exec const& exec, CsrPattern<Device> const& pattern, TriangularOptions options,
                            Values const& values, S const& s, X const& x, ValuesBar const& values_bar) {
  using T = typename ValuesBar::non_const_value_type;
  using TX = typename X::non_const_value_type;
  auto const n = static_cast<std::size_t>(pattern.num_rows());
  Columns<TX const> const sc{s.data(), n}, xc{x.data(), n};
  bool const transpose = options.transpose;
  options.transpose = false;
  Kokkos::parallel_for(
      "nacre::sptrsv_adjoint::values", range(exec, n),
      SubtractOuterProduct<T, TX>{triangle_rows(pattern, options), values.data(), transpose ? xc : sc,
                                  transpose ? sc : xc, values_bar.data(), static_cast<int>(num_columns(x))});
}

}  // namespace detail

template <class Device>
template <class Exec, class X, class XBar, class Values, class B, class ValuesBar, class BBar>
void SptrsvOp<Device>::adjoint(Exec const& exec, X const& x, XBar const& x_bar, Values const& values,
                               B const&, ValuesBar const& values_bar, BBar const& b_bar) const {
  using T = typename ValuesBar::non_const_value_type;
  using TX = typename X::non_const_value_type;
  if (!is_given(values_bar) && !is_given(b_bar)) return;
  auto const s = make_op_view<OpOutput<X>>(scratch.template get<TX>(x.size()), extents_of(x));
  if constexpr (kSerial<typename Exec::device_type>) {
    auto const& bounds = triangle_bounds(pattern);
    auto const n = x.extent(0);
    detail::launch_wanted(values_bar, b_bar, [&](auto want) {
      Kokkos::parallel_for("nacre::sptrsv_adjoint",
                           Kokkos::RangePolicy<Exec, Kokkos::IndexType<int>>(exec, 0, 1),
                           detail::SerialSptrsvAdjoint<decltype(want), T, TX>{
                               pattern.row_ptr().data(), bounds.lower_end.data(), bounds.upper_begin.data(),
                               pattern.col().data(), values.data(), detail::Columns<TX const>{x.data(), n},
                               detail::Columns<TX const>{x_bar.data(), n}, detail::Columns<TX>{s.data(), n},
                               values_bar.data(), detail::plain_columns(b_bar), pattern.num_rows(),
                               static_cast<int>(detail::num_columns(x)), options});
    });
  } else {
    sptrsv(exec, pattern, values, x_bar, s, detail::other_way(options));
    if (is_given(b_bar)) add_to(exec, s, b_bar);
    if (is_given(values_bar))
      detail::subtract_outer_product(exec, pattern, options, values, s, x, values_bar);
  }
}

template <class Device>
template <class Exec, class X, class XDot, class Values, class B, class ValuesDot, class BDot>
void SptrsvOp<Device>::tangent(Exec const& exec, X const& x, XDot const& x_dot, Values const& values,
                               B const&, ValuesDot const& values_dot, BDot const& b_dot) const {
  if (!is_given(values_dot) && !is_given(b_dot)) return set_all(exec, x_dot, 0);
  detail::subtract_tangent_product(exec, pattern, options, values, values_dot, b_dot, x, x_dot);
  sptrsv(exec, pattern, values, x_dot, x_dot, options);
}

template <class Device>
template <class Exec, class X, class XBar, class Values, class B, class ValuesDot, class BDot,
          class ValuesBarDot, class BBarDot>
void SptrsvOp<Device>::adjoint_tangent(Exec const& exec, X const& x, X const& x_dot, XBar const& x_bar,
                                       XBar const& x_bar_dot, Values const& values, B const&,
                                       ValuesDot const& values_dot, BDot const&,
                                       ValuesBarDot const& values_bar_dot, BBarDot const& b_bar_dot) const {
  using T = typename ValuesBarDot::non_const_value_type;
  using TX = typename X::non_const_value_type;
  auto* const memory = scratch.template get<TX>(2 * x.size());
  auto const s = make_op_view<OpOutput<X>>(memory, extents_of(x));
  auto const s_dot = make_op_view<OpOutput<X>>(memory + x.size(), extents_of(x));
  // T^T s = x_bar, so T^T s_dot = x_bar_dot - T_dot^T s
  auto const other_way = detail::other_way(options);
  sptrsv(exec, pattern, values, x_bar, s, other_way);
  bool const s_moves = is_given(values_dot) || is_given(x_bar_dot);
  if (s_moves) {
    detail::subtract_tangent_product(exec, pattern, other_way, values, values_dot, x_bar_dot, s, s_dot);
    sptrsv(exec, pattern, values, s_dot, s_dot, other_way);
    if (is_given(b_bar_dot)) add_to(exec, s_dot, b_bar_dot);
  }
  if (!is_given(values_bar_dot)) return;
  if (s_moves) detail::subtract_outer_product(exec, pattern, options, values, s_dot, x, values_bar_dot);
  if (is_given(x_dot))
    detail::subtract_outer_product(exec, pattern, options, values, s, x_dot, values_bar_dot);
  if (options.diagonal == Diagonal::inverted && is_given(values_dot)) {
    auto const n = x.extent(0);
    Kokkos::parallel_for("nacre::sptrsv_adjoint_tangent", range(exec, n),
                         detail::AddCurvatureOfInverse<T, TX>{
                             triangle_bounds(pattern).lower_end.data(), values.data(), values_dot.data(),
                             detail::Columns<TX const>{s.data(), n}, detail::Columns<TX const>{x.data(), n},
                             values_bar_dot.data(), static_cast<int>(detail::num_columns(x))});
  }
}

}  // namespace nacre
