#pragma once

#include <nacre/core/axis_sums.hpp>
#include <nacre/core/ordered_sum.hpp>

/// \file
/// Differentiable inner products: of vectors, matrices or values as a whole, by columns and by rows.

namespace nacre {

namespace detail {

template <class A, class B>
struct DotTerm {
  A const* a;
  B const* b;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t i) const {
    return static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
};

/// out(i) += s(0) x(i)
template <class S, class X, class Out>
struct AddTimesScalarBody {
  S const* s;
  X const* x;
  Out* out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    out[i] += static_cast<Out>(s[0] * static_cast<S>(x[i]));
  }
};

/// out(i, j) += s(i or j) x(i, j), unless out is null
template <bool kByColumn, class S, class X, class Out>
struct AddTimesAxisBody {
  S const* s;
  Strided<X> x;
  Strided<Out> out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t j) const {
    out(i, j) += static_cast<Out>(s[kByColumn ? j : i] * static_cast<S>(x(i, j)));
  }
};

template <bool kByColumn, class Exec, class S, class X, class Out>
void add_times_axis(Exec const& exec, char const* label, S const& s, X const& x, Out const& out) {
  if (!is_given(out)) return;
  for_each_matrix_entry(exec, label, x.extent(0), x.extent(1),
                        AddTimesAxisBody<kByColumn, typename S::non_const_value_type, typename X::value_type,
                                         typename Out::value_type>{s.data(), strided(x), strided(out)});
}

}  // namespace detail

/// y(0) = sum over i of a(i) b(i), of any rank; of values on one pattern it is the Frobenius inner product.
/// `a_bar += y_bar(0) b`, `b_bar += y_bar(0) a`
struct DotOp {
  static constexpr char const* name = "nacre::dot";
  static constexpr Form form = Form::multilinear;

  template <class A, class B>
  std::array<std::size_t, 1> output_extents(A const&, B const&) const {
    return {{1}};
  }

  template <class Exec, class Y, class A, class B>
  void forward(Exec const& exec, Y const& y, A const& a, B const& b) const {
    detail::check_same_shape("dot", b, a, "the extent of a");
    ordered_sum(exec, name, a.size(),
                detail::DotTerm<typename A::non_const_value_type, typename B::non_const_value_type>{a.data(),
                                                                                                    b.data()},
                y);
  }

  template <class Exec, class Y, class YBar, class A, class B, class ABar, class BBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, A const& a, B const& b, ABar const& a_bar,
               BBar const& b_bar) const {
    add(exec, y_bar, b, a_bar);
    add(exec, y_bar, a, b_bar);
  }

 private:
  template <class Exec, class YBar, class X, class Bar>
  static void add(Exec const& exec, YBar const& y_bar, X const& x, Bar const& bar) {
    if (!is_given(bar)) return;
    detail::for_each_entry(
        exec, "nacre::dot_adjoint", x.size(),
        detail::AddTimesScalarBody<typename YBar::non_const_value_type, typename X::non_const_value_type,
                                   typename Bar::non_const_value_type>{y_bar.data(), x.data(), bar.data()});
  }
};

/// The inner product of each column, or of each row, of one dense matrix with that of another:
/// y(j) = sum over i of a(i, j) b(i, j), by column; `a_bar(i, j) += y_bar(j) b(i, j)`,
/// `b_bar(i, j) += y_bar(j) a(i, j)`, or with y(i) and y_bar(i), by row.
template <bool kByColumn>
struct AxisDotsOp {
  static constexpr char const* name = kByColumn ? "nacre::column_dots" : "nacre::row_dots";
  static constexpr Form form = Form::multilinear;

  template <class A, class B>
  std::array<std::size_t, 1> output_extents(A const& a, B const&) const {
    return {{a.extent(kByColumn ? 1 : 0)}};
  }

  template <class Exec, class Y, class A, class B>
  void forward(Exec const& exec, Y const& y, A const& a, B const& b) const {
    detail::check_same_shape(name, b, a, "the extent of a");
    detail::for_each_axis_sum<kByColumn>(exec, name, a.extent(0), a.extent(1),
                                         detail::ProductTerm<typename A::value_type, typename B::value_type>{
                                             detail::strided(a), detail::strided(b)},
                                         detail::SetTo<typename Y::non_const_value_type>{y.data()});
  }

  template <class Exec, class Y, class YBar, class A, class B, class ABar, class BBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, A const& a, B const& b, ABar const& a_bar,
               BBar const& b_bar) const {
    detail::add_times_axis<kByColumn>(exec, "nacre::axis_dots_adjoint", y_bar, b, a_bar);
    detail::add_times_axis<kByColumn>(exec, "nacre::axis_dots_adjoint", y_bar, a, b_bar);
  }
};
using ColumnDotsOp = AxisDotsOp<true>;
using RowDotsOp = AxisDotsOp<false>;

}  // namespace nacre
