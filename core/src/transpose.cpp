#include <nacre/core/transpose.hpp>

#include <algorithm>
#include <vector>

namespace nacre::detail {

void transpose_on_host(Ordinal num_rows, Ordinal num_cols, Offset const* row_ptr, Ordinal const* col,
                       Offset* ptr, Ordinal* row, Offset* entry) {
  auto const m = static_cast<std::size_t>(num_cols);
  auto const nnz = static_cast<std::size_t>(row_ptr[num_rows]);
  std::fill(ptr, ptr + m + 1, Offset(0));
  for (std::size_t k = 0; k < nnz; ++k) ++ptr[static_cast<std::size_t>(col[k]) + 1];
  for (std::size_t j = 0; j < m; ++j) ptr[j + 1] += ptr[j];
  std::vector<Offset> next(ptr, ptr + m);
  for (Ordinal i = 0; i < num_rows; ++i)
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) {
      Offset const to = next[static_cast<std::size_t>(col[k])]++;
      row[to] = i;
      if (entry != nullptr) entry[to] = k;
    }
}

void find_diagonal_on_host(Ordinal size, Offset const* row_ptr, Ordinal const* col, Offset* entry) {
  for (Ordinal i = 0; i < size; ++i) {
    auto const* const end = col + row_ptr[i + 1];
    auto const* const found = std::lower_bound(col + row_ptr[i], end, i);
    entry[i] = found != end && *found == i ? static_cast<Offset>(found - col) : kNoEntry;
  }
}

}  // namespace nacre::detail
