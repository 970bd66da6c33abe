#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nacre/solvers/solve_info.hpp>

#include "report.hpp"

/// \file
/// What solving a system brought, and the ways to tell it.

namespace nacre::apps {

struct Outcome {
  std::string problem, solver, preconditioner;  ///< as on the command line
  std::string description;                      ///< of the preconditioner, by itself
  solvers::SolveInfo info;                      ///< of the first solve; the worst status of all
  std::vector<std::pair<std::string, double>> setup_parts = {};  ///< seconds of the set-up, by name
  int repeats = 0;
  double resetup_seconds = 0, resolve_seconds = 0;  ///< mean over the repeats
  double operator_complexity = 1;                   ///< entries on all levels over those of the matrix
  GlobalOrdinal unknowns = 0, nonzeros = 0;
  int ranks = 1;
  double peak_rss_mb = 0;  ///< of the rank that used most, in 10^6 bytes
  double tolerance = 0;
  Table hierarchy;  ///< no rows: the preconditioner has none
};

/// The largest memory this process had so far, in 10^6 bytes.
double peak_rss_mb();

/// `key=value` lines.
std::string to_text(Outcome const& outcome);

/// A CSV file: `iteration,relative_residual`.
std::string history_csv(Outcome const& outcome);

/// A page about one solve, or about several of the same system.
Report make_report(std::vector<Outcome> const& outcomes, std::string const& command);

/// 1234567 as "1,234,567".
std::string with_commas(GlobalOrdinal n);

}  // namespace nacre::apps
