#pragma once

#include <Kokkos_Core.hpp>

#include <string>

/// \file
/// Parts of a program by name, for profiling tools.

namespace nacre {

/// While it lives, what runs belongs to a region that Kokkos' tools see under this name; regions nest.
class Region {
 public:
  explicit Region(std::string const& name) { Kokkos::Profiling::pushRegion(name); }
  ~Region() { Kokkos::Profiling::popRegion(); }
  Region(Region const&) = delete;
  Region& operator=(Region const&) = delete;
};

}  // namespace nacre
