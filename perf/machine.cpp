#include "machine.hpp"

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include <sched.h>

#include <nacre/core/error.hpp>
#include <nacre/core/types.hpp>

#include "build_info.hpp"

namespace nacre::perf {

namespace {

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  return "unknown processor";
}

int usable_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::string class_of(std::string const& cpu, int cores) {
  std::string name;
  for (char const c : cat(cpu, ' ', cores, cores == 1 ? " core" : " cores")) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  return name;
}

/// Version and spaces; print_configuration() says much more, over many lines.
std::string kokkos_configuration() {
  int const version = KOKKOS_VERSION;
  return cat(version / 10000, '.', version / 100 % 100, '.', version % 100, ", ",
             DefaultDevice::execution_space::name());
}

}  // namespace

double stream_triad_bandwidth(int threads) {
  constexpr std::size_t kNumbers = 5000000;  // of each thread
  constexpr int kPasses = 8;
  using Clock = std::chrono::steady_clock;
  struct Pass {
    Clock::time_point begin, end;
  };
  std::vector<std::vector<Pass>> passes(static_cast<std::size_t>(threads), std::vector<Pass>(kPasses));
  std::vector<std::thread> team;
  for (auto& mine : passes)
    team.emplace_back([&mine] {
      std::vector<double> a(kNumbers), b(kNumbers, 1.), c(kNumbers, 2.);
      for (auto& pass : mine) {
        pass.begin = Clock::now();
        for (std::size_t i = 0; i < kNumbers; ++i) a[i] = b[i] + 3. * c[i];
        pass.end = Clock::now();
        b[0] = a[kNumbers / 2];  // a is wanted
      }
    });
  for (auto& thread : team) thread.join();
  double best = 0;
  for (int p = 0; p < kPasses; ++p) {
    double sum = 0;  // of what the threads reached side by side
    for (auto const& mine : passes) {
      auto const& pass = mine[static_cast<std::size_t>(p)];
      sum += 24e-9 * kNumbers / std::chrono::duration<double>(pass.end - pass.begin).count();
    }
    best = std::max(best, sum);
  }
  return best;
}

std::string machine_class() { return class_of(cpu_model(), usable_cores()); }

Machine describe_machine() {
  auto const build = build_info();
  Machine machine;
  machine.cpu = cpu_model();
  machine.cores = usable_cores();
  machine.machine_class = class_of(machine.cpu, machine.cores);
  for (int const threads : {1, 2})
    if (threads <= machine.cores) machine.triad_gb_per_s[threads] = stream_triad_bandwidth(threads);
  machine.compiler = build.compiler;
  machine.flags = build.flags;
  machine.commit = build.commit;
  machine.kokkos = kokkos_configuration();
  return machine;
}

}  // namespace nacre::perf
