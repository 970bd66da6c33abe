#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

#include <nacre/core/problems.hpp>

/// \file
/// What the generators of problems on boxes share.

namespace nacre::detail {

using Index3 = std::array<GlobalOrdinal, 3>;

/// The points of a box, numbered x fastest.
struct Lattice {
  Index3 n{{1, 1, 1}};

  GlobalOrdinal size() const { return n[0] * n[1] * n[2]; }
  GlobalOrdinal number(Index3 const& p) const { return p[0] + n[0] * (p[1] + n[1] * p[2]); }
  Index3 point(GlobalOrdinal i) const { return {{i % n[0], i / n[0] % n[1], i / (n[0] * n[1])}}; }
  bool contains(Index3 const& p) const {
    return p[0] >= 0 && p[0] < n[0] && p[1] >= 0 && p[1] < n[1] && p[2] >= 0 && p[2] < n[2];
  }
  /// The point with the next number.
  void advance(Index3& p) const {
    if (++p[0] < n[0]) return;
    p[0] = 0;
    if (++p[1] < n[1]) return;
    p[1] = 0;
    ++p[2];
  }
};

/// \throws nacre::Error unless all sizes are positive and their product fits
Lattice lattice(char const* problem, GridSize const& n);

/// Receives the entries of the rows of a matrix, row by row.
template <class Scalar>
struct RowSink {
  GlobalRows<Scalar>& rows;
  void add(GlobalOrdinal j, double value) {
    rows.col.push_back(j);
    rows.values.push_back(static_cast<Scalar>(value));
  }
  void end_row() { rows.row_ptr.push_back(static_cast<Offset>(rows.col.size())); }
};

/// The matrix whose rows `fill(sink)` makes: those of this rank, in order.
template <class Scalar, class Fill>
DistributedCsr<Scalar> assemble(RowPartition const& rows, RowPartition const& cols, double entries_per_row,
                                Fill const& fill) {
  GlobalRows<Scalar> mine;
  std::size_t const n = static_cast<std::size_t>(rows.num_owned());
  auto const expected = static_cast<std::size_t>(entries_per_row * static_cast<double>(n));
  std::string problem;
  if (expected > static_cast<std::size_t>(std::numeric_limits<Offset>::max()))
    problem = cat("a rank would have ", expected,
                  " entries, more than an Offset holds: use more ranks or NACRE_OFFSET_TYPE=std::size_t");
  rows.comm().fail_together(problem);
  mine.row_ptr.reserve(n + 1);
  mine.col.reserve(expected);
  mine.values.reserve(expected);
  RowSink<Scalar> sink{mine};
  fill(sink);
  return make_distributed<Scalar>(rows, cols, mine);
}

template <class Scalar>
MultiVector<Scalar> constants(RowPartition const& rows) {
  MultiVector<Scalar> v("nacre::near_nullspace", static_cast<std::size_t>(rows.num_owned()), 1);
  Kokkos::deep_copy(v, Scalar(1));
  return v;
}

/// Vertices and cells of a box of which a smaller box of vertices carries unknowns.
struct BoxMesh {
  Lattice vertices;          ///< all of them
  Lattice unknowns;          ///< those that carry unknowns,
  Index3 offset{{0, 0, 0}};  ///< the first of which is here
  int tets_per_cube = 0;     ///< 5 or 6; 0: the cells stay whole
  std::function<Point(Index3 const& vertex)> position;
  std::function<GlobalOrdinal(GlobalOrdinal)> numbering;  ///< of the unknowns; empty: x fastest

  /// The number of the unknown of a vertex, -1 if it has none.
  GlobalOrdinal unknown(Index3 const& v) const {
    Index3 const p{{v[0] - offset[0], v[1] - offset[1], v[2] - offset[2]}};
    if (!unknowns.contains(p)) return -1;
    return numbering ? numbering(unknowns.number(p)) : unknowns.number(p);
  }
};

/// This rank's share of the cells.
Mesh make_box_mesh(Comm const& comm, BoxMesh const& box);

/// The tetrahedra of the cube whose lowest corner is `cube`: corners as bits (1: x + 1, 2: y + 1, 4: z + 1),
/// positively oriented.
using Tet = std::array<int, 4>;
std::pair<Tet const*, Tet const*> tets_of_cube(int tets_per_cube, Index3 const& cube);

/// The box of a problem on a regular grid, with boundary vertices around it in the first `dims` directions.
BoxMesh grid_with_boundary(Lattice const& unknowns, int dims);

/// Fills in coordinates and the mesh.
template <class Scalar>
void place(Problem<Scalar>& problem, BoxMesh const& box,
           std::function<GlobalOrdinal(GlobalOrdinal)> const& inverse = {}) {
  RowPartition const& rows = problem.A.pattern.rows();
  problem.coordinates.reserve(static_cast<std::size_t>(rows.num_owned() / problem.block_size));
  for (GlobalOrdinal i = rows.begin() / problem.block_size; i < rows.end() / problem.block_size; ++i) {
    Index3 v = box.unknowns.point(inverse ? inverse(i) : i);
    for (int d = 0; d < 3; ++d) v[d] += box.offset[d];
    problem.coordinates.push_back(box.position(v));
  }
  problem.make_mesh = [comm = rows.comm(), box] { return make_box_mesh(comm, box); };
}

}  // namespace nacre::detail
