#include <nacre/core/surface_mesh.hpp>

#include <algorithm>
#include <cmath>
#include <map>

#include <nacre/core/error.hpp>
#include <nacre/core/points.hpp>
#include <nacre/core/random.hpp>
#include <nacre/core/random_field.hpp>

namespace nacre {

double triangle_area(std::array<Point, 3> const& p) {
  return detail::norm(detail::cross(detail::difference(p[1], p[0]), detail::difference(p[2], p[0]))) / 2;
}

void validate(char const* op, SurfaceMesh const& mesh) {
  auto const n = static_cast<Ordinal>(mesh.points.size());
  for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
    for (Ordinal const i : mesh.triangles[t])
      if (i < 0 || i >= n)
        fail(cat(op, ": triangle ", t, " has point ", i, ", but there are ", n, " points"));
    double const area = triangle_area(corners_of(mesh, mesh.triangles[t]));
    if (!(area > 0)) fail(cat(op, ": the area of triangle ", t, " is ", area, ", must be positive"));
  }
}

std::vector<std::array<Ordinal, 2>> boundary_edges(SurfaceMesh const& mesh) {
  std::map<std::array<Ordinal, 2>, int> count;
  auto const sorted = [](Ordinal i, Ordinal j) {
    return std::array<Ordinal, 2>{{std::min(i, j), std::max(i, j)}};
  };
  for (auto const& t : mesh.triangles)
    for (std::size_t a = 0; a < 3; ++a) ++count[sorted(t[a], t[(a + 1) % 3])];
  std::vector<std::array<Ordinal, 2>> edges;
  for (auto const& t : mesh.triangles)
    for (std::size_t a = 0; a < 3; ++a)
      if (count[sorted(t[a], t[(a + 1) % 3])] == 1) edges.push_back({{t[a], t[(a + 1) % 3]}});
  return edges;
}

