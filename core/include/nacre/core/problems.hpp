#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <nacre/core/distributed_csr.hpp>
#include <nacre/core/mesh.hpp>

/// \file
/// Test problems of any size. Every row is made by the rank that owns it from its number alone, so nothing is
/// communicated but the halo, and the matrix is the same whatever the number of ranks.
///
/// Unknowns are numbered x fastest and dealt out evenly in this order: a rank has a slab. All functions are
/// collective, and instantiated for float and double.

namespace nacre {

/// A matrix with what is known about where it comes from.
template <class Scalar = double>
struct Problem {
  std::string name;
  DistributedCsr<Scalar> A;
  int block_size = 1;                  ///< unknowns of one point; rows of a point are adjacent, on one rank
  MultiVector<Scalar> near_nullspace;  ///< [owned rows, m]: constants, or rigid body modes
  std::vector<Point> coordinates;      ///< [owned rows / block_size]; empty for graphs
  std::function<Mesh()> make_mesh;     ///< this rank's piece of the mesh, not collective; empty for graphs
};

/// How many unknowns there are in each direction (cells for elasticity).
struct GridSize {
  GlobalOrdinal x = 1, y = 1, z = 1;
};

/// -u'' on n points, u = 0 at both ends: [-1 2 -1].
template <class Scalar = double>
Problem<Scalar> poisson_1d(Comm const& comm, GlobalOrdinal n);

/// The 5-point stencil for -(ax u_xx + ay u_yy) times the square of the mesh width, u = 0 on the boundary.
template <class Scalar = double>
Problem<Scalar> poisson_2d(Comm const& comm, GridSize const& n, std::array<double, 2> const& a = {{1, 1}});

/// The 7-point stencil of -(ax u_xx + ay u_yy + az u_zz) times the squared mesh width, u = 0 on the boundary.
template <class Scalar = double>
Problem<Scalar> poisson_3d(Comm const& comm, GridSize const& n, std::array<double, 3> const& a = {{1, 1, 1}});

/// The 27-point stencil of 26 and -1, u = 0 on the boundary.
template <class Scalar = double>
Problem<Scalar> poisson_27_point(Comm const& comm, GridSize const& n);

struct JumpOptions {
  double low = 1e-3, high = 1e3;  ///< the coefficient is log-uniform between these,
  GlobalOrdinal block = 8;        ///< constant on blocks of block^3 cells
  std::uint64_t seed = 1;
};
/// -div(k grad u) by cell-centred finite volumes (7 points): the harmonic mean of k on inner faces, k of the
/// cell on boundary faces, where u = 0.
template <class Scalar = double>
Problem<Scalar> jumping_coefficients(Comm const& comm, GridSize const& n, JumpOptions const& options = {});

struct ConvectionOptions {
  double diffusion = 1e-2;
  std::array<double, 3> velocity{{1, .5, .25}};
};
/// -diffusion * Laplace u + velocity . grad u on the unit interval in x (first-order upwind, times the square
/// of the mesh width 1/(n.x + 1)), u = 0 on the boundary: not symmetric, an M-matrix. In 2D if n.z is 1.
template <class Scalar = double>
Problem<Scalar> convection_diffusion(Comm const& comm, GridSize const& n,
                                     ConvectionOptions const& options = {});

struct TetOptions {
  int tets_per_cube = 6;  ///< 6 (Kuhn's, all cubes alike) or 5 (mirrored from cube to cube)
  double jitter = .15;  ///< every inner vertex moves by up to this part of the mesh width in each direction;
                        ///< below 1/6 all volumes stay positive, above it is checked
  bool random_numbering = false;  ///< of the unknowns
  std::uint64_t seed = 1;
};
/// Linear finite elements for -Laplace u on jittered cubes cut into tetrahedra, n.x by n.y by n.z inner
/// vertices, u = 0 on the boundary. The mesh width is 1/(n.x + 1).
/// \throws nacre::Error on all ranks if the jitter turns a tetrahedron over
template <class Scalar = double>
Problem<Scalar> poisson_tets(Comm const& comm, GridSize const& n, TetOptions const& options = {});

struct ElasticityOptions {
  double young = 1, poisson_ratio = .3;
  bool clamped = true;  ///< no displacement at z = 0; else the rigid body modes are the kernel
};
/// Linear elasticity with trilinear elements on n.x by n.y by n.z cubes of width 1/n.x. Three unknowns a
/// vertex; near_nullspace has the six rigid body modes (rotations about the centre of the body).
template <class Scalar = double>
Problem<Scalar> elasticity(Comm const& comm, GridSize const& n, ElasticityOptions const& options = {});

/// The Laplacian of the grid graph (u_i - u_j over neighbours) plus shift times the identity.
template <class Scalar = double>
Problem<Scalar> grid_graph_laplacian(Comm const& comm, GridSize const& n, double shift = 0);

struct RandomGraphOptions {
  double average_degree = 6;
  double shift = 0;  ///< added to the diagonal
  std::uint64_t seed = 1;
};
/// The Laplacian of a random graph with weights in [1/2, 3/2), plus a shift. Vertices without edges occur.
template <class Scalar = double>
Problem<Scalar> random_graph_laplacian(Comm const& comm, GlobalOrdinal n,
                                       RandomGraphOptions const& options = {});

/// Random entries in [-1, 1) on a random graph, and a diagonal that exceeds the sum of their absolute values
/// by the shift: symmetric positive definite if shift > 0.
template <class Scalar = double>
Problem<Scalar> random_spd(Comm const& comm, GlobalOrdinal n, RandomGraphOptions const& options = {6, .1, 1});

/// An n-by-m matrix in which every entry is present with the probability `density`, uniform in [-1, 1). Rows
/// without entries occur.
template <class Scalar = double>
DistributedCsr<Scalar> random_sparse(Comm const& comm, GlobalOrdinal n, GlobalOrdinal m, double density,
                                     std::uint64_t seed = 1);

}  // namespace nacre
