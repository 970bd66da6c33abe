#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nacre/core/problems.hpp>

/// \file
/// What perf_solvers solves, and which peers compete there.

namespace nacre::perf {

struct SolverProblem {
  std::string name;   ///< with its size
  std::string title;  ///< for people
  std::function<Problem<double>(Comm const&)> make;
  /// The configurations with the least times in a survey of all (`perf_solvers --contenders all`, one rank; see
  /// make_contender for the names), and, where they are others, those with the cheapest repeated set-up and with
  /// the least memory.
  std::vector<std::string> peers;
};

/// All problems; the small ones take a second each.
std::vector<SolverProblem> solver_problems(bool small);

/// All configurations of all peers.
std::vector<std::string> const& all_peers();

}  // namespace nacre::perf
