#include "solver_measurement.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/core/error.hpp>

#include "solver_contender.hpp"
#include "support.hpp"
#include "timing.hpp"

namespace nacre::perf {

namespace {

/// From here on peak_memory_mb() counts what this process has now and will have.
void forget_peak_memory() {
  malloc_trim(0);  // what the generator freed is not the contender's
  std::ofstream("/proc/self/clear_refs") << "5\n";
}

double peak_memory_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmHWM:", 0) == 0) return std::stod(line.substr(6)) / 1024;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

double true_residual(DistributedCsr<double> const& A, std::vector<double> const& solution) {
  MultiVector<double> const b("b", solution.size(), 1), r("r", solution.size(), 1),
      x("x", solution.size(), 1);
  Kokkos::deep_copy(b, 1.);
  Kokkos::deep_copy(x, as_columns(to_device<DefaultDevice>("x", solution)));
  residual(ExecOf<DefaultDevice>(), A, b, x, r);
  auto const host = host_view(r);
  double sum = 0;
  for (std::size_t i = 0; i < host.extent(0); ++i) sum += host(i, 0) * host(i, 0);
  auto const& comm = A.comm();
  return std::sqrt(comm.sum(sum) / static_cast<double>(A.pattern.rows().num_global()));
}

}  // namespace

bool Measurement::reached_tolerance() const {
  return relative_residual <= 1.01 * SolverContender::kTolerance;  // a recurrence may be off by rounding
}

Measurement measure_contender(SolverProblem const& problem, std::string const& contender, Comm const& comm) {
  auto const slowest = [&](auto const& work) {
    comm.barrier();
    return comm.max(seconds(work, 1));
  };
  auto const solver = make_contender(contender, problem.make(comm));
  Measurement m;
  forget_peak_memory();
  m.setup = slowest([&] { solver->set_up(); });
  m.solve = slowest([&] { m.iterations = solver->solve(); });
  m.peak_mb = comm.sum(peak_memory_mb());
  m.update = slowest([&] { solver->update(); });
  if (std::none_of(problem.peers.begin(), problem.peers.end(), has_contender)) {
    StreamTriad const triad;
    m.triad = comm.max(seconds(triad, 10));
  }
  m.relative_residual = true_residual(problem.make(comm).A, solver->solution());
  return m;
}

std::string to_line(Measurement const& m) {
  return nlohmann::json{{"setup", m.setup},
                        {"update", m.update},
                        {"solve", m.solve},
                        {"iterations", m.iterations},
                        {"relative_residual", m.relative_residual},
                        {"peak_mb", m.peak_mb},
                        {"triad", m.triad}}
      .dump();
}

Measurement from_output(std::string const& text) {
  auto const begin = text.rfind("{\"");
  if (begin == std::string::npos) fail(cat("the process that measures printed no numbers but: ", text));
  auto const json = nlohmann::json::parse(text.substr(begin, text.find('\n', begin) - begin));
  return {json.at("setup"),
          json.at("update"),
          json.at("solve"),
          json.at("iterations"),
          json.at("relative_residual"),
          json.at("peak_mb"),
          json.at("triad")};
}

}  // namespace nacre::perf
