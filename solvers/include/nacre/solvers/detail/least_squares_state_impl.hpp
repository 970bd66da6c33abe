#pragma once

#include <nacre/core/distributed_spmv_op.hpp>
#include <nacre/core/vector_ops.hpp>
#include <nacre/solvers/detail/least_squares_state.hpp>
#include <nacre/solvers/lsmr_impl.hpp>
#include <nacre/solvers/matrix_operator.hpp>

namespace nacre::solvers::detail {

/// A^T A + damping^2 as an Operator.
template <class Scalar, class Device>
class NormalOperator final : public Operator<Scalar, Device> {
 public:
  using typename Operator<Scalar, Device>::Exec;
  using typename Operator<Scalar, Device>::In;
  using typename Operator<Scalar, Device>::Out;

  /// \param work [A's rows, k]
  NormalOperator(DistributedCsr<Scalar, Device> const& A, double damping, Out const& work)
      : A_(A), damping_(damping), work_(work) {}
  Comm const& comm() const override { return A_.comm(); }
  Ordinal num_local_rows() const override { return A_.pattern.num_owned_cols(); }
  Ordinal num_local_cols() const override { return A_.pattern.num_owned_cols(); }
  void apply(Exec const& exec, In const& x, Out const& y) const override {
    spmv(exec, A_, x, work_);
    spmv_transpose(exec, A_, work_, y);
    if (damping_ > 0) axpby(exec, damping_ * damping_, x, 1., y);
  }
  void apply_transpose(Exec const& exec, In const& x, Out const& y) const override { apply(exec, x, y); }

