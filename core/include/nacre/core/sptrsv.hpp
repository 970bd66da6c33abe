#pragma once

#include <nacre/core/level_sets.hpp>
#include <nacre/core/row_products.hpp>
#include <nacre/core/transpose.hpp>

/// \file
/// Solution of sparse triangular systems.

namespace nacre {

/// What the diagonal of a triangular matrix is.
enum class Diagonal {
  stored,    ///< the entries on the diagonal
  inverted,  ///< the entries on the diagonal are its inverse: a multiplication instead of a division
  unit       ///< ones, whatever is stored
};

struct TriangularOptions {
  Triangle triangle = Triangle::lower;  ///< of A that is used; entries of the other one are ignored
  Diagonal diagonal = Diagonal::stored;
  bool transpose = false;  ///< solve with the transpose of that triangle
};

namespace detail {

template <class T>
KOKKOS_FORCEINLINE_FUNCTION T divide_by_diagonal(Diagonal kind, T sum, T diagonal) {
  return kind == Diagonal::unit ? sum : kind == Diagonal::stored ? sum / diagonal : sum * diagonal;
}

/// One row after the other in the order of substitution.
template <class T, class TB, class TX>
struct SubstituteSerially {
  Offset const *row_ptr, *lower_end, *upper_begin;
  Ordinal const* col;
  T const* values;
  Columns<TB> b;
  Columns<TX> x;
  Ordinal n;
  int num_columns;
  TriangularOptions options;

  void operator()(int) const {
    bool const lower = options.triangle == Triangle::lower;
    if (options.transpose) {
      for (int c = 0; c < num_columns; ++c)
        for (Ordinal i = 0; i < n; ++i) x[c][i] = static_cast<TX>(b[c][i]);
      if (lower)
        for (Ordinal i = n; i-- > 0;) scatter(i, row_ptr[i], lower_end[i]);
      else
        for (Ordinal i = 0; i < n; ++i) scatter(i, upper_begin[i], row_ptr[i + 1]);
    } else if (num_columns == 1) {
      TX last = 0;
      if (lower)
        for (Ordinal i = 0; i < n; ++i) last = forward_in_chain(i, last);
      else
        for (Ordinal i = n; i-- > 0;) last = backward_in_chain(i, last);
    } else if (lower) {
      for (Ordinal i = 0; i < n; ++i) forward(i);
    } else {
      for (Ordinal i = n; i-- > 0;) backward(i);
    }
  }

  TX diagonal(Ordinal i) const {
    return options.diagonal == Diagonal::unit ? TX(1) : static_cast<TX>(values[lower_end[i]]);
  }
  // the entry that was computed last comes last, so that the others do not wait for it
  void forward(Ordinal i) const {
    Offset const begin = row_ptr[i], end = lower_end[i];
    prefetch_entries(col, values, begin, end);
    for (int c = 0; c < num_columns; ++c) {
      TX* const xc = x[c];
      TX sum = static_cast<TX>(b[c][i]);
      for (Offset k = begin; k < end; ++k) sum -= static_cast<TX>(values[k]) * xc[col[k]];
      xc[i] = divide_by_diagonal(options.diagonal, sum, diagonal(i));
    }
  }
  void backward(Ordinal i) const {
    Offset const begin = upper_begin[i], end = row_ptr[i + 1];
    for (Offset k = begin; k < end; k += 8) {
      prefetch(values + k - kPrefetchEntries);
      prefetch(col + k - kPrefetchEntries);
    }
    for (int c = 0; c < num_columns; ++c) {
      TX* const xc = x[c];
      TX sum = static_cast<TX>(b[c][i]);
      for (Offset k = end; k-- > begin;) sum -= static_cast<TX>(values[k]) * xc[col[k]];
      xc[i] = divide_by_diagonal(options.diagonal, sum, diagonal(i));
    }
  }
  // the same for one column, with the entry that was computed last at hand: reading back what was just
  // written would take a quarter of the time of a tridiagonal solve
  TX forward_in_chain(Ordinal i, TX last) const {
    Offset const begin = row_ptr[i], end = lower_end[i];
    prefetch_entries(col, values, begin, end);
    TX* const xc = x[0];
    TX sum = static_cast<TX>(b[0][i]);
    if (begin < end) {
      for (Offset k = begin; k < end - 1; ++k) sum -= static_cast<TX>(values[k]) * xc[col[k]];
      Ordinal const j = col[end - 1];
      TX const xj = j == i - 1 ? last : xc[j];
      sum -= static_cast<TX>(values[end - 1]) * xj;
    }
    TX const xi = divide_by_diagonal(options.diagonal, sum, diagonal(i));
    xc[i] = xi;
    return xi;
  }
  TX backward_in_chain(Ordinal i, TX last) const {
    Offset const begin = upper_begin[i], end = row_ptr[i + 1];
    for (Offset k = begin; k < end; k += 8) {
      prefetch(values + k - kPrefetchEntries);
      prefetch(col + k - kPrefetchEntries);
    }
    TX* const xc = x[0];
    TX sum = static_cast<TX>(b[0][i]);
    if (begin < end) {
      for (Offset k = end; k-- > begin + 1;) sum -= static_cast<TX>(values[k]) * xc[col[k]];
      Ordinal const j = col[begin];
      TX const xj = j == i + 1 ? last : xc[j];
      sum -= static_cast<TX>(values[begin]) * xj;
    }
    TX const xi = divide_by_diagonal(options.diagonal, sum, diagonal(i));
    xc[i] = xi;
    return xi;
  }
  void scatter(Ordinal i, Offset begin, Offset end) const {
    for (int c = 0; c < num_columns; ++c) {
      TX* const xc = x[c];
      TX const xi = divide_by_diagonal(options.diagonal, xc[i], diagonal(i));
      xc[i] = xi;
      for (Offset k = begin; k < end; ++k) xc[col[k]] -= static_cast<TX>(values[k]) * xi;
    }
  }
};

/// The rows of a level, of A or (through `entry`) of its transpose.
template <class T, class TB, class TX>
struct SubstituteLevel {
  Offset const *row_ptr, *lower_end, *upper_begin;
  Ordinal const* col;
  Offset const* entry;  // where the values of the transpose are, or null
  T const* values;
  Columns<TB> b;
  Columns<TX> x;
  int num_columns;
  bool lower;
  Diagonal diagonal;
  Ordinal const* rows;

