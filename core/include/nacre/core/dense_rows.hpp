#pragma once

#include <nacre/core/inner_products.hpp>
#include <nacre/core/sums.hpp>

/// \file
/// Differentiable operations of a dense matrix and vectors: a row added to each row, a factor for each row, an affine
/// function for each column.

namespace nacre {

namespace detail {

/// y(i, j) = x(i, j) + b(j)
template <class X, class B, class Y>
struct AddRowBody {
  Strided<X> x;
  B const* b;
  Strided<Y> y;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t j) const {
    y(i, j) = static_cast<Y>(x(i, j)) + static_cast<Y>(b[j]);
  }
};
/// y(i, j) = d(i) x(i, j)
template <class D, class X, class Y>
struct ScaleRowBody {
  D const* d;
  Strided<X> x;
  Strided<Y> y;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t j) const {
    y(i, j) = static_cast<Y>(d[i]) * static_cast<Y>(x(i, j));
  }
};

/// y(i, j) = gamma(j) x(i, j) + beta(j)
template <class G, class X, class Y>
struct AffineColumnsBody {
  G const *gamma, *beta;
  Strided<X> x;
  Strided<Y> y;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t j) const {
    y(i, j) = static_cast<Y>(gamma[j]) * static_cast<Y>(x(i, j)) + static_cast<Y>(beta[j]);
  }
};

}  // namespace detail

/// y(i, j) = x(i, j) + b(j): `x_bar += y_bar`, `b_bar(j) += sum over i of y_bar(i, j)`.
///
/// x [n, k], b [k] -> [n, k]
struct BiasOp {
  static constexpr char const* name = "nacre::bias";
  static constexpr Form form = Form::linear;

  template <class X, class B>
  std::array<std::size_t, 2> output_extents(X const& x, B const&) const {
    return {{x.extent(0), x.extent(1)}};
  }
  template <class Exec, class Y, class X, class B>
  void forward(Exec const& exec, Y const& y, X const& x, B const& b) const {
    check_extent("bias", b, 0, x.extent(1), "the number of columns of x");
    detail::check_same_shape("bias", y, x, "the extent of x");
    detail::for_each_matrix_entry(
        exec, name, x.extent(0), x.extent(1),
        detail::AddRowBody<typename X::value_type, typename B::non_const_value_type, typename Y::value_type>{
            detail::strided(x), b.data(), detail::strided(y)});
  }
  template <class Exec, class Y, class YBar, class X, class B, class XBar, class BBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const&, B const&, XBar const& x_bar,
               BBar const& b_bar) const {
    if (is_given(x_bar)) add_to(exec, y_bar, x_bar);
    if (is_given(b_bar))
      detail::for_each_column_sum(exec, "nacre::bias_adjoint", y_bar.extent(0), y_bar.extent(1),
                                  detail::EntryTerm<typename YBar::value_type>{detail::strided(y_bar)},
                                  detail::AddTo<typename BBar::non_const_value_type>{b_bar.data()});
  }
};

/// y(i, j) = d(i) x(i, j), that is diag(d) X with X dense: `x_bar(i, j) += d(i) y_bar(i, j)`,
/// `d_bar(i) += sum over j of x(i, j) y_bar(i, j)`.
///
/// d [n], x [n, k] -> [n, k]
struct ScaleDenseRowsOp {
  static constexpr char const* name = "nacre::scale_dense_rows";
  static constexpr Form form = Form::multilinear;

  template <class D, class X>
  std::array<std::size_t, 2> output_extents(D const&, X const& x) const {
    return {{x.extent(0), x.extent(1)}};
  }
  template <class Exec, class Y, class D, class X>
  void forward(Exec const& exec, Y const& y, D const& d, X const& x) const {
    check_extent("scale_dense_rows", d, 0, x.extent(0), "the number of rows of x");
    detail::check_same_shape("scale_dense_rows", y, x, "the extent of x");
    detail::for_each_matrix_entry(
        exec, name, x.extent(0), x.extent(1),
        detail::ScaleRowBody<typename D::non_const_value_type, typename X::value_type,
                             typename Y::value_type>{d.data(), detail::strided(x), detail::strided(y)});
  }
  template <class Exec, class Y, class YBar, class D, class X, class DBar, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, D const& d, X const& x, DBar const& d_bar,
               XBar const& x_bar) const {
    if (is_given(d_bar))
      detail::for_each_row_sum(exec, "nacre::scale_dense_rows_adjoint", x.extent(0), x.extent(1),
                               detail::ProductTerm<typename X::value_type, typename YBar::value_type>{
                                   detail::strided(x), detail::strided(y_bar)},
                               detail::AddTo<typename DBar::non_const_value_type>{d_bar.data()});
    detail::add_times_axis<false>(exec, "nacre::scale_dense_rows_adjoint", d, y_bar, x_bar);
  }
};

/// y(i, j) = gamma(j) x(i, j) + beta(j): `x_bar(i, j) += gamma(j) y_bar(i, j)`, `gamma_bar(j) += sum over i of
/// x(i, j) y_bar(i, j)`, `beta_bar(j) += sum over i of y_bar(i, j)`.
///
/// x [n, k], gamma [k], beta [k] -> [n, k]
struct AffineColumnsOp {
  static constexpr char const* name = "nacre::affine_columns";

  template <class X, class G, class B>
  std::array<std::size_t, 2> output_extents(X const& x, G const&, B const&) const {
    return {{x.extent(0), x.extent(1)}};
  }
  template <class Exec, class Y, class X, class G, class B>
  void forward(Exec const& exec, Y const& y, X const& x, G const& gamma, B const& beta) const {
    check_extent("affine_columns", gamma, 0, x.extent(1), "the number of columns of x");
    check_extent("affine_columns", beta, 0, x.extent(1), "the number of columns of x");
    detail::check_same_shape("affine_columns", y, x, "the extent of x");
    detail::for_each_matrix_entry(exec, name, x.extent(0), x.extent(1),
                                  detail::AffineColumnsBody<typename G::non_const_value_type,
                                                            typename X::value_type, typename Y::value_type>{
                                      gamma.data(), beta.data(), detail::strided(x), detail::strided(y)});
  }
  template <class Exec, class Y, class YBar, class X, class G, class B, class XBar, class GBar, class BBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const& x, G const& gamma, B const&,
               XBar const& x_bar, GBar const& gamma_bar, BBar const& beta_bar) const {
    char const* const label = "nacre::affine_columns_adjoint";
    std::size_t const n = x.extent(0), k = x.extent(1);
    detail::add_times_axis<true>(exec, label, gamma, y_bar, x_bar);
    if (is_given(gamma_bar))
      detail::for_each_column_sum(exec, label, n, k,
                                  detail::ProductTerm<typename X::value_type, typename YBar::value_type>{
                                      detail::strided(x), detail::strided(y_bar)},
                                  detail::AddTo<typename GBar::non_const_value_type>{gamma_bar.data()});
    if (is_given(beta_bar))
      detail::for_each_column_sum(exec, label, n, k,
                                  detail::EntryTerm<typename YBar::value_type>{detail::strided(y_bar)},
                                  detail::AddTo<typename BBar::non_const_value_type>{beta_bar.data()});
  }
};

}  // namespace nacre
