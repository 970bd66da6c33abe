#pragma once

#include <vector>

/// \file
/// Coefficients of linear finite elements.

namespace nacre {

/// What a matrix of finite elements is made of, at the points of its mesh; empty is 1 everywhere for the diffusion and 0 for
/// the reaction.
struct P1Coefficients {
  std::vector<double> diffusion;  ///< kappa, in an element the mean of its points
  std::vector<double> reaction;   ///< rho
};

}  // namespace nacre
