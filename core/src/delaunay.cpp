#include <nacre/core/triangulation.hpp>

#include <cmath>

#include <nacre/core/error.hpp>

#ifdef NACRE_HAVE_QHULL
#include <libqhull_r/libqhull_r.h>
#endif

namespace nacre {

#ifdef NACRE_HAVE_QHULL

bool have_delaunay() { return true; }

namespace {

/// Qhull's state, freed whatever happens.
struct Qhull {
  qhT state;
  std::vector<coordT> coordinates;  // it refers to them, and changes nothing
  std::FILE* messages = std::tmpfile();

  explicit Qhull(std::vector<Point2> const& points) {
    for (auto const& p : points) coordinates.insert(coordinates.end(), p.begin(), p.end());
    qh_zero(&state, messages);
  }
  ~Qhull() {
    qh_freeqhull(&state, !qh_ALL);
    int left = 0, total = 0;
    qh_memfreeshort(&state, &left, &total);
    if (messages) std::fclose(messages);
  }
  Qhull(Qhull const&) = delete;
  Qhull& operator=(Qhull const&) = delete;

  /// What it said first.
  std::string said() const {
    char line[200] = {};
    if (messages) {
      std::rewind(messages);
      if (!std::fgets(line, sizeof line, messages)) line[0] = '\0';
    }
    std::string text(line);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }
};

}  // namespace

std::vector<MeshTriangle> delaunay(std::vector<Point2> const& points) {
  for (auto const& p : points)
    if (!std::isfinite(p[0]) || !std::isfinite(p[1]))
      fail(cat("delaunay: a point is (", p[0], ", ", p[1], "), must be finite"));
  if (points.size() < 3) fail(cat("delaunay: ", points.size(), " points, there must be at least 3"));
  Qhull qhull(points);
  qhT* const qh = &qhull.state;
  char command[] = "qhull d Qt Qbb Qc Qz";  // Delaunay, triangles only, scaled, also of points on a circle
  int const status = qh_new_qhull(qh, 2, static_cast<int>(points.size()), qhull.coordinates.data(), False,
                                  command, nullptr, qhull.messages);
  if (status != 0)
    fail(cat("delaunay: Qhull cannot triangulate ", points.size(), " points (status ", status,
             "): ", qhull.said()));
  double largest = 0;
  std::vector<MeshTriangle> all;
  facetT* facet;
  FORALLfacets {
    if (facet->upperdelaunay) continue;
    MeshTriangle t{{-1, -1, -1}};
    std::size_t corner = 0;
    vertexT *vertex, **vertexp;
    FOREACHvertex_(facet->vertices) {
      if (corner < 3) t[corner] = qh_pointid(qh, vertex->point);
      ++corner;
    }
    if (corner != 3) fail(cat("delaunay: Qhull found a facet of ", corner, " corners"));
    auto const n = static_cast<Ordinal>(points.size());  // the number of a point at infinity, of Qz
    if (t[0] < n && t[1] < n && t[2] < n) all.push_back(t);
  }
  auto const area = [&](MeshTriangle const& t) {
    return doubled_area(points[static_cast<std::size_t>(t[0])], points[static_cast<std::size_t>(t[1])],
                        points[static_cast<std::size_t>(t[2])]);
  };
  for (auto const& t : all) largest = std::fmax(largest, std::fabs(area(t)));
  std::vector<MeshTriangle> triangles;
  for (auto t : all) {
    double const twice = area(t);
    if (!(std::fabs(twice) > 1e-10 * largest)) continue;
    if (twice < 0) std::swap(t[1], t[2]);
    triangles.push_back(t);
  }
  if (triangles.empty()) fail(cat("delaunay: the ", points.size(), " points are on one line"));
  return triangles;
}

#else

bool have_delaunay() { return false; }

std::vector<MeshTriangle> delaunay(std::vector<Point2> const&) {
  fail(
      "delaunay: this Nacre was built without Qhull; install it (Debian: libqhull-dev) and configure with "
      "-DNACRE_ENABLE_QHULL=ON");
}

#endif

}  // namespace nacre
