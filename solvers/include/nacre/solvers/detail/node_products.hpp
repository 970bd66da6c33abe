#pragma once

#include <nacre/core/columns.hpp>

/// \file
/// Products with prolongators and their transposes on a host.

namespace nacre::solvers::detail {

/// Rows of a prolongator's transpose R. Groups of `rows_of_node` rows have the same columns, which come in groups of
/// `columns_of_node`.
template <class T>
struct Restriction {
  Ordinal num_rows;
  Offset const* row_ptr;  ///< [num_rows + 1]
  Ordinal const* col;
  T const* values;
  int rows_of_node, columns_of_node;
};

/// b(i, :) = R(i, :) r for rows [begin, end).
/// \param b of row i and column c: b[(i - begin) * row_stride + c * column_stride]
template <class T>
void restrict_to(Restriction<T> const& R, Ordinal begin, Ordinal end,
                 nacre::detail::Columns<T const> const& r, int num_columns, T* b, std::size_t row_stride,
                 std::size_t column_stride);

/// x += R^T e for rows [begin, end) of R: rows of the prolongator are short and of all lengths, which processors
/// guess badly, those of R are long.
/// \param e of row i and column c: e[(i - begin) * row_stride + c * column_stride]
template <class T>
void interpolate_from(Restriction<T> const& R, Ordinal begin, Ordinal end, T const* e, std::size_t row_stride,
                      std::size_t column_stride, int num_columns, nacre::detail::Columns<T> const& x);

}  // namespace nacre::solvers::detail
