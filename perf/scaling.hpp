#pragma once

#include <chrono>
#include <vector>

#include <nacre/core/problems.hpp>
#include <nacre/solvers/amg.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/pcg.hpp>

#include "level_traffic.hpp"

/// \file
/// What AMG-PCG costs on so many ranks.

namespace nacre::perf {

/// A number of each rank: the largest, and the sum.
struct OverRanks {
  std::int64_t most = 0, total = 0;
  OverRanks() = default;
  OverRanks(Comm const& comm, std::int64_t value) : most(comm.max(value)), total(comm.sum(value)) {}
};

/// What a part of the work sends.
struct Traffic {
  OverRanks messages, bytes;
  std::int64_t reductions = 0, collectives = 0;  ///< the same on all ranks, or the most
  Traffic() = default;
  Traffic(Comm const& comm, CommStatistics const& mine)
      : messages(comm, mine.messages),
        bytes(comm, mine.bytes),
        reductions(comm.max(mine.reductions)),
        collectives(comm.max(mine.collectives)) {}
};

/// One level in one cycle.
struct LevelCost {
  solvers::AmgLevelInfo info;
  int visits = 0;
  Traffic traffic;
  double seconds = 0;  ///< of the slowest rank, waiting included
};

struct ScalingRun {
  std::string preconditioner;
  GlobalOrdinal unknowns = 0, nonzeros = 0;
  double setup_seconds = 0, solve_seconds = 0;
  double megabytes = 0;  ///< of the hierarchy on all ranks
  solvers::SolveInfo info;
  Traffic setup, iteration, cycle;  ///< an iteration has one cycle
  std::vector<LevelCost> levels;
};

/// Seconds of f() on the slowest rank.
template <class F>
double seconds_of(Comm const& comm, F const& f) {
  comm.barrier();
  auto const start = std::chrono::steady_clock::now();
  f();
  compat::fence(DefaultDevice::execution_space(), "nacre::perf");
  return comm.max(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

/// Sets up AMG and solves with PCG for a right-hand side of ones to a relative residual of 1e-8. Collective.
inline ScalingRun measure_scaling(Problem<double> const& problem, solvers::AmgOptions options) {
  using Vectors = MultiVector<double>;
  auto const& A = problem.A;
  auto const& comm = A.comm();
  solvers::MatrixOperator<double> const op(A);
  auto const n = static_cast<std::size_t>(A.pattern.num_owned_rows());
  Vectors const b("b", n, 1), x("x", n, 1);
  Kokkos::deep_copy(b, 1.);
  ScalingRun run;
  run.unknowns = A.pattern.rows().num_global();
  run.nonzeros = A.pattern.num_global_entries();

  options.block_size = problem.block_size;
  std::unique_ptr<solvers::Amg<double>> amg;
  auto const before_setup = comm.statistics();
  run.setup_seconds = seconds_of(
      comm, [&] { amg = std::make_unique<solvers::Amg<double>>(A, problem.near_nullspace, options); });
  run.setup = Traffic(comm, comm.statistics() - before_setup);
  run.preconditioner = amg->description();
  run.megabytes = amg->summary().megabytes();

  auto const solve = [&](double tolerance, int iterations) {
    solvers::KrylovOptions krylov;
    krylov.tolerance = tolerance;
    krylov.max_iterations = iterations;
    Kokkos::deep_copy(x, 0.);
    auto const before = comm.statistics();
    run.info = solvers::Pcg<double>(krylov).solve({}, op, amg.get(), b, x);
    return comm.statistics() - before;
  };
  // what begins and ends a solve cancels; the first one allocates
  auto const short_solve = solve(1e-30, 2), longer_solve = solve(1e-30, 3);
  run.iteration = Traffic(comm, longer_solve - short_solve);
  run.solve_seconds = seconds_of(comm, [&] { solve(1e-8, 1000); });

  constexpr int kCycles = 5;
  auto const num_levels = amg->summary().levels.size();
  std::vector<LevelTraffic> levels;
  auto const before_cycles = comm.statistics();
  {
    LevelWatch const watch(comm, num_levels);
    for (int i = 0; i < kCycles; ++i) amg->apply({}, b, x);
    compat::fence(DefaultDevice::execution_space(), "nacre::perf");
    levels = watch.levels();
  }
  auto const one = [](CommStatistics const& of_all) {
    return CommStatistics{of_all.messages / kCycles,    of_all.bytes / kCycles,
                          of_all.reductions / kCycles,  of_all.reduction_bytes / kCycles,
                          of_all.collectives / kCycles, of_all.collective_bytes / kCycles};
  };
  run.cycle = Traffic(comm, one(comm.statistics() - before_cycles));
  for (std::size_t l = 0; l < num_levels; ++l)
    run.levels.push_back({amg->summary().levels[l], levels[l].visits / kCycles,
                          Traffic(comm, one(levels[l].network)), comm.max(levels[l].seconds / kCycles)});
  return run;
}

}  // namespace nacre::perf
