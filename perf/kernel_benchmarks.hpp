#pragma once

#include <benchmark/benchmark.h>

#include <functional>
#include <map>
#include <string>

#include <nacre/core/csr_matrix.hpp>

#include "support.hpp"

/// \file
/// What measuring our kernels and measuring another library's share.

namespace nacre::perf {

using Device = DefaultDevice;
using Exec = Device::execution_space;
using Matrix = CsrMatrix<double, Device>;

/// Measures one kernel with one matrix.
using Run = std::function<void(benchmark::State&, Matrix const&)>;

inline double entries_bytes(Matrix const& A, double per_value = sizeof(double)) {
  return static_cast<double>(A.num_entries()) * (per_value + sizeof(Ordinal)) +
         sizeof(Offset) * (static_cast<double>(A.num_rows()) + 1);
}
inline double vector_bytes(Ordinal n, double columns = 1) {
  return sizeof(double) * static_cast<double>(n) * columns;
}

inline Vector<double> filled(std::string const& label, std::size_t n, double value = 1) {
  Vector<double> const v(label, n);
  Kokkos::deep_copy(v, value);
  return v;
}

/// Runs `work()` and waits for it, once for each repetition.
template <class Work>
void measure(benchmark::State& state, double bytes, Work const& work) {
  Exec const exec;
  work();
  exec.fence();
  for (auto _ : state) {
    work();
    exec.fence();
  }
  report_bytes(state, bytes);
}

inline double spgemm_bytes(Matrix const& A, std::size_t entries_of_c) {
  return 2 * entries_bytes(A) + static_cast<double>(entries_of_c) * (sizeof(double) + sizeof(Ordinal));
}
#ifdef NACRE_PERF_HAVE_KOKKOS_KERNELS
/// What Kokkos Kernels has of what we measure, by the names of our kernels.
std::map<std::string, Run> kokkos_kernels_runs();
void dot_kokkos_kernels(benchmark::State& state);
#endif

}  // namespace nacre::perf
