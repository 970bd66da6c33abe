#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>

#include <nacre/core/error.hpp>
#include <nacre/core/tet_mesh.hpp>
#include <nacre/core/text_reader.hpp>

/// \file
/// What readers of meshes share.

namespace nacre::detail {

inline double read_number(TextReader& file, std::string const& what) {
  double value = 0;
  if (!file.read(value)) file.fail_expecting(what);
  return value;
}
inline std::int64_t read_integer(TextReader& file, std::string const& what) {
  std::int64_t value = 0;
  if (!file.read(value)) file.fail_expecting(what);
  return value;
}
/// A number of things, which are at least a byte each, so that no file makes us allocate without end.
inline std::int64_t read_count(TextReader& file, std::string const& what) {
  std::int64_t value = -1;
  std::string const found = file.found();
  if (!file.read(value) || value < 0 || value > std::numeric_limits<Ordinal>::max())
    file.fail_here(cat("found ", found, ", expected ", what));
  return value;
}
inline Point read_point(TextReader& file) {
  Point p;
  for (auto& coordinate : p) coordinate = read_number(file, "a coordinate");
  return p;
}

/// A mesh whose points have names in a file.
class NamedTets {
 public:
  void add_point(TextReader const& file, std::int64_t name, Point const& p) {
    if (!number_.insert({name, static_cast<Ordinal>(mesh_.points.size())}).second)
      file.fail_here(cat("point ", name, " is there already"));
    mesh_.points.push_back(p);
  }
  /// Reads the names of four points at the cursor.
  void read_tet(TextReader& file) {
    std::array<Ordinal, 4> tet;
    for (auto& i : tet) {
      std::int64_t const name = read_integer(file, "the number of a point");
      auto const at = number_.find(name);
      if (at == number_.end())
        file.fail_here(cat("found point ", name, ", which is not one of the ", number_.size(), " points"));
      i = at->second;
    }
    auto const p = corners_of(mesh_, tet);
    double const volume = tet_volume(p[0], p[1], p[2], p[3]);
    if (volume < 0) std::swap(tet[2], tet[3]);
    if (!(volume != 0)) file.fail_here("the tetrahedron has no volume");
    mesh_.tets.push_back(tet);
  }
  TetMesh const& mesh() const { return mesh_; }

 private:
  TetMesh mesh_;
  std::unordered_map<std::int64_t, Ordinal> number_;
};

}  // namespace nacre::detail
