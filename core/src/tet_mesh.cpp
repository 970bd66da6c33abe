#include <nacre/core/tet_mesh.hpp>

#include <algorithm>
#include <cmath>

#include <nacre/core/error.hpp>

namespace nacre {

double tet_volume(Point const& a, Point const& b, Point const& c, Point const& d) {
  std::array<Point, 3> e;
  for (std::size_t x = 0; x < 3; ++x) {
    e[0][x] = b[x] - a[x];
    e[1][x] = c[x] - a[x];
    e[2][x] = d[x] - a[x];
  }
  return (e[0][0] * (e[1][1] * e[2][2] - e[1][2] * e[2][1]) -
          e[0][1] * (e[1][0] * e[2][2] - e[1][2] * e[2][0]) +
          e[0][2] * (e[1][0] * e[2][1] - e[1][1] * e[2][0])) /
         6;
}

TetMesh tet_box(std::array<int, 3> const& n, Point const& low, Point const& high) {
  for (std::size_t x = 0; x < 3; ++x)
    if (n[x] < 2 || !(low[x] < high[x]))
      fail(cat("tet_box: ", n[x], " points from ", low[x], " to ", high[x], " in direction ", x,
               ", expected two or more, and to be larger than from"));
  TetMesh mesh;
  for (int i = 0; i < n[0]; ++i)
    for (int j = 0; j < n[1]; ++j)
      for (int k = 0; k < n[2]; ++k) {
        std::array<int, 3> const at{{i, j, k}};
        Point p;
        for (std::size_t x = 0; x < 3; ++x)
          p[x] = low[x] + (high[x] - low[x]) * at[x] / static_cast<double>(n[x] - 1);
        mesh.points.push_back(p);
      }
  // corners of a cell as bits (1: x, 2: y, 4: z)
  constexpr int kTets[5][4] = {{0, 1, 2, 4}, {2, 1, 3, 7}, {1, 2, 4, 7}, {1, 4, 5, 7}, {6, 4, 2, 7}};
  for (int i = 0; i + 1 < n[0]; ++i)
    for (int j = 0; j + 1 < n[1]; ++j)
      for (int k = 0; k + 1 < n[2]; ++k)
        for (auto const& corners : kTets) {
          std::array<Ordinal, 4> tet;
          for (std::size_t c = 0; c < 4; ++c) {
            auto const bit = [&](int x, int cell) { return (corners[c] >> x & 1) != (cell & 1) ? 1 : 0; };
            tet[c] = ((i + bit(0, i)) * n[1] + j + bit(1, j)) * n[2] + k + bit(2, k);
          }
          auto const at = [&](std::size_t c) { return mesh.points[static_cast<std::size_t>(tet[c])]; };
          if (tet_volume(at(0), at(1), at(2), at(3)) < 0) std::swap(tet[2], tet[3]);
          mesh.tets.push_back(tet);
        }
  return mesh;
}

void validate(char const* op, TetMesh const& mesh) {
  auto const n = static_cast<Ordinal>(mesh.points.size());
  for (std::size_t t = 0; t < mesh.tets.size(); ++t) {
    for (Ordinal const i : mesh.tets[t])
      if (i < 0 || i >= n)
        fail(cat(op, ": tetrahedron ", t, " has point ", i, ", but there are ", n, " points"));
    auto const p = corners_of(mesh, mesh.tets[t]);
    double const volume = tet_volume(p[0], p[1], p[2], p[3]);
    if (!(volume > 0)) fail(cat(op, ": the volume of tetrahedron ", t, " is ", volume, ", must be positive"));
  }
}

TetMesh centred(TetMesh const& mesh) {
  TetMesh result = mesh;
  double largest = 0;
  for (std::size_t x = 0; x < 3; ++x) {
    double mean = 0;
    for (auto const& p : mesh.points) mean += p[x] / static_cast<double>(mesh.points.size());
    for (auto& p : result.points) {
      p[x] -= mean;
      largest = std::max(largest, std::fabs(p[x]));
    }
  }
  if (!(largest > 0)) fail(cat("centred: ", mesh.points.size(), " points, expected two that differ"));
  for (auto& p : result.points)
    for (auto& coordinate : p) coordinate /= largest;
  return result;
}

}  // namespace nacre
