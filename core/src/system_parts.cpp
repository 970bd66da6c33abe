#include "system_parts.hpp"

namespace nacre::detail {

RowMajor<double> node_features(std::vector<Point> const& points, std::vector<double> const& first) {
  std::size_t const k = first.empty() ? 0 : 1;
  RowMajor<double> const features("nacre::linear_system::features", points.size(), 3 + k);
  auto const host = Kokkos::create_mirror_view(features);
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (k == 1) host(i, 0) = first[i];
    for (std::size_t x = 0; x < 3; ++x) host(i, k + x) = points[i][x];
  }
  Kokkos::deep_copy(features, host);
  return features;
}

P1Coefficients conduction_coefficients(std::vector<Point> const& points, ConductionOptions const& options) {
  return {random_coefficient(points, options.conductivity),
          std::vector<double>(points.size(), options.density)};
}

void prescribe(LinearSystem const& system, std::vector<Ordinal> const& nodes) {
  auto const free = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), system.free);
  for (Ordinal const i : nodes)
    for (std::size_t c = 0; c < free.extent(1); ++c) free(i, c) = 0;
  Kokkos::deep_copy(system.free, free);
}

}  // namespace nacre::detail
