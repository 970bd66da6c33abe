#pragma once

#include <string>
#include <vector>

#include <nacre/solvers/amg_options.hpp>

#include "command_line.hpp"

/// \file
/// The command line of nacre_solve.

namespace nacre::apps {

struct Options {
  std::string matrix;  ///< file; empty: a generated problem
  std::string problem = "poisson3d";
  int size = 0;  ///< 0: the problem's own default
  double anisotropy = 0.01, contrast = 1e6, diffusion = 0.01;
  bool random_numbering = false;
  std::string rhs = "ones";  ///< ones, random, or a file

  std::string solver, preconditioner;  ///< empty: what suits the problem
  double tolerance = 1e-8;
  int max_iterations = 1000, restart = 30;
  bool transpose = false, flexible = false;
  int block_size = 0;  ///< 0: that of the problem
  double ainv_drop_tolerance = .1;
  int repeat = 0;  ///< more solves with new values on the same pattern
  solvers::AmgOptions amg;

  std::string solution, history, report, vtu;  ///< files to write, if not empty
  bool progress = false, demo = false;

  std::string command;  ///< the command line as given, for the report
};

/// Names that --problem, --solver, and --preconditioner take in this build.
std::vector<std::string> problem_names();
std::vector<std::string> solver_names();
std::vector<std::string> preconditioner_names();

/// The options on the command line; `help` receives the text to print if that is all that was asked for.
/// \throws UsageError naming the option, what was found, and what was expected
Options parse_options(int argc, char const* const* argv, std::string& help);

/// Requires that `value` of option `option` is one of `names`.
/// \throws UsageError that names the nearest
void check_choice(std::string const& option, std::string const& value, std::vector<std::string> const& names);

}  // namespace nacre::apps
