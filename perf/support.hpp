#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <sstream>
#include <string>

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
  benchmark::AddCustomContext("commit", NACRE_PERF_COMMIT);
  benchmark::AddCustomContext("compiler", NACRE_COMPILER);
  benchmark::AddCustomContext("build_type", NACRE_BUILD_TYPE);
  benchmark::AddCustomContext("flags", NACRE_PERF_FLAGS);
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

/// a = b + s c on vectors too long for a cache; 24 bytes a number.
inline void stream_triad(benchmark::State& state) {
  std::size_t const n = 20000000;
  Vector<double> const a("a", n), b("b", n), c("c", n);
  Kokkos::deep_copy(b, 1.);
  Kokkos::deep_copy(c, 2.);
  DefaultDevice::execution_space const exec;
  double* const pa = a.data();
  double const* const pb = b.data();
  double const* const pc = c.data();
  for (auto _ : state) {
    Kokkos::parallel_for(
        "nacre::stream_triad", range(exec, n), KOKKOS_LAMBDA(Ordinal i) { pa[i] = pb[i] + 3. * pc[i]; });
    exec.fence();
  }
  report_bytes(state, 24. * static_cast<double>(n));
}

}  // namespace nacre::perf
