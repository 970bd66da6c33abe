#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nacre/core/types.hpp>

#include "rows.hpp"

/// \file
/// Times of several contenders that run in turn, so that a change of the machine's speed meets all of them.

namespace nacre::perf {

/// Processor seconds of this process on a host, where others may be at work, too; elsewhere the clock's.
inline double now() {
#ifdef CLOCK_PROCESS_CPUTIME_ID
  if (kOnHost<DefaultDevice>) {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  }
#endif
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline double seconds(std::function<void()> const& work, int repetitions) {
  DefaultDevice::execution_space const exec;
  compat::fence(exec, "nacre::perf");
  double const start = now();
  for (int r = 0; r < repetitions; ++r) work();
  compat::fence(exec, "nacre::perf");
  return (now() - start) / repetitions;
}

using Contenders = std::vector<std::pair<std::string, std::function<void()>>>;

/// Seconds of each contender, a sample of each in every repetition.
class Samples {
 public:
  /// Runs them in turn, in samples of half a millisecond at least. The time of an iteration is that of all.
  Samples(benchmark::State& state, Contenders const& contenders) {
    std::map<std::string, int> repetitions;
    for (auto const& [name, work] : contenders) {
      work();
      repetitions[name] = 1 + static_cast<int>(5e-4 / std::max(seconds(work, 1), 1e-7));
    }
    for (auto _ : state) {
      double all = 0;
      for (auto const& [name, work] : contenders) {
        of_[name].push_back(seconds(work, repetitions[name]));
        all += of_[name].back();
      }
      state.SetIterationTime(all);
    }
    for (auto const& [name, times] : of_) state.counters[name + "_us"] = 1e6 * median(times);
  }
  double seconds_of(std::string const& name) const { return median(of_.at(name)); }
  /// The median of the ratios within a repetition.
  double ratio(std::string const& a, std::string const& b) const {
    std::vector<double> ratios;
    for (std::size_t r = 0; r < of_.at(a).size(); ++r) ratios.push_back(of_.at(a)[r] / of_.at(b)[r]);
    return median(ratios);
  }
  /// What the regression suite is given: contender `ours` beside contender `peer`.
  Row row(std::string const& name, std::string const& problem, std::string const& ours,
          std::string const& peer) const {
    return make_row(name, problem, of_.at(ours), peer, of_.at(peer));
  }

 private:
  std::map<std::string, std::vector<double>> of_;
};

/// Records the row of two contenders, which the benchmark of that name measures again.
inline void hand_over(Samples const& samples, std::string const& benchmark, std::string const& name,
                      std::string const& problem, std::string const& ours, std::string const& peer) {
  auto row = samples.row(name, problem, ours, peer);
  row.again = "--benchmark_filter=^" + benchmark + "(/|$)";
  record(row);
}

}  // namespace nacre::perf
