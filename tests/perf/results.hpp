#pragma once

#include <string>
#include <vector>

#include <result.hpp>

/// \file
/// Results that nobody measured.

namespace nacre::test {

inline perf::MeasuredRow row(std::string const& name, std::string const& problem, double ratio,
                             double spread = .01) {
  perf::MeasuredRow row;
  row.name = name;
  row.problem = problem;
  row.ours = 1e-3 * ratio;
  row.peer = 1e-3;
  row.peer_name = "hypre/aggressive";
  row.ratio = ratio;
  row.spread = spread;
  row.program = "perf_solvers";
  row.again = "--problems=" + problem;
  return row;
}

inline perf::Result result(std::vector<perf::MeasuredRow> const& rows) {
  perf::Result result;
  result.date = "2025-01-31T14:05:09Z";
  result.machine.cpu = "Made Up 9000";
  result.machine.cores = 2;
  result.machine.machine_class = "made-up-9000-2-cores";
  result.machine.triad_gb_per_s = {{1, 12.5}, {2, 25}};
  result.machine.compiler = "GNU 12.2.0";
  result.machine.flags = "-O3";
  result.machine.commit = "0123456789ab";
  result.machine.kokkos = "3.4.1, Serial";
  result.rows = rows;
  return result;
}

}  // namespace nacre::test
