#pragma once

#include <array>
#include <vector>

#include <nacre/core/coo.hpp>
#include <nacre/core/p1_coefficients.hpp>

/// \file
/// Matrices of linear finite elements on simplices.

namespace nacre::detail {

template <std::size_t kCorners>
struct P1Element {
  std::array<std::array<double, kCorners>, kCorners> stiffness;
  double mass;  ///< lumped, of each corner
};

/// The matrix of `element(t)` for each of `cells`, one unknown a point.
template <std::size_t kCorners, class Element>
CsrMatrix<double> assemble_p1(std::size_t num_points, std::vector<std::array<Ordinal, kCorners>> const& cells,
                              P1Coefficients const& coefficients, Element const& element) {
  auto const& [diffusion, reaction] = coefficients;
  if ((!diffusion.empty() && diffusion.size() != num_points) ||
      (!reaction.empty() && reaction.size() != num_points))
    fail(cat("p1_matrix: ", diffusion.size(), " diffusion and ", reaction.size(),
             " reaction coefficients, but there are ", num_points, " points"));
  CooEntries<double> entries;
  std::vector<double> mass(num_points);
  for (std::size_t t = 0; t < cells.size(); ++t) {
    auto const& cell = cells[t];
    P1Element<kCorners> const e = element(t);
    double kappa = diffusion.empty() ? 1 : 0;
    if (!diffusion.empty())
      for (Ordinal const i : cell) kappa += diffusion[static_cast<std::size_t>(i)] / kCorners;
    for (std::size_t a = 0; a < kCorners; ++a) {
      mass[static_cast<std::size_t>(cell[a])] += e.mass;
      for (std::size_t b = 0; b < kCorners; ++b) entries.add(cell[a], cell[b], kappa * e.stiffness[a][b]);
    }
  }
  // entries of points without elements too, so that every row has a diagonal
  for (std::size_t i = 0; i < num_points; ++i)
    entries.add(static_cast<Ordinal>(i), static_cast<Ordinal>(i),
                reaction.empty() ? 0 : reaction[i] * mass[i]);
  auto const n = static_cast<Ordinal>(num_points);
  return assemble<DefaultDevice>(n, n, entries);
}

}  // namespace nacre::detail
