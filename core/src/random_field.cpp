#include <nacre/core/random_field.hpp>

#include <algorithm>
#include <cmath>

#include <nacre/core/error.hpp>
#include <nacre/core/points.hpp>
#include <nacre/core/random.hpp>
#include <nacre/core/types.hpp>

namespace nacre {

namespace {

struct Wave {
  Point k;
  double cosine, sine;
};

/// Number `pair` of pairs of independent normal numbers, after Box and Muller (1958), "A note on the generation of random
/// normal deviates".
std::array<double, 2> normal_pair(RandomSequence const& random, std::uint64_t pair) {
  constexpr double kTwoPi = 6.283185307179586;
  double const u = 1 - to_unit_interval(random(2 * pair));  // not 0
  double const angle = kTwoPi * to_unit_interval(random(2 * pair + 1));
  double const radius = std::sqrt(-2 * std::log(u));
  return {{radius * std::cos(angle), radius * std::sin(angle)}};
}

struct SumWaves {
  std::vector<Wave> const& waves;
  std::vector<Point> const& points;
  double* out;
  void operator()(std::int64_t i) const {
    Point const& x = points[static_cast<std::size_t>(i)];
    double sum = 0;
    for (auto const& wave : waves) {
      double const phase = detail::dot(wave.k, x);
      sum += wave.cosine * std::cos(phase) + wave.sine * std::sin(phase);
    }
    out[i] = sum;
  }
};

}  // namespace

std::vector<double> gaussian_field(std::vector<Point> const& points, std::uint64_t seed, double length,
                                   int modes) {
  if (!(length > 0) || modes < 1)
    fail(cat("gaussian_field: the length is ", length, " and the number of modes ", modes,
             ", expected positive numbers"));
  constexpr double kHalfPi = 1.5707963267948966;
  RandomSequence const random(seed);
  double const deviation = std::sqrt(kHalfPi) / length, amplitude = 1 / std::sqrt(modes);
  std::vector<Wave> waves;
  for (std::uint64_t mode = 0; mode < static_cast<std::uint64_t>(modes); ++mode) {
    auto const a = normal_pair(random, 3 * mode), b = normal_pair(random, 3 * mode + 1),
               c = normal_pair(random, 3 * mode + 2);
    waves.push_back(
        {{{deviation * a[0], deviation * a[1], deviation * b[0]}}, amplitude * c[0], amplitude * c[1]});
  }
  std::vector<double> field(points.size());
  HostDevice::execution_space const exec;
  Kokkos::parallel_for("nacre::gaussian_field", range_of_entries(exec, points.size()),
                       SumWaves{waves, points, field.data()});
  compat::fence(exec, "nacre::gaussian_field");
  return field;
}

std::vector<double> random_coefficient(std::vector<Point> const& points, CoefficientOptions const& options) {
  if (!(options.low <= options.high))
    fail(cat("random_coefficient: from ", options.low, " to ", options.high,
             ", expected two numbers in this order"));
  if (options.low == options.high || points.empty()) return std::vector<double>(points.size(), options.low);
  auto f = gaussian_field(points, options.seed, options.length, options.modes);
  auto const [least, most] = std::minmax_element(f.begin(), f.end());
  double const low = *least, width = *most - *least + 1e-4;
  for (auto& value : f) {
    double const unit = (value - low) / width;
    value = options.low + (options.high - options.low) * (options.two_values ? (unit > .5 ? 1. : 0.) : unit);
  }
  return f;
}

}  // namespace nacre
