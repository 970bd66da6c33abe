#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <nacre/core/mesh.hpp>

/// \file
/// Meshes of triangles in space on one rank.

namespace nacre {

/// Points and triangles, neighbours oriented alike.
struct SurfaceMesh {
  std::vector<Point> points;
  std::vector<std::array<Ordinal, 3>> triangles;
};

/// The points of a triangle.
inline std::array<Point, 3> corners_of(SurfaceMesh const& mesh, std::array<Ordinal, 3> const& triangle) {
  std::array<Point, 3> p;
  for (std::size_t a = 0; a < 3; ++a) p[a] = mesh.points[static_cast<std::size_t>(triangle[a])];
  return p;
}
double triangle_area(std::array<Point, 3> const& p);

/// \throws nacre::Error naming `op` and the triangle if one has no positive area or a point that does not exist
void validate(char const* op, SurfaceMesh const& mesh);

/// The edges that belong to one triangle, in its orientation, in the order of the triangles.
std::vector<std::array<Ordinal, 2>> boundary_edges(SurfaceMesh const& mesh);
/// The points of these edges, ascending.
std::vector<Ordinal> boundary_points(SurfaceMesh const& mesh);

struct SphereOptions {
  int subdivisions = 3;  ///< of an icosahedron, each edge in two: 10 4^subdivisions + 2 points
  double noise = .3;     ///< radii are between 1 - noise and 1 + noise, in [0, 1)
  double length = .5;    ///< over which the radius varies
  std::uint64_t seed = 1;
};
/// A closed surface around the origin, seen from outside counterclockwise, whose radius is a random function.
/// \throws nacre::Error if an option is out of range
SurfaceMesh random_sphere(SphereOptions const& options = {});

struct AnnulusOptions {
  int around = 64, across = 8;  ///< points in either direction, >= 3 and >= 2
  double inner = .5, outer = 1;
  double jitter = .2;  ///< inner points move by up to this part of the distance to the next, in [0, 1/4)
  std::uint64_t seed = 1;
};
/// An annulus around the origin in the plane z = 0, counterclockwise, with diagonals that are drawn at random.
/// \throws nacre::Error if an option is out of range or the mesh is so coarse that a triangle has no positive area
SurfaceMesh random_annulus(AnnulusOptions const& options = {});

}  // namespace nacre
