#pragma once

#include <array>
#include <memory>

#include <nacre/core/spmv_adjoint.hpp>
#include <nacre/core/sptrsv.hpp>

/// \file
/// Triangular solves as differentiable operations of the matrix and the right-hand sides.

namespace nacre {

namespace detail {

/// Where a triangle lies in a pattern: in its rows or, through `entry`, in its columns.
struct TriangleRows {
  Offset const *row_ptr, *lower_end, *upper_begin;
  Ordinal const* col;
  Offset const* entry;  // null: entry k is entry k
  bool lower;
  Diagonal diagonal;

  KOKKOS_FORCEINLINE_FUNCTION Offset begin(Ordinal i) const { return lower ? row_ptr[i] : upper_begin[i]; }
  KOKKOS_FORCEINLINE_FUNCTION Offset end(Ordinal i) const { return lower ? lower_end[i] : row_ptr[i + 1]; }
  KOKKOS_FORCEINLINE_FUNCTION Offset at(Offset k) const { return entry == nullptr ? k : entry[k]; }
};

template <class Device>
TriangleRows triangle_rows(CsrPattern<Device> const& pattern, TriangularOptions const& options) {
  CsrPattern<Device> const& rows = options.transpose ? transposed(pattern).pattern : pattern;
  auto const& bounds = triangle_bounds(rows);
  return {rows.row_ptr().data(),
          bounds.lower_end.data(),
          bounds.upper_begin.data(),
          rows.col().data(),
          options.transpose ? transposed(pattern).entry.data() : nullptr,
          (options.triangle == Triangle::lower) != options.transpose,
          options.diagonal};
}

/// d/dt of a diagonal entry of T, whose stored value is `value`.
template <class T>
KOKKOS_FORCEINLINE_FUNCTION T diagonal_tangent(Diagonal kind, T value, T value_dot) {
  return kind == Diagonal::unit ? T(0) : kind == Diagonal::stored ? value_dot : -value_dot / (value * value);
}

/// out(i) = base(i) - (T_dot v)(i), T_dot the tangent of the triangle; base may be null: zero.
template <class T, class TB, class TV>
struct SubtractTangentProduct {
  TriangleRows rows;
  T const *values, *values_dot;
  Columns<TB const> base;
  Columns<TV const> v;
  Columns<TV> out;
  int num_columns;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    for (int c = 0; c < num_columns; ++c) {
      TV sum = base.data == nullptr ? TV(0) : static_cast<TV>(base[c][i]);
      if (values_dot != nullptr) {
        for (Offset k = rows.begin(i); k < rows.end(i); ++k)
          sum -= static_cast<TV>(values_dot[rows.at(k)]) * v[c][rows.col[k]];
        if (rows.diagonal != Diagonal::unit) {
          Offset const d = rows.at(rows.lower_end[i]);
          sum -= static_cast<TV>(diagonal_tangent(rows.diagonal, values[d], values_dot[d])) * v[c][i];
        }
      }
      out[c][i] = sum;
    }
  }
};

/// values_bar(k) -= left(row(k)) right(col(k)) on the entries of the triangle, summed over columns.
template <class T, class TV>
struct SubtractOuterProduct {
  TriangleRows rows;  // not transposed
  T const* values;
  Columns<TV const> left, right;
  T* values_bar;
  int num_columns;

  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    for (Offset k = rows.begin(i); k < rows.end(i); ++k) values_bar[k] -= product(i, rows.col[k]);
    if (rows.diagonal == Diagonal::unit) return;
    Offset const d = rows.lower_end[i];
    values_bar[d] += diagonal_tangent(rows.diagonal, values[d], -product(i, i));
  }
  KOKKOS_INLINE_FUNCTION T product(Ordinal i, Ordinal j) const {
    T sum = 0;
    for (int c = 0; c < num_columns; ++c) sum += static_cast<T>(left[c][i] * right[c][j]);
    return sum;
  }
};

