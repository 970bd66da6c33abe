#include <nacre/core/tet_boundary.hpp>

#include <algorithm>

#include <nacre/core/error.hpp>
#include <nacre/core/random.hpp>

namespace nacre {

std::vector<std::array<Ordinal, 3>> boundary_faces(TetMesh const& mesh) {
  constexpr std::size_t kFaces[4][3] = {{1, 2, 3}, {0, 3, 2}, {0, 1, 3}, {0, 2, 1}};
  struct Face {
    std::array<Ordinal, 3> sorted, outside;
    std::size_t number;
  };
  std::vector<Face> faces;
  faces.reserve(4 * mesh.tets.size());
  for (auto const& tet : mesh.tets)
    for (auto const& corner : kFaces) {
      Face face{{}, {{tet[corner[0]], tet[corner[1]], tet[corner[2]]}}, faces.size()};
      face.sorted = face.outside;
      std::sort(face.sorted.begin(), face.sorted.end());
      faces.push_back(face);
    }
  std::sort(faces.begin(), faces.end(), [](Face const& a, Face const& b) {
    return a.sorted != b.sorted ? a.sorted < b.sorted : a.number < b.number;
  });
  std::vector<Face> single;
  for (std::size_t k = 0, next; k < faces.size(); k = next) {
    for (next = k; next < faces.size() && faces[next].sorted == faces[k].sorted;) ++next;
    if (next - k > 2)
      fail(cat("boundary_faces: face (", faces[k].sorted[0], ", ", faces[k].sorted[1], ", ",
               faces[k].sorted[2], ") belongs to ", next - k, " tetrahedra, expected one or two"));
    if (next - k == 1) single.push_back(faces[k]);
  }
  std::sort(single.begin(), single.end(), [](Face const& a, Face const& b) { return a.number < b.number; });
  std::vector<std::array<Ordinal, 3>> result;
  for (auto const& face : single) result.push_back(face.outside);
  return result;
}

std::vector<Ordinal> boundary_points(std::vector<std::array<Ordinal, 3>> const& faces) {
  std::vector<Ordinal> points;
  for (auto const& face : faces) points.insert(points.end(), face.begin(), face.end());
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

std::vector<Ordinal> boundary_patch(std::vector<std::array<Ordinal, 3>> const& faces, int hops,
                                    std::uint64_t seed) {
  if (faces.empty() || hops < 0)
    fail(cat("boundary_patch: ", hops, " hops on ", faces.size(),
             " faces, expected at least one face and hops that are not negative"));
  auto const points = boundary_points(faces);
  auto const count = static_cast<double>(points.size());
  std::vector<bool> in_patch(static_cast<std::size_t>(points.back()) + 1);
  Ordinal const start = points[static_cast<std::size_t>(random_uniform(seed, 0, 0, count))];
  in_patch[static_cast<std::size_t>(start)] = true;
  for (int hop = 0; hop < hops; ++hop) {
    // every edge is one of a face, and all points of a face are connected
    std::vector<std::array<Ordinal, 3>> touched;
    for (auto const& face : faces)
      if (std::any_of(face.begin(), face.end(),
                      [&](Ordinal i) { return in_patch[static_cast<std::size_t>(i)]; }))
        touched.push_back(face);
    for (auto const& face : touched)
      for (Ordinal const i : face) in_patch[static_cast<std::size_t>(i)] = true;
  }
  std::vector<Ordinal> patch;
  for (Ordinal const i : points)
    if (in_patch[static_cast<std::size_t>(i)]) patch.push_back(i);
  return patch;
}

}  // namespace nacre
