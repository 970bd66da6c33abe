#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <nacre/core/mesh.hpp>

/// \file
/// Meshes of tetrahedra on one rank.

namespace nacre {

/// Points and positively oriented tetrahedra.
struct TetMesh {
  std::vector<Point> points;
  std::vector<std::array<Ordinal, 4>> tets;
};

/// A box of nx by ny by nz points, (i, j, k) being number (i ny + j) nz + k, every cell cut into five tetrahedra that are
/// mirrored from cell to cell.
/// \param low, high corners of the box, low < high in each direction
/// \throws nacre::Error if there are fewer than two points in a direction
TetMesh tet_box(std::array<int, 3> const& n, Point const& low, Point const& high);

/// The signed volume of a tetrahedron.
double tet_volume(Point const& a, Point const& b, Point const& c, Point const& d);

/// The points of a tetrahedron.
inline std::array<Point, 4> corners_of(TetMesh const& mesh, std::array<Ordinal, 4> const& tet) {
  std::array<Point, 4> p;
  for (std::size_t a = 0; a < 4; ++a) p[a] = mesh.points[static_cast<std::size_t>(tet[a])];
  return p;
}

/// \throws nacre::Error naming `op` and the tetrahedron if one has no positive volume or a point that does not exist
void validate(char const* op, TetMesh const& mesh);

/// A mesh with every point moved at random, in each direction by up to `amount` times its shortest edge. Points on flat
/// parts of the boundary stay in them, those on straight edges on these, other points of the boundary where they are. Where
/// a tetrahedron would keep less than a twentieth of its volume its points are moved less.
/// \param amount >= 0
TetMesh jittered(TetMesh const& mesh, double amount, std::uint64_t seed);

/// A mesh moved and scaled so that the mean of its points is 0 and their largest coordinate has absolute value 1.
/// \throws nacre::Error if there are not two different points
TetMesh centred(TetMesh const& mesh);

}  // namespace nacre
