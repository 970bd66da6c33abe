#pragma once

#include <vector>

#include <nacre/core/transpose.hpp>

/// \file
/// Colourings: rows of one colour do not depend on each other.

namespace nacre {

/// A distance-1 colouring of the graph of a matrix and its transpose: coupled rows differ in colour.
struct Coloring {
  std::vector<Ordinal> color;  ///< [min(n, m)] of each row, in [0, num_colors)
  Ordinal num_colors = 0;
};

namespace detail {

/// Greedy: each row in turn takes the lowest colour that no row coupled to it has yet.
/// \param size      rows that are coloured; columns from `size` on are left out
/// \param t_row_ptr, t_col the transpose
Coloring color_on_host(Ordinal size, Offset const* row_ptr, Ordinal const* col, Offset const* t_row_ptr,
                       Ordinal const* t_col);

}  // namespace detail

/// The colouring of the square leading part of `pattern`, the same in every run; derived on first use, on the
/// host, and kept with the pattern.
template <class Device>
Coloring const& coloring(CsrPattern<Device> const& pattern) {
  return pattern.template cached<Coloring>([&pattern]() -> Coloring {
    auto const& transpose = transposed(pattern).pattern;
    auto const row_ptr = host_view(pattern.row_ptr()), t_row_ptr = host_view(transpose.row_ptr());
    auto const col = host_view(pattern.col()), t_col = host_view(transpose.col());
    Ordinal const size = pattern.num_rows() < pattern.num_cols() ? pattern.num_rows() : pattern.num_cols();
    return detail::color_on_host(size, row_ptr.data(), col.data(), t_row_ptr.data(), t_col.data());
  });
}

}  // namespace nacre
