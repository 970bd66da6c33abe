#pragma once

#include <nacre/core/diagonal.hpp>
#include <nacre/core/diagonal_adjoint.hpp>
#include <nacre/core/gather_scatter.hpp>

/// \file
/// Differentiable diagonals of sparse matrices, and products with diagonal matrices.
/// Giles (2008), "Collected matrix derivative results", section 2.2, gives the products.

namespace nacre {

/// d(i) = A(i, i), zero where the pattern has no such entry; `values_bar(entry of (i, i)) += d_bar(i)`.
///
/// values [nnz] -> d [min(n, m)]
template <class Device = DefaultDevice>
struct DiagonalOp : GatherOp<Device> {
  static constexpr char const* name = "nacre::diagonal";
  explicit DiagonalOp(CsrPattern<Device> const& pattern)
      : GatherOp<Device>(
            IndexMap<Device>::of_distinct(pattern.num_entries(), diagonal_positions(pattern).entry),
            "diagonal") {}
};

/// B = diag(left) A diag(right): `values_bar(k) += left(i) right(j) y_bar(k)`,
/// `left_bar(i) += sum of values(k) right(j) y_bar(k)` over the row, `right_bar(j) += sum of
/// left(i) values(k) y_bar(k)` over the column, (i, j) being the place of entry k.
///
/// left [n], values [nnz], right [m] -> [nnz] on the pattern of A; left and right may be the same
template <class Device = DefaultDevice>
struct ScaleRowsAndColumnsOp {
  static constexpr char const* name = "nacre::scale_rows_and_columns";
  static constexpr Form form = Form::multilinear;
  CsrPattern<Device> pattern;

  template <class L, class V, class R>
  std::array<std::size_t, 1> output_extents(L const&, V const&, R const&) const {
    return {{pattern.num_entries()}};
  }
  template <class Exec, class Y, class L, class V, class R>
  void forward(Exec const& exec, Y const& y, L const& left, V const& values, R const& right) const {
    check_extent("scale_rows_and_columns", left, 0, static_cast<std::size_t>(pattern.num_rows()),
                 "the number of rows");
    check_extent("scale_rows_and_columns", right, 0, static_cast<std::size_t>(pattern.num_cols()),
                 "the number of columns");
    scale_rows_and_columns(exec, pattern, left, values, right, y);
  }
  template <class Exec, class Y, class YBar, class L, class V, class R, class LBar, class VBar, class RBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, L const& left, V const& values, R const& right,
               LBar const& left_bar, VBar const& values_bar, RBar const& right_bar) const {
    scale_rows_and_columns_adjoint(exec, pattern, left, values, right, y_bar, left_bar, values_bar,
                                   right_bar);
  }
};

/// B = diag(d) A; \see ScaleRowsAndColumnsOp.
///
/// d [n], values [nnz] -> [nnz] on the pattern of A
template <class Device = DefaultDevice>
struct ScaleRowsOp {
  static constexpr char const* name = "nacre::scale_rows";
  static constexpr Form form = Form::multilinear;
  CsrPattern<Device> pattern;

  template <class D, class V>
  std::array<std::size_t, 1> output_extents(D const&, V const&) const {
    return {{pattern.num_entries()}};
  }
  template <class Exec, class Y, class D, class V>
  void forward(Exec const& exec, Y const& y, D const& d, V const& values) const {
    check_extent("scale_rows", d, 0, static_cast<std::size_t>(pattern.num_rows()), "the number of rows");
    scale_rows_and_columns(exec, pattern, d, values, D(), y);
  }
  template <class Exec, class Y, class YBar, class D, class V, class DBar, class VBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, D const& d, V const& values, DBar const& d_bar,
               VBar const& values_bar) const {
    scale_rows_and_columns_adjoint(exec, pattern, d, values, D(), y_bar, d_bar, values_bar, DBar());
  }
};

/// B = A diag(d); \see ScaleRowsAndColumnsOp.
///
/// values [nnz], d [m] -> [nnz] on the pattern of A
template <class Device = DefaultDevice>
struct ScaleColumnsOp {
  static constexpr char const* name = "nacre::scale_columns";
  static constexpr Form form = Form::multilinear;
  CsrPattern<Device> pattern;

  template <class V, class D>
  std::array<std::size_t, 1> output_extents(V const&, D const&) const {
    return {{pattern.num_entries()}};
  }
  template <class Exec, class Y, class V, class D>
  void forward(Exec const& exec, Y const& y, V const& values, D const& d) const {
    check_extent("scale_columns", d, 0, static_cast<std::size_t>(pattern.num_cols()),
                 "the number of columns");
    scale_rows_and_columns(exec, pattern, D(), values, d, y);
  }
  template <class Exec, class Y, class YBar, class V, class D, class VBar, class DBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, V const& values, D const& d,
               VBar const& values_bar, DBar const& d_bar) const {
    scale_rows_and_columns_adjoint(exec, pattern, D(), values, d, y_bar, DBar(), values_bar, d_bar);
  }
};

/// The pattern of a diagonal matrix, n by n, all entries stored.
template <class Device = DefaultDevice>
CsrPattern<Device> diagonal_pattern(Ordinal n) {
  std::vector<Offset> row_ptr(static_cast<std::size_t>(n) + 1);
  std::vector<Ordinal> col(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < col.size(); ++i) {
    col[i] = static_cast<Ordinal>(i);
    row_ptr[i + 1] = static_cast<Offset>(i + 1);
  }
  return CsrPattern<Device>(n, n, to_device<Device>("nacre::diagonal_pattern::row_ptr", row_ptr),
                            to_device<Device>("nacre::diagonal_pattern::col", col));
}

/// The values of diag(d) on pattern(): a copy of d.
///
/// d [n] -> [n]
template <class Device = DefaultDevice>
struct DiagonalMatrixOp {
  static constexpr char const* name = "nacre::diagonal_matrix";
  static constexpr Form form = Form::linear;
  CsrPattern<Device> pattern;

  explicit DiagonalMatrixOp(Ordinal n) : pattern(diagonal_pattern<Device>(n)) {}

  template <class D>
  std::array<std::size_t, 1> output_extents(D const&) const {
    return {{pattern.num_entries()}};
  }
  template <class Exec, class Y, class D>
  void forward(Exec const& exec, Y const& y, D const& d) const {
    check_extent("diagonal_matrix", d, 0, pattern.num_entries(), "the number of rows");
    set_all(exec, y, 0);
    add_to(exec, d, y);
  }
  template <class Exec, class Y, class YBar, class D, class DBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, D const&, DBar const& d_bar) const {
    if (is_given(d_bar)) add_to(exec, y_bar, d_bar);
  }
};

}  // namespace nacre
