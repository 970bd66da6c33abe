#pragma once

#include <string>
#include <vector>

#include "comparison.hpp"

/// \file
/// Running the benchmark programs.

namespace nacre::perf {

struct SuiteOptions {
  bool quick = false;
  int ranks = 1;                      ///< more than one: perf_solvers alone, under mpirun
  std::vector<std::string> programs;  ///< those to run; empty: all
  std::string folder;                 ///< where the programs are
  std::string output;                 ///< folder for what they write: tables, Google Benchmark's JSON
};

/// The programs that belong to the suite, in the order they run.
std::vector<std::string> const& suite_programs();

/// Those that these options ask for.
std::vector<std::string> programs_of(SuiteOptions const& options);

/// Runs them and gathers their rows. Progress on stderr.
/// \throws nacre::Error if a program is not there or fails
Result run_suite(SuiteOptions const& options);

/// Measures the rows again that seem worse than the baseline, and keeps the better of the two measurements: what
/// disturbs one of them seldom disturbs both.
void measure_again(Result& result, std::vector<Judgement> const& worse, SuiteOptions const& options);

/// The rows as a table.
std::string to_text(Result const& result);

}  // namespace nacre::perf
