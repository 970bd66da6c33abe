#include <nacre/core/surface_systems.hpp>

#include <algorithm>
#include <cmath>

#include <nacre/core/p1_surfaces.hpp>
#include <nacre/core/random.hpp>

#include "system_parts.hpp"

namespace nacre {

LinearSystem conduction_system(SurfaceMesh const& mesh, ConductionOptions const& options) {
  auto const coefficients = detail::conduction_coefficients(mesh.points, options);
  return make_linear_system("conduction", as_blocks(p1_matrix(mesh, coefficients)),
                            detail::node_features(mesh.points, coefficients.diffusion));
}

LinearSystem poisson_system(SurfaceMesh const& mesh, PartlyFixedOptions const& options) {
  auto const boundary = boundary_points(mesh);
  if (boundary.empty() || !(options.fraction > 0 && options.fraction <= 1))
    fail(cat("poisson_system: a fraction ", options.fraction, " of ", boundary.size(),
             " points on the boundary, expected points there and a fraction in (0, 1]"));
  auto const count = static_cast<std::int64_t>(boundary.size());
  auto const fixed = std::max<std::int64_t>(1, std::llround(options.fraction * static_cast<double>(count)));
  RandomPermutation const order(count, random_bits(options.seed, 0) | 1);  // 0 would be no permutation
  std::vector<Ordinal> nodes;
  for (std::int64_t k = 0; k < fixed; ++k) nodes.push_back(boundary[static_cast<std::size_t>(order(k))]);
  auto system = make_linear_system("poisson", as_blocks(p1_matrix(mesh)),
                                   RowMajor<double>("nacre::linear_system::features", mesh.points.size(), 0));
  detail::prescribe(system, nodes);
  return system;
}

}  // namespace nacre
