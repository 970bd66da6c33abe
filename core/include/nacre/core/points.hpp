#pragma once

#include <cmath>

#include <nacre/core/mesh.hpp>

/// \file
/// Vectors in space.

namespace nacre::detail {

inline Point difference(Point const& a, Point const& b) { return {{a[0] - b[0], a[1] - b[1], a[2] - b[2]}}; }
inline Point cross(Point const& a, Point const& b) {
  return {{a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]}};
}
inline double dot(Point const& a, Point const& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
inline double norm(Point const& a) { return std::sqrt(dot(a, a)); }
/// a + s b
inline Point sum(Point const& a, double s, Point const& b) {
  return {{a[0] + s * b[0], a[1] + s * b[1], a[2] + s * b[2]}};
}

}  // namespace nacre::detail
