#include <cmath>
#include <limits>

#include <nacre/core/p1_tets.hpp>
#include <nacre/core/random.hpp>

#include "lattice.hpp"

// Linear finite elements on tetrahedra.

namespace nacre {

namespace {

using detail::Index3;
using detail::Lattice;
using detail::Tet;

/// Vertices of the box, n + 2 in each direction, all inner ones moved at random.
struct JitteredVertices {
  Lattice vertices;
  double width, jitter;
  std::uint64_t seed;

  Point operator()(Index3 const& v) const {
    bool inner = true;
    for (int d = 0; d < 3; ++d) inner = inner && v[d] > 0 && v[d] + 1 < vertices.n[d];
    Point p;
    auto const number = static_cast<std::uint64_t>(vertices.number(v));
    for (std::size_t d = 0; d < 3; ++d) {
      double const shift = inner ? jitter * random_uniform(seed, 3 * number + d, -1, 1) : 0;
      p[d] = width * (static_cast<double>(v[d]) + shift);
    }
    return p;
  }
};

/// One row of the stiffness matrix: `take(neighbour, value)` for every vertex that shares a tetrahedron with
/// the inner vertex v, in the order of their numbers. The tetrahedra of two neighbours are summed in the same
/// order for both, so the matrix is symmetric to the last bit.
/// \return six times the smallest volume of a tetrahedron around v
template <class Take>
double for_each_in_row(JitteredVertices const& position, int tets_per_cube, Index3 const& v,
                       Take const& take) {
  auto const neighbor = [&](std::size_t s) {
    auto const slot = static_cast<GlobalOrdinal>(s);
    return Index3{{v[0] + slot % 3 - 1, v[1] + slot / 3 % 3 - 1, v[2] + slot / 9 - 1}};
  };
  std::array<Point, 27> point;  // around v, x fastest
  std::array<double, 27> sum{};
  std::array<bool, 27> met{};
  for (std::size_t s = 0; s < 27; ++s) point[s] = position(neighbor(s));
  double smallest = std::numeric_limits<double>::max();
  for (int c = 0; c < 8; ++c) {  // v is corner c of this cube
    int const x = c & 1, y = c >> 1 & 1, z = c >> 2;
    auto const slot = [&](int corner) {
      return static_cast<std::size_t>(1 - x + (corner & 1) + 3 * (1 - y + (corner >> 1 & 1)) +
                                      9 * (1 - z + (corner >> 2)));
    };
    auto const [first, last] = detail::tets_of_cube(tets_per_cube, {{v[0] - x, v[1] - y, v[2] - z}});
    for (Tet const* tet = first; tet != last; ++tet)
      for (std::size_t a = 0; a < 4; ++a) {
        if ((*tet)[a] != c) continue;
        std::array<Point, 4> p;
        for (std::size_t b = 0; b < 4; ++b) p[b] = point[slot((*tet)[b])];
        auto const gradients = tet_gradients(p);
        smallest = std::min(smallest, gradients.six_volumes);
        for (std::size_t b = 0; b < 4; ++b) {
          sum[slot((*tet)[b])] += gradients.stiffness(a, b);
          met[slot((*tet)[b])] = true;
        }
      }
  }
  for (std::size_t s = 0; s < 27; ++s)
    if (met[s]) take(neighbor(s), sum[s]);
  return smallest;
}

}  // namespace

template <class Scalar>
Problem<Scalar> poisson_tets(Comm const& comm, GridSize const& n, TetOptions const& options) {
  Lattice const inner = detail::lattice("poisson_tets", n);
  if (options.tets_per_cube != 5 && options.tets_per_cube != 6)
    fail(cat("poisson_tets: cubes cut into ", options.tets_per_cube, " tetrahedra, expected 5 or 6"));
  if (!(options.jitter >= 0 && options.jitter < .5))
    fail(cat("poisson_tets: the jitter is ", options.jitter, ", expected at least 0 and less than 0.5"));
  detail::BoxMesh box = detail::grid_with_boundary(inner, 3);
  JitteredVertices const position{box.vertices, 1. / static_cast<double>(n.x + 1), options.jitter,
                                  options.seed};
  RandomPermutation const order(inner.size(), options.random_numbering ? options.seed + 1 : 0);
  box.tets_per_cube = options.tets_per_cube;
  box.position = position;
  if (options.random_numbering) box.numbering = order;

  RowPartition const rows = RowPartition::even(comm, inner.size());
  std::string problem;
  auto const fill = [&](auto& sink) {
    for (GlobalOrdinal i = rows.begin(); i < rows.end(); ++i) {
      Index3 v = inner.point(order.inverse(i));
      for (auto& coordinate : v) ++coordinate;
      double const six_volumes =
          for_each_in_row(position, options.tets_per_cube, v, [&](Index3 const& w, double value) {
            Index3 const p{{w[0] - 1, w[1] - 1, w[2] - 1}};
            if (inner.contains(p)) sink.add(order(inner.number(p)), value);
          });
      if (!(six_volumes > 0) && problem.empty())
        problem = cat("poisson_tets: the jitter ", options.jitter, " turns over a tetrahedron at vertex (",
                      v[0], ", ", v[1], ", ", v[2], "): its volume is ", six_volumes / 6,
                      "; below 1/6 this cannot happen");
      sink.end_row();
    }
  };
  Problem<Scalar> result;
  result.name = "tets";
  // the rows are made before the check so that all ranks reach it
  result.A = detail::assemble<Scalar>(rows, rows, options.tets_per_cube == 6 ? 15 : 13, fill);
  comm.fail_together(problem);
  result.near_nullspace = detail::constants<Scalar>(rows);
  detail::place(result, box,
                options.random_numbering ? [order](GlobalOrdinal i) { return order.inverse(i); }
                                         : std::function<GlobalOrdinal(GlobalOrdinal)>());
  return result;
}

template Problem<double> poisson_tets<double>(Comm const&, GridSize const&, TetOptions const&);
template Problem<float> poisson_tets<float>(Comm const&, GridSize const&, TetOptions const&);

}  // namespace nacre
