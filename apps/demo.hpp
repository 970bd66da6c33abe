#pragma once

#include "options.hpp"
#include "outcome.hpp"

/// \file
/// The run a newcomer sees first.

namespace nacre::apps {

/// One system solved by Nacre's own PCG and, where this build has it, by Belos' CG; AMG in both.
std::vector<Options> demo_choices(Options const& options);

/// About ten lines on what was solved, how, and how long it took.
std::string demo_text(std::vector<Outcome> const& outcomes);

}  // namespace nacre::apps
