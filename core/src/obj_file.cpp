#include <nacre/core/mesh_files.hpp>

#include <cstdlib>

#include "mesh_parts.hpp"

namespace nacre {

namespace {

/// The point of a corner `v`, `v/vt`, `v//vn` or `v/vt/vn`; negative numbers count from the last point so far.
Ordinal read_corner(TextReader& file, std::size_t num_points) {
  std::string const found = file.found();
  std::string const word(file.word());
  char* end = nullptr;
  long const number = std::strtol(word.c_str(), &end, 10);
  if (end == word.c_str() || (*end != '\0' && *end != '/'))
    file.fail_here(cat("found ", found, ", expected the number of a point"));
  auto const n = static_cast<long>(num_points);
  if (number == 0 || number > n || number < -n)
    file.fail_here(cat("found point ", number, ", but there are ", n, " points before this line"));
  return static_cast<Ordinal>(number > 0 ? number - 1 : n + number);
}

}  // namespace

SurfaceMesh read_obj(std::string const& path) {
  TextReader file(path);
  SurfaceMesh mesh;
  while (file.next_content("#")) {
    auto const kind = file.word();
    if (kind == "v") mesh.points.push_back(detail::read_point(file));
    if (kind != "f") continue;
    std::vector<Ordinal> corners;
    while (!file.at_end()) corners.push_back(read_corner(file, mesh.points.size()));
    if (corners.size() < 3)
      file.fail_here(cat("found a face of ", corners.size(), " points, expected three or more"));
    for (std::size_t a = 2; a < corners.size(); ++a)
      mesh.triangles.push_back({{corners[0], corners[a - 1], corners[a]}});
  }
  if (mesh.triangles.empty())
    fail(cat(path, ": ", mesh.points.size(), " points but no faces, expected lines 'v x y z' and 'f i j k'"));
  return mesh;
}

}  // namespace nacre
