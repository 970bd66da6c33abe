#include "kernel_profile.hpp"

#include <Kokkos_Core.hpp>
#include <impl/Kokkos_Profiling.hpp>

#include <chrono>
#include <cstdint>

namespace nacre::apps {

namespace {

/// Tools call plain functions, so what they write to is global.
struct Running {
  std::map<std::string, double> seconds;
  std::string label;
  int depth = 0;
  std::chrono::steady_clock::time_point start;
};
Running& running() {
  static Running it;
  return it;
}

void on_begin(char const* label, std::uint32_t, std::uint64_t*) {
  auto& r = running();
  if (r.depth++ > 0) return;
  r.label = label;
  r.start = std::chrono::steady_clock::now();
}
void on_end(std::uint64_t) {
  auto& r = running();
  if (--r.depth > 0) return;
  Kokkos::DefaultExecutionSpace().fence();
  r.seconds[r.label] += std::chrono::duration<double>(std::chrono::steady_clock::now() - r.start).count();
}

void set_callbacks(Kokkos_Profiling_beginFunction begin, Kokkos_Profiling_endFunction end) {
  namespace tools = Kokkos::Tools::Experimental;
  tools::set_begin_parallel_for_callback(begin);
  tools::set_begin_parallel_reduce_callback(begin);
  tools::set_begin_parallel_scan_callback(begin);
  tools::set_end_parallel_for_callback(end);
  tools::set_end_parallel_reduce_callback(end);
  tools::set_end_parallel_scan_callback(end);
}

}  // namespace

KernelProfile::KernelProfile() {
  running() = Running();
  set_callbacks(on_begin, on_end);
}
KernelProfile::~KernelProfile() { set_callbacks(nullptr, nullptr); }

std::map<std::string, double> KernelProfile::seconds() const { return running().seconds; }

}  // namespace nacre::apps
