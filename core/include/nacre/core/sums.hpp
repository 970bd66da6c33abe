#pragma once

#include <nacre/core/axis_sums.hpp>
#include <nacre/core/ordered_sum.hpp>

/// \file
/// Differentiable sums: of all numbers, of each column and of each row.

namespace nacre {

namespace detail {

template <class X>
struct ScaledTerm {
  X const* x;
  double factor;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t i) const {
    return factor * static_cast<double>(x[i]);
  }
};

/// out(i) += factor s(0)
template <class S, class Out>
struct AddScalarBody {
  S const* s;
  double factor;
  Out* out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    out[i] += static_cast<Out>(static_cast<S>(factor) * s[0]);
  }
};

/// out(i, j) += s(i or j)
template <bool kByColumn, class S, class Out>
struct AddAxisBody {
  S const* s;
  Strided<Out> out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t j) const {
    out(i, j) += static_cast<Out>(s[kByColumn ? j : i]);
  }
};

template <class Exec, class X, class Y>
void scaled_sum(Exec const& exec, char const* label, double factor, X const& x, Y const& y) {
  check_contiguous(label, x);
  ordered_sum(exec, label, x.size(), ScaledTerm<typename X::non_const_value_type>{x.data(), factor}, y);
}

template <class Exec, class YBar, class XBar>
void scaled_sum_adjoint(Exec const& exec, char const* label, double factor, YBar const& y_bar,
                        XBar const& x_bar) {
  if (!is_given(x_bar)) return;
  for_each_entry(exec, label, x_bar.size(),
                 AddScalarBody<typename YBar::non_const_value_type, typename XBar::non_const_value_type>{
                     y_bar.data(), factor, x_bar.data()});
}

}  // namespace detail

/// y(0) = sum of x, of any rank; `x_bar(i) += y_bar(0)`.
struct SumOp {
  static constexpr char const* name = "nacre::sum";
  static constexpr Form form = Form::linear;

  template <class X>
  std::array<std::size_t, 1> output_extents(X const&) const {
    return {{1}};
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    detail::scaled_sum(exec, name, 1, x, y);
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const&, XBar const& x_bar) const {
    detail::scaled_sum_adjoint(exec, "nacre::sum_adjoint", 1, y_bar, x_bar);
  }
};

/// y(0) = sum of x / number of entries, of any rank; zero if there are none. `x_bar(i) += y_bar(0) / number`
struct MeanOp {
  static constexpr char const* name = "nacre::mean";
  static constexpr Form form = Form::linear;

  template <class X>
  std::array<std::size_t, 1> output_extents(X const&) const {
    return {{1}};
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    detail::scaled_sum(exec, name, 1. / static_cast<double>(x.size()), x, y);  // no terms, no factor
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const& x, XBar const& x_bar) const {
    detail::scaled_sum_adjoint(exec, "nacre::mean_adjoint", 1. / static_cast<double>(x.size()), y_bar, x_bar);
  }
};

/// Sums along one axis of a dense matrix: y(j) = sum over i of x(i, j), by column, or y(i) = sum over j of
/// x(i, j), by row. `x_bar(i, j) += y_bar(j)`, or `y_bar(i)`.
template <bool kByColumn>
struct AxisSumsOp {
  static constexpr char const* name = kByColumn ? "nacre::dense_column_sums" : "nacre::dense_row_sums";
  static constexpr Form form = Form::linear;

  template <class X>
  std::array<std::size_t, 1> output_extents(X const& x) const {
    return {{x.extent(kByColumn ? 1 : 0)}};
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    detail::for_each_axis_sum<kByColumn>(exec, name, x.extent(0), x.extent(1),
                                         detail::EntryTerm<typename X::value_type>{detail::strided(x)},
                                         detail::SetTo<typename Y::non_const_value_type>{y.data()});
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const&, XBar const& x_bar) const {
    if (!is_given(x_bar)) return;
    detail::for_each_matrix_entry(
        exec, "nacre::axis_sums_adjoint", x_bar.extent(0), x_bar.extent(1),
        detail::AddAxisBody<kByColumn, typename YBar::non_const_value_type, typename XBar::value_type>{
            y_bar.data(), detail::strided(x_bar)});
  }
};
using DenseColumnSumsOp = AxisSumsOp<true>;
using DenseRowSumsOp = AxisSumsOp<false>;

}  // namespace nacre
