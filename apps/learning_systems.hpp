#pragma once

#include <string>
#include <vector>

#include <nacre/core/comm.hpp>
#include <nacre/core/linear_system.hpp>

#include "learning_problems.hpp"

/// \file
/// Systems from files or generators, by what stands on the command line.

namespace nacre::apps {

/// `count` systems, the first being number `first`: of the file that `options.problem` names if it ends in .h5 or .mtx (one
/// system, whose blocks have the size `block_size`), else of the generator. The same on all ranks; collective.
/// \throws nacre::Error on all ranks if there are none
std::vector<LinearSystem> load_systems(Comm const& comm, LearningProblemOptions const& options,
                                       std::int64_t first, std::int64_t count, int block_size = 1);

/// Whether the name is that of a file.
bool is_system_file(std::string const& problem);

}  // namespace nacre::apps
