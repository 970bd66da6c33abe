#pragma once

#include <nacre/core/csr_pattern.hpp>
#include <nacre/core/row_blocks.hpp>
#include <nacre/core/row_stencils.hpp>

/// \file
/// Descriptions of patterns that are shorter than their columns.

namespace nacre {

/// What a pattern has that is shorter than its columns; at most one of them.
struct CompactRows {
  RowStencils const* stencils = nullptr;
  RowBlocks const* blocks = nullptr;

  explicit operator bool() const { return stencils != nullptr || blocks != nullptr; }
  /// Pieces that begin at multiples of this share no work.
  Ordinal alignment() const { return blocks != nullptr ? blocks->size : 1; }
  /// What a product reads instead of the columns.
  std::size_t num_bytes() const {
    return stencils != nullptr ? stencils->num_bytes() : blocks != nullptr ? blocks->num_bytes() : 0;
  }
};

namespace detail {

/// As a pattern keeps it.
struct FoundRows {
  RowStencils stencils;
  RowBlocks blocks;
};

}  // namespace detail

/// Stencils or blocks of `pattern`, found on first use and kept with it; neither where columns are as good, in
/// irregular or small patterns. On the host.
template <class Device>
CompactRows compact_rows(CsrPattern<Device> const& pattern) {
  static_assert(kOnHost<Device>, "compact rows are for products on a host");
  constexpr std::size_t kFewestEntries = 2000;  // below, asking costs more than is gained
  if (pattern.num_entries() < kFewestEntries) return {};
  auto const& found = pattern.template cached<detail::FoundRows>([&pattern]() -> detail::FoundRows {
    auto const n = pattern.num_rows();
    auto const* const row_ptr = pattern.row_ptr().data();
    auto const* const col = pattern.col().data();
    detail::FoundRows rows;
    rows.stencils = detail::find_row_stencils(n, row_ptr, col);
    if (rows.stencils.stretches.empty()) rows.blocks = detail::find_row_blocks(n, row_ptr, col);
    return rows;
  });
  CompactRows rows;
  if (!found.stencils.stretches.empty()) rows.stencils = &found.stencils;
  if (found.blocks.size != 0) rows.blocks = &found.blocks;
  return rows;
}

}  // namespace nacre
