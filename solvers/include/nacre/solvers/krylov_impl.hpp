#pragma once

#include <chrono>
#include <cmath>

#include <nacre/solvers/detail/krylov_run.hpp>
#include <nacre/solvers/krylov.hpp>

namespace nacre::solvers {

template <class Scalar, class Device>
KrylovSolver<Scalar, Device>::KrylovSolver(KrylovOptions options) : options_(std::move(options)) {
  if (!(options_.tolerance >= 0) || !std::isfinite(options_.tolerance))
    fail(cat("KrylovSolver: tolerance = ", options_.tolerance, ", must not be negative"));
  if (options_.max_iterations < 1)
    fail(cat("KrylovSolver: max_iterations = ", options_.max_iterations, ", must be positive"));
  if (options_.restart < 1) fail(cat("KrylovSolver: restart = ", options_.restart, ", must be positive"));
}

template <class Scalar, class Device>
SolveInfo KrylovSolver<Scalar, Device>::solve(Exec const& exec, Operator<Scalar, Device> const& A,
                                              Operator<Scalar, Device> const* M, In const& b, Out const& x) {
  auto const start = std::chrono::steady_clock::now();
  auto const n = static_cast<std::size_t>(A.num_local_rows());
  std::string problem;
  if (A.num_local_cols() != A.num_local_rows())
    problem = cat(name(), ": the matrix has ", A.num_local_rows(), " rows and ", A.num_local_cols(),
                  " columns on this rank, must be square");
  else if (M != nullptr &&
           (M->num_local_rows() != A.num_local_rows() || M->num_local_cols() != A.num_local_rows()))
    problem = cat(name(), ": the preconditioner is ", M->num_local_rows(), " by ", M->num_local_cols(),
                  " on this rank but the matrix has ", n, " rows");
  else if (b.extent(0) != n || x.extent(0) != n)
    problem = cat(name(), ": b and x have length ", b.extent(0), " and ", x.extent(0), " but the matrix has ",
                  n, " rows on this rank");
  else if (b.extent(1) != x.extent(1))
    problem = cat(name(), ": b has ", b.extent(1), " columns and x ", x.extent(1));
  auto const k = static_cast<int>(b.extent(1));
  int widths[2] = {k, -k};
  A.comm().all_reduce(widths, 2, ReduceOp::max);
  if (problem.empty() && widths[0] != -widths[1])
    problem = cat(name(), ": b has ", k, " columns here and ", k == widths[0] ? -widths[1] : widths[0],
                  " on another rank");
  A.comm().fail_together(problem);

  Run run(exec, A, b, x, options_);
  if (k > 0) {
    Out const r = work(run, 0);
    run.begin(r);
    if (run.any_active()) iterate(run, M, r);
  }
  SolveInfo info = run.finish(work(run, 0));
  compat::fence(exec, "nacre::krylov: end of the solve");
  info.solve_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return info;
}

template <class Scalar, class Device>
typename KrylovSolver<Scalar, Device>::Out KrylovSolver<Scalar, Device>::work(Run const& run, int first,
                                                                              int count) {
  std::size_t const n = run.x.extent(0), width = run.k * static_cast<std::size_t>(count);
  auto const at = static_cast<std::size_t>(first);
  if (work_.size() <= at) work_.resize(at + 1);
  auto& v = work_[at];
  if (v.extent(0) != n || v.extent(1) != width)
    v = Out(Kokkos::view_alloc(std::string("nacre::krylov::work"), Kokkos::WithoutInitializing), n, width);
  return v;
}

}  // namespace nacre::solvers
