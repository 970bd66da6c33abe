#pragma once

#include <string>

#include "solver_problems.hpp"

/// \file
/// One run of one contender on one problem, in a process of its own, so that neither what others left in memory
/// nor their peaks count.

namespace nacre::perf {

struct Measurement {
  double setup = 0, update = 0, solve = 0;  ///< seconds of processor time, of the slowest rank
  int iterations = 0;
  double relative_residual = 0;  ///< ||b - A x|| / ||b||, computed by our double-precision product
  double peak_mb = 0;            ///< of memory between set-up and the end of the solve, of all ranks
  double triad = 0;  ///< seconds of the STREAM triad, where no peer of the problem is built in; else 0

  double total() const { return setup + solve; }
  bool reached_tolerance() const;
};

/// Measures in this process. Collective.
Measurement measure_contender(SolverProblem const& problem, std::string const& contender, Comm const& comm);

/// What the other process prints, and back again.
std::string to_line(Measurement const& m);
/// \throws nacre::Error if there is no such line in the text
Measurement from_output(std::string const& text);

}  // namespace nacre::perf
