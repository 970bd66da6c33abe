#pragma once

#include <map>
#include <string>

/// \file
/// What a result was measured on.

namespace nacre::perf {

struct Machine {
  std::string cpu;            ///< model
  int cores = 0;              ///< that this process may use
  std::string machine_class;  ///< model and cores as a file's name; results of one class can be compared
  std::map<int, double> triad_gb_per_s;  ///< STREAM triad by number of threads
  std::string compiler, flags, commit, kokkos;
};

/// This machine and build. Measures the triad, which takes a second.
Machine describe_machine();

/// The class alone: "amd-epyc-9r14-2-cores".
std::string machine_class();

/// GB/s of a = b + 3 c on vectors longer than caches, the best of some passes of all threads together.
double stream_triad_bandwidth(int threads);

}  // namespace nacre::perf