std::vector<Ordinal> boundary_points(SurfaceMesh const& mesh) {
  std::vector<Ordinal> points;
  for (auto const& edge : boundary_edges(mesh)) points.insert(points.end(), edge.begin(), edge.end());
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

namespace {

void normalize(Point& p) {
  double const length = detail::norm(p);
  for (auto& coordinate : p) coordinate /= length;
}

SurfaceMesh icosahedron() {
  double const golden = (1 + std::sqrt(5.)) / 2;
  SurfaceMesh mesh;
  // the corners of three rectangles: number 4 x + 2 s + t is s golden in direction x and t in the next
  for (std::size_t x = 0; x < 3; ++x)
    for (int const s : {-1, 1})
      for (int const t : {-1, 1}) {
        Point p{};
        p[x] = s * golden;
        p[(x + 1) % 3] = t;
        mesh.points.push_back(p);
      }
  auto const are_adjacent = [&](Ordinal i, Ordinal j) {
    return detail::norm(detail::difference(mesh.points[static_cast<std::size_t>(i)],
                                           mesh.points[static_cast<std::size_t>(j)])) < 2.1;  // an edge has 2
  };
  for (Ordinal i = 0; i < 12; ++i)
    for (Ordinal j = i + 1; j < 12; ++j)
      for (Ordinal k = j + 1; k < 12; ++k) {
        if (!are_adjacent(i, j) || !are_adjacent(j, k) || !are_adjacent(i, k)) continue;
        std::array<Ordinal, 3> triangle{{i, j, k}};
        auto const p = corners_of(mesh, triangle);
        if (detail::dot(p[0], detail::cross(p[1], p[2])) < 0) std::swap(triangle[1], triangle[2]);
        mesh.triangles.push_back(triangle);
      }
  for (auto& p : mesh.points) normalize(p);
  return mesh;
}

/// Every triangle in four, new points on the unit sphere.
SurfaceMesh subdivided(SurfaceMesh const& mesh) {
  SurfaceMesh finer{mesh.points, {}};
  std::map<std::pair<Ordinal, Ordinal>, Ordinal> middles;
  auto const middle = [&](Ordinal i, Ordinal j) {
    auto const [at, is_new] = middles.insert({std::minmax(i, j), static_cast<Ordinal>(finer.points.size())});
    if (is_new) {
      Point p =
          detail::sum(mesh.points[static_cast<std::size_t>(i)], 1, mesh.points[static_cast<std::size_t>(j)]);
      normalize(p);
      finer.points.push_back(p);
    }
    return at->second;
  };
  for (auto const& t : mesh.triangles) {
    Ordinal const a = middle(t[1], t[2]), b = middle(t[2], t[0]), c = middle(t[0], t[1]);
    finer.triangles.push_back({{t[0], c, b}});
    finer.triangles.push_back({{t[1], a, c}});
    finer.triangles.push_back({{t[2], b, a}});
    finer.triangles.push_back({{a, b, c}});
  }
  return finer;
}

}  // namespace

SurfaceMesh random_sphere(SphereOptions const& options) {
  if (options.subdivisions < 0 || options.subdivisions > 12 || !(options.noise >= 0 && options.noise < 1))
    fail(cat("random_sphere: ", options.subdivisions, " subdivisions and noise ", options.noise,
             ", expected 0 to 12 and a number in [0, 1)"));
  auto mesh = icosahedron();
  for (int level = 0; level < options.subdivisions; ++level) mesh = subdivided(mesh);
  CoefficientOptions radius{1 - options.noise, 1 + options.noise};
  radius.length = options.length;
  radius.seed = options.seed;
  auto const radii = random_coefficient(mesh.points, radius);
  for (std::size_t i = 0; i < radii.size(); ++i)
    for (auto& coordinate : mesh.points[i]) coordinate *= radii[i];
  return mesh;
}

SurfaceMesh random_annulus(AnnulusOptions const& options) {
  int const around = options.around, across = options.across;
  if (around < 3 || across < 2 || !(0 < options.inner && options.inner < options.outer))
    fail(cat("random_annulus: ", around, " by ", across, " points from radius ", options.inner, " to ",
             options.outer, ", expected 3 by 2 or more and 0 < inner < outer"));
  if (!(options.jitter >= 0 && options.jitter < .25))
    fail(cat("random_annulus: the jitter is ", options.jitter, ", expected a number in [0, 1/4)"));
  constexpr double kTwoPi = 6.283185307179586;
  SurfaceMesh mesh;
  for (int i = 0; i < around; ++i)
    for (int j = 0; j < across; ++j) {
      bool const inside = j > 0 && j + 1 < across;
      auto const number = static_cast<std::uint64_t>(mesh.points.size());
      auto const moved = [&](int at, std::uint64_t d) {
        return at + (inside ? options.jitter * random_uniform(options.seed, 2 * number + d, -1, 1) : 0);
      };
      double const angle = kTwoPi * moved(i, 0) / around;
      double const radius = options.inner + (options.outer - options.inner) * moved(j, 1) / (across - 1);
      mesh.points.push_back({{radius * std::cos(angle), radius * std::sin(angle), 0}});
    }
  for (int i = 0; i < around; ++i)
    for (int j = 0; j + 1 < across; ++j) {
      int const next = (i + 1) % around;
      // counterclockwise: outwards, then around
      std::array<Ordinal, 4> const q{
          {i * across + j, i * across + j + 1, next * across + j + 1, next * across + j}};
      std::size_t const turn = random_bits(options.seed + 1, mesh.triangles.size()) & 1;
      mesh.triangles.push_back({{q[turn], q[turn + 1], q[turn + 2]}});
      mesh.triangles.push_back({{q[turn], q[turn + 2], q[(turn + 3) % 4]}});
    }
  for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
    auto const p = corners_of(mesh, mesh.triangles[t]);
    double const area = detail::cross(detail::difference(p[1], p[0]), detail::difference(p[2], p[0]))[2] / 2;
    if (!(area > 0))
      fail(cat("random_annulus: the area of triangle ", t, " is ", area, ", ", around,
               " points around are too few for this jitter and this many across"));
  }
  return mesh;
}

}  // namespace nacre