/// Where the diagonal is stored inverted, 1 / values, its cotangent -left right d/dvalues (1 / values) has a
/// tangent through values, too.
template <class T, class TV>
struct AddCurvatureOfInverse {
  Offset const* diagonal;
  T const *values, *values_dot;
  Columns<TV const> left, right;
  T* values_bar_dot;
  int num_columns;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    Offset const d = diagonal[i];
    T sum = 0;
    for (int c = 0; c < num_columns; ++c) sum += static_cast<T>(left[c][i] * right[c][i]);
    values_bar_dot[d] -= 2 * sum * values_dot[d] / (values[d] * values[d] * values[d]);
  }
};

/// Everything that the adjoint of x = T^-1 b does, in one sweep over the rows: s = T^-T x_bar by
/// substitution, b_bar += s, and the entries of a row while they are at hand.
template <class Want, class T, class TX>
struct SerialSptrsvAdjoint {
  Offset const *row_ptr, *lower_end, *upper_begin;
  Ordinal const* col;
  T const* values;
  Columns<TX const> x, x_bar;  // x: the solution
  Columns<TX> s;               // starts as x_bar
  T* values_bar;
  Columns<TX> b_bar;
  Ordinal n;
  int num_columns;
  TriangularOptions options;

  void operator()(int) const {
    bool const lower = options.triangle == Triangle::lower;
    for (int c = 0; c < num_columns; ++c)
      for (Ordinal i = 0; i < n; ++i) s[c][i] = x_bar[c][i];
    // the rows of a transposed triangle are what the adjoint substitutes, otherwise its columns
    bool const ascending = lower == options.transpose;
    Ordinal carried_row = -1;
    TX carried = 0;
    for (Ordinal r = 0; r < n; ++r) {
      Ordinal const i = ascending ? r : n - 1 - r;
      if (num_columns == 1 && !options.transpose)
        scatter_in_chain(i, lower, carried_row, carried);
      else
        row(i, lower);
    }
  }
  void row(Ordinal i, bool lower) const {
    Offset const begin = lower ? row_ptr[i] : upper_begin[i], end = lower ? lower_end[i] : row_ptr[i + 1];
    for (int c = 0; c < num_columns; ++c) {
      if (options.transpose)
        gather(c, i, begin, end);
      else
        scatter(c, i, begin, end);
    }
  }
  void scatter(int c, Ordinal i, Offset begin, Offset end) const {
    TX* const sc = s[c];
    TX const si = divide_by_diagonal(options.diagonal, sc[i], diagonal(i));
    for (Offset k = begin; k < end; ++k) sc[col[k]] -= static_cast<TX>(values[k]) * si;
    if constexpr (Want::first)
      for (Offset k = begin; k < end; ++k) values_bar[k] -= static_cast<T>(si * x[c][col[k]]);
    finish(c, i, si);
  }
  /// The same for one column, with the number that was changed last at hand, in `carried`: as a rule it is
  /// the one that the next row waits for, and reading it back takes longer.
  void scatter_in_chain(Ordinal i, bool lower, Ordinal& carried_row, TX& carried) const {
    Offset const begin = lower ? row_ptr[i] : upper_begin[i], end = lower ? lower_end[i] : row_ptr[i + 1];
    TX* const sc = s[0];
    TX const si = divide_by_diagonal(options.diagonal, i == carried_row ? carried : sc[i], diagonal(i));
    if (begin < end) {
      Offset const nearest = lower ? end - 1 : begin;  // to the diagonal
      Ordinal const j = col[nearest];
      carried_row = j;
      carried = sc[j] - static_cast<TX>(values[nearest]) * si;
      sc[j] = carried;
      for (Offset k = lower ? begin : begin + 1; k < (lower ? end - 1 : end); ++k)
        sc[col[k]] -= static_cast<TX>(values[k]) * si;
      if constexpr (Want::first)
        for (Offset k = begin; k < end; ++k) values_bar[k] -= static_cast<T>(si * x[0][col[k]]);
    }
    finish(0, i, si);
  }
  void gather(int c, Ordinal i, Offset begin, Offset end) const {
    TX* const sc = s[c];
    TX const xi = x[c][i];
    TX sum = sc[i];
    for (Offset k = begin; k < end; ++k) sum -= static_cast<TX>(values[k]) * sc[col[k]];
    if constexpr (Want::first)
      for (Offset k = begin; k < end; ++k) values_bar[k] -= static_cast<T>(sc[col[k]] * xi);
    TX const si = divide_by_diagonal(options.diagonal, sum, diagonal(i));
    sc[i] = si;
    finish(c, i, si);
  }
  KOKKOS_FORCEINLINE_FUNCTION void finish(int c, Ordinal i, TX si) const {
    if constexpr (Want::second) b_bar[c][i] += si;
    if constexpr (Want::first) {
      Offset const d = lower_end[i];
      if (options.diagonal == Diagonal::stored)
        values_bar[d] -= static_cast<T>(si * x[c][i]);
      else if (options.diagonal == Diagonal::inverted)  // T(i, i) = 1 / values(d)
        values_bar[d] += static_cast<T>(si * x[c][i]) / (values[d] * values[d]);
    }
  }
  TX diagonal(Ordinal i) const {
    return options.diagonal == Diagonal::unit ? TX(1) : static_cast<TX>(values[lower_end[i]]);
  }
};

