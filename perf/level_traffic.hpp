#pragma once

#include <impl/Kokkos_Profiling.hpp>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <nacre/core/comm.hpp>

/// \file
/// What each level of a multigrid cycle costs.

namespace nacre::perf {

/// Of one level; what it does in the levels below is theirs.
struct LevelTraffic {
  int visits = 0;
  CommStatistics network;
  double seconds = 0;
};

/// While it lives, splits what a communicator does by the regions of AMG levels; one at a time.
class LevelWatch {
 public:
  LevelWatch(Comm const& comm, std::size_t num_levels) {
    state() = State{comm, std::vector<LevelTraffic>(num_levels), {}, {}, {}};
    namespace tools = Kokkos::Tools::Experimental;
    tools::set_push_region_callback(enter);
    tools::set_pop_region_callback(leave);
  }
  ~LevelWatch() {
    namespace tools = Kokkos::Tools::Experimental;
    tools::set_push_region_callback(nullptr);
    tools::set_pop_region_callback(nullptr);
    state() = State();
  }
  LevelWatch(LevelWatch const&) = delete;
  LevelWatch& operator=(LevelWatch const&) = delete;

  std::vector<LevelTraffic> const& levels() const { return state().levels; }

 private:
  using Clock = std::chrono::steady_clock;
  struct State {
    Comm comm;
    std::vector<LevelTraffic> levels;
    std::vector<int> open;  // levels of the regions we are in, -1: another region
    CommStatistics network;
    Clock::time_point time;
  };
  static State& state() {
    static State it;
    return it;
  }
  /// Books what happened since the last event to the innermost region.
  static void settle() {
    auto& s = state();
    auto const network = s.comm.statistics();
    auto const time = Clock::now();
    if (!s.open.empty() && s.open.back() >= 0) {
      auto& level = s.levels[static_cast<std::size_t>(s.open.back())];
      level.network += network - s.network;
      level.seconds += std::chrono::duration<double>(time - s.time).count();
    }
    s.network = network;
    s.time = time;
  }
  static void enter(char const* name) {
    settle();
    auto& s = state();
    constexpr char kLevel[] = "nacre::amg::level ";
    int level = -1;
    if (std::strncmp(name, kLevel, sizeof kLevel - 1) == 0) {
      char* rest = nullptr;
      level = static_cast<int>(std::strtol(name + sizeof kLevel - 1, &rest, 10));
      // "level 2 again" is what leads to a second visit
      if (*rest == '\0') ++s.levels[static_cast<std::size_t>(level)].visits;
    }
    s.open.push_back(level);
  }
  static void leave() {
    settle();
    state().open.pop_back();
  }
};

}  // namespace nacre::perf
