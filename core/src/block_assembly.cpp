#include <nacre/core/block_assembly.hpp>

#include <limits>

namespace nacre::detail {

namespace {

/// Sets or compares the height of a row, or the width of a column, of blocks.
void agree(Ordinal& size, Ordinal found, char const* what, char const* line, std::size_t which) {
  if (size >= 0 && size != found)
    fail(cat("block_assembly: blocks of ", size, " and of ", found, ' ', what, " in ", line, " of blocks ",
             which));
  size = found;
}

std::vector<Ordinal> starts(std::vector<Ordinal> const& sizes, char const* line) {
  std::vector<Ordinal> start(sizes.size() + 1, 0);
  for (std::size_t s = 0; s < sizes.size(); ++s) {
    if (sizes[s] < 0)
      fail(cat("block_assembly: every block in ", line, " of blocks ", s,
               " is missing, so its size is unknown"));
    if (sizes[s] > std::numeric_limits<Ordinal>::max() - start[s])
      fail("block_assembly: the matrix has more rows or columns than an ordinal can number");
    start[s + 1] = start[s] + sizes[s];
  }
  return start;
}

}  // namespace

HostBlocks assemble_blocks(std::size_t block_rows, std::size_t block_cols,
                           std::vector<HostBlock> const& blocks) {
  std::vector<Ordinal> heights(block_rows, -1), widths(block_cols, -1);
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    if (blocks[b].row_ptr == nullptr) continue;
    agree(heights[b / block_cols], blocks[b].num_rows, "rows", "row", b / block_cols);
    agree(widths[b % block_cols], blocks[b].num_cols, "columns", "column", b % block_cols);
  }
  auto const first_row = starts(heights, "row"), first_col = starts(widths, "column");

  HostBlocks all;
  all.num_rows = first_row.back();
  all.num_cols = first_col.back();
  all.row_ptr.push_back(0);
  std::vector<std::size_t> number(blocks.size());  // among those that are not missing
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    number[b] = all.position.size();
    if (blocks[b].row_ptr != nullptr) all.position.emplace_back();
  }
  for (std::size_t r = 0; r < block_rows; ++r)
    for (Ordinal i = 0; i < heights[r]; ++i) {
      for (std::size_t c = 0; c < block_cols; ++c) {
        auto const& block = blocks[r * block_cols + c];
        if (block.row_ptr == nullptr) continue;
        for (Offset k = block.row_ptr[i]; k < block.row_ptr[i + 1]; ++k) {
          all.position[number[r * block_cols + c]].push_back(static_cast<Offset>(all.col.size()));
          all.col.push_back(first_col[c] + block.col[k]);
        }
      }
      all.row_ptr.push_back(static_cast<Offset>(all.col.size()));
    }
  return all;
}

}  // namespace nacre::detail
