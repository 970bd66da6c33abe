#include <nacre/core/index_map.hpp>

namespace nacre::detail {

HostInverse invert_index(char const* op, std::size_t num_sources, std::size_t size, Offset const* source) {
  HostInverse inverse;
  inverse.ptr.assign(num_sources + 1, 0);
  for (std::size_t k = 0; k < size; ++k) {
    if (source[k] == kNoEntry) continue;
    if (static_cast<std::size_t>(source[k]) >= num_sources)
      fail(cat(op, ": index(", k, ") = ", source[k], ", but there are ", num_sources, " rows"));
    if (++inverse.ptr[static_cast<std::size_t>(source[k]) + 1] > 1) inverse.injective = false;
  }
  if (inverse.injective) {
    inverse.ptr.clear();
    return inverse;
  }
  for (std::size_t s = 0; s < num_sources; ++s) inverse.ptr[s + 1] += inverse.ptr[s];
  inverse.position.resize(static_cast<std::size_t>(inverse.ptr[num_sources]));
  std::vector<Offset> next(inverse.ptr.begin(), inverse.ptr.end() - 1);
  for (std::size_t k = 0; k < size; ++k)
    if (source[k] != kNoEntry)
      inverse.position[static_cast<std::size_t>(next[static_cast<std::size_t>(source[k])]++)] =
          static_cast<Offset>(k);
  return inverse;
}

}  // namespace nacre::detail
