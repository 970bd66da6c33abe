#pragma once

#include <nacre/core/entries.hpp>
#include <nacre/core/transpose.hpp>

/// \file
/// Sparse matrices as dense ones, dense ones at the places of sparse ones, and products of the two entry by
/// entry.

namespace nacre {

namespace detail {

/// Calls body(i, j, k) for every entry k at (i, j), row by row.
template <class Body>
struct OverRows {
  Offset const* row_ptr;
  Ordinal const* col;
  Body body;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) body(i, col[k], k);
  }
};
template <class Exec, class Device, class Body>
void for_each_place(Exec const& exec, char const* label, CsrPattern<Device> const& pattern,
                    Body const& body) {
  Kokkos::parallel_for(label, range(exec, static_cast<std::size_t>(pattern.num_rows())),
                       OverRows<Body>{pattern.row_ptr().data(), pattern.col().data(), body});
}

/// dense(i, j) += values(k)
template <class V, class D>
struct AddToPlace {
  V const* values;
  Strided<D> dense;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i, Ordinal j, Offset k) const {
    dense(i, j) += static_cast<D>(values[k]);
  }
};
/// values(k) = (or +=) dense(i, j)
template <bool kAdd, class V, class D>
struct TakeFromPlace {
  V* values;
  Strided<D> dense;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i, Ordinal j, Offset k) const {
    auto const v = static_cast<V>(dense(i, j));
    if constexpr (kAdd)
      values[k] += v;
    else
      values[k] = v;
  }
};
template <class V, class D, class Y>
struct TimesPlace {
  V const* values;
  Strided<D> dense;
  Y* y;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i, Ordinal j, Offset k) const {
    y[k] = static_cast<Y>(values[k]) * static_cast<Y>(dense(i, j));
  }
};
template <class V, class D, class DBar, class Y>
struct TimesPlaceAdjoint {
  V const* values;
  Strided<D> dense;
  Y const* y_bar;
  V* values_bar;
  Strided<DBar> dense_bar;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i, Ordinal j, Offset k) const {
    if (values_bar) values_bar[k] += static_cast<V>(static_cast<Y>(dense(i, j)) * y_bar[k]);
    if (dense_bar.data) dense_bar(i, j) += static_cast<DBar>(static_cast<Y>(values[k]) * y_bar[k]);
  }
};

template <class Device, class Dense>
void check_dense(char const* op, CsrPattern<Device> const& pattern, Dense const& X) {
  check_extent(op, X, 0, static_cast<std::size_t>(pattern.num_rows()), "the number of rows");
  check_extent(op, X, 1, static_cast<std::size_t>(pattern.num_cols()), "the number of columns");
}

}  // namespace detail

/// Y = A as a dense matrix; `values_bar(k) += Y_bar(i, j)` for each entry k at (i, j).
///
/// values [nnz] -> [n, m] by rows
template <class Device = DefaultDevice>
struct ToDenseOp {
  static constexpr char const* name = "nacre::to_dense";
  static constexpr Form form = Form::linear;
  CsrPattern<Device> pattern;

  template <class V>
  std::array<std::size_t, 2> output_extents(V const&) const {
    return {{static_cast<std::size_t>(pattern.num_rows()), static_cast<std::size_t>(pattern.num_cols())}};
  }
  template <class Exec, class Y, class V>
  void forward(Exec const& exec, Y const& y, V const& values) const {
    check_extent("to_dense", values, 0, pattern.num_entries(), "the pattern's number of entries");
    detail::check_dense("to_dense", pattern, y);
    set_all(exec, y, 0);
    detail::for_each_place(exec, name, pattern,
                           detail::AddToPlace<typename V::non_const_value_type, typename Y::value_type>{
                               values.data(), detail::strided(y)});
  }
  template <class Exec, class Y, class YBar, class V, class VBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, V const&, VBar const& values_bar) const {
    if (!is_given(values_bar)) return;
    detail::for_each_place(
        exec, "nacre::to_dense_adjoint", pattern,
        detail::TakeFromPlace<true, typename V::non_const_value_type, typename YBar::value_type>{
            values_bar.data(), detail::strided(y_bar)});
  }
};

/// values(k) = X(i, j) for each entry k at (i, j) of a pattern; `X_bar(i, j) += values_bar(k)`.
///
/// X [n, m] -> [nnz]
template <class Device = DefaultDevice>
struct FromDenseOp {
  static constexpr char const* name = "nacre::from_dense";
  static constexpr Form form = Form::linear;
  CsrPattern<Device> pattern;

  template <class X>
  std::array<std::size_t, 1> output_extents(X const&) const {
    return {{pattern.num_entries()}};
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& values, X const& x) const {
    detail::check_dense("from_dense", pattern, x);
    detail::for_each_place(
        exec, name, pattern,
        detail::TakeFromPlace<false, typename Y::non_const_value_type, typename X::value_type>{
            values.data(), detail::strided(x)});
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const&, XBar const& x_bar) const {
    if (!is_given(x_bar)) return;
    detail::for_each_place(exec, "nacre::from_dense_adjoint", pattern,
                           detail::AddToPlace<typename YBar::non_const_value_type, typename XBar::value_type>{
                               y_bar.data(), detail::strided(x_bar)});
  }
};

/// y(k) = values(k) X(i, j) for each entry k at (i, j): the Hadamard product of a sparse and a dense matrix.
/// `values_bar(k) += X(i, j) y_bar(k)`, `X_bar(i, j) += values(k) y_bar(k)`
///
/// values [nnz], X [n, m] -> [nnz]
template <class Device = DefaultDevice>
struct HadamardDenseOp {
  static constexpr char const* name = "nacre::hadamard_dense";
  static constexpr Form form = Form::multilinear;
  CsrPattern<Device> pattern;

  template <class V, class X>
  std::array<std::size_t, 1> output_extents(V const&, X const&) const {
    return {{pattern.num_entries()}};
  }
  template <class Exec, class Y, class V, class X>
  void forward(Exec const& exec, Y const& y, V const& values, X const& x) const {
    check_extent("hadamard_dense", values, 0, pattern.num_entries(), "the pattern's number of entries");
    detail::check_dense("hadamard_dense", pattern, x);
    detail::for_each_place(
        exec, name, pattern,
        detail::TimesPlace<typename V::non_const_value_type, typename X::value_type,
                           typename Y::non_const_value_type>{values.data(), detail::strided(x), y.data()});
  }
  template <class Exec, class Y, class YBar, class V, class X, class VBar, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, V const& values, X const& x,
               VBar const& values_bar, XBar const& x_bar) const {
    if (!is_given(values_bar) && !is_given(x_bar)) return;
    detail::for_each_place(
        exec, "nacre::hadamard_dense_adjoint", pattern,
        detail::TimesPlaceAdjoint<typename V::non_const_value_type, typename X::value_type,
                                  typename XBar::value_type, typename YBar::non_const_value_type>{
            values.data(), detail::strided(x), y_bar.data(), values_bar.data(), detail::strided(x_bar)});
  }
};

}  // namespace nacre
