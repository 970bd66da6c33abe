#include <nacre/core/segments.hpp>

namespace nacre::detail {

HostSegments segments_of_sizes(char const* op, std::vector<Ordinal> const& sizes) {
  HostSegments segments;
  segments.ptr.reserve(sizes.size() + 1);
  for (std::size_t g = 0; g < sizes.size(); ++g) {
    if (sizes[g] < 0) fail(cat(op, ": size(", g, ") = ", sizes[g], " is negative"));
    segments.segment_of.insert(segments.segment_of.end(), static_cast<std::size_t>(sizes[g]),
                               static_cast<Ordinal>(g));
    segments.ptr.push_back(static_cast<Offset>(segments.segment_of.size()));
  }
  return segments;
}

HostSegments segments_of_index(char const* op, std::size_t num_segments, std::vector<Ordinal> const& index) {
  HostSegments segments;
  segments.ptr.assign(num_segments + 1, 0);
  bool in_order = true;
  for (std::size_t k = 0; k < index.size(); ++k) {
    if (index[k] < 0 || static_cast<std::size_t>(index[k]) >= num_segments)
      fail(cat(op, ": index(", k, ") = ", index[k], " is not in [0, ", num_segments, ")"));
    ++segments.ptr[static_cast<std::size_t>(index[k]) + 1];
    in_order = in_order && (k == 0 || index[k - 1] <= index[k]);
  }
  for (std::size_t g = 0; g < num_segments; ++g) segments.ptr[g + 1] += segments.ptr[g];
  segments.segment_of = index;
  if (in_order) return segments;
  segments.entry.resize(index.size());
  std::vector<Offset> next(segments.ptr.begin(), segments.ptr.end() - 1);
  for (std::size_t k = 0; k < index.size(); ++k)
    segments.entry[static_cast<std::size_t>(next[static_cast<std::size_t>(index[k])]++)] =
        static_cast<Offset>(k);
  return segments;
}

std::vector<Ordinal> segment_of_position(std::size_t num_segments, Offset const* ptr) {
  if (ptr[0] != 0) fail(cat("segments: ptr(0) = ", ptr[0], " is not 0"));
  for (std::size_t g = 0; g < num_segments; ++g)
    if (ptr[g + 1] < ptr[g])
      fail(cat("segments: ptr(", g + 1, ") = ", ptr[g + 1], " is less than ptr(", g, ") = ", ptr[g]));
  std::vector<Ordinal> segment_of;
  segment_of.reserve(static_cast<std::size_t>(ptr[num_segments]));
  for (std::size_t g = 0; g < num_segments; ++g)
    segment_of.insert(segment_of.end(), static_cast<std::size_t>(ptr[g + 1] - ptr[g]),
                      static_cast<Ordinal>(g));
  return segment_of;
}

}  // namespace nacre::detail
