#include <nacre/core/common_entries.hpp>

namespace nacre::detail {

std::vector<Offset> positions_on_host(Ordinal num_rows, Offset const* from_ptr, Ordinal const* from_col,
                                      Offset const* at_ptr, Ordinal const* at_col) {
  std::vector<Offset> position(static_cast<std::size_t>(at_ptr[num_rows]), kNoEntry);
  for (Ordinal i = 0; i < num_rows; ++i) {
    Offset f = from_ptr[i];
    for (Offset k = at_ptr[i]; k < at_ptr[i + 1]; ++k) {
      while (f < from_ptr[i + 1] && from_col[f] < at_col[k]) ++f;
      if (f < from_ptr[i + 1] && from_col[f] == at_col[k]) position[static_cast<std::size_t>(k)] = f;
    }
  }
  return position;
}

}  // namespace nacre::detail
