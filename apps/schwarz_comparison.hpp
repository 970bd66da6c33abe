#pragma once

#include <vector>

#include "chart.hpp"
#include "schwarz_learning.hpp"

/// \file
/// A network that proposes interface values beside what else there is.

namespace nacre::apps {

struct SchwarzComparisonOptions : SchwarzLearningOptions {
  int grid = 16, test_meshes = 20;
  int unknowns = 0;  ///< of one large mesh; 0: none
  double nu = 1;     ///< screening on the grid
};

/// On meshes that were not trained with.
struct MeshComparison {
  std::vector<double> ras, learned;  ///< spectral radii on each
  // means over them; an iteration that has not come to its end counts with the most there may be, 1000
  double unknowns = 0, gmres_ras = 0, gmres_learned = 0, stationary_ras = 0, stationary_learned = 0;
};
/// Ranks share the meshes. Collective. \throws nacre::Error on all ranks
MeshComparison compare_on_meshes(Comm const& comm, SchwarzComparisonOptions const& o,
                                 SchwarzTraining& training);

/// On the grid: RAS, OO0, OO2, up to 24 by 24 points the best values by direct search, and the network.
/// \param[out] curves the interface values on the diagonal, of each
Results compare_on_grid(SchwarzComparisonOptions const& o, SchwarzTraining& training,
                        std::vector<Series>& curves);

/// The parts of the first test mesh and where the network puts which values.
MeshPanel picture_of_test_mesh(SchwarzComparisonOptions const& o, SchwarzTraining& training);

/// A mesh of about this many unknowns, drawn by its number.
SchwarzProblem make_sized_problem(SchwarzComparisonOptions const& o, int unknowns, std::int64_t number);
/// RAS and the network on one large mesh.
Results compare_on_large_mesh(SchwarzComparisonOptions const& o, SchwarzTraining& training);

}  // namespace nacre::apps
