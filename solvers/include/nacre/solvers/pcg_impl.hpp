#pragma once

#include <nacre/solvers/krylov_impl.hpp>
#include <nacre/solvers/pcg.hpp>

namespace nacre::solvers {

template <class Scalar, class Device>
void Pcg<Scalar, Device>::iterate(Run& run, Operator<Scalar, Device> const* M, Out const& r) {
  constexpr double kCancelled = 1e-14;
  std::size_t const k = run.k;
  Out const p = this->work(run, 1), q = this->work(run, 2), z = M == nullptr ? r : this->work(run, 3);
  bool const flexible = run.options.flexible && M != nullptr;
  Out const w = flexible ? this->work(run, 4) : q;  // flexible: q is still needed after a check
  std::vector<double> alpha(k, 0.), minus_alpha(k, 0.), beta(k, 0.), rz(k, 0.), sums;
  std::vector<double> pending(k, 0.);  // alpha of columns whose x has not seen p yet
  detail::ColumnFlags claimed(k, 0), restart(k, 1);
  if (!run.all_active()) Kokkos::deep_copy(run.exec, p, Scalar(0));  // A is applied to all columns

  // x and r catch up, then claims are checked; r of refuted columns is the true residual from here on
  auto const verify = [&] {
    detail::axpy_active(run.exec, pending, p, run.x);
    std::fill(pending.begin(), pending.end(), 0.);
    auto const again = run.verify(claimed, w);
    detail::copy_active(run.exec, again, w, r);
    for (std::size_t c = 0; c < k; ++c) restart[c] = restart[c] || again[c];
  };

  while (run.any_active() && run.iteration < run.options.max_iterations) {
    if (M != nullptr) {
      M->apply(run.exec, r, z);
      if (flexible)
        detail::solver_dots<3>(run.exec, sums, r, r, r, z, z, q);
      else
        detail::solver_dots<2>(run.exec, sums, r, r, r, z);
      run.reduce(sums);
    } else {
      sums = run.rr;
    }
    std::size_t const stride = sums.size() / k;
    for (std::size_t c = 0; c < k; ++c) {
      if (!run.active[c]) continue;
      double const new_rr = sums[stride * c], new_rz = M != nullptr ? sums[stride * c + 1] : new_rr;
      run.rr[c] = new_rr;
      if (!std::isfinite(new_rr) || !std::isfinite(new_rz))
        run.stop(c, Status::not_finite);
      else if (new_rz < 0)
        run.stop(c, Status::indefinite);
      else if (new_rz == 0)
        run.stop(c, Status::breakdown);
      beta[c] = restart[c] ? 0. : flexible ? -alpha[c] * sums[stride * c + 2] / rz[c] : new_rz / rz[c];
      rz[c] = new_rz;
      restart[c] = 0;
    }
    if (!run.any_active()) break;

    ++run.iteration;
    detail::update_direction(run.exec, run.active, pending, beta, z, p, run.x);
    for (std::size_t c = 0; c < k; ++c)
      if (run.active[c]) pending[c] = 0;
    run.A.apply(run.exec, p, q);
    detail::solver_dots<3>(run.exec, sums, p, q, q, q, r, q);
    run.reduce(sums);
    bool any_claim = false;
    for (std::size_t c = 0; c < k; ++c) {
      claimed[c] = detail::kNoClaim;
      alpha[c] = 0;
      if (!run.active[c]) continue;
      double const pq = sums[3 * c], qq = sums[3 * c + 1], rq = sums[3 * c + 2];
      if (!std::isfinite(pq) || !std::isfinite(qq) || !std::isfinite(rq)) {
        run.stop(c, Status::not_finite);
        continue;
      }
      if (pq <= 0) {
        run.stop(c, Status::indefinite);
        continue;
      }
      alpha[c] = pending[c] = rz[c] / pq;
      // r.r after the step; where the difference is rounding, only the true residual can tell
      double const step_rr = alpha[c] * alpha[c] * qq;
      double const predicted = std::max(0., run.rr[c] - 2 * alpha[c] * rq + step_rr);
      if (run.within_tolerance(c, predicted) || predicted <= kCancelled * (run.rr[c] + step_rr))
        claimed[c] = detail::kConverged;
      any_claim = any_claim || claimed[c];
      run.update_residual_norm(c, predicted);
    }
    if (M == nullptr && !any_claim) {
      detail::residual_update(run.exec, alpha, q, r, sums);
      run.reduce(sums);
      for (std::size_t c = 0; c < k; ++c)
        if (run.active[c]) run.rr[c] = sums[c];
    } else {
      for (std::size_t c = 0; c < k; ++c) minus_alpha[c] = -alpha[c];
      detail::axpy_active(run.exec, minus_alpha, q, r);
    }
    if (any_claim) verify();
    run.record();
  }
  detail::axpy_active(run.exec, pending, p, run.x);
}

}  // namespace nacre::solvers
