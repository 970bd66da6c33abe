#pragma once

#include <nacre/core/config.hpp>

#include <array>
#include <string>
#include <vector>

/// \file
/// Meshes as far as field output needs them.

namespace nacre {

using Point = std::array<double, 3>;

/// The shapes of cells, by their numbers in VTK.
enum class CellShape : int { line = 3, quadrilateral = 9, tetrahedron = 10, hexahedron = 12 };

constexpr int vertices_of(CellShape shape) {
  return shape == CellShape::line ? 2 : shape == CellShape::hexahedron ? 8 : 4;
}

/// This rank's cells of a mesh and the points they touch. A cell is on one rank, a point maybe on several.
struct Mesh {
  CellShape shape = CellShape::hexahedron;
  std::vector<Point> points;
  /// For each point the global number of its unknown (of its block of unknowns), or -1 where the value is
  /// known to be zero (boundary).
  std::vector<GlobalOrdinal> unknown;
  std::vector<Ordinal> vertices;  ///< [cells * vertices_of(shape)] points of each cell, in VTK's order
};

}  // namespace nacre
