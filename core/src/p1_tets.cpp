#include <nacre/core/p1_tets.hpp>

#include <nacre/core/coo.hpp>
#include <nacre/core/points.hpp>

#include "p1_assembly.hpp"

namespace nacre {

TetGradients tet_gradients(std::array<Point, 4> const& p) {
  using detail::cross;
  using detail::difference;
  // the gradient of phi_b is the inward normal of the face opposite of b, of length area / (3 volume)
  Point const e1 = difference(p[1], p[0]), e2 = difference(p[2], p[0]), e3 = difference(p[3], p[0]);
  TetGradients g{{}, 0};
  g.normal[1] = cross(e2, e3);
  g.normal[2] = cross(e3, e1);
  g.normal[3] = cross(e1, e2);
  for (std::size_t d = 0; d < 3; ++d) g.normal[0][d] = -(g.normal[1][d] + g.normal[2][d] + g.normal[3][d]);
  g.six_volumes = detail::dot(e1, g.normal[1]);
  return g;
}

double TetGradients::stiffness(std::size_t a, std::size_t b) const {
  return detail::dot(normal[a], normal[b]) / (6 * six_volumes);
}

CsrMatrix<double> p1_matrix(TetMesh const& mesh, P1Coefficients const& coefficients) {
  validate("p1_matrix", mesh);
  return detail::assemble_p1(mesh.points.size(), mesh.tets, coefficients, [&](std::size_t t) {
    auto const g = tet_gradients(corners_of(mesh, mesh.tets[t]));
    detail::P1Element<4> element;
    for (std::size_t a = 0; a < 4; ++a)
      for (std::size_t b = 0; b < 4; ++b) element.stiffness[a][b] = g.stiffness(a, b);
    element.mass = g.six_volumes / 24;
    return element;
  });
}

std::vector<double> lumped_mass(TetMesh const& mesh) {
  validate("lumped_mass", mesh);
  std::vector<double> mass(mesh.points.size());
  for (auto const& tet : mesh.tets) {
    auto const p = corners_of(mesh, tet);
    for (Ordinal const i : tet) mass[static_cast<std::size_t>(i)] += tet_volume(p[0], p[1], p[2], p[3]) / 4;
  }
  return mass;
}

}  // namespace nacre
