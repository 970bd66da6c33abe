#pragma once

#include <nacre/solvers/krylov_impl.hpp>
#include <nacre/solvers/minres.hpp>

namespace nacre::solvers {

template <class Scalar, class Device>
void Minres<Scalar, Device>::iterate(Run& run, Operator<Scalar, Device> const* M, Out const& r) {
  std::size_t const k = run.k;
  auto const& exec = run.exec;
  // Lanczos vectors beta_j v_j: the one before, the current, and room for the next; z = M current, v = z /
  // beta
  Out before = this->work(run, 1), current = this->work(run, 2), next = this->work(run, 3);
  Out const v = this->work(run, 4), z_of_m = M == nullptr ? v : this->work(run, 5);
  Out d_before = this->work(run, 6), d = this->work(run, 7);  // search directions
  Out const w = this->work(run, 8);
  std::vector<double> beta(k), old_beta(k), dbar(k), epsilon(k), phibar(k), cs(k), sn(k);
  std::vector<double> a(k), b(k), g(k), phi(k), keep(k), add(k), sums;
  std::vector<double> const zero(k, 0.);
  detail::ColumnFlags claimed(k, 0), restart = run.active;
  bool any_restart = true;
  Kokkos::deep_copy(exec, v, Scalar(0));  // products are of all columns
  Kokkos::deep_copy(exec, current, Scalar(0));

  while (run.any_active() && run.iteration < run.options.max_iterations) {
    Out const z = M == nullptr ? current : z_of_m;
    if (any_restart) {
      detail::copy_active(exec, restart, r, current);
      if (M != nullptr) M->apply(exec, current, z);
      detail::solver_dots<1>(exec, sums, current, z);
      run.reduce(sums);
      for (std::size_t c = 0; c < k; ++c) {
        if (!restart[c]) continue;
        if (!std::isfinite(sums[c]))
          run.stop(c, Status::not_finite);
        else if (sums[c] < 0)
          run.stop(c, Status::indefinite);
        else if (sums[c] == 0)
          run.stop(c, Status::breakdown);
        beta[c] = phibar[c] = std::sqrt(sums[c]);
        old_beta[c] = dbar[c] = epsilon[c] = sn[c] = 0;
        cs[c] = -1;
      }
      any_restart = false;
      if (!run.any_active()) break;
    }

    ++run.iteration;
    for (std::size_t c = 0; c < k; ++c) {
      a[c] = run.active[c] ? 1 / beta[c] : 0;
      b[c] = run.active[c] && old_beta[c] != 0 ? -beta[c] / old_beta[c] : 0;
    }
    detail::linear_active(exec, run.active, a, z, zero, z, zero, v);
    run.A.apply(exec, v, next);
    detail::axpy_active(exec, b, before, next);
    detail::solver_dots<1>(exec, sums, v, next);
    run.reduce(sums);
    std::vector<double> const alpha = sums;
    for (std::size_t c = 0; c < k; ++c) {
      if (run.active[c] && !std::isfinite(alpha[c])) run.stop(c, Status::not_finite);
      b[c] = run.active[c] ? -alpha[c] / beta[c] : 0;
    }
    detail::axpy_active(exec, b, current, next);
    std::swap(before, current);
    std::swap(current, next);
    Out const new_z = M == nullptr ? current : z_of_m;
    if (M != nullptr) M->apply(exec, current, new_z);
    detail::solver_dots<3>(exec, sums, current, new_z, current, current, r, current);
    run.reduce(sums);

    bool any_claim = false;
    for (std::size_t c = 0; c < k; ++c) {
      claimed[c] = detail::kNoClaim;
      a[c] = b[c] = g[c] = phi[c] = 0;
      keep[c] = 1;
      add[c] = 0;
      if (!run.active[c]) continue;
      double const zz = sums[3 * c], cc = sums[3 * c + 1], rc = sums[3 * c + 2];
      if (!std::isfinite(zz) || !std::isfinite(cc) || !std::isfinite(rc)) {
        run.stop(c, Status::not_finite);
        continue;
      }
      // a tiny negative number is the rounding of a zero: the Krylov space is exhausted
      double const rounding = 1e-14 * (alpha[c] * alpha[c] + beta[c] * beta[c]);
      if (zz < -rounding) {
        run.stop(c, Status::indefinite);
        continue;
      }
      old_beta[c] = beta[c];
      beta[c] = zz > 0 ? std::sqrt(zz) : 0;

      double const old_epsilon = epsilon[c];
      double const delta = cs[c] * dbar[c] + sn[c] * alpha[c], gbar = sn[c] * dbar[c] - cs[c] * alpha[c];
      epsilon[c] = sn[c] * beta[c];
      dbar[c] = -cs[c] * beta[c];
      double const gamma = std::hypot(gbar, beta[c]);
      if (gamma <= 1e-15 * (std::fabs(alpha[c]) + old_beta[c])) {  // A is singular on the Krylov space
        claimed[c] = detail::kBreakdown;
        any_claim = true;
        continue;
      }
      cs[c] = gbar / gamma;
      sn[c] = beta[c] / gamma;
      phi[c] = cs[c] * phibar[c];
      phibar[c] *= sn[c];
      a[c] = 1 / gamma;
      b[c] = -delta / gamma;
      g[c] = -old_epsilon / gamma;

      keep[c] = sn[c] * sn[c];
      add[c] = beta[c] > 0 ? -phibar[c] * cs[c] / beta[c] : 0;
      double const new_rr = keep[c] * keep[c] * run.rr[c] + 2 * keep[c] * add[c] * rc + add[c] * add[c] * cc;
      run.update_residual_norm(c, std::max(0., new_rr));
      if (run.active[c] && (run.within_tolerance(c, run.rr[c]) || zz <= rounding))
        claimed[c] = detail::kConverged;
      any_claim = any_claim || claimed[c];
    }
    detail::linear_active(exec, run.active, a, v, b, d, g, d_before);
    std::swap(d, d_before);
    detail::axpy_active(exec, phi, d, run.x);
    detail::linear_active(exec, run.active, add, current, zero, current, keep, r);
    if (any_claim) {
      restart = run.verify(claimed, w);
      detail::copy_active(exec, restart, w, r);
      for (char const again : restart) any_restart = any_restart || again;
    }
    run.record();
  }
}

}  // namespace nacre::solvers
