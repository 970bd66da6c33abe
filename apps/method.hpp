#pragma once

#include "outcome.hpp"
#include "progress.hpp"
#include "system.hpp"

/// \file
/// From names on the command line to a solved system.

namespace nacre::apps {

/// Solves the system as the options say, and again with other values if they ask for repeats. Collective.
/// \param[in,out] x [owned rows, 1] the start, then the solution of the system itself, not of the repeats
/// \throws nacre::Error on all ranks
/// \throws UsageError for a method that does not exist, or not in this build
Outcome solve(System const& system, Options const& options, MultiVector<double> const& x, Progress& progress);

}  // namespace nacre::apps
