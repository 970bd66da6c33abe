#include <nacre/core/tet_shapes.hpp>

#include <cmath>

#include <nacre/core/error.hpp>

namespace nacre {

TetMesh submesh(TetMesh const& mesh, std::function<bool(Point const&)> const& keep) {
  TetMesh part;
  std::vector<bool> used(mesh.points.size());
  for (auto const& tet : mesh.tets) {
    Point mean{};
    for (auto const& p : corners_of(mesh, tet))
      for (std::size_t x = 0; x < 3; ++x) mean[x] += p[x] / 4;
    if (!keep(mean)) continue;
    part.tets.push_back(tet);
    for (Ordinal const i : tet) used[static_cast<std::size_t>(i)] = true;
  }
  std::vector<Ordinal> number(mesh.points.size());
  for (std::size_t i = 0; i < used.size(); ++i) {
    number[i] = static_cast<Ordinal>(part.points.size());
    if (used[i]) part.points.push_back(mesh.points[i]);
  }
  for (auto& tet : part.tets)
    for (auto& i : tet) i = number[static_cast<std::size_t>(i)];
  return part;
}

TetMesh tet_l_shape(int n) {
  if (n < 2) fail(cat("tet_l_shape: ", n, " points along an edge, expected two or more"));
  return submesh(tet_box({{2 * n - 1, 2 * n - 1, n}}, {{0, 0, 0}}, {{2, 2, 1}}),
                 [](Point const& p) { return p[0] < 1 || p[1] < 1; });
}

TetMesh tet_cylinder(int across, int along) {
  if (across < 2 || along < 2)
    fail(cat("tet_cylinder: ", across, " points across and ", along, " along, expected two or more"));
  auto mesh = tet_box({{across, across, along}}, {{-1, -1, 0}}, {{1, 1, 2. * (along - 1) / (across - 1)}});
  for (auto& p : mesh.points) {
    // lines become arcs of ellipses, the sides of the square the circle
    double const x = p[0], y = p[1];
    p[0] = x * std::sqrt(1 - y * y / 2);
    p[1] = y * std::sqrt(1 - x * x / 2);
  }
  return mesh;
}

}  // namespace nacre
