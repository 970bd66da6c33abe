#pragma once

#include <vector>

#include <nacre/core/columns.hpp>
#include <nacre/core/types.hpp>

/// \file
/// Patterns made of dense blocks, as several unknowns in each point of a mesh give them.

namespace nacre {

/// A pattern of full blocks of `size` by `size` entries in short: block row I is rows [size I, size I + size), all of
/// which have the columns [col, col + size) of its blocks. On the host.
///
/// A product reads a column number for size^2 entries and gathers x once for `size` rows. Values stay where they are,
/// row after row: unlike those of a BsrMatrix.
struct RowBlocks {
  int size = 0;  ///< 0: there are no such blocks
  std::vector<Ordinal>
      col;  ///< [nnz / size^2] first column of each block; those of block row I from row_ptr(size I) / size^2 on

  static constexpr int kLargest = 6;
  /// What a product reads instead of the columns.
  std::size_t num_bytes() const { return col.size() * sizeof(Ordinal); }
};

namespace detail {

/// The largest blocks that all of a pattern consists of, if there are any.
RowBlocks find_row_blocks(Ordinal num_rows, Offset const* row_ptr, Ordinal const* col);

/// sums(r, c) = row (begin + r) of A times x(:, c), r < end - begin, c < num_columns; each row's entries are added
/// up in the order of row_product().
/// \param x_length how many numbers a column of x has
template <class T>
void row_block_products(RowBlocks const& blocks, Offset const* row_ptr, T const* values,
                        Columns<T const> const& x, Ordinal x_length, int num_columns, Ordinal begin,
                        Ordinal end, Columns<T> const& sums);
extern template void row_block_products(RowBlocks const&, Offset const*, double const*,
                                        Columns<double const> const&, Ordinal, int, Ordinal, Ordinal,
                                        Columns<double> const&);
extern template void row_block_products(RowBlocks const&, Offset const*, float const*,
                                        Columns<float const> const&, Ordinal, int, Ordinal, Ordinal,
                                        Columns<float> const&);

}  // namespace detail

}  // namespace nacre
