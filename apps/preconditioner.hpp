#pragma once

#include <functional>
#include <memory>

#include <nacre/solvers/operator.hpp>

#include "outcome.hpp"
#include "system.hpp"

/// \file
/// Preconditioners by the names they have on the command line.

namespace nacre::apps {

struct NamedPreconditioner {
  std::shared_ptr<solvers::Preconditioner<double>> operation;  ///< empty for `none`
  std::function<solvers::AmgSummary()> hierarchy;              ///< empty if it has none
};

/// The preconditioner of the matrix that the options name. Collective.
/// \throws nacre::Error on all ranks where the matrix does not admit it (a zero on the diagonal)
/// \throws UsageError for a name that does not exist, or not in this build
NamedPreconditioner make_preconditioner(System const& system, Options const& options);

/// Enters the levels and the operator complexity, or the parts that the set-up of a network consists of.
void describe_setup(NamedPreconditioner const& M, Outcome& outcome);

}  // namespace nacre::apps
