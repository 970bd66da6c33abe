#pragma once

#include <chrono>
#include <cmath>
#include <limits>

#include <nacre/core/distributed_spmv_op.hpp>
#include <nacre/core/random.hpp>
#include <nacre/core/vector_ops.hpp>
#include <nacre/solvers/detail/are_equal.hpp>
#include <nacre/solvers/detail/solve_state.hpp>
#include <nacre/solvers/krylov_engine_impl.hpp>

namespace nacre::solvers::detail {

template <class T, class Device>
struct FillProbe {
  MultiVector<T, Device> v;
  std::uint64_t seed;
  std::int64_t first;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    for (int c = 0; c < 2; ++c)
      v(i, c) = static_cast<T>(
          random_uniform(seed + static_cast<std::uint64_t>(c), static_cast<std::uint64_t>(first + i), -1, 1));
  }
};

template <class Scalar, class Device>
SolveState<Scalar, Device>::SolveState(DistributedPattern<Device> const& pattern_,
                                       std::shared_ptr<SolveEngine<Scalar, Device>> engine_,
                                       SolveOptions const& options_)
    : pattern(pattern_), engine(std::move(engine_)), options(options_) {
  std::string problem;
  if (pattern.rows() != pattern.cols())
    problem = cat("nacre::solve: the matrix must be square with rows and columns partitioned alike; it is ",
                  pattern.rows().num_global(), " by ", pattern.cols().num_global());
  else if (!engine)
    problem = "nacre::solve: no engine given";
  else if (options.setup_every < 1)
    problem = cat("nacre::solve: setup_every = ", options.setup_every, ", must be positive");
  pattern.comm().fail_together(problem);
}

template <class Scalar, class Device>
typename SolveState<Scalar, Device>::Out SolveState<Scalar, Device>::work(int slot, std::size_t k) {
  auto& v = work_[slot];
  auto const n = static_cast<std::size_t>(pattern.num_owned_rows());
  if (v.extent(0) != n || v.extent(1) != k) {
    v = Out(Kokkos::view_alloc(std::string("nacre::solve::work"), Kokkos::WithoutInitializing), n, k);
    has_before_[slot] = false;
  }
  return v;
}

