#include "lattice.hpp"

#include <unordered_map>

namespace nacre::detail {

Lattice lattice(char const* problem, GridSize const& n) {
  if (n.x < 1 || n.y < 1 || n.z < 1)
    fail(cat(problem, ": the size is ", n.x, " by ", n.y, " by ", n.z, "; each must be at least 1"));
  if (static_cast<double>(n.x) * static_cast<double>(n.y) * static_cast<double>(n.z) > 1e18)
    fail(cat(problem, ": the size ", n.x, " by ", n.y, " by ", n.z, " is too large to be numbered"));
  return {{{n.x, n.y, n.z}}};
}

BoxMesh grid_with_boundary(Lattice const& unknowns, int dims) {
  BoxMesh box;
  box.unknowns = box.vertices = unknowns;
  for (int d = 0; d < dims; ++d) {
    box.vertices.n[d] += 2;
    box.offset[d] = 1;
  }
  double const width = 1. / static_cast<double>(unknowns.n[0] + 1);
  box.position = [width](Index3 const& v) {
    return Point{{width * static_cast<double>(v[0]), width * static_cast<double>(v[1]),
                  width * static_cast<double>(v[2])}};
  };
  return box;
}

std::pair<Tet const*, Tet const*> tets_of_cube(int tets_per_cube, Index3 const& cube) {
  // Kuhn's: the paths from corner 0 to corner 7; odd permutations have two corners swapped to stay positive
  static constexpr Tet kSix[6] = {{{0, 1, 3, 7}}, {{0, 2, 6, 7}}, {{0, 4, 5, 7}},
                                  {{0, 3, 2, 7}}, {{0, 6, 4, 7}}, {{0, 5, 1, 7}}};
  static constexpr Tet kFiveEven[5] = {
      {{0, 1, 2, 4}}, {{3, 2, 1, 7}}, {{5, 1, 4, 7}}, {{6, 4, 2, 7}}, {{1, 2, 4, 7}}};
  static constexpr Tet kFiveOdd[5] = {
      {{1, 0, 5, 3}}, {{2, 0, 3, 6}}, {{4, 0, 6, 5}}, {{7, 3, 5, 6}}, {{0, 3, 6, 5}}};
  if (tets_per_cube == 6) return {kSix, kSix + 6};
  bool const even = (cube[0] + cube[1] + cube[2]) % 2 == 0;
  return even ? std::pair<Tet const*, Tet const*>{kFiveEven, kFiveEven + 5}
              : std::pair<Tet const*, Tet const*>{kFiveOdd, kFiveOdd + 5};
}

Mesh make_box_mesh(Comm const& comm, BoxMesh const& box) {
  int dims = 0;  // directions with one vertex have no cells
  Lattice cells;
  std::array<int, 3> direction{{0, 0, 0}};
  for (int d = 0; d < 3; ++d) {
    cells.n[d] = box.vertices.n[d] > 1 ? box.vertices.n[d] - 1 : 1;
    if (box.vertices.n[d] > 1) direction[static_cast<std::size_t>(dims++)] = d;
  }
  Mesh mesh;
  mesh.shape = box.tets_per_cube > 0 ? CellShape::tetrahedron
               : dims == 3           ? CellShape::hexahedron
               : dims == 2           ? CellShape::quadrilateral
                                     : CellShape::line;
  if (dims == 0) return mesh;

  std::unordered_map<GlobalOrdinal, Ordinal> point_of_vertex;
  auto const point = [&](Index3 const& v) {
    auto const [at, is_new] =
        point_of_vertex.emplace(box.vertices.number(v), static_cast<Ordinal>(mesh.points.size()));
    if (is_new) {
      mesh.points.push_back(box.position(v));
      mesh.unknown.push_back(box.unknown(v));
    }
    return at->second;
  };
  auto const corner = [&](Index3 v, int bits) {
    for (int d = 0; d < dims; ++d) v[direction[static_cast<std::size_t>(d)]] += bits >> d & 1;
    return v;
  };
  GlobalOrdinal const begin = cells.size() / comm.size() * comm.rank() +
                              std::min<GlobalOrdinal>(cells.size() % comm.size(), comm.rank());
  GlobalOrdinal const end =
      begin + cells.size() / comm.size() + (comm.rank() < cells.size() % comm.size() ? 1 : 0);
  Index3 cell = cells.point(begin);
  for (GlobalOrdinal c = begin; c < end; ++c, cells.advance(cell)) {
    if (box.tets_per_cube > 0) {
      auto const [first, last] = tets_of_cube(box.tets_per_cube, cell);
      for (Tet const* tet = first; tet != last; ++tet)
        for (int const bits : *tet) mesh.vertices.push_back(point(corner(cell, bits)));
    } else {
      static constexpr int kRound[8] = {0, 1, 3, 2,
                                        4, 5, 7, 6};  // VTK goes round the bottom, then round the top
      for (int v = 0; v < vertices_of(mesh.shape); ++v)
        mesh.vertices.push_back(point(corner(cell, kRound[v])));
    }
  }
  return mesh;
}

}  // namespace nacre::detail