 private:
  DistributedCsr<Scalar, Device> const& A_;
  double damping_;
  Out work_;
};

template <class Scalar, class Device>
LeastSquaresState<Scalar, Device>::LeastSquaresState(DistributedPattern<Device> const& pattern_,
                                                     LeastSquaresOptions const& options_)
    : pattern(pattern_), options(options_), lsmr_(options_.lsmr) {
  KrylovOptions krylov;
  krylov.tolerance = options.adjoint_tolerance > 0 ? options.adjoint_tolerance : options.lsmr.tolerance;
  krylov.max_iterations = options.lsmr.max_iterations;
  normal_ = make_krylov_solver<Scalar, Device>("pcg", krylov);
}

template <class Scalar, class Device>
typename LeastSquaresState<Scalar, Device>::Out LeastSquaresState<Scalar, Device>::rows(int slot,
                                                                                        std::size_t k) {
  auto const at = static_cast<std::size_t>(slot);
  if (rows_.size() <= at) rows_.resize(at + 1);
  auto const n = static_cast<std::size_t>(pattern.num_owned_rows());
  if (rows_[at].extent(0) != n || rows_[at].extent(1) != k)
    rows_[at] = Out("nacre::least_squares::work", n, k);
  return rows_[at];
}
template <class Scalar, class Device>
typename LeastSquaresState<Scalar, Device>::Out LeastSquaresState<Scalar, Device>::cols(int slot,
                                                                                        std::size_t k) {
  auto const at = static_cast<std::size_t>(slot);
  if (cols_.size() <= at) cols_.resize(at + 1);
  auto const n = static_cast<std::size_t>(pattern.num_owned_cols());
  if (cols_[at].extent(0) != n || cols_[at].extent(1) != k)
    cols_[at] = Out("nacre::least_squares::work", n, k);
  return cols_[at];
}

template <class Scalar, class Device>
DistributedCsr<Scalar, Device> LeastSquaresState<Scalar, Device>::matrix(Values const& values) const {
  return nacre::detail::borrow_matrix(pattern, values);
}

template <class Scalar, class Device>
SolveInfo LeastSquaresState<Scalar, Device>::checked(char const* what, SolveInfo info) {
  if (info.converged()) return info;
  ++report.num_not_converged;
  if (options.require_convergence)
    fail(cat("nacre::least_squares: the ", what, " solve stopped as ", to_string(info.status), " after ",
             info.iterations, " iterations with a relative residual of ", info.relative_residual));
  return info;
}

template <class Scalar, class Device>
void LeastSquaresState<Scalar, Device>::forward(Exec const& exec, Values const& values, In const& b,
                                                Out const& x) {
  ++report.num_forward;
  report.forward =
      checked("forward", lsmr_.solve(exec, MatrixOperator<Scalar, Device>(matrix(values)), b, x));
}

template <class Scalar, class Device>
SolveInfo LeastSquaresState<Scalar, Device>::solve_normal(Exec const& exec, char const* what,
                                                          Values const& values, In const& g, Out const& z) {
  auto const A = matrix(values);
  NormalOperator<Scalar, Device> const H(A, options.lsmr.damping, rows(1, g.extent(1)));
  set_all(exec, z, 0);
  return checked(what, normal_->solve(exec, H, nullptr, g, z));
}

template <class Scalar, class Device>
void LeastSquaresState<Scalar, Device>::add_outer(Exec const& exec, double alpha, In const& u, In const& v,
                                                  ValuesBar const& values_bar) {
  auto const ghosts = pattern.halo().import_ghosts(exec, v);
  if (is_given(values_bar))
    nacre::detail::add_outer_product(exec, pattern.local(), alpha, u, v, ghosts, values_bar);
}

template <class Scalar, class Device>
bool LeastSquaresState<Scalar, Device>::adjoint(Exec const& exec, Values const& values, In const& b,
                                                In const& x, In const& x_bar, ValuesBar const& values_bar,
                                                Out const& w) {
  double sums[2] = {0, is_given(values_bar) ? 1. : 0.};
  for (double const d : dot(exec, x_bar, x_bar)) sums[0] += d;
  pattern.comm().all_reduce(sums, 2, ReduceOp::sum);
  if (sums[0] == 0) {
    ++report.num_skipped;
    return false;
  }
  auto const A = matrix(values);
  std::size_t const k = x.extent(1);
  Out const z = cols(0, k);
  ++report.num_adjoint;
  report.adjoint = solve_normal(exec, "adjoint", values, x_bar, z);
  spmv(exec, A, z, w);
  if (sums[1] == 0) return true;
  Out const r = rows(2, k);
  residual(exec, A, b, x, r);
  add_outer(exec, 1., r, z, values_bar);
  add_outer(exec, -1., w, x, values_bar);
  return true;
}

template <class Scalar, class Device>
void LeastSquaresState<Scalar, Device>::tangent(Exec const& exec, Values const& values, In const& b,
                                                In const& x, Values const& values_dot, In const& b_dot,
                                                Out const& x_dot) {
  bool const has_values = any_rank(is_given(values_dot)), has_b = any_rank(is_given(b_dot));
  set_all(exec, x_dot, 0);
  if (!has_values && !has_b) return;
  auto const A = matrix(values);
  std::size_t const k = x.extent(1);
  Out const move = rows(2, k), g = cols(0, k);  // b_dot - A_dot x; the right-hand side
  set_all(exec, move, 0);
  if (has_values) spmv(exec, matrix(values_dot), x, move);
  if (has_b)
    axpby(exec, 1., b_dot, -1., move);
  else
    scale(exec, -1., move);
  spmv_transpose(exec, A, move, g);
  if (has_values) {
    Out const r = rows(3, k), more = cols(1, k);
    residual(exec, A, b, x, r);
    spmv_transpose(exec, matrix(values_dot), r, more);
    axpby(exec, 1., more, 1., g);
  }
  ++report.num_tangent;
  report.tangent = solve_normal(exec, "tangent", values, g, x_dot);
}

template <class Scalar, class Device>
void LeastSquaresState<Scalar, Device>::adjoint_tangent(Exec const& exec, Values const& values, In const& b,
                                                        In const& x, In const& x_dot, In const& x_bar,
                                                        In const& x_bar_dot, Values const& values_dot,
                                                        In const& b_dot, ValuesBar const& values_bar_dot,
                                                        Out const& w_dot) {
  int given[6] = {is_given(values_dot),     is_given(x_dot), is_given(x_bar_dot),
                  is_given(values_bar_dot), is_given(x_bar), is_given(b_dot)};
  pattern.comm().all_reduce(given, 6, ReduceOp::max);
  bool const has_values = given[0], has_x = given[1], wants_values = given[3], has_b = given[5];
  auto const A = matrix(values);
  std::size_t const k = x.extent(1);
  Out const z = cols(0, k), z_dot = cols(1, k), g = cols(2, k), more = cols(3, k);
  Out const w = rows(2, k), r = rows(3, k), r_dot = rows(4, k), A_dot_z = rows(5, k);
  set_all(exec, z, 0);
  if (given[4]) {
    ++report.num_adjoint;
    report.adjoint = solve_normal(exec, "adjoint", values, x_bar, z);
  }
  spmv(exec, A, z, w);
  // z_dot = H^-1 (x_bar_dot - A_dot^T w - A^T A_dot z)
  set_all(exec, g, 0);
  set_all(exec, A_dot_z, 0);
  if (given[2]) axpby(exec, 1., x_bar_dot, 0., g);
  if (has_values) {
    auto const A_dot = matrix(values_dot);
    spmv_transpose(exec, A_dot, w, more);
    axpby(exec, -1., more, 1., g);
    spmv(exec, A_dot, z, A_dot_z);
    spmv_transpose(exec, A, A_dot_z, more);
    axpby(exec, -1., more, 1., g);
  }
  ++report.num_adjoint;
  report.adjoint = solve_normal(exec, "adjoint's tangent", values, g, z_dot);
  spmv(exec, A, z_dot, w_dot);
  axpby(exec, 1., A_dot_z, 1., w_dot);
  if (!wants_values) return;
  // r_dot = b_dot - A_dot x - A x_dot
  residual(exec, A, b, x, r);
  set_all(exec, r_dot, 0);
  if (has_x) spmv(exec, A, x_dot, r_dot);
  if (has_values) {
    spmv(exec, matrix(values_dot), x, A_dot_z);
    axpby(exec, 1., A_dot_z, 1., r_dot);
  }
  if (has_b)
    axpby(exec, 1., b_dot, -1., r_dot);
  else
    scale(exec, -1., r_dot);
  add_outer(exec, 1., r_dot, z, values_bar_dot);
  add_outer(exec, 1., r, z_dot, values_bar_dot);
  add_outer(exec, -1., w_dot, x, values_bar_dot);
  if (has_x) add_outer(exec, -1., w, x_dot, values_bar_dot);
}

}  // namespace nacre::solvers::detail
