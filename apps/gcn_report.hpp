#pragma once

#include <string>
#include <vector>

#include "gcn_training.hpp"
#include "training.hpp"

/// \file
/// What nacre_gcn writes.

namespace nacre::apps {

struct GcnOutputs {
  std::string history, report;  ///< files, if not empty
  std::string command;
};

/// Prints the results and writes the files. Rank 0 does the work; collective.
void write_gcn_results(Comm const& comm, GcnOutputs const& outputs, Results const& results,
                       GcnRecord const& record, GcnScores const& scores);

}  // namespace nacre::apps
