#pragma once

#include <string>
#include <vector>

#include <nacre/core/config.hpp>

/// \file
/// What a user may choose about algebraic multigrid, and what the set-up reports.

namespace nacre::solvers {

enum class AmgSmoother { automatic, jacobi, chebyshev, spai0, gauss_seidel };
/// How often a level is visited in one cycle: once (V), twice from each visit of the level above (W), or, with VW,
/// the second level once and those below it as in a W-cycle, which costs little more than a V-cycle, because those
/// levels are small, and converges nearly as a W-cycle does. automatic: W where the second level is small beside the
/// first, else VW.
enum class AmgCycle { automatic, v, vw, w };
enum class AmgPrecision { same, single };

char const* to_string(AmgSmoother smoother);
char const* to_string(AmgCycle cycle);
char const* to_string(AmgPrecision precision);

/// Choices of smoothed-aggregation AMG; the defaults suit second-order elliptic problems.
struct AmgOptions {
  /// automatic: symmetric Gauss-Seidel where kernels run one after the other, Chebyshev elsewhere.
  AmgSmoother smoother = AmgSmoother::automatic;
  int sweeps = 1;               ///< smoothing steps before and after each coarse correction, > 0
  int chebyshev_degree = 2;     ///< matrix products of one Chebyshev step, > 0
  double chebyshev_ratio = 20;  ///< largest over smallest eigenvalue that Chebyshev smooths, > 1
  double jacobi_damping =
      2. / 3;  ///< of the Jacobi smoother, in (0, 2), relative to the largest eigenvalue 2
  AmgCycle cycle = AmgCycle::automatic;
  AmgPrecision precision = AmgPrecision::single;  ///< of the hierarchy; the Krylov method keeps its own
  /// Couplings with |a_ij| <= threshold sqrt(m_i m_j), m_i the largest of row i, are weak: not aggregated,
  /// and lumped before the prolongator is smoothed. One number for each level, the last for all further ones.
  /// Empty: chosen on each level.
  std::vector<double> strength_threshold;
  /// Of the aggregates of the first level: 1, a node and its strong neighbours; 2, also their neighbours that are
  /// free, which makes the second level three to five times smaller. 0: 2 where rows have few strong couplings.
  int aggregation_radius = 0;
  double prolongator_damping = 4. / 3;  ///< over the largest eigenvalue of D^-1 A; 0 leaves it unsmoothed
  int max_levels = 20;                  ///< > 0
  int max_coarse_rows = 400;            ///< a level of at most this many rows is solved directly, > 0
  /// A level with fewer rows per rank than this is gathered onto fewer ranks.
  int min_rows_per_rank = 2000;
  int block_size = 1;  ///< unknowns of one node: consecutive rows that are aggregated together, > 0
};

namespace detail {
/// \throws nacre::Error naming the option, its value and what it may be
void check(AmgOptions const& options);
}  // namespace detail

/// One level of a hierarchy.
struct AmgLevelInfo {
  GlobalOrdinal rows = 0;
  GlobalOrdinal nonzeros = 0;
  int active_ranks = 0;      ///< that own rows
  GlobalOrdinal ghosts = 0;  ///< entries of a vector that one product moves between ranks
  int neighbors = 0;         ///< ranks that a rank gets such entries from, at most
  double imbalance = 1;      ///< most nonzeros of a rank over their mean on active ranks
  double megabytes = 0;      ///< of matrices and smoother on all ranks
  double strength_threshold = 0;
  double max_eigenvalue = 0;  ///< estimate for D^-1 A, 0 where none was needed
};

/// What a set-up made.
struct AmgSummary {
  std::vector<AmgLevelInfo> levels;
  std::string smoother, coarse_solver, precision;
  double operator_complexity() const;  ///< nonzeros of all levels over those of the first
  double grid_complexity() const;      ///< rows of all levels over those of the first
  double megabytes() const;
  /// A table for people.
  std::string to_text() const;
};

}  // namespace nacre::solvers
