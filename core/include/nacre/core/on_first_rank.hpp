#pragma once

#include <exception>

#include <nacre/core/comm.hpp>

/// \file
/// What one rank does for all.

namespace nacre {

/// Does `work()` on rank 0 alone, which must not communicate; if it throws, all ranks throw nacre::Error with
/// its message. Collective.
template <class Work>
void on_first_rank(Comm const& comm, Work const& work) {
  std::string problem;
  if (comm.rank() == 0) try {
      work();
    } catch (std::exception const& e) {
      problem = e.what();
      if (problem.empty()) problem = "what rank 0 does for all ranks failed without saying why";
    }
  comm.fail_together(problem);
}

}  // namespace nacre
