#include <nacre/core/p1_elements.hpp>

#include <nacre/core/coo.hpp>

namespace nacre {

std::array<std::array<double, 3>, 3> p1_stiffness(Point2 const& a, Point2 const& b, Point2 const& c) {
  // the gradient of phi is the edge opposite, turned by a right angle, over twice the area
  std::array<Point2, 3> const edge{
      {{{c[0] - b[0], c[1] - b[1]}}, {{a[0] - c[0], a[1] - c[1]}}, {{b[0] - a[0], b[1] - a[1]}}}};
  double const twice = doubled_area(a, b, c);
  std::array<std::array<double, 3>, 3> k{};
  for (std::size_t p = 0; p < 3; ++p)
    for (std::size_t q = 0; q < 3; ++q)
      k[p][q] = (edge[p][0] * edge[q][0] + edge[p][1] * edge[q][1]) / (2 * twice);
  return k;
}

P1Matrix p1_matrix(TriangleMesh const& mesh, P1Options const& options) {
  P1Matrix result;
  for (std::size_t i = 0; i < mesh.points.size(); ++i) {
    bool const known = options.dirichlet && static_cast<Ordinal>(i) < mesh.num_boundary;
    result.unknown.push_back(known ? -1 : static_cast<Ordinal>(result.point.size()));
    if (!known) result.point.push_back(static_cast<Ordinal>(i));
  }
  auto const n = static_cast<Ordinal>(result.point.size());
  CooEntries<double> entries;
  for (auto const& t : mesh.triangles) {
    std::array<Point2, 3> p;
    for (std::size_t a = 0; a < 3; ++a) p[a] = mesh.points[static_cast<std::size_t>(t[a])];
    double const area = doubled_area(p[0], p[1], p[2]) / 2;
    if (!(area > 0))
      fail(cat("p1_matrix: the area of triangle (", t[0], ", ", t[1], ", ", t[2], ") is ", area,
               ", must be positive"));
    auto const k = p1_stiffness(p[0], p[1], p[2]);
    for (std::size_t a = 0; a < 3; ++a)
      for (std::size_t b = 0; b < 3; ++b) {
        Ordinal const i = result.unknown[static_cast<std::size_t>(t[a])],
                      j = result.unknown[static_cast<std::size_t>(t[b])];
        if (i < 0 || j < 0) continue;
        double mass = 0;
        if (options.term == ReactionTerm::consistent_mass) mass = a == b ? area / 6 : area / 12;
        if (options.term == ReactionTerm::lumped_mass && a == b) mass = area / 3;
        entries.row.push_back(i);
        entries.col.push_back(j);
        entries.values.push_back(k[a][b] + options.reaction * mass);
      }
  }
  for (Ordinal i = 0; i < n && options.term == ReactionTerm::identity; ++i) {
    entries.row.push_back(i);
    entries.col.push_back(i);
    entries.values.push_back(options.reaction);
  }
  result.A = assemble<DefaultDevice>(n, n, entries);
  return result;
}

}  // namespace nacre