  KOKKOS_INLINE_FUNCTION void operator()(Ordinal r) const {
    Ordinal const i = rows[r];
    Offset const begin = lower ? row_ptr[i] : upper_begin[i], end = lower ? lower_end[i] : row_ptr[i + 1];
    TX const d = diagonal == Diagonal::unit ? TX(1) : static_cast<TX>(value(lower_end[i]));
    for (int c = 0; c < num_columns; ++c) {
      TX* const xc = x[c];
      TX sum = static_cast<TX>(b[c][i]);
      for (Offset k = begin; k < end; ++k) sum -= static_cast<TX>(value(k)) * xc[col[k]];
      xc[i] = divide_by_diagonal(diagonal, sum, d);
    }
  }
  KOKKOS_INLINE_FUNCTION T value(Offset k) const { return values[entry == nullptr ? k : entry[k]]; }
};

template <class Exec, class Device, class T, class TB, class TX>
void substitute_by_levels(Exec const& exec, CsrPattern<Device> const& pattern, T const* values,
                          Columns<TB> const& b, Columns<TX> const& x, int num_columns,
                          TriangularOptions const& options) {
  bool const lower = (options.triangle == Triangle::lower) != options.transpose;
  CsrPattern<Device> const solved = options.transpose ? transposed(pattern).pattern : pattern;
  auto const& bounds = triangle_bounds(solved);
  auto const& levels = level_sets(solved, lower ? Triangle::lower : Triangle::upper);
  SubstituteLevel<T, TB, TX> body{solved.row_ptr().data(),
                                  bounds.lower_end.data(),
                                  bounds.upper_begin.data(),
                                  solved.col().data(),
                                  options.transpose ? transposed(pattern).entry.data() : nullptr,
                                  values,
                                  b,
                                  x,
                                  num_columns,
                                  lower,
                                  options.diagonal,
                                  nullptr};
  for (Ordinal l = 0; l < levels.num_levels(); ++l) {
    auto const begin = levels.level_ptr[static_cast<std::size_t>(l)];
    auto const end = levels.level_ptr[static_cast<std::size_t>(l) + 1];
    body.rows = levels.rows.data() + begin;
    Kokkos::parallel_for("nacre::sptrsv", range(exec, static_cast<std::size_t>(end - begin)), body);
  }
}

}  // namespace detail

/// Solves T x = b with T a triangle of A (with its diagonal), or the transpose of one.
///
/// The serial back end substitutes row by row; others launch a kernel for each level set, which the pattern
/// keeps. After Y. Saad (2003), Iterative methods for sparse linear systems, section 11.6. \param pattern
/// n-by-n \param values  [nnz] entries of A \param b       [n] or [n, k], each column contiguous \param[out]
/// x  [n] or [n, k], overwritten; may be b \throws nacre::Error if an extent does not match, or a row lacks
/// the diagonal entry that the options ask for
template <class Exec, class Device, class Values, class B, class X>
void sptrsv(Exec const& exec, CsrPattern<Device> const& pattern, Values const& values, B const& b, X const& x,
            TriangularOptions const& options = {}) {
  detail::require_square("sptrsv", pattern);
  check_extent("sptrsv", values, 0, pattern.num_entries(), "the pattern's number of entries");
  auto const& bounds = triangle_bounds(pattern);
  if (options.diagonal != Diagonal::unit && bounds.num_missing > 0)
    fail(cat("sptrsv: ", bounds.num_missing, " of ", pattern.num_rows(),
             " rows have no entry on the diagonal, the first is row ", bounds.first_missing));
  auto const n = static_cast<std::size_t>(pattern.num_rows());
  std::size_t const k = detail::num_columns(b);
  auto const bs = detail::columns("sptrsv", b, n, k, "the right-hand side");
  auto const xs = detail::columns("sptrsv", x, n, k, "the right-hand side");
  if constexpr (kSerial<typename Exec::device_type>)
    Kokkos::parallel_for(
        "nacre::sptrsv", Kokkos::RangePolicy<Exec, Kokkos::IndexType<int>>(exec, 0, 1),
        detail::SubstituteSerially<typename Values::non_const_value_type, typename B::value_type,
                                   typename X::non_const_value_type>{
            pattern.row_ptr().data(), bounds.lower_end.data(), bounds.upper_begin.data(),
            pattern.col().data(), values.data(), bs, xs, pattern.num_rows(), static_cast<int>(k), options});
  else
    detail::substitute_by_levels(exec, pattern,
                                 static_cast<typename Values::const_value_type*>(values.data()), bs, xs,
                                 static_cast<int>(k), options);
}

}  // namespace nacre
