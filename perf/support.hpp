#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include <nacre/core/comm.hpp>
#include <nacre/core/types.hpp>

#include "build_info.hpp"

/// \file
/// What the benchmark programs share: the context of a run and the STREAM triad.

namespace nacre::perf {

/// Says in the JSON context what was measured: commit, compiler, flags, Kokkos.
inline void add_context() {
  std::ostringstream kokkos;
  Kokkos::print_configuration(kokkos, false);
  std::string configuration = kokkos.str();
  std::replace(configuration.begin(), configuration.end(), '\n', ';');
  benchmark::AddCustomContext("nacre_version", NACRE_VERSION);
  benchmark::AddCustomContext("commit", build_info().commit);
  benchmark::AddCustomContext("compiler", NACRE_COMPILER);
  benchmark::AddCustomContext("build_type", NACRE_BUILD_TYPE);
  benchmark::AddCustomContext("flags", build_info().flags);
  benchmark::AddCustomContext("kokkos_version", std::to_string(KOKKOS_VERSION));
  benchmark::AddCustomContext("execution_space", DefaultDevice::execution_space::name());
  benchmark::AddCustomContext("concurrency", std::to_string(DefaultDevice::execution_space().concurrency()));
  benchmark::AddCustomContext("kokkos_configuration", configuration);
}

/// Reports `bytes` a repetition as GB/s, beside the model itself.
inline void report_bytes(benchmark::State& state, double bytes) {
  state.counters["modelled_bytes"] = bytes;
  state.counters["GB/s"] = benchmark::Counter(bytes * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

/// The STREAM triad, a = b + s c on vectors too long for a cache; 24 bytes a number.
class StreamTriad {
 public:
  static constexpr std::size_t kNumbers = 10000000;
  static constexpr double kBytes = 24. * kNumbers;
  StreamTriad() : a_("a", kNumbers), b_("b", kNumbers), c_("c", kNumbers) {
    Kokkos::deep_copy(b_, 1.);
    Kokkos::deep_copy(c_, 2.);
  }
  void operator()() const;

 private:
  Vector<double> a_, b_, c_;
};
template <class Exec>
void run_stream_triad(Exec const& exec, double* a, double const* b, double const* c) {
  Kokkos::parallel_for(
      "nacre::stream_triad", range(exec, StreamTriad::kNumbers),
      KOKKOS_LAMBDA(Ordinal i) { a[i] = b[i] + 3. * c[i]; });
}
inline void StreamTriad::operator()() const {
  run_stream_triad(DefaultDevice::execution_space(), a_.data(), b_.data(), c_.data());
}

inline void stream_triad(benchmark::State& state) {
  StreamTriad const triad;
  for (auto _ : state) {
    triad();
    DefaultDevice::execution_space().fence();
  }
  report_bytes(state, StreamTriad::kBytes);
}

/// What ours is measured beside where there is no peer: `{stream_triad_contender(), ...}` for Samples. Its memory
/// stays for the next one.
inline std::pair<std::string, std::function<void()>> stream_triad_contender() {
  static std::unique_ptr<StreamTriad> triad;
  if (!triad) {
    triad = std::make_unique<StreamTriad>();
    Kokkos::push_finalize_hook([] { triad.reset(); });
  }
  return {"stream_triad", [] { (*triad)(); }};
}

}  // namespace nacre::perf
