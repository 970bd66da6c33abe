#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <nacre/core/linear_system.hpp>

#include "command_line.hpp"

/// \file
/// The linear systems that preconditioners are learned from, by name.

namespace nacre::apps {

/// Which of these count is the problem's.
struct LearningProblemOptions {
  std::string problem = "heat-small";
  std::int64_t seed = 1;
  std::string mesh;             ///< a shape or a file; empty: what suits the problem
  std::string tetgen = "q1.1";  ///< switches for what is inside an OBJ file
  int size = 0, size_min = 0;   ///< at most and at least; 0: what suits the problem, and `size`
  double jitter = .25;          ///< of the points, see jittered()
  double density_min = 1e-4, density_max = 5e-4;
  double conductivity_min = .01, conductivity_max = 1;
  double field_length = 1;      ///< over which random coefficients vary
  int hops = 2;                 ///< size of the patch where poisson prescribes values, in edges
  double fraction = .1;         ///< of the boundary where poisson2d prescribes values
  double entry_density = 3e-4;  ///< of the factor of synthetic matrices
  int steps = 500;              ///< of a series of steps in time
};

/// The next system of a series.
using SystemSeries = std::function<LinearSystem()>;

/// Systems that are numbered from 0. System i is number i % series_length of series i / series_length, and a function of
/// the options and i alone.
struct LearningProblem {
  std::string name;
  std::int64_t num_systems = 0;                ///< there are no more; 0: as many as you like
  int series_length = 1;                       ///< systems that follow from each other, as steps in time do
  std::map<std::string, std::string> options;  ///< what the systems depend on, for metadata of files
  std::function<SystemSeries(std::int64_t series)> start;
};

/// Names that LearningProblemOptions::problem may have.
std::vector<std::string> learning_problem_names();

/// For parse().
std::vector<Option> learning_problem_options(LearningProblemOptions& o);

/// \throws UsageError if the options do not make sense
LearningProblem make_learning_problem(LearningProblemOptions const& options);

/// System `i` alone; of a series, those before it are made as well.
/// \throws nacre::Error if there is none
LinearSystem make_learning_system(LearningProblem const& problem, std::int64_t i);

}  // namespace nacre::apps
