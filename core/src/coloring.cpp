#include <nacre/core/coloring.hpp>

namespace nacre::detail {

Coloring color_on_host(Ordinal size, Offset const* row_ptr, Ordinal const* col, Offset const* t_row_ptr,
                       Ordinal const* t_col) {
  Coloring result;
  auto& color = result.color;
  color.assign(static_cast<std::size_t>(size), -1);
  std::vector<Ordinal> taken_by;  // the last row that saw this colour at a neighbour
  auto const visit = [&](Ordinal i, Offset const* ptr, Ordinal const* neighbor) {
    for (Offset k = ptr[i]; k < ptr[i + 1]; ++k) {
      Ordinal const j = neighbor[k];
      if (j < size && j != i && color[static_cast<std::size_t>(j)] >= 0)
        taken_by[static_cast<std::size_t>(color[static_cast<std::size_t>(j)])] = i;
    }
  };
  for (Ordinal i = 0; i < size; ++i) {
    visit(i, row_ptr, col);
    visit(i, t_row_ptr, t_col);
    std::size_t c = 0;
    while (c < taken_by.size() && taken_by[c] == i) ++c;
    if (c == taken_by.size()) taken_by.push_back(-1);
    color[static_cast<std::size_t>(i)] = static_cast<Ordinal>(c);
  }
  result.num_colors = static_cast<Ordinal>(taken_by.size());
  return result;
}

}  // namespace nacre::detail