/// Memory that an operation and its copies share and that grows when it is asked for more: so that only the
/// first call allocates.
template <class Device>
class SharedScratch {
 public:
  /// `n` numbers, of any value; what was returned before is no longer valid if it was shorter.
  template <class T>
  T* get(std::size_t n) const {
    static_assert(sizeof(T) <= sizeof(double), "the scratch is made of doubles");
    if (memory_->extent(0) < n)
      *memory_ = Vector<double, Device>(Kokkos::view_alloc("nacre::scratch", Kokkos::WithoutInitializing), n);
    return reinterpret_cast<T*>(memory_->data());
  }

 private:
  std::shared_ptr<Vector<double, Device>> memory_ = std::make_shared<Vector<double, Device>>();
};

}  // namespace detail

/// x = T^-1 b as an operation of (values, b): T is a triangle of A, or its transpose, as `options` say; b is
/// [n], or [n, k] with contiguous columns.
///
/// Adjoint, with s = T^-T x_bar: `b_bar += s` and `T_bar -= s x^T`, on those entries of A that the solve
/// reads: not on the other triangle, nor on a diagonal that is taken to be ones. Giles (2008), Collected
/// matrix derivative results, section 2.2.3. One sweep on the serial back end. Copies share memory for s: one
/// call of an adjoint at a time; the first one allocates it.
template <class Device = DefaultDevice>
struct SptrsvOp {
  static constexpr char const* name = "nacre::sptrsv";
  CsrPattern<Device> pattern;  ///< n-by-n
  TriangularOptions options = {};
  detail::SharedScratch<Device> scratch = {};

  template <class Values, class B>
  std::array<std::size_t, compat::kRank<B>> output_extents(Values const&, B const& b) const {
    return detail::as_many_columns(static_cast<std::size_t>(pattern.num_rows()), b);
  }
  template <class Exec, class X, class Values, class B>
  void forward(Exec const& exec, X const& x, Values const& values, B const& b) const {
    sptrsv(exec, pattern, values, b, x, options);
  }
  template <class Exec, class X, class XBar, class Values, class B, class ValuesBar, class BBar>
  void adjoint(Exec const& exec, X const& x, XBar const& x_bar, Values const& values, B const&,
               ValuesBar const& values_bar, BBar const& b_bar) const;
  template <class Exec, class X, class XDot, class Values, class B, class ValuesDot, class BDot>
  void tangent(Exec const& exec, X const& x, XDot const& x_dot, Values const& values, B const&,
               ValuesDot const& values_dot, BDot const& b_dot) const;
  template <class Exec, class X, class XBar, class Values, class B, class ValuesDot, class BDot,
            class ValuesBarDot, class BBarDot>
  void adjoint_tangent(Exec const& exec, X const& x, X const& x_dot, XBar const& x_bar, XBar const& x_bar_dot,
                       Values const& values, B const&, ValuesDot const& values_dot, BDot const&,
                       ValuesBarDot const& values_bar_dot, BBarDot const& b_bar_dot) const;
};

}  // namespace nacre

#include <nacre/core/sptrsv_adjoint_impl.hpp>
