#pragma once

#include <cstdint>

#include <nacre/core/linear_system.hpp>

/// \file
/// Symmetric positive definite matrices without a mesh.

namespace nacre {

struct SyntheticOptions {
  double density = 3e-4;  ///< part of the entries of M that are there
  double last_scale =
      1e-5;             ///< rows of M are scaled by numbers from 1 down to this, evenly spaced; 1: not at all
  double shift = 1e-5;  ///< > 0, added to the diagonal
  std::uint64_t seed = 1;
};
/// M^T M + shift I for a random sparse M [n, n] with entries uniform in [-1, 1), symmetric to the last bit. Without
/// features, all unknowns free.
/// \throws nacre::Error if an option is out of range
LinearSystem synthetic_system(Ordinal n, SyntheticOptions const& options = {});

}  // namespace nacre
