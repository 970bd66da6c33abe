#include <nacre/core/p1_surfaces.hpp>

#include <nacre/core/points.hpp>

#include "p1_assembly.hpp"

namespace nacre {

CsrMatrix<double> p1_matrix(SurfaceMesh const& mesh, P1Coefficients const& coefficients) {
  validate("p1_matrix", mesh);
  return detail::assemble_p1(mesh.points.size(), mesh.triangles, coefficients, [&](std::size_t t) {
    auto const p = corners_of(mesh, mesh.triangles[t]);
    double const area = triangle_area(p);
    std::array<Point, 3> edge;  // opposite of each corner
    for (std::size_t a = 0; a < 3; ++a) edge[a] = detail::difference(p[(a + 2) % 3], p[(a + 1) % 3]);
    detail::P1Element<3> element{{}, area / 3};
    for (std::size_t a = 0; a < 3; ++a)
      for (std::size_t b = 0; b < 3; ++b)
        element.stiffness[a][b] = detail::dot(edge[a], edge[b]) / (4 * area);
    return element;
  });
}

std::vector<double> lumped_mass(SurfaceMesh const& mesh) {
  validate("lumped_mass", mesh);
  std::vector<double> mass(mesh.points.size());
  for (auto const& triangle : mesh.triangles)
    for (Ordinal const i : triangle)
      mass[static_cast<std::size_t>(i)] += triangle_area(corners_of(mesh, triangle)) / 3;
  return mass;
}

}  // namespace nacre
