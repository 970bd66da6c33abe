#pragma once

#include <vector>

#include <nacre/core/columns.hpp>
#include <nacre/core/types.hpp>

/// \file
/// Rows of a pattern that have the same columns relative to their own number, as on regular meshes.

namespace nacre {

/// Consecutive rows [first_row, that of the next stretch) with the same columns relative to the row.
struct RowStretch {
  Ordinal first_row;
  Ordinal stencil;     ///< which stencil, or kNoStencil: look into the pattern
  Offset first_entry;  ///< of first_row
};
inline constexpr Ordinal kNoStencil = -1;

/// A pattern in short: what takes the place of its columns in products. On the host.
///
/// A product of double precision reads 8 instead of 12 bytes for each entry and, as consecutive rows meet
/// consecutive numbers of x, computes several rows at once. Values stay where they are.
struct RowStencils {
  std::vector<RowStretch>
      stretches;  ///< ascending, the first one from row 0; then one that begins after the last row
  std::vector<Ordinal> first_stretch;  ///< [n / kRowsPerMark + 1] the stretch that row r * kRowsPerMark is in
  std::vector<Ordinal> offsets;        ///< columns minus row, stencil after stencil, ascending within each
  std::vector<Ordinal> begin;          ///< [stencils + 1] where a stencil's offsets begin

  static constexpr Ordinal kRowsPerMark = 512;
  static constexpr Offset kLongest =
      128;  ///< longer rows gain little and would take much of the nearest cache
  Ordinal num_stencils() const { return static_cast<Ordinal>(begin.size()) - 1; }
  /// What a product reads instead of the pattern.
  std::size_t num_bytes() const {
    return stretches.size() * sizeof(RowStretch) + (offsets.size() + begin.size()) * sizeof(Ordinal);
  }
};

namespace detail {

/// The stencils of a pattern; without any stretches if too few of its entries are in long ones.
RowStencils find_row_stencils(Ordinal num_rows, Offset const* row_ptr, Ordinal const* col);

/// sums(r, c) = row (begin + r) of A times x(:, c), r < end - begin, c < num_columns; each row's entries are added
/// up in the order of row_product().
template <class T>
void stencil_products(RowStencils const& stencils, Offset const* row_ptr, Ordinal const* col, T const* values,
                      Columns<T const> const& x, int num_columns, Ordinal begin, Ordinal end,
                      Columns<T> const& sums);
extern template void stencil_products(RowStencils const&, Offset const*, Ordinal const*, double const*,
                                      Columns<double const> const&, int, Ordinal, Ordinal,
                                      Columns<double> const&);
extern template void stencil_products(RowStencils const&, Offset const*, Ordinal const*, float const*,
                                      Columns<float const> const&, int, Ordinal, Ordinal,
                                      Columns<float> const&);

}  // namespace detail

}  // namespace nacre
