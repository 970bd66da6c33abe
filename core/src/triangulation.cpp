#include <nacre/core/triangulation.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>
#include <utility>

#include <nacre/core/error.hpp>
#include <nacre/core/random.hpp>

namespace nacre {

namespace {

constexpr double kPi = 3.14159265358979323846;

Point2 minus(Point2 const& a, Point2 const& b) { return {{a[0] - b[0], a[1] - b[1]}}; }
double dot(Point2 const& a, Point2 const& b) { return a[0] * b[0] + a[1] * b[1]; }
double length(Point2 const& a) { return std::hypot(a[0], a[1]); }
Point2 between(Point2 const& a, Point2 const& b, double t) {
  return {{a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])}};
}
double degrees_between(Point2 const& u, Point2 const& v) {
  return std::atan2(std::fabs(u[0] * v[1] - u[1] * v[0]), dot(u, v)) * 180 / kPi;
}

/// A polygon, and how wide a mesh of it is to be at a point.
struct Region {
  std::vector<Point2> const& corners;
  TriangulationOptions const& options;

  Point2 const& corner(std::size_t e) const { return corners[e % corners.size()]; }
  bool contains(Point2 const& p) const {
    bool inside = false;
    for (std::size_t e = 0; e < corners.size(); ++e) {
      Point2 const &a = corner(e), &b = corner(e + 1);
      if ((a[1] > p[1]) != (b[1] > p[1]) && p[0] < a[0] + (p[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
        inside = !inside;
    }
    return inside;
  }
  double distance_to_boundary(Point2 const& p) const {
    double least = 1e300;
    for (std::size_t e = 0; e < corners.size(); ++e) {
      Point2 const edge = minus(corner(e + 1), corner(e)), to = minus(p, corner(e));
      double const t = std::min(1., std::max(0., dot(to, edge) / dot(edge, edge)));
      least = std::min(least, length(minus(to, {{t * edge[0], t * edge[1]}})));
    }
    return least;
  }
  double width(double distance) const {
    if (!(options.largest_width > options.width)) return options.width;
    return std::min(options.largest_width, options.width + options.grading * distance);
  }
};

/// Points in square cells, to find those near another one.
class NearPoints {
 public:
  explicit NearPoints(double cell) : cell_(cell) {}
  void add(Point2 const& p) { points_[key(index(p[0]), index(p[1]))].push_back(p); }
  bool any_within(Point2 const& p, double radius) const {
    auto const reach = static_cast<std::int64_t>(std::ceil(radius / cell_));
    for (auto x = index(p[0]) - reach; x <= index(p[0]) + reach; ++x)
      for (auto y = index(p[1]) - reach; y <= index(p[1]) + reach; ++y) {
        auto const found = points_.find(key(x, y));
        if (found == points_.end()) continue;
        for (auto const& q : found->second)
          if (length(minus(p, q)) < radius) return true;
      }
    return false;
  }

 private:
  std::int64_t index(double x) const { return static_cast<std::int64_t>(std::floor(x / cell_)); }
  static std::uint64_t key(std::int64_t x, std::int64_t y) {
    return (static_cast<std::uint64_t>(x) << 32) ^ (static_cast<std::uint64_t>(y) & 0xffffffffu);
  }
  double cell_;
  std::unordered_map<std::uint64_t, std::vector<Point2>> points_;
};

std::vector<Point2> boundary_points(Region const& region) {
  std::vector<Point2> points;
  for (std::size_t e = 0; e < region.corners.size(); ++e) {
    Point2 const &a = region.corner(e), &b = region.corner(e + 1);
    auto const pieces = std::max(1., std::round(length(minus(b, a)) / region.width(0)));
    for (int i = 0; i < static_cast<int>(pieces); ++i) points.push_back(between(a, b, i / pieces));
  }
  return points;
}

/// New points around points that have room, until there is none.
std::vector<Point2> inner_points(Region const& region, std::vector<Point2> const& boundary) {
  constexpr int kTrials = 20;
  constexpr double kClosest = .8;      // part of the width: the mean distance of neighbours is larger
  constexpr double kOffBoundary = .7;  // keeps triangles at the boundary from being flat
  std::uint64_t draw = 0;
  auto const random = [&] { return random_uniform(region.options.seed, draw++); };
  NearPoints near(region.width(0));
  for (auto const& p : boundary) near.add(p);
  std::vector<Point2> active = boundary, points;
  while (!active.empty()) {
    auto const which = static_cast<std::size_t>(random() * static_cast<double>(active.size()));
    Point2 const from = active[which];
    double const spacing = kClosest * region.width(region.distance_to_boundary(from));
    bool placed = false;
    for (int trial = 0; trial < kTrials && !placed; ++trial) {
      double const angle = 2 * kPi * random(), distance = spacing * (1 + .4 * random());
      Point2 const p{{from[0] + distance * std::cos(angle), from[1] + distance * std::sin(angle)}};
      if (!region.contains(p)) continue;
      double const off = region.distance_to_boundary(p), width = region.width(off);
      if (off < kOffBoundary * width || near.any_within(p, kClosest * width)) continue;
      near.add(p);
      points.push_back(p);
      active.push_back(p);
      placed = true;
    }
    if (!placed) {
      active[which] = active.back();
      active.pop_back();
    }
  }
  return points;
}

/// The place of a point on a curve that fills the square: bits of both coordinates in turn.
std::uint64_t place_on_curve(Point2 const& p, Point2 const& low, double size) {
  std::uint64_t place = 0;
  for (std::size_t d = 0; d < 2; ++d) {
    auto const x = static_cast<std::uint64_t>((p[d] - low[d]) / size * 65535);
    for (int bit = 0; bit < 16; ++bit) place |= (x >> bit & 1) << (2 * bit + static_cast<int>(d));
  }
  return place;
}

void sort_along_curve(std::vector<Point2>& points, std::vector<Point2> const& corners) {
  Point2 low = corners[0], high = corners[0];
  for (auto const& p : corners)
    for (std::size_t d = 0; d < 2; ++d) {
      low[d] = std::min(low[d], p[d]);
      high[d] = std::max(high[d], p[d]);
    }
  double const size = std::max(high[0] - low[0], high[1] - low[1]);
  std::stable_sort(points.begin(), points.end(), [&](Point2 const& a, Point2 const& b) {
    return place_on_curve(a, low, size) < place_on_curve(b, low, size);
  });
}

/// The triangles inside, sorted: Qhull's order is nobody's business.
void triangulate(Region const& region, TriangleMesh& mesh) {
  mesh.triangles.clear();
  auto const point = [&](Ordinal i) -> Point2 const& { return mesh.points[static_cast<std::size_t>(i)]; };
  for (auto t : delaunay(mesh.points)) {
    Point2 const &a = point(t[0]), &b = point(t[1]), &c = point(t[2]);
    if (!region.contains({{(a[0] + b[0] + c[0]) / 3, (a[1] + b[1] + c[1]) / 3}})) continue;
    std::rotate(t.begin(), std::min_element(t.begin(), t.end()), t.end());
    mesh.triangles.push_back(t);
  }
  std::sort(mesh.triangles.begin(), mesh.triangles.end());
}

/// Puts a point into the middle of each boundary edge that is none of the triangulation. \return how many
int split_missing_edges(TriangleMesh& mesh) {
  std::set<std::pair<Ordinal, Ordinal>> edges;
  for (auto const& t : mesh.triangles)
    for (std::size_t a = 0; a < 3; ++a)
      if (t[a] < mesh.num_boundary && t[(a + 1) % 3] < mesh.num_boundary)
        edges.insert({t[a], t[(a + 1) % 3]});
  std::vector<Point2> boundary;
  int missing = 0;
  for (Ordinal i = 0; i < mesh.num_boundary; ++i) {
    Ordinal const next = (i + 1) % mesh.num_boundary;
    Point2 const &a = mesh.points[static_cast<std::size_t>(i)],
                 &b = mesh.points[static_cast<std::size_t>(next)];
    boundary.push_back(a);
    if (edges.count({i, next})) continue;
    boundary.push_back(between(a, b, .5));
    ++missing;
  }
  if (missing == 0) return 0;
  boundary.insert(boundary.end(), mesh.points.begin() + mesh.num_boundary, mesh.points.end());
  mesh.points = std::move(boundary);
  mesh.num_boundary += missing;
  return missing;
}

/// Each inner point goes to the mean of its neighbours, unless that is outside or too near to the boundary.
void smooth(Region const& region, TriangleMesh& mesh) {
  std::vector<Point2> sum(mesh.points.size(), Point2{{0, 0}});
  std::vector<int> count(mesh.points.size(), 0);
  for (auto const& t : mesh.triangles)
    for (std::size_t a = 0; a < 3; ++a) {
      auto const i = static_cast<std::size_t>(t[a]);
      for (std::size_t b : {(a + 1) % 3, (a + 2) % 3}) {  // each neighbour of an inner point comes twice
        Point2 const& p = mesh.points[static_cast<std::size_t>(t[b])];
        sum[i] = {{sum[i][0] + p[0], sum[i][1] + p[1]}};
        ++count[i];
      }
    }
  for (auto i = static_cast<std::size_t>(mesh.num_boundary); i < sum.size(); ++i) {
    Point2 const middle{{sum[i][0] / count[i], sum[i][1] / count[i]}};  // not a number without neighbours
    if (!region.contains(middle)) continue;
    double const off = region.distance_to_boundary(middle);
    if (off > .5 * region.width(off)) mesh.points[i] = middle;
  }
}

void check(std::vector<Point2> const& corners, TriangulationOptions const& o) {
  if (corners.size() < 3)
    fail(cat("triangulate_polygon: ", corners.size(), " corners, there must be at least 3"));
  if (!(o.width > 0)) fail(cat("triangulate_polygon: width = ", o.width, ", must be positive"));
  if (!(o.grading >= 0 && o.grading <= .5))
    fail(cat("triangulate_polygon: grading = ", o.grading, ", must be in [0, 0.5]"));
  if (o.smoothing < 0) fail(cat("triangulate_polygon: smoothing = ", o.smoothing, ", must not be negative"));
  double const area = polygon_area(corners);
  if (!(area > 0))
    fail(cat("triangulate_polygon: the area of the polygon is ", area,
             ", its corners must be counterclockwise"));
}

}  // namespace

double polygon_area(std::vector<Point2> const& corners) {
  double twice = 0;
  for (std::size_t e = 0; e < corners.size(); ++e) {
    Point2 const &a = corners[e], &b = corners[(e + 1) % corners.size()];
    twice += a[0] * b[1] - a[1] * b[0];
  }
  return twice / 2;
}

double smallest_corner(std::vector<Point2> const& corners) {
  double least = 180;
  std::size_t const n = corners.size();
  for (std::size_t e = 0; e < n; ++e) {
    Point2 const before = minus(corners[(e + n - 1) % n], corners[e]),
                 after = minus(corners[(e + 1) % n], corners[e]);
    least = std::min(least, degrees_between(before, after));
  }
  return least;
}

double TriangleMesh::area() const {
  double twice = 0;
  for (auto const& t : triangles)
    twice += doubled_area(points[static_cast<std::size_t>(t[0])], points[static_cast<std::size_t>(t[1])],
                          points[static_cast<std::size_t>(t[2])]);
  return twice / 2;
}

double TriangleMesh::smallest_angle() const {
  double least = 180;
  for (auto const& t : triangles)
    for (std::size_t a = 0; a < 3; ++a) {
      Point2 const& p = points[static_cast<std::size_t>(t[a])];
      least = std::min(least, degrees_between(minus(points[static_cast<std::size_t>(t[(a + 1) % 3])], p),
                                              minus(points[static_cast<std::size_t>(t[(a + 2) % 3])], p)));
    }
  return least;
}

std::vector<Point2> random_polygon(std::uint64_t seed, PolygonOptions const& o) {
  if (o.fewest_corners < 3 || o.most_corners < o.fewest_corners)
    fail(cat("random_polygon: from ", o.fewest_corners, " to ", o.most_corners,
             " corners, must be at least 3"));
  if (!(o.radius > 0) || !(o.smallest_radius > 0 && o.smallest_radius <= 1))
    fail(cat("random_polygon: radius = ", o.radius, " and smallest_radius = ", o.smallest_radius,
             ", must be positive and in (0, 1]"));
  if (!(o.smallest_angle >= 0 && o.smallest_angle < 60))
    fail(cat("random_polygon: smallest_angle = ", o.smallest_angle, ", must be in [0, 60)"));
  std::uint64_t draw = 0;
  auto const random = [&](double low, double high) { return random_uniform(seed, draw++, low, high); };
  std::vector<Point2> corners;
  for (int trial = 0; trial < 1000; ++trial) {
    auto const n = o.fewest_corners + static_cast<int>(random(0, o.most_corners - o.fewest_corners + 1));
    double const turn = random(0, 2 * kPi);
    corners.clear();
    for (int c = 0; c < n; ++c) {
      double const angle = turn + 2 * kPi * (c + random(-.25, .25)) / n;
      double const radius = o.radius * random(o.smallest_radius, 1);
      corners.push_back({{radius * std::cos(angle), radius * std::sin(angle)}});
    }
    if (smallest_corner(corners) >= o.smallest_angle) return corners;
  }
  fail(cat("random_polygon: no polygon without corners below ", o.smallest_angle, " degrees was found"));
}

TriangleMesh triangulate_polygon(std::vector<Point2> const& corners, TriangulationOptions const& o) {
  check(corners, o);
  Region const region{corners, o};
  TriangleMesh mesh;
  mesh.points = boundary_points(region);
  mesh.num_boundary = static_cast<Ordinal>(mesh.points.size());
  auto inner = inner_points(region, mesh.points);
  sort_along_curve(inner, corners);
  mesh.points.insert(mesh.points.end(), inner.begin(), inner.end());
  triangulate(region, mesh);
  for (int sweep = 0; sweep < o.smoothing; ++sweep) {
    smooth(region, mesh);
    triangulate(region, mesh);
  }
  constexpr int kMostRounds = 20;
  for (int round = 0; split_missing_edges(mesh) > 0; ++round) {
    if (round == kMostRounds)
      fail(
          "triangulate_polygon: an edge of the boundary crosses the triangulation however short its pieces "
          "are; does "
          "the polygon intersect itself?");
    triangulate(region, mesh);
  }
  double const area = polygon_area(corners);
  if (!(std::fabs(mesh.area() - area) <= 1e-9 * area))
    fail(cat("triangulate_polygon: the triangles cover ", mesh.area(), " of an area of ", area,
             "; does the polygon intersect itself?"));
  return mesh;
}

}  // namespace nacre
