#pragma once

#include <cstdint>
#include <vector>

#include <nacre/core/mesh.hpp>

/// \file
/// Random functions of the position.

namespace nacre {

/// A Gaussian random field with covariance exp(-pi/4 (r/length)^2) at points, as a sum of random waves:
/// `f(x) = sum over modes of (z cos(k . x) + w sin(k . x)) / sqrt(modes)`, z and w normal, k normal with variance
/// pi / (2 length^2). A function of position and seed alone.
/// \throws nacre::Error if a number is not positive
/// \see Kraichnan (1970), "Diffusion by a random velocity field", for the method
std::vector<double> gaussian_field(std::vector<Point> const& points, std::uint64_t seed, double length = 1,
                                   int modes = 1000);

struct CoefficientOptions {
  double low = 0, high = 1;
  bool two_values = false;  ///< `low` where f <= 1/2 and `high` elsewhere, instead of low + (high - low) f
  double length = 1;        ///< of the field
  int modes = 1000;
  std::uint64_t seed = 1;
};
/// A gaussian_field, moved and scaled to f in [0, 1) at these points, as a coefficient between two numbers.
/// If these are equal it is constant.
/// \throws nacre::Error if low > high or as gaussian_field
std::vector<double> random_coefficient(std::vector<Point> const& points,
                                       CoefficientOptions const& options = {});

}  // namespace nacre
