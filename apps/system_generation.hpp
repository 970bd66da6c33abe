#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <nacre/core/comm.hpp>
#include <nacre/nn/system_file.hpp>

#include "learning_problems.hpp"

/// \file
/// Data sets made by several ranks that may be stopped at any time.

namespace nacre::apps {

/// What there is to say about the systems of a set.
class SystemStatistics {
 public:
  void add(LinearSystem const& system);
  /// `key=value` pairs.
  std::vector<std::pair<std::string, std::string>> results() const;

 private:
  struct Range {
    double min = 0, max = 0, sum = 0;
    void add(double value, bool first);
  };
  std::int64_t count_ = 0;
  Range unknowns_, nonzeros_;
  double prescribed_ = 0;
};

struct GenerationOptions {
  std::string program;  ///< for what it says on stderr
  std::string output;
  std::int64_t count = 1000;
  bool resume = false, progress = false;
};

/// Writes the first `count` systems of a problem to a file.
///
/// Each system becomes a file in the folder `output.parts` as soon as it is finished; rank 0 joins them. The file is the
/// same whatever the number of ranks and interruptions. A series is made by one rank, from its beginning.
/// \return whether it is complete; if not, SIGINT or SIGTERM came, and `resume` goes on. Collective.
/// \throws nacre::Error if there are parts and nobody said `resume`, or those that are there are of other options
bool generate(Comm const& comm, GenerationOptions const& options, LearningProblem const& problem,
              SystemStatistics& statistics);

}  // namespace nacre::apps
