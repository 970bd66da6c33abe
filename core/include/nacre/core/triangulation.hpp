#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <nacre/core/config.hpp>

/// \file
/// MeshTriangle meshes of polygons.

namespace nacre {

using Point2 = std::array<double, 2>;
using MeshTriangle = std::array<Ordinal, 3>;

/// Twice the signed area of a triangle, positive if it is counterclockwise.
inline double doubled_area(Point2 const& a, Point2 const& b, Point2 const& c) {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}
/// The area of a polygon without self-intersections, positive if it is counterclockwise.
double polygon_area(std::vector<Point2> const& corners);
/// The smallest angle between neighbouring edges of a polygon, inside, in degrees.
double smallest_corner(std::vector<Point2> const& corners);

/// A mesh of triangles, all counterclockwise. The first points are on the boundary.
struct TriangleMesh {
  std::vector<Point2> points;
  std::vector<MeshTriangle> triangles;
  Ordinal num_boundary = 0;  ///< points on the boundary, in the order of its corners

  double area() const;
  /// In degrees; 180 of no triangles.
  double smallest_angle() const;
};

/// Whether this Nacre was built with Qhull, which triangulates.
bool have_delaunay();

/// The Delaunay triangulation of points, counterclockwise, by Qhull: Barber, Dobkin and Huhdanpaa (1996), "The quickhull
/// algorithm for convex hulls". Triangles without area, which points on a line make, are left out.
/// \throws nacre::Error if there is no Qhull or it fails, as it does where all points are on one line
std::vector<MeshTriangle> delaunay(std::vector<Point2> const& points);

struct PolygonOptions {
  int fewest_corners = 5, most_corners = 9;  ///< >= 3
  double smallest_radius = .55;              ///< corners are between this part of the radius and the radius
  double radius = .5;                        ///< of a circle around the origin
  double smallest_angle = 45;                ///< of a corner, in degrees, in [0, 60)
};
/// A random polygon that sees the origin from everywhere, counterclockwise.
/// \throws nacre::Error if an option is out of range
std::vector<Point2> random_polygon(std::uint64_t seed, PolygonOptions const& options = {});

struct TriangulationOptions {
  double width = .05;        ///< of the mesh at the boundary: the length of edges, > 0
  double largest_width = 0;  ///< further inside; 0 or less than `width`: everywhere the same
  double grading = .15;      ///< how much the width grows per distance from the boundary, in [0, 0.5]
  int smoothing = 3;         ///< how often inner points move to the middle of their neighbours, >= 0
  std::uint64_t seed = 1;
};
/// A mesh of a polygon: points on the boundary at the local width, inside at random but not closer to each other than about
/// that (Bridson 2007, "Fast Poisson disk sampling in arbitrary dimensions"), and their Delaunay triangulation. Inner
/// points are numbered along a curve that keeps near what is near. The same for the same seed.
///
/// \param corners counterclockwise, without self-intersections
/// \throws nacre::Error if an option is out of range, the polygon is not as said, or an edge of the boundary cannot be made
///         one of the triangulation
TriangleMesh triangulate_polygon(std::vector<Point2> const& corners,
                                 TriangulationOptions const& options = {});

}  // namespace nacre
