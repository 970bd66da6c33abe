#include <nacre/core/elasticity_systems.hpp>

#include <algorithm>
#include <cmath>

#include <nacre/core/random.hpp>

namespace nacre {

namespace {

constexpr double kBeamLength = 4;

}  // namespace

TetMesh beam_mesh(int resolution) {
  if (resolution < 2) fail(cat("beam_mesh: a resolution of ", resolution, ", expected 2 or more"));
  return tet_box({{4 * resolution, resolution, resolution}}, {{0, -.5, -.5}}, {{kBeamLength, .5, .5}});
}

std::vector<Ordinal> end_points(TetMesh const& beam, BeamEnds ends) {
  std::vector<Ordinal> result;
  for (std::size_t i = 0; i < beam.points.size(); ++i) {
    double const x = beam.points[i][0];
    if (x == 0 || (ends == BeamEnds::both && x == kBeamLength)) result.push_back(static_cast<Ordinal>(i));
  }
  return result;
}

std::vector<double> twisted(TetMesh const& beam, double angle) {
  std::vector<double> positions;
  for (auto const& p : beam.points) {
    double const c = std::cos(angle * p[0] / kBeamLength), s = std::sin(angle * p[0] / kBeamLength);
    positions.insert(positions.end(), {p[0], c * p[1] - s * p[2], s * p[1] + c * p[2]});
  }
  return positions;
}

RowMajor<double> deformation_features(HyperelasticBody const& body, std::vector<double> const& positions) {
  auto const& rest = body.rest();
  if (positions.size() != rest.size())
    fail(cat("deformation_features: ", positions.size(), " numbers, expected 3 for each of the ",
             body.num_nodes(), " points"));
  RowMajor<double> const features("nacre::elasticity::features", positions.size() / 3, 6);
  auto const numbers = Kokkos::create_mirror_view(features);
  for (std::size_t i = 0; i < positions.size() / 3; ++i)
    for (std::size_t x = 0; x < 3; ++x) {
      numbers(i, x) = positions[3 * i + x] - rest[3 * i + x];
      numbers(i, 3 + x) = rest[3 * i + x];
    }
  Kokkos::deep_copy(features, numbers);
  return features;
}

LinearSystem elasticity_system(std::string name, HyperelasticBody const& body,
                               std::vector<double> const& positions, double dt,
                               std::vector<Ordinal> const& prescribed) {
  if (!(dt > 0 && std::isfinite(dt))) fail(cat("elasticity_system: dt is ", dt, ", must be positive"));
  std::vector<double> values;
  body.mass_plus(dt * dt, positions, values);
  auto system =
      make_linear_system(std::move(name), body.matrix(values), deformation_features(body, positions));
  auto const free = Kokkos::create_mirror_view(system.free);
  Kokkos::deep_copy(free, 1.);
  for (Ordinal const i : prescribed) {
    if (i < 0 || i >= body.num_nodes())
      fail(cat("elasticity_system: point ", i, " is prescribed, but there are ", body.num_nodes()));
    for (int x = 0; x < 3; ++x) free(i, x) = 0;
  }
  Kokkos::deep_copy(system.free, free);
  return system;
}

LinearSystem elasticity_small(std::uint64_t seed, std::uint64_t index, int coarsest, int finest) {
  if (coarsest < 2 || finest < coarsest)
    fail(cat("elasticity_small: resolutions ", coarsest, " to ", finest, ", expected two or more"));
  std::uint64_t const stream = random_bits(seed, index);
  int const resolution = coarsest + static_cast<int>((finest - coarsest + 1) * random_uniform(stream, 0));
  double const angle = random_uniform(stream, 1, 0, 5);
  HyperelasticBody const body(beam_mesh(resolution), {});
  auto const held = end_points(body.mesh(), BeamEnds::both);
  auto positions = twisted(body.mesh(), angle);
  std::uint64_t const noise = random_bits(stream, 2);
  for (std::size_t k = 0; k < positions.size(); ++k)
    if (!std::binary_search(held.begin(), held.end(), static_cast<Ordinal>(k / 3))) {
      // Box and Muller (1958)
      double const u = 1 - random_uniform(noise, 2 * k), v = random_uniform(noise, 2 * k + 1);
      double const normal = std::sqrt(-2 * std::log(u)) * std::cos(2 * 3.14159265358979323846 * v);
      positions[k] += .02 / (resolution - 1) * normal;
    }
  return elasticity_system(cat("elasticity/", seed, "/", index), body, positions, .01, held);
}

}  // namespace nacre
