#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>

#include <nacre/core/vector_ops.hpp>
#include <nacre/solvers/lsmr.hpp>

namespace nacre::solvers {

namespace detail {

/// The scalars of one column; names as in the paper.
struct LsmrColumn {
  double alpha = 0, beta = 0, alpha_bar = 0, zeta_bar = 0, rho = 1, rho_bar = 1, c_bar = 1, s_bar = 0;
  // what the vectors are updated with
  double h_bar_factor = 0, x_factor = 0, h_factor = 0;

  /// The rotations of one step, after alpha and beta have become those of the next vectors.
  void rotate(double damping) {
    double const alpha_hat = std::hypot(alpha_bar, damping);
    double const rho_old = rho, rho_bar_old = rho_bar;
    rho = std::hypot(alpha_hat, beta);
    double const c = alpha_hat / rho, s = beta / rho, theta = s * alpha;
    alpha_bar = c * alpha;
    double const theta_bar = s_bar * rho, rotated = c_bar * rho;
    rho_bar = std::hypot(rotated, theta);
    c_bar = rotated / rho_bar;
    s_bar = theta / rho_bar;
    double const zeta = c_bar * zeta_bar;
    zeta_bar = -s_bar * zeta_bar;
    h_bar_factor = -theta_bar * rho / (rho_old * rho_bar_old);
    x_factor = zeta / (rho * rho_bar);
    h_factor = -theta / rho;
  }
};

/// The norms of the columns of v over all ranks.
template <class Exec, class V>
std::vector<double> norms(Exec const& exec, Comm const& comm, V const& v) {
  auto sums = dot(exec, v, v);
  comm.all_reduce(sums.data(), static_cast<int>(sums.size()), ReduceOp::sum);
  for (auto& s : sums) s = std::sqrt(s);
  return sums;
}

/// Divides the columns of v by their norms, which it returns; a column of zeros stays.
template <class Exec, class V>
std::vector<double> normalise(Exec const& exec, Comm const& comm, V const& v) {
  auto const size = norms(exec, comm, v);
  std::vector<double> inverse(size);
  for (auto& s : inverse) s = s > 0 ? 1 / s : 0.;
  scale(exec, inverse, v);
  return size;
}

}  // namespace detail

template <class Scalar, class Device>
Lsmr<Scalar, Device>::Lsmr(LsmrOptions options) : options_(std::move(options)) {
  if (!(options_.tolerance >= 0) || !std::isfinite(options_.tolerance))
    fail(cat("Lsmr: tolerance = ", options_.tolerance, ", must not be negative"));
  if (options_.max_iterations < 1)
    fail(cat("Lsmr: max_iterations = ", options_.max_iterations, ", must be positive"));
  if (!(options_.damping >= 0) || !std::isfinite(options_.damping))
    fail(cat("Lsmr: damping = ", options_.damping, ", must not be negative"));
}

template <class Scalar, class Device>
void Lsmr<Scalar, Device>::check(Operator<Scalar, Device> const& A, In const& b, Out const& x) const {
  std::string problem;
  if (!A.has_transpose())
    problem = "lsmr: the operator has no transpose";
  else if (b.extent(0) != static_cast<std::size_t>(A.num_local_rows()))
    problem = cat("lsmr: b has length ", b.extent(0), " but the matrix has ", A.num_local_rows(),
                  " rows on this rank");
  else if (x.extent(0) != static_cast<std::size_t>(A.num_local_cols()))
    problem = cat("lsmr: x has length ", x.extent(0), " but the matrix has ", A.num_local_cols(),
                  " columns on this rank");
  else if (b.extent(1) != x.extent(1))
    problem = cat("lsmr: b has ", b.extent(1), " columns and x ", x.extent(1));
  A.comm().fail_together(problem);
}

template <class Scalar, class Device>
SolveInfo Lsmr<Scalar, Device>::solve(Exec const& exec, Operator<Scalar, Device> const& A, In const& b,
                                      Out const& x) {
  constexpr int kMaxClaims = 6;
  auto const start = std::chrono::steady_clock::now();
  check(A, b, x);
  auto const& comm = A.comm();
  std::size_t const k = b.extent(1);
  double const damping = options_.damping;
  auto const reserve = [](Out& v, std::size_t n, std::size_t columns) {
    if (v.extent(0) != n || v.extent(1) != columns)
      v = Out(Kokkos::view_alloc(std::string("nacre::lsmr::work"), Kokkos::WithoutInitializing), n, columns);
  };
  for (Out* v : {&u_, &Av_}) reserve(*v, b.extent(0), k);
  for (Out* v : {&v_, &Atu_, &h_, &h_bar_}) reserve(*v, x.extent(0), k);

  Kokkos::deep_copy(exec, u_, b);
  auto const beta = detail::normalise(exec, comm, u_);
  A.apply_transpose(exec, u_, v_);
  auto const alpha = detail::normalise(exec, comm, v_);
  Kokkos::deep_copy(exec, h_, v_);
  Kokkos::deep_copy(exec, h_bar_, Scalar(0));
  Kokkos::deep_copy(exec, x, Scalar(0));

  SolveInfo info;
  info.columns.resize(k);
  std::vector<detail::LsmrColumn> columns(k);
  std::vector<double> first(k), target(k, options_.tolerance), one(k, 1.);
  std::vector<char> active(k, 1);
  std::vector<int> claims(k, 0);
  for (std::size_t c = 0; c < k; ++c) {
    columns[c].alpha = columns[c].alpha_bar = alpha[c];
    first[c] = columns[c].zeta_bar = alpha[c] * beta[c];
    info.columns[c].relative_residual = first[c] > 0 ? 1 : first[c];
    if (first[c] == 0) active[c] = 0, info.columns[c].status = Status::converged;
    if (!std::isfinite(first[c])) active[c] = 0, info.columns[c].status = Status::not_finite;
  }
  // ||A^T (b - A x) - damping^2 x|| / ||A^T b|| from x as it is
  auto const true_residuals = [&] {
    A.residual(exec, b, x, Av_);
    A.apply_transpose(exec, Av_, Atu_);
    if (damping > 0) axpby(exec, -damping * damping, x, 1., Atu_);
    auto r = detail::norms(exec, comm, Atu_);
    for (std::size_t c = 0; c < k; ++c) r[c] = first[c] > 0 ? r[c] / first[c] : r[c];
    return r;
  };
  auto const record = [&] {
    double worst = 0;
    for (std::size_t c = 0; c < k; ++c)
      if (first[c] > 0) worst = std::max(worst, std::abs(columns[c].zeta_bar) / first[c]);
    info.history.push_back(worst);
    if (options_.on_iteration) options_.on_iteration(info.iterations, worst);
  };
  record();
  auto const any_active = [&] { return std::find(active.begin(), active.end(), 1) != active.end(); };

  std::vector<double> minus(k), h_bar_factor(k), x_factor(k), h_factor(k);
  while (any_active() && info.iterations < options_.max_iterations) {
    ++info.iterations;
    A.apply(exec, v_, Av_);
    for (std::size_t c = 0; c < k; ++c) minus[c] = -columns[c].alpha;
    axpby(exec, one, Av_, minus, u_);
    auto const next_beta = detail::normalise(exec, comm, u_);
    A.apply_transpose(exec, u_, Atu_);
    for (std::size_t c = 0; c < k; ++c) minus[c] = -next_beta[c];
    axpby(exec, one, Atu_, minus, v_);
    auto const next_alpha = detail::normalise(exec, comm, v_);
    bool any_claim = false;
    for (std::size_t c = 0; c < k; ++c) {
      auto& column = columns[c];
      column.alpha = next_alpha[c];
      column.beta = next_beta[c];
      h_bar_factor[c] = x_factor[c] = h_factor[c] = 0;
      if (!active[c]) continue;
      column.rotate(damping);
      h_bar_factor[c] = column.h_bar_factor;
      x_factor[c] = column.x_factor;
      h_factor[c] = column.h_factor;
      if (!std::isfinite(column.zeta_bar) || !std::isfinite(column.x_factor)) {
        active[c] = 0;
        x_factor[c] = 0;
        info.columns[c] = {Status::not_finite, info.iterations, NAN};
      }
      any_claim = any_claim || (active[c] && std::abs(column.zeta_bar) <= target[c] * first[c]);
    }
    axpby(exec, one, h_, h_bar_factor, h_bar_);
    axpby(exec, x_factor, h_bar_, one, x);
    axpby(exec, one, v_, h_factor, h_);
    record();
    if (!any_claim) continue;
    auto const found = true_residuals();
    for (std::size_t c = 0; c < k; ++c) {
      if (!active[c] || std::abs(columns[c].zeta_bar) > target[c] * first[c]) continue;
      bool const converged = found[c] <= options_.tolerance;
      if (!converged && ++claims[c] < kMaxClaims && columns[c].zeta_bar != 0) {
        target[c] /= 4;
        continue;
      }
      active[c] = 0;
      info.columns[c] = {converged ? Status::converged : Status::stagnated, info.iterations, found[c]};
    }
  }
  if (any_active()) {
    auto const found = true_residuals();
    for (std::size_t c = 0; c < k; ++c)
      if (active[c])
        info.columns[c] = {found[c] <= options_.tolerance ? Status::converged : Status::max_iterations,
                           info.iterations, found[c]};
  }
  info.status = Status::converged;
  for (auto const& column : info.columns) {
    if (column.status != Status::converged && info.status != Status::not_finite) info.status = column.status;
    if (!(column.relative_residual <= info.relative_residual))
      info.relative_residual = column.relative_residual;
  }
  compat::fence(exec, "nacre::lsmr: end of the solve");
  info.solve_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return info;
}

}  // namespace nacre::solvers
