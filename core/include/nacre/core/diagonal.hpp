#pragma once

#include <nacre/core/transpose.hpp>

/// \file
/// Diagonals of sparse matrices, and products with diagonal matrices.

namespace nacre {

/// d(i) = A(i, i), zero where the pattern has no such entry.
///
/// \param values [nnz] entries of A
/// \param[out] d [min(n, m)], overwritten
/// \throws nacre::Error if an extent does not match the pattern
template <class Exec, class Device, class Values, class D>
void extract_diagonal(Exec const& exec, CsrPattern<Device> const& pattern, Values const& values, D const& d) {
  check_extent("extract_diagonal", values, 0, pattern.num_entries(), "the pattern's number of entries");
  auto const& positions = diagonal_positions(pattern);
  check_extent("extract_diagonal", d, 0, positions.entry.extent(0), "the length of the diagonal");
  gather(exec, positions.entry, values, d);
}

/// d(i) = 1 / A(i, i).
///
/// \param[out] d [n], overwritten; infinite where the diagonal is zero
/// \throws nacre::Error if the pattern is not square or lacks an entry of the diagonal
template <class Exec, class Device, class Values, class D>
void extract_inverse_diagonal(Exec const& exec, CsrPattern<Device> const& pattern, Values const& values,
                              D const& d) {
  if (pattern.num_rows() != pattern.num_cols())
    fail(cat("extract_inverse_diagonal: the matrix is ", pattern.num_rows(), " by ", pattern.num_cols(),
             ", not square"));
  auto const& positions = diagonal_positions(pattern);
  if (positions.num_missing > 0)
    fail(cat("extract_inverse_diagonal: ", positions.num_missing, " of ", pattern.num_rows(),
             " rows have no entry on the diagonal, the first is row ", positions.first_missing));
  check_extent("extract_inverse_diagonal", values, 0, pattern.num_entries(),
               "the pattern's number of entries");
  check_extent("extract_inverse_diagonal", d, 0, positions.entry.extent(0), "the length of the diagonal");
  auto const entry = positions.entry;
  using T = typename D::non_const_value_type;
  Kokkos::parallel_for(
      "nacre::extract_inverse_diagonal", range(exec, d.extent(0)),
      KOKKOS_LAMBDA(Ordinal i) { d(i) = T(1) / static_cast<T>(values(entry(i))); });
}

/// out = diag(left) A diag(right).
///
/// \param left     [n] or an empty view for the identity
/// \param values   [nnz] entries of A
/// \param right    [m] or an empty view for the identity
/// \param[out] out [nnz], overwritten; may be `values`
/// \throws nacre::Error if an extent does not match the pattern
template <class Exec, class Device, class Left, class Values, class Right, class Out>
void scale_rows_and_columns(Exec const& exec, CsrPattern<Device> const& pattern, Left const& left,
                            Values const& values, Right const& right, Out const& out) {
  check_extent("scale_rows_and_columns", values, 0, pattern.num_entries(), "the pattern's number of entries");
  check_extent("scale_rows_and_columns", out, 0, pattern.num_entries(), "the pattern's number of entries");
  bool const by_row = left.extent(0) > 0, by_col = right.extent(0) > 0;
  if (by_row)
    check_extent("scale_rows_and_columns", left, 0, static_cast<std::size_t>(pattern.num_rows()),
                 "the number of rows");
  if (by_col)
    check_extent("scale_rows_and_columns", right, 0, static_cast<std::size_t>(pattern.num_cols()),
                 "the number of columns");
  auto const row_ptr = pattern.row_ptr();
  auto const col = pattern.col();
  using T = typename Out::non_const_value_type;
  Kokkos::parallel_for(
      "nacre::scale_rows_and_columns", range(exec, static_cast<std::size_t>(pattern.num_rows())),
      KOKKOS_LAMBDA(Ordinal i) {
        T const factor = by_row ? static_cast<T>(left(i)) : T(1);
        for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
          out(k) = factor * static_cast<T>(values(k)) * (by_col ? static_cast<T>(right(col(k))) : T(1));
      });
}

/// A = diag(d) A in place.
/// \param d               [n]
/// \param[in,out] values  [nnz]
template <class Exec, class Device, class D, class Values>
void scale_rows(Exec const& exec, CsrPattern<Device> const& pattern, D const& d, Values const& values) {
  check_extent("scale_rows", d, 0, static_cast<std::size_t>(pattern.num_rows()), "the number of rows");
  scale_rows_and_columns(exec, pattern, d, values, D(), values);
}

/// A = A diag(d) in place.
/// \param d               [m]
/// \param[in,out] values  [nnz]
template <class Exec, class Device, class D, class Values>
void scale_columns(Exec const& exec, CsrPattern<Device> const& pattern, D const& d, Values const& values) {
  check_extent("scale_columns", d, 0, static_cast<std::size_t>(pattern.num_cols()), "the number of columns");
  scale_rows_and_columns(exec, pattern, D(), values, d, values);
}

}  // namespace nacre
