#include <nacre/solvers/amg_options.hpp>

#include <cstdio>

#include <nacre/core/error.hpp>

namespace nacre::solvers {

char const* to_string(AmgSmoother smoother) {
  switch (smoother) {
    case AmgSmoother::automatic:
      return "automatic";
    case AmgSmoother::jacobi:
      return "jacobi";
    case AmgSmoother::chebyshev:
      return "chebyshev";
    case AmgSmoother::spai0:
      return "spai0";
    case AmgSmoother::gauss_seidel:
      return "gauss-seidel";
  }
  return "unknown";
}
char const* to_string(AmgCycle cycle) {
  switch (cycle) {
    case AmgCycle::automatic:
      return "automatic";
    case AmgCycle::v:
      return "V";
    case AmgCycle::vw:
      return "VW";
    case AmgCycle::w:
      return "W";
  }
  return "unknown";
}
char const* to_string(AmgPrecision precision) {
  return precision == AmgPrecision::single ? "single" : "same";
}

namespace {
template <class Number>
double sum_over_first(std::vector<AmgLevelInfo> const& levels, Number AmgLevelInfo::*member) {
  double sum = 0;
  for (auto const& level : levels) sum += static_cast<double>(level.*member);
  return levels.empty() || levels[0].*member == 0 ? 1. : sum / static_cast<double>(levels[0].*member);
}
}  // namespace

double AmgSummary::operator_complexity() const { return sum_over_first(levels, &AmgLevelInfo::nonzeros); }
double AmgSummary::grid_complexity() const { return sum_over_first(levels, &AmgLevelInfo::rows); }
double AmgSummary::megabytes() const {
  double sum = 0;
  for (auto const& level : levels) sum += level.megabytes;
  return sum;
}

void detail::check(AmgOptions const& o) {
  auto const require = [](bool holds, char const* name, auto value, char const* expected) {
    if (!holds) fail(cat("AmgOptions: ", name, " = ", value, ", expected ", expected));
  };
  require(o.sweeps > 0, "sweeps", o.sweeps, "a positive number");
  require(o.chebyshev_degree > 0, "chebyshev_degree", o.chebyshev_degree, "a positive number");
  require(o.chebyshev_ratio > 1, "chebyshev_ratio", o.chebyshev_ratio, "a number greater than 1");
  require(o.jacobi_damping > 0 && o.jacobi_damping < 2, "jacobi_damping", o.jacobi_damping,
          "a number in (0, 2)");
  require(o.prolongator_damping >= 0 && o.prolongator_damping < 2, "prolongator_damping",
          o.prolongator_damping, "a number in [0, 2)");
  require(o.aggregation_radius >= 0 && o.aggregation_radius <= 2, "aggregation_radius", o.aggregation_radius,
          "0, 1 or 2");
  require(o.max_levels > 0, "max_levels", o.max_levels, "a positive number");
  require(o.max_coarse_rows > 0 && o.max_coarse_rows <= 5000, "max_coarse_rows", o.max_coarse_rows,
          "1 to 5000 (the coarsest level is a dense matrix)");
  require(o.block_size > 0, "block_size", o.block_size, "a positive number");
  for (double const t : o.strength_threshold)
    require(t >= 0 && t < 1, "strength_threshold", t, "numbers in [0, 1)");
}

std::string AmgSummary::to_text() const {
  char line[200];
  std::string text = "level         rows     nonzeros  nnz/row  ranks       MB\n";
  for (std::size_t l = 0; l < levels.size(); ++l) {
    auto const& level = levels[l];
    std::snprintf(line, sizeof line, "%5zu %12lld %12lld %8.1f %6d %8.1f\n", l,
                  static_cast<long long>(level.rows), static_cast<long long>(level.nonzeros),
                  level.rows > 0 ? static_cast<double>(level.nonzeros) / static_cast<double>(level.rows) : 0.,
                  level.active_ranks, level.megabytes);
    text += line;
  }
  std::snprintf(line, sizeof line,
                "operator complexity %.2f, grid complexity %.2f, %.1f MB, smoother %s, %s precision, "
                "coarsest level: %s\n",
                operator_complexity(), grid_complexity(), megabytes(), smoother.c_str(), precision.c_str(),
                coarse_solver.c_str());
  return text + line;
}

}  // namespace nacre::solvers
