#include "method.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/core/vector_ops.hpp>
#include <nacre/solvers/krylov.hpp>
#include <nacre/solvers/matrix_operator.hpp>

#include "preconditioner.hpp"
#include "trilinos_method.hpp"

namespace nacre::apps {

namespace {

using solvers::KrylovOptions;
using solvers::SolveInfo;
using solvers::Status;
using Operator = solvers::Operator<double>;
using Exec = Operator::Exec;

/// The transpose of an operator.
class Transposed final : public Operator {
 public:
  explicit Transposed(Operator const& A) : A_(A) {}
  Comm const& comm() const override { return A_.comm(); }
  Ordinal num_local_rows() const override { return A_.num_local_cols(); }
  Ordinal num_local_cols() const override { return A_.num_local_rows(); }
  void apply(Exec const& exec, In const& x, Out const& y) const override { A_.apply_transpose(exec, x, y); }
  void apply_transpose(Exec const& exec, In const& x, Out const& y) const override { A_.apply(exec, x, y); }

 private:
  Operator const& A_;
};

/// Seconds since `start` on the slowest rank.
double seconds_since(std::chrono::steady_clock::time_point start, Comm const& comm) {
  Kokkos::fence();
  return comm.max(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

/// ||b - A x|| / ||b||, whatever the solver said.
double true_residual(Operator const& A, MultiVector<double> const& b, MultiVector<double> const& x) {
  Exec const exec;
  MultiVector<double> const r("r", b.extent(0), 1);
  A.apply(exec, x, r);
  auto const host_r = host_view(r);
  auto const host_b = host_view(b);
  double norms[2] = {0, 0};
  for (std::size_t i = 0; i < b.extent(0); ++i) {
    norms[0] += (host_b(i, 0) - host_r(i, 0)) * (host_b(i, 0) - host_r(i, 0));
    norms[1] += host_b(i, 0) * host_b(i, 0);
  }
  A.comm().all_reduce(norms, 2, ReduceOp::sum);
  return std::sqrt(norms[0] / norms[1]);
}

SolveInfo solve_with_krylov(Options const& options, KrylovOptions const& krylov, Operator const& A,
                            Operator const* M, MultiVector<double> const& b, MultiVector<double> const& x) {
  auto const solver = solvers::make_krylov_solver<double>(options.solver, krylov);
  if (M == nullptr || !options.transpose) return solver->solve(Exec(), A, M, b, x);
  if (!M->has_transpose())
    throw UsageError(
        cat("--preconditioner = '", options.preconditioner, "' has no transpose, --transpose needs one"));
  Transposed const M_transposed(*M);
  return solver->solve(Exec(), A, &M_transposed, b, x);
}

/// One solve; the residual is computed here once more, and no solver's word is taken for it.
SolveInfo solve_once(Options const& options, DistributedCsr<double> const& matrix, Operator const* M,
                     MultiVector<double> const& b, MultiVector<double> const& x, Progress& progress) {
  solvers::MatrixOperator<double> const A(matrix);
  Transposed const A_transposed(A);
  Operator const& op = options.transpose ? static_cast<Operator const&>(A_transposed) : A;

  KrylovOptions krylov;
  krylov.tolerance = options.tolerance;
  krylov.max_iterations = options.max_iterations;
  krylov.restart = options.restart;
  krylov.flexible = options.flexible;
  krylov.on_iteration = [&progress](int i, double residual) { progress.iteration(i, residual); };
  auto const start = std::chrono::steady_clock::now();
  SolveInfo info;
  if (is_trilinos_solver(options.solver))
    info = solve_with_trilinos(options, krylov, matrix, M, b, x);
  else
    info = solve_with_krylov(options, krylov, op, M, b, x);
  info.solve_seconds = seconds_since(start, matrix.comm());
  info.relative_residual = true_residual(op, b, x);
  // rounding differs from the solver's own sum
  if (info.converged() && !(info.relative_residual <= options.tolerance * (1 + 1e-6)))
    info.status = Status::stagnated;
  return info;
}

}  // namespace

Outcome solve(System const& system, Options const& options, MultiVector<double> const& x,
              Progress& progress) {
  auto const& A = system.problem.A;
  Comm const& comm = A.comm();
  Outcome outcome;
  outcome.problem = system.problem.name;
  outcome.solver = options.solver;
  outcome.preconditioner = options.preconditioner;
  outcome.unknowns = A.pattern.rows().num_global();
  outcome.nonzeros = A.pattern.num_global_entries();
  outcome.ranks = comm.size();
  outcome.tolerance = options.tolerance;
  outcome.repeats = options.repeat;

  progress.stage("setting up " + options.preconditioner);
  comm.barrier();
  auto start = std::chrono::steady_clock::now();
  auto const M = make_preconditioner(system, options);
  double const setup_seconds = seconds_since(start, comm);
  if (M.operation) outcome.description = M.operation->description();
  describe_setup(M, outcome);

  progress.stage("solving with " + options.solver);
  outcome.info = solve_once(options, A, M.operation.get(), system.b, x, progress);
  outcome.info.setup_seconds = setup_seconds;

  MultiVector<double> const again("x", x.extent(0), 1);
  for (int i = 1; i <= options.repeat; ++i) {
    auto const next = with_heavier_diagonal(A, i);
    progress.stage(cat("setting up again, ", i, " of ", options.repeat));
    start = std::chrono::steady_clock::now();
    if (M.operation) M.operation->update(next);
    outcome.resetup_seconds += seconds_since(start, comm) / options.repeat;
    Kokkos::deep_copy(again, 0.);
    auto const info = solve_once(options, next, M.operation.get(), system.b, again, progress);
    outcome.resolve_seconds += info.solve_seconds / options.repeat;
    if (outcome.info.converged()) outcome.info.status = info.status;
  }
  outcome.peak_rss_mb = comm.max(peak_rss_mb());
  return outcome;
}

}  // namespace nacre::apps
