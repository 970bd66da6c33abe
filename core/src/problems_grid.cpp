#include <cmath>

#include <nacre/core/random.hpp>

#include "lattice.hpp"

// Finite differences and volumes on regular grids, and grid graphs.

namespace nacre {

namespace {

using detail::Index3;
using detail::Lattice;

enum class Outside { is_zero, is_absent };  // u beyond the last point

/// The matrix whose row of the point p has -w for each neighbour and the sum of the w on the diagonal, where
/// w = weight(p, direction, side), side -1 or 1. Outer faces count on the diagonal if u is zero there.
template <class Scalar, class Weight>
DistributedCsr<Scalar> neighbor_stencil(Comm const& comm, Lattice const& grid, int dims, Outside outside,
                                        double shift, Weight const& weight) {
  RowPartition const rows = RowPartition::even(comm, grid.size());
  GlobalOrdinal const stride[3] = {1, grid.n[0], grid.n[0] * grid.n[1]};
  auto const fill = [&](auto& sink) {
    Index3 p = grid.point(rows.begin());
    for (GlobalOrdinal i = rows.begin(); i < rows.end(); ++i, grid.advance(p)) {
      double w[6], diagonal = shift;
      bool present[6];
      for (int d = 0; d < dims; ++d)
        for (int side = 0; side < 2; ++side) {
          bool const inside = side == 0 ? p[d] > 0 : p[d] + 1 < grid.n[d];
          present[2 * d + side] = inside;
          if (!inside && outside == Outside::is_absent) continue;
          w[2 * d + side] = weight(p, d, 2 * side - 1);
          diagonal += w[2 * d + side];
        }
      for (int d = dims - 1; d >= 0; --d)
        if (present[2 * d]) sink.add(i - stride[d], -w[2 * d]);
      sink.add(i, diagonal);
      for (int d = 0; d < dims; ++d)
        if (present[2 * d + 1]) sink.add(i + stride[d], -w[2 * d + 1]);
      sink.end_row();
    }
  };
  return detail::assemble<Scalar>(rows, rows, 2. * dims + 1, fill);
}

template <class Scalar>
Problem<Scalar> on_grid(std::string name, DistributedCsr<Scalar> A, detail::BoxMesh const& box) {
  Problem<Scalar> problem;
  problem.name = std::move(name);
  problem.A = std::move(A);
  problem.near_nullspace = detail::constants<Scalar>(problem.A.pattern.rows());
  detail::place(problem, box);
  return problem;
}

}  // namespace

template <class Scalar>
Problem<Scalar> poisson_1d(Comm const& comm, GlobalOrdinal n) {
  Lattice const grid = detail::lattice("poisson_1d", {n, 1, 1});
  auto const one = [](Index3 const&, int, int) { return 1.; };
  return on_grid("poisson1d", neighbor_stencil<Scalar>(comm, grid, 1, Outside::is_zero, 0, one),
                 detail::grid_with_boundary(grid, 1));
}

template <class Scalar>
Problem<Scalar> poisson_2d(Comm const& comm, GridSize const& n, std::array<double, 2> const& a) {
  Lattice const grid = detail::lattice("poisson_2d", {n.x, n.y, 1});
  auto const weight = [&](Index3 const&, int d, int) { return a[static_cast<std::size_t>(d)]; };
  return on_grid("poisson2d", neighbor_stencil<Scalar>(comm, grid, 2, Outside::is_zero, 0, weight),
                 detail::grid_with_boundary(grid, 2));
}

template <class Scalar>
Problem<Scalar> poisson_3d(Comm const& comm, GridSize const& n, std::array<double, 3> const& a) {
  Lattice const grid = detail::lattice("poisson_3d", n);
  auto const weight = [&](Index3 const&, int d, int) { return a[static_cast<std::size_t>(d)]; };
  return on_grid("poisson3d", neighbor_stencil<Scalar>(comm, grid, 3, Outside::is_zero, 0, weight),
                 detail::grid_with_boundary(grid, 3));
}

template <class Scalar>
Problem<Scalar> poisson_27_point(Comm const& comm, GridSize const& n) {
  Lattice const grid = detail::lattice("poisson_27_point", n);
  RowPartition const rows = RowPartition::even(comm, grid.size());
  auto const fill = [&](auto& sink) {
    Index3 p = grid.point(rows.begin());
    for (GlobalOrdinal i = rows.begin(); i < rows.end(); ++i, grid.advance(p)) {
      GlobalOrdinal low[3], high[3];
      for (int d = 0; d < 3; ++d) {
        low[d] = p[d] > 0 ? p[d] - 1 : 0;
        high[d] = p[d] + 1 < grid.n[d] ? p[d] + 1 : p[d];
      }
      for (GlobalOrdinal z = low[2]; z <= high[2]; ++z)
        for (GlobalOrdinal y = low[1]; y <= high[1]; ++y)
          for (GlobalOrdinal j = grid.number({{low[0], y, z}}); j <= grid.number({{high[0], y, z}}); ++j)
            sink.add(j, j == i ? 26 : -1);
      sink.end_row();
    }
  };
  return on_grid("poisson27", detail::assemble<Scalar>(rows, rows, 27, fill),
                 detail::grid_with_boundary(grid, 3));
}

template <class Scalar>
Problem<Scalar> jumping_coefficients(Comm const& comm, GridSize const& n, JumpOptions const& options) {
  Lattice const grid = detail::lattice("jumping_coefficients", n);
  if (!(options.low > 0 && options.high >= options.low && options.block > 0))
    fail(cat("jumping_coefficients: coefficients from ", options.low, " to ", options.high, " on blocks of ",
             options.block, "; expected 0 < low <= high and blocks of at least 1"));
  Lattice blocks;
  for (int d = 0; d < 3; ++d) blocks.n[d] = (grid.n[d] + options.block - 1) / options.block;
  auto const coefficient = [&](GlobalOrdinal block) {
    double const u = random_uniform(options.seed, static_cast<std::uint64_t>(block));
    return std::exp(std::log(options.low) + u * (std::log(options.high) - std::log(options.low)));
  };
  auto const block_of = [&](Index3 const& p) {
    return blocks.number({{p[0] / options.block, p[1] / options.block, p[2] / options.block}});
  };
  // one block after the other along x: remember the last, its exponential costs more than all the rest
  GlobalOrdinal last_block = -1;
  double last_k = 0;
  auto const weight = [&](Index3 const& p, int d, int side) {
    GlobalOrdinal const block = block_of(p);
    if (block != last_block) {
      last_block = block;
      last_k = coefficient(block);
    }
    Index3 q = p;
    q[d] += side;
    if (!grid.contains(q)) return last_k;
    GlobalOrdinal const other = block_of(q);
    if (other == block) return last_k;
    double const k = coefficient(other);
    return 2 * last_k * k / (last_k + k);
  };
  return on_grid("jumps", neighbor_stencil<Scalar>(comm, grid, 3, Outside::is_zero, 0, weight),
                 detail::grid_with_boundary(grid, 3));
}

template <class Scalar>
Problem<Scalar> convection_diffusion(Comm const& comm, GridSize const& n, ConvectionOptions const& options) {
  Lattice const grid = detail::lattice("convection_diffusion", n);
  if (!(options.diffusion >= 0))
    fail(cat("convection_diffusion: diffusion = ", options.diffusion, " is negative"));
  int const dims = n.z == 1 ? 2 : 3;
  double const width = 1. / static_cast<double>(n.x + 1);
  auto const weight = [&](Index3 const&, int d, int side) {
    double const inflow = -side * options.velocity[static_cast<std::size_t>(d)];  // from this neighbour
    return options.diffusion + (inflow > 0 ? width * inflow : 0);
  };
  return on_grid("convection-diffusion",
                 neighbor_stencil<Scalar>(comm, grid, dims, Outside::is_zero, 0, weight),
                 detail::grid_with_boundary(grid, dims));
}

template <class Scalar>
Problem<Scalar> grid_graph_laplacian(Comm const& comm, GridSize const& n, double shift) {
  Lattice const grid = detail::lattice("grid_graph_laplacian", n);
  auto const one = [](Index3 const&, int, int) { return 1.; };
  return on_grid("grid-graph", neighbor_stencil<Scalar>(comm, grid, 3, Outside::is_absent, shift, one),
                 detail::grid_with_boundary(grid, 0));
}

template Problem<double> poisson_1d<double>(Comm const&, GlobalOrdinal);
template Problem<double> poisson_2d<double>(Comm const&, GridSize const&, std::array<double, 2> const&);
template Problem<double> poisson_3d<double>(Comm const&, GridSize const&, std::array<double, 3> const&);
template Problem<double> poisson_27_point<double>(Comm const&, GridSize const&);
template Problem<double> jumping_coefficients<double>(Comm const&, GridSize const&, JumpOptions const&);
template Problem<double> convection_diffusion<double>(Comm const&, GridSize const&, ConvectionOptions const&);
template Problem<double> grid_graph_laplacian<double>(Comm const&, GridSize const&, double);
template Problem<float> poisson_1d<float>(Comm const&, GlobalOrdinal);
template Problem<float> poisson_2d<float>(Comm const&, GridSize const&, std::array<double, 2> const&);
template Problem<float> poisson_3d<float>(Comm const&, GridSize const&, std::array<double, 3> const&);
template Problem<float> poisson_27_point<float>(Comm const&, GridSize const&);
template Problem<float> jumping_coefficients<float>(Comm const&, GridSize const&, JumpOptions const&);
template Problem<float> convection_diffusion<float>(Comm const&, GridSize const&, ConvectionOptions const&);
template Problem<float> grid_graph_laplacian<float>(Comm const&, GridSize const&, double);

}  // namespace nacre
