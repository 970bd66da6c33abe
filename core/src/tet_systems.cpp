#include <nacre/core/tet_systems.hpp>

#include <nacre/core/p1_tets.hpp>
#include <nacre/core/random.hpp>
#include <nacre/core/tet_boundary.hpp>

#include "system_parts.hpp"

namespace nacre {

LinearSystem heat_system(TetMesh const& mesh, HeatOptions const& options) {
  P1Coefficients const coefficients{{}, random_coefficient(mesh.points, options.density)};
  return make_linear_system("heat", as_blocks(p1_matrix(mesh, coefficients)),
                            detail::node_features(mesh.points));
}

LinearSystem conduction_system(TetMesh const& mesh, ConductionOptions const& options) {
  auto const coefficients = detail::conduction_coefficients(mesh.points, options);
  return make_linear_system("conduction", as_blocks(p1_matrix(mesh, coefficients)),
                            detail::node_features(mesh.points, coefficients.diffusion));
}

LinearSystem poisson_system(TetMesh const& mesh, PoissonOptions const& options) {
  auto system = make_linear_system("poisson", as_blocks(p1_matrix(mesh)), detail::node_features(mesh.points));
  detail::prescribe(system, boundary_patch(boundary_faces(mesh), options.hops, options.seed));
  return system;
}

namespace {

/// Seeds of what (seed, index) determines.
enum class Part : std::uint64_t { sizes, jitter, field, patch };
std::uint64_t seed_of(std::uint64_t seed, std::uint64_t index, Part part) {
  return random_bits(random_bits(seed, index), static_cast<std::uint64_t>(part));
}

}  // namespace

TetMesh random_box(std::uint64_t seed, std::uint64_t index, RandomBoxOptions const& options) {
  if (options.fewest < 2 || options.most < options.fewest)
    fail(cat("random_box: from ", options.fewest, " to ", options.most,
             " points in a direction, expected two or more"));
  std::array<int, 3> n;
  Point high;
  for (std::size_t x = 0; x < 3; ++x) {
    double const u = random_uniform(seed_of(seed, index, Part::sizes), x);
    n[x] = options.fewest + static_cast<int>(u * (options.most - options.fewest + 1));
    high[x] = n[x] - 1;
  }
  return centred(jittered(tet_box(n, {{0, 0, 0}}, high), options.jitter, seed_of(seed, index, Part::jitter)));
}

LinearSystem heat_small(std::uint64_t seed, std::uint64_t index, RandomBoxOptions const& box,
                        CoefficientOptions const& density) {
  HeatOptions options{density};
  options.density.seed = seed_of(seed, index, Part::field);
  auto system = heat_system(random_box(seed, index, box), options);
  system.name = cat("heat ", index);
  return system;
}

LinearSystem poisson_small(std::uint64_t seed, std::uint64_t index, RandomBoxOptions const& box) {
  PoissonOptions options;
  options.seed = seed_of(seed, index, Part::patch);
  auto system = poisson_system(random_box(seed, index, box), options);
  system.name = cat("poisson ", index);
  return system;
}

}  // namespace nacre
