#include <nacre/core/level_sets.hpp>

#include <algorithm>

namespace nacre::detail {

void find_triangles_on_host(Ordinal n, Offset const* row_ptr, Ordinal const* col, Offset* lower_end,
                            Offset* upper_begin) {
  for (Ordinal i = 0; i < n; ++i) {
    auto const* const end = col + row_ptr[i + 1];
    auto const* const found = std::lower_bound(col + row_ptr[i], end, i);
    lower_end[i] = static_cast<Offset>(found - col);
    upper_begin[i] = lower_end[i] + (found != end && *found == i ? 1 : 0);
  }
}

std::vector<Ordinal> find_levels_on_host(Triangle triangle, Ordinal n, Offset const* row_ptr,
                                         Ordinal const* col, Ordinal* rows) {
  std::vector<Ordinal> level(static_cast<std::size_t>(n), 0);
  Ordinal num_levels = 0;
  auto const visit = [&](Ordinal i) {
    Ordinal mine = 0;
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k)
      if (triangle == Triangle::lower ? col[k] < i : col[k] > i)
        mine = std::max(mine, level[static_cast<std::size_t>(col[k])] + 1);
    level[static_cast<std::size_t>(i)] = mine;
    num_levels = std::max(num_levels, mine + 1);
  };
  if (triangle == Triangle::lower)
    for (Ordinal i = 0; i < n; ++i) visit(i);
  else
    for (Ordinal i = n; i-- > 0;) visit(i);

  std::vector<Ordinal> level_ptr(static_cast<std::size_t>(num_levels) + 1, 0);
  for (Ordinal const l : level) ++level_ptr[static_cast<std::size_t>(l) + 1];
  for (std::size_t l = 0; l < static_cast<std::size_t>(num_levels); ++l) level_ptr[l + 1] += level_ptr[l];
  std::vector<Ordinal> next(level_ptr.begin(), level_ptr.end() - 1);
  for (Ordinal i = 0; i < n; ++i)
    rows[next[static_cast<std::size_t>(level[static_cast<std::size_t>(i)])]++] = i;
  return level_ptr;
}

}  // namespace nacre::detail
