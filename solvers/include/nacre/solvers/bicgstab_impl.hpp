#pragma once

#include <nacre/solvers/bicgstab.hpp>
#include <nacre/solvers/krylov_impl.hpp>

namespace nacre::solvers {

template <class Scalar, class Device>
void BiCgStab<Scalar, Device>::iterate(Run& run, Operator<Scalar, Device> const* M, Out const& r) {
  // a factor below this, relative to the vectors it is made of, is rounding
  constexpr double kZero = 1e-15, kCancelled = 1e-14;
  std::size_t const k = run.k;
  auto const& exec = run.exec;
  Out const shadow = this->work(run, 1), p = this->work(run, 2), v = this->work(run, 3),
            t = this->work(run, 4);
  Out const mp = M == nullptr ? p : this->work(run, 5), ms = M == nullptr ? r : this->work(run, 6);
  std::vector<double> const one(k, 1.);
  std::vector<double> alpha(k), minus_alpha(k), omega(k), minus_omega(k), beta(k), minus_beta_omega(k),
      rho(k), shadow_norm(k), sums;
  detail::ColumnFlags claimed(k, 0), second_half(k, 0), restart = run.active;
  Kokkos::deep_copy(exec, p, Scalar(0));  // products are of all columns

  auto const is_zero = [](double product, double u, double w) {
    return std::fabs(product) <= kZero * std::sqrt(u) * std::sqrt(w);
  };

  while (run.any_active() && run.iteration < run.options.max_iterations) {
    // p = r + beta (p - omega v), or from the start p = shadow = r
    for (std::size_t c = 0; c < k; ++c) {
      if (!restart[c]) continue;
      rho[c] = run.rr[c];
      shadow_norm[c] = run.rr[c];
      beta[c] = minus_beta_omega[c] = 0;
    }
    detail::copy_active(exec, restart, r, shadow);
    detail::linear_active(exec, run.active, one, r, minus_beta_omega, v, beta, p);
    std::fill(restart.begin(), restart.end(), detail::kNoClaim);

    ++run.iteration;
    if (M != nullptr) M->apply(exec, p, mp);
    run.A.apply(exec, mp, v);
    detail::solver_dots<3>(exec, sums, shadow, v, r, v, v, v);
    run.reduce(sums);
    bool any_claim = false, any_second_half = false;
    for (std::size_t c = 0; c < k; ++c) {
      claimed[c] = second_half[c] = 0;
      alpha[c] = omega[c] = 0;
      if (!run.active[c]) continue;
      double const shadow_v = sums[3 * c], rv = sums[3 * c + 1], vv = sums[3 * c + 2];
      if (!std::isfinite(shadow_v) || !std::isfinite(rv) || !std::isfinite(vv)) {
        run.stop(c, Status::not_finite);
      } else if (is_zero(shadow_v, shadow_norm[c], vv)) {
        claimed[c] = detail::kBreakdown;
      } else {
        alpha[c] = rho[c] / shadow_v;
        double const step = alpha[c] * alpha[c] * vv;
        double const predicted = std::max(0., run.rr[c] - 2 * alpha[c] * rv + step);
        if (run.within_tolerance(c, predicted) || predicted <= kCancelled * (run.rr[c] + step)) {
          claimed[c] = detail::kConverged;
          run.update_residual_norm(c, predicted);
        } else {
          second_half[c] = 1;
        }
      }
      any_claim = any_claim || claimed[c];
      any_second_half = any_second_half || second_half[c];
    }
    for (std::size_t c = 0; c < k; ++c) minus_alpha[c] = -alpha[c];
    detail::axpy_active(exec, minus_alpha, v, r);  // r is now what papers call s

    if (any_second_half) {
      if (M != nullptr) M->apply(exec, r, ms);
      run.A.apply(exec, ms, t);
      detail::solver_dots<5>(exec, sums, t, r, t, t, r, r, shadow, r, shadow, t);
      run.reduce(sums);
    }
    for (std::size_t c = 0; c < k; ++c) {
      if (!second_half[c]) continue;
      double const ts = sums[5 * c], tt = sums[5 * c + 1], ss = sums[5 * c + 2];
      double const shadow_s = sums[5 * c + 3], shadow_t = sums[5 * c + 4];
      if (!std::isfinite(ts) || !std::isfinite(tt) || !std::isfinite(ss)) {
        run.stop(c, Status::not_finite);
        continue;
      }
      if (is_zero(ts, tt, ss) || tt == 0) {
        claimed[c] = detail::kBreakdown;
        any_claim = true;
        continue;
      }
      omega[c] = ts / tt;
      double const predicted = std::max(0., ss - ts * omega[c]);
      double const new_rho = shadow_s - omega[c] * shadow_t;
      run.update_residual_norm(c, predicted);
      if (run.within_tolerance(c, predicted) || predicted <= kCancelled * ss)
        claimed[c] = detail::kConverged;
      else if (is_zero(new_rho, shadow_norm[c], predicted))
        claimed[c] = detail::kBreakdown;
      any_claim = any_claim || claimed[c];
      beta[c] = new_rho / rho[c] * (alpha[c] / omega[c]);
      minus_beta_omega[c] = -beta[c] * omega[c];
      rho[c] = new_rho;
    }
    for (std::size_t c = 0; c < k; ++c) minus_omega[c] = -omega[c];
    detail::axpy_active(exec, alpha, mp, run.x);
    detail::axpy_active(exec, omega, ms, run.x);
    detail::axpy_active(exec, minus_omega, t, r);
    if (any_claim) {
      restart = run.verify(claimed, t);
      detail::copy_active(exec, restart, t, r);
    }
    run.record();
  }
}

}  // namespace nacre::solvers
