#pragma once

#include <cstdint>

#include <nacre/core/linear_system.hpp>
#include <nacre/core/random_field.hpp>
#include <nacre/core/tet_mesh.hpp>

/// \file
/// Scalar systems on tetrahedra that networks are trained and measured with, as in "Learning sparse approximate inverse
/// preconditioners for conjugate gradient solvers on GPUs" (2025), arXiv 2510.27517. Random numbers depend on seeds alone.

namespace nacre {

struct HeatOptions {
  CoefficientOptions density{1e-4, 5e-4};
};
/// -Laplace u + rho u, natural boundary condition: one implicit step of the heat equation; rho is random.
/// Features are the positions.
LinearSystem heat_system(TetMesh const& mesh, HeatOptions const& options = {});

struct ConductionOptions {
  CoefficientOptions conductivity{.01, 1};
  double density = 1e-4;
};
/// -div(kappa grad u) + rho u, natural boundary condition; kappa is random.
/// Features are kappa and the positions.
LinearSystem conduction_system(TetMesh const& mesh, ConductionOptions const& options = {});

struct PoissonOptions {
  int hops = 2;  ///< size of the patch, in edges
  std::uint64_t seed = 1;
};
/// -Laplace u, u = 0 at a random boundary_patch and the natural condition elsewhere. Features are the positions.
LinearSystem poisson_system(TetMesh const& mesh, PoissonOptions const& options = {});

/// Boxes of cubes that are cut into five tetrahedra each and jittered.
struct RandomBoxOptions {
  int fewest = 5, most = 8;  ///< points in a direction, drawn independently
  double jitter = .25;
};
/// The box of (seed, index), centred. \throws nacre::Error if there can be fewer than two points in a direction
TetMesh random_box(std::uint64_t seed, std::uint64_t index, RandomBoxOptions const& options = {});

/// The heat_system on random_box(seed, index), rho between 1e-4 and 5e-4 unless `density` says otherwise.
/// Its seed is not looked at.
LinearSystem heat_small(std::uint64_t seed, std::uint64_t index, RandomBoxOptions const& box = {},
                        CoefficientOptions const& density = HeatOptions().density);
/// The poisson_system on random_box(seed, index).
LinearSystem poisson_small(std::uint64_t seed, std::uint64_t index, RandomBoxOptions const& box = {});

}  // namespace nacre
