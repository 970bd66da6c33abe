#include <cmath>

#include "lattice.hpp"

// Linear elasticity on cubes.

namespace nacre {

namespace {

using detail::Index3;
using detail::Lattice;

/// The stiffness of a trilinear cube: [8 corners][8 corners][3][3].
using CubeStiffness = std::array<std::array<std::array<std::array<double, 3>, 3>, 8>, 8>;

/// By 2 x 2 x 2 Gauss points, exact on cubes; corners as bits (1: x + 1, 2: y + 1, 4: z + 1). Hughes (2000),
/// "The Finite Element Method", sections 2.9 and 3.8.
CubeStiffness cube_stiffness(double width, double young, double poisson_ratio) {
  double const lambda = young * poisson_ratio / ((1 + poisson_ratio) * (1 - 2 * poisson_ratio));
  double const mu = young / (2 * (1 + poisson_ratio));
  double const gauss[2] = {.5 - .5 / std::sqrt(3.), .5 + .5 / std::sqrt(3.)};
  CubeStiffness k{};
  for (int g = 0; g < 8; ++g) {
    std::array<Point, 8> gradient;  // of the shape functions, on the unit cube
    for (std::size_t a = 0; a < 8; ++a)
      for (std::size_t d = 0; d < 3; ++d) {
        gradient[a][d] = 1;
        for (std::size_t e = 0; e < 3; ++e) {
          double const x = gauss[g >> e & 1];
          bool const high = (a >> e & 1) != 0;
          gradient[a][d] *= e == d ? (high ? 1 : -1) : (high ? x : 1 - x);
        }
      }
    for (std::size_t a = 0; a < 8; ++a)
      for (std::size_t b = 0; b < 8; ++b) {
        double laplace = 0;
        for (std::size_t d = 0; d < 3; ++d) laplace += gradient[a][d] * gradient[b][d];
        for (std::size_t i = 0; i < 3; ++i)
          for (std::size_t j = 0; j < 3; ++j)
            k[a][b][i][j] += width / 8 *
                             (lambda * gradient[a][i] * gradient[b][j] +
                              mu * gradient[a][j] * gradient[b][i] + (i == j ? mu * laplace : 0));
      }
  }
  return k;
}

/// Translations and rotations about `center` of the points: [3 points, 6].
template <class Scalar>
MultiVector<Scalar> rigid_body_modes(std::vector<Point> const& points, Point const& center) {
  MultiVector<Scalar> modes("nacre::rigid_body_modes", 3 * points.size(), 6);
  auto const m = Kokkos::create_mirror_view(modes);
  for (std::size_t i = 0; i < points.size(); ++i) {
    Point p;
    for (std::size_t d = 0; d < 3; ++d) {
      p[d] = points[i][d] - center[d];
      m(3 * i + d, d) = 1;
    }
    for (std::size_t axis = 0; axis < 3; ++axis) {  // e_axis x p
      std::size_t const next = (axis + 1) % 3, last = (axis + 2) % 3;
      m(3 * i + next, 3 + axis) = static_cast<Scalar>(-p[last]);
      m(3 * i + last, 3 + axis) = static_cast<Scalar>(p[next]);
    }
  }
  Kokkos::deep_copy(modes, m);
  return modes;
}

}  // namespace

template <class Scalar>
Problem<Scalar> elasticity(Comm const& comm, GridSize const& n, ElasticityOptions const& options) {
  Lattice const cells = detail::lattice("elasticity", n);
  if (!(options.young > 0 && options.poisson_ratio > -1 && options.poisson_ratio < .5))
    fail(cat("elasticity: Young's modulus is ", options.young, " and Poisson's ratio ", options.poisson_ratio,
             "; expected a positive modulus and a ratio between -1 and 1/2"));
  double const width = 1. / static_cast<double>(n.x);
  detail::BoxMesh box;
  box.vertices.n = {{n.x + 1, n.y + 1, n.z + 1}};
  box.unknowns.n = {{n.x + 1, n.y + 1, options.clamped ? n.z : n.z + 1}};
  box.offset = {{0, 0, options.clamped ? 1 : 0}};
  box.position = [width](Index3 const& v) {
    return Point{{width * static_cast<double>(v[0]), width * static_cast<double>(v[1]),
                  width * static_cast<double>(v[2])}};
  };

  CubeStiffness const cube = cube_stiffness(width, options.young, options.poisson_ratio);
  RowPartition const points = RowPartition::even(comm, box.unknowns.size());
  if (3 * static_cast<std::int64_t>(points.num_owned()) > std::numeric_limits<Ordinal>::max())
    fail("elasticity: more unknowns than a rank can number; use more ranks");
  RowPartition const rows(comm, 3 * points.num_owned());
  auto const fill = [&](auto& sink) {
    for (GlobalOrdinal i = points.begin(); i < points.end(); ++i) {
      Index3 v = box.unknowns.point(i);
      for (std::size_t d = 0; d < 3; ++d) v[d] += box.offset[d];
      std::array<std::array<std::array<double, 3>, 3>, 27> sum{};
      for (std::size_t c = 0; c < 8; ++c) {  // v is corner c of this cube
        Index3 const cell{{v[0] - static_cast<GlobalOrdinal>(c & 1),
                           v[1] - static_cast<GlobalOrdinal>(c >> 1 & 1),
                           v[2] - static_cast<GlobalOrdinal>(c >> 2)}};
        if (!cells.contains(cell)) continue;
        for (std::size_t b = 0; b < 8; ++b) {
          std::size_t const slot =
              (1 - (c & 1) + (b & 1)) + 3 * (1 - (c >> 1 & 1) + (b >> 1 & 1)) + 9 * (1 - (c >> 2) + (b >> 2));
          for (std::size_t p = 0; p < 3; ++p)
            for (std::size_t q = 0; q < 3; ++q) sum[slot][p][q] += cube[c][b][p][q];
        }
      }
      for (std::size_t p = 0; p < 3; ++p) {
        for (int slot = 0; slot < 27; ++slot) {
          Index3 const w{{v[0] + slot % 3 - 1, v[1] + slot / 3 % 3 - 1, v[2] + slot / 9 - 1}};
          GlobalOrdinal const j = box.unknown(w);
          if (j < 0) continue;
          for (std::size_t q = 0; q < 3; ++q)
            sink.add(3 * j + static_cast<GlobalOrdinal>(q), sum[static_cast<std::size_t>(slot)][p][q]);
        }
        sink.end_row();
      }
    }
  };
  Problem<Scalar> problem;
  problem.name = "elasticity";
  problem.block_size = 3;
  problem.A = detail::assemble<Scalar>(rows, rows, 81, fill);
  detail::place(problem, box);
  problem.near_nullspace = rigid_body_modes<Scalar>(
      problem.coordinates,
      {{.5, .5 * width * static_cast<double>(n.y), .5 * width * static_cast<double>(n.z)}});
  return problem;
}

template Problem<double> elasticity<double>(Comm const&, GridSize const&, ElasticityOptions const&);
template Problem<float> elasticity<float>(Comm const&, GridSize const&, ElasticityOptions const&);

}  // namespace nacre
