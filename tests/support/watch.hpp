#pragma once

#include <impl/Kokkos_Profiling.hpp>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>

/// \file
/// What a piece of a program launches and allocates.

namespace nacre::test {

/// Watches kernels, allocations and fences of Kokkos while it lives; one at a time.
class Watch {
 public:
  struct Seen {
    std::set<std::string> bad_labels;  ///< of kernels that are neither nacre::'s nor Kokkos'
    std::set<std::string> fences;      ///< those that are not of the tools themselves
    int kernels = 0, allocations = 0;
    std::int64_t bytes = 0, peak_bytes = 0;  ///< allocated less freed since the start
  };

  Watch() {
    namespace tools = Kokkos::Tools::Experimental;
    seen() = Seen();
    tools::set_begin_parallel_for_callback(on_kernel);
    tools::set_begin_parallel_reduce_callback(on_kernel);
    tools::set_begin_parallel_scan_callback(on_kernel);
    tools::set_allocate_data_callback(on_allocation);
    tools::set_deallocate_data_callback(on_free);
#if KOKKOS_VERSION >= 30500
    tools::set_begin_fence_callback(on_fence);
#endif
  }
  ~Watch() {
    namespace tools = Kokkos::Tools::Experimental;
    tools::set_begin_parallel_for_callback(nullptr);
    tools::set_begin_parallel_reduce_callback(nullptr);
    tools::set_begin_parallel_scan_callback(nullptr);
    tools::set_allocate_data_callback(nullptr);
    tools::set_deallocate_data_callback(nullptr);
#if KOKKOS_VERSION >= 30500
    tools::set_begin_fence_callback(nullptr);
#endif
  }
  Watch(Watch const&) = delete;
  Watch& operator=(Watch const&) = delete;

  /// Of the latest Watch, also after its end.
  static Seen& seen() {
    static Seen it;
    return it;
  }

 private:
  static void on_kernel(char const* label, std::uint32_t, std::uint64_t*) {
    ++seen().kernels;
    std::string const s(label);
    if (s.rfind("nacre::", 0) != 0 && s.rfind("Kokkos::", 0) != 0) seen().bad_labels.insert(s);
  }
  static void on_allocation(Kokkos_Profiling_SpaceHandle, char const*, void const*, std::uint64_t bytes) {
    ++seen().allocations;
    seen().bytes += static_cast<std::int64_t>(bytes);
    seen().peak_bytes = std::max(seen().peak_bytes, seen().bytes);
  }
  static void on_free(Kokkos_Profiling_SpaceHandle, char const*, void const*, std::uint64_t bytes) {
    seen().bytes -= static_cast<std::int64_t>(bytes);
  }
#if KOKKOS_VERSION >= 30500
  static void on_fence(char const* label, std::uint32_t, std::uint64_t*) {
    std::string const s(label);
    if (s.find("Kokkos Profile Tool Fence") == std::string::npos) seen().fences.insert(s);
  }
#endif
};

}  // namespace nacre::test
