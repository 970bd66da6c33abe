#pragma once

#include <vector>

#include <nacre/core/transpose.hpp>

/// \file
/// Where numbers are gathered from, and so where their cotangents are added.

namespace nacre {

namespace detail {

struct HostInverse {
  bool injective = true;
  std::vector<Offset> ptr, position;  ///< empty if injective
};
/// \throws nacre::Error if a source is neither kNoEntry nor in [0, num_sources)
HostInverse invert_index(char const* op, std::size_t num_sources, std::size_t size, Offset const* source);

}  // namespace detail

/// A map of positions 0 ... size-1 to sources 0 ... num_sources-1, or to none: structure, made once, of
/// gathers and of sums over all positions that have a source in common. Where sources occur repeatedly, the
/// positions of each are kept in ascending order, so that sums have one order and need no atomics.
template <class Device = DefaultDevice>
class IndexMap {
 public:
  IndexMap() = default;

  /// \param op     in messages
  /// \param source [size] each in [0, num_sources) or kNoEntry
  /// \throws nacre::Error if one is not
  IndexMap(char const* op, std::size_t num_sources, Vector<Offset const, Device> const& source)
      : num_sources_(num_sources), source_(source) {
    auto const source_h = host_view(source);
    auto const inverse = detail::invert_index(op, num_sources, source.extent(0), source_h.data());
    if (inverse.injective) return;
    ptr_ = to_device<Device>("nacre::IndexMap::ptr", inverse.ptr);
    position_ = to_device<Device>("nacre::IndexMap::position", inverse.position);
  }
  IndexMap(char const* op, std::size_t num_sources, std::vector<Offset> const& source)
      : IndexMap(op, num_sources, to_device<Device>("nacre::IndexMap::source", source)) {}

  /// The same of sources that are known to be in range and each to occur at most once, without a look at
  /// them.
  static IndexMap of_distinct(std::size_t num_sources, Vector<Offset const, Device> const& source) {
    IndexMap map;
    map.num_sources_ = num_sources;
    map.source_ = source;
    return map;
  }

  std::size_t size() const { return source_.extent(0); }
  std::size_t num_sources() const { return num_sources_; }
  Vector<Offset const, Device> const& source() const { return source_; }  ///< [size]
  /// Whether no source occurs twice. Then there are no lists of positions.
  bool injective() const { return ptr_.extent(0) == 0; }
  /// The positions of source s are position()(t), t from ptr()(s) up to ptr()(s + 1).
  Vector<Offset const, Device> const& ptr() const { return ptr_; }
  Vector<Offset const, Device> const& position() const { return position_; }

 private:
  std::size_t num_sources_ = 0;
  Vector<Offset const, Device> source_, ptr_, position_;
};

}  // namespace nacre