/// Makes the engine ready for these values. \return the seconds that took, 0 if it was
template <class Scalar, class Device>
double SolveState<Scalar, Device>::ensure(Exec const& exec, Values const& values, bool may_lag) {
  if (ready_) {
    bool const same = are_equal(exec, values.data(), setup_values_.data(), values.extent(0));
    if (!any_rank(!same)) return 0;
    bool const lags = options.setup_every > 1 && engine->setup_may_lag();
    if (lags && (may_lag || ++num_other_values_ < options.setup_every)) return 0;
  }
  auto const begin = std::chrono::steady_clock::now();
  ready_ = false;
  if (setup_values_.extent(0) != values.extent(0))
    setup_values_ = Vector<Scalar, Device>(
        Kokkos::view_alloc(std::string("nacre::solve::setup_values"), Kokkos::WithoutInitializing),
        values.extent(0));
  Kokkos::deep_copy(exec, setup_values_, values);
  compat::fence(exec, "nacre::solve: values, before set-up on the default instance");
  if (options.check_symmetry && engine->is_symmetric()) require_symmetric(exec);
  engine->set_up({pattern, setup_values_});
  ready_ = true;
  num_other_values_ = 0;
  ++report.num_setups;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Compares u^T A v with v^T A u for random u and v. What rounding makes of equal numbers is far below the
/// bound, relative to the norms; one entry of n that has no equal is about 1/n of them.
template <class Scalar, class Device>
void SolveState<Scalar, Device>::require_symmetric(Exec const& exec) {
  constexpr double kRounding = std::is_same_v<Scalar, float> ? 2e-5 : 1e-11;
  Out const probe = work(kProbe, 2), product = work(kRight, 2);
  Kokkos::parallel_for("nacre::solve::probe", range(exec, probe.extent(0)),
                       FillProbe<Scalar, Device>{probe, 20240229, pattern.rows().begin()});
  spmv(exec, DistributedCsr<Scalar, Device>{pattern, setup_values_}, probe, product);
  auto const column = [](Out const& v, int c) { return Kokkos::subview(v, Kokkos::ALL(), c); };
  auto const u = column(probe, 0), v = column(probe, 1), Au = column(product, 0), Av = column(product, 1);
  double sums[6] = {dot(exec, u, Av)[0],  dot(exec, v, Au)[0], dot(exec, u, u)[0],
                    dot(exec, Av, Av)[0], dot(exec, v, v)[0],  dot(exec, Au, Au)[0]};
  pattern.comm().all_reduce(sums, 6, ReduceOp::sum);
  double const scale = std::sqrt(sums[2] * sums[3]) + std::sqrt(sums[4] * sums[5]);
  if (std::abs(sums[0] - sums[1]) > kRounding * scale)
    fail(cat(
        "nacre::solve: the matrix is declared symmetric (by the option symmetry, or by a method that needs "
        "it) but u^T A v = ",
        sums[0], " and v^T A u = ", sums[1],
        " for random u and v; declare it general, with a method such as bicgstab or gmres"));
}

template <class Scalar, class Device>
SolveInfo SolveState<Scalar, Device>::solve(Exec const& exec, char const* what, Side side,
                                            Values const& values, In const& b, Out const& x,
                                            double setup_seconds) {
  SolveInfo info = engine->solve(exec, nacre::detail::borrow_matrix(pattern, values), side, b, x);
  info.setup_seconds = setup_seconds;
  if (info.converged()) return info;
  ++report.num_not_converged;
  if (options.require_convergence)
    fail(cat("nacre::solve: the ", what, " solve (", engine->description(), ") stopped as ",
             to_string(info.status), " after ", info.iterations, " iterations with a relative residual of ",
             info.relative_residual));
  return info;
}

template <class Scalar, class Device>
void SolveState<Scalar, Device>::start(Exec const& exec, int slot, Out const& x) {
  if (options.warm_start) {
    Out const before = work(slot, x.extent(1));
    if (has_before_[slot]) {
      Kokkos::deep_copy(exec, x, before);
      return;
    }
  }
  set_all(exec, x, 0);
}

template <class Scalar, class Device>
void SolveState<Scalar, Device>::keep(Exec const& exec, int slot, Out const& x) {
  if (!options.warm_start) return;
  Kokkos::deep_copy(exec, work(slot, x.extent(1)), x);
  has_before_[slot] = true;
}

template <class Scalar, class Device>
void SolveState<Scalar, Device>::forward(Exec const& exec, Values const& values, In const& b, Out const& x) {
  double const seconds = ensure(exec, values, false);
  start(exec, kBefore, x);
  ++report.num_forward;
  report.forward = solve(exec, "forward", Side::forward, values, b, x, seconds);
  if (report.forward.converged()) keep(exec, kBefore, x);
}

template <class Scalar, class Device>
void SolveState<Scalar, Device>::solve_adjoint(Exec const& exec, Values const& values, In const& x_bar,
                                               Out const& s) {
  double const seconds = ensure(exec, values, true);
  start(exec, kBeforeAdjoint, s);
  ++report.num_adjoint;
  report.adjoint = solve(exec, "adjoint", Side::adjoint, values, x_bar, s, seconds);
  if (report.adjoint.converged()) keep(exec, kBeforeAdjoint, s);
}

/// values_bar(e) -= s(row(e)) . x(col(e)). Collective.
template <class Scalar, class Device>
void SolveState<Scalar, Device>::add_outer(Exec const& exec, In const& s, In const& x,
                                           Vector<Scalar, Device> const& values_bar) {
  auto const ghosts = pattern.halo().import_ghosts(exec, x);
  if (is_given(values_bar))
    nacre::detail::add_outer_product(exec, pattern.local(), -1., s, x, ghosts, values_bar);
}

template <class Scalar, class Device>
bool SolveState<Scalar, Device>::adjoint(Exec const& exec, Values const& values, In const& x, In const& x_bar,
                                         Vector<Scalar, Device> const& values_bar, Out const& s) {
  double sums[2] = {0, is_given(values_bar) ? 1. : 0.};
  for (double const d : dot(exec, x_bar, x_bar)) sums[0] += d;
  pattern.comm().all_reduce(sums, 2, ReduceOp::sum);
  if (sums[0] == 0) {
    ++report.num_skipped;
    return false;
  }
  solve_adjoint(exec, values, x_bar, s);
  if (sums[1] > 0) add_outer(exec, s, x, values_bar);
  return true;
}

/// rhs = b - rhs, or - rhs.
template <class Scalar, class Device>
void SolveState<Scalar, Device>::right_hand_side(Exec const& exec, bool has_b, In const& b, Out const& rhs) {
  if (has_b)
    axpby(exec, 1., b, -1., rhs);
  else
    scale(exec, -1., rhs);
}

template <class Scalar, class Device>
void SolveState<Scalar, Device>::tangent(Exec const& exec, Values const& values, In const& x,
                                         Values const& values_dot, In const& b_dot, Out const& x_dot) {
  bool const has_values = any_rank(is_given(values_dot)), has_b = any_rank(is_given(b_dot));
  set_all(exec, x_dot, 0);
  if (!has_values && !has_b) return;
  In rhs = b_dot;
  if (has_values) {
    Out const right = work(kRight, x.extent(1));
    spmv(exec, nacre::detail::borrow_matrix(pattern, values_dot), x, right);
    right_hand_side(exec, has_b, b_dot, right);
    rhs = right;
  }
  double const seconds = ensure(exec, values, true);
  ++report.num_tangent;
  report.tangent = solve(exec, "tangent", Side::forward, values, rhs, x_dot, seconds);
}

template <class Scalar, class Device>
bool SolveState<Scalar, Device>::adjoint_tangent(Exec const& exec, Values const& values, In const& x,
                                                 In const& x_dot, In const& x_bar, In const& x_bar_dot,
                                                 Values const& values_dot,
                                                 Vector<Scalar, Device> const& values_bar_dot,
                                                 Out const& s_dot) {
  int given[5] = {is_given(values_dot), is_given(x_dot), is_given(x_bar_dot), is_given(values_bar_dot),
                  is_given(x_bar)};
  pattern.comm().all_reduce(given, 5, ReduceOp::max);
  bool const has_values = given[0], has_x = given[1], has_bar = given[2], wants_values = given[3];
  // the solution of the adjoint is needed where A moves, and for its product with x_dot
  bool const needs_s = given[4] && (has_values || (has_x && wants_values));
  Out const s = work(kAdjoint, s_dot.extent(1));
  if (needs_s) {
    set_all(exec, s, 0);
    solve_adjoint(exec, values, x_bar, s);
  }
  set_all(exec, s_dot, 0);
  bool const moves = has_bar || (has_values && needs_s);
  if (moves) {
    In rhs = x_bar_dot;
    if (has_values && needs_s) {
      Out const right = work(kRight, s_dot.extent(1));
      spmv_transpose(exec, nacre::detail::borrow_matrix(pattern, values_dot), s, right);
      right_hand_side(exec, has_bar, x_bar_dot, right);
      rhs = right;
    }
    double const seconds = ensure(exec, values, true);
    ++report.num_adjoint;
    report.adjoint = solve(exec, "adjoint's tangent", Side::adjoint, values, rhs, s_dot, seconds);
    if (wants_values) add_outer(exec, s_dot, x, values_bar_dot);
  }
  if (needs_s && has_x && wants_values) add_outer(exec, s, x_dot, values_bar_dot);
  return moves;
}

}  // namespace nacre::solvers::detail
