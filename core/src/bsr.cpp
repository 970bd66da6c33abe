#include <nacre/core/bsr.hpp>

#include <algorithm>

namespace nacre::detail {

HostBlocks find_blocks_on_host(Ordinal num_rows, Offset const* row_ptr, Ordinal const* col, int block_size) {
  HostBlocks blocks;
  auto const b = static_cast<std::size_t>(block_size);
  blocks.row_ptr.push_back(0);
  std::vector<Ordinal> found;
  for (Ordinal first = 0; first < num_rows; first += block_size) {
    found.clear();
    for (Offset k = row_ptr[first]; k < row_ptr[first + block_size]; ++k) {
      Ordinal const j = col[k] / block_size;
      if (found.empty() || found.back() != j) found.push_back(j);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    std::size_t const base = blocks.col.size();
    blocks.col.insert(blocks.col.end(), found.begin(), found.end());
    blocks.row_ptr.push_back(static_cast<Offset>(blocks.col.size()));
    blocks.entry.resize(blocks.col.size() * b * b, kNoEntry);
    for (Ordinal i = first; i < first + block_size; ++i) {
      std::size_t at = 0;  // blocks and columns both ascend
      for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) {
        while (found[at] != col[k] / block_size) ++at;
        blocks.entry[((base + at) * b + static_cast<std::size_t>(i - first)) * b +
                     static_cast<std::size_t>(col[k] % block_size)] = k;
      }
    }
  }
  return blocks;
}

}  // namespace nacre::detail
