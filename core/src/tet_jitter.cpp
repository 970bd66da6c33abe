#include <limits>

#include <nacre/core/error.hpp>
#include <nacre/core/points.hpp>
#include <nacre/core/random.hpp>
#include <nacre/core/tet_boundary.hpp>

namespace nacre {

namespace {

/// The length of each point's shortest edge; 0 of points without tetrahedra.
std::vector<double> shortest_edges(TetMesh const& mesh) {
  std::vector<double> shortest(mesh.points.size(), std::numeric_limits<double>::max());
  for (auto const& tet : mesh.tets) {
    auto const p = corners_of(mesh, tet);
    for (std::size_t a = 0; a < 4; ++a)
      for (std::size_t b = 0; b < 4; ++b)
        if (a != b) {
          auto& h = shortest[static_cast<std::size_t>(tet[a])];
          h = std::min(h, detail::norm(detail::difference(p[a], p[b])));
        }
  }
  for (auto& h : shortest)
    if (h == std::numeric_limits<double>::max()) h = 0;
  return shortest;
}

/// Orthonormal vectors that span the normals of the faces around each point of the boundary.
std::vector<std::vector<Point>> boundary_normals(TetMesh const& mesh) {
  std::vector<std::vector<Point>> normals(mesh.points.size());
  for (auto const& face : boundary_faces(mesh)) {
    auto const at = [&](std::size_t a) { return mesh.points[static_cast<std::size_t>(face[a])]; };
    Point const n = detail::cross(detail::difference(at(1), at(0)), detail::difference(at(2), at(0)));
    double const length = detail::norm(n);
    for (Ordinal const i : face) {
      auto& known = normals[static_cast<std::size_t>(i)];
      Point rest = {{n[0] / length, n[1] / length, n[2] / length}};
      for (auto const& m : known) rest = detail::sum(rest, -detail::dot(rest, m), m);
      double const remaining = detail::norm(rest);
      // what is flat up to the digits of a file counts as flat
      if (known.size() < 3 && remaining > 1e-5)
        known.push_back({{rest[0] / remaining, rest[1] / remaining, rest[2] / remaining}});
    }
  }
  return normals;
}

}  // namespace

TetMesh jittered(TetMesh const& mesh, double amount, std::uint64_t seed) {
  if (!(amount >= 0 && std::isfinite(amount)))
    fail(cat("jittered: the amount is ", amount, ", expected a number that is not negative"));
  validate("jittered", mesh);
  auto const width = shortest_edges(mesh);
  auto const normals = boundary_normals(mesh);
  RandomSequence const random(seed);
  std::vector<Point> shift(mesh.points.size());
  for (std::size_t i = 0; i < shift.size(); ++i) {
    for (std::size_t x = 0; x < 3; ++x)
      shift[i][x] = amount * width[i] * (2 * to_unit_interval(random(3 * i + x)) - 1);
    for (auto const& n : normals[i]) shift[i] = detail::sum(shift[i], -detail::dot(shift[i], n), n);
    if (normals[i].size() == 3) shift[i] = Point{};
  }

  TetMesh moved = mesh;
  std::vector<double> scale(mesh.points.size(), 1.);
  for (bool bad = true; bad;) {
    for (std::size_t i = 0; i < shift.size(); ++i)
      moved.points[i] = detail::sum(mesh.points[i], scale[i], shift[i]);
    bad = false;
    std::vector<bool> less(mesh.points.size());
    for (auto const& tet : mesh.tets) {
      auto const p = corners_of(mesh, tet), q = corners_of(moved, tet);
      if (tet_volume(q[0], q[1], q[2], q[3]) >= tet_volume(p[0], p[1], p[2], p[3]) / 20) continue;
      bad = true;
      for (Ordinal const i : tet) less[static_cast<std::size_t>(i)] = true;
    }
    for (std::size_t i = 0; i < scale.size(); ++i)
      if (less[i]) scale[i] = scale[i] > 1e-3 ? scale[i] / 2 : 0;
  }
  return moved;
}

}  // namespace nacre
