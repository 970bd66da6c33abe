#pragma once

#include <array>

#include <nacre/core/entries.hpp>
#include <nacre/core/inner_products.hpp>
#include <nacre/core/ordered_sum.hpp>

/// \file
/// A step of the heavy-ball iteration as one operation: sums of ready-made ones would keep twice as many vectors.

namespace nacre::apps {

namespace detail {

struct HeavyballBody {
  double const *alpha, *beta, *residual, *x, *previous;
  double* next;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    next[i] = x[i] - alpha[0] * residual[i] + beta[0] * (x[i] - previous[i]);
  }
};

/// Null pointers are not wanted.
struct HeavyballAdjointBody {
  double const *alpha, *beta, *next_bar;
  double *residual_bar, *x_bar, *previous_bar;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    if (residual_bar) residual_bar[i] -= alpha[0] * next_bar[i];
    if (x_bar) x_bar[i] += (1 + beta[0]) * next_bar[i];
    if (previous_bar) previous_bar[i] -= beta[0] * next_bar[i];
  }
};

struct MomentumTerm {
  double const *next_bar, *x, *previous;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t i) const {
    return next_bar[i] * (x[i] - previous[i]);
  }
};

}  // namespace detail

/// x+ = x - alpha r + beta (x - x-), r = A x - b. alpha and beta [1]; r, x, x- and x+ of one shape.
struct HeavyballStepOp {
  static constexpr char const* name = "nacre::apps::heavyball_step";

  template <class Alpha, class Beta, class R, class X, class P>
  std::array<std::size_t, compat::kRank<X>> output_extents(Alpha const&, Beta const&, R const&, X const& x,
                                                           P const&) const {
    return extents_of(x);
  }
  template <class Exec, class Y, class Alpha, class Beta, class R, class X, class P>
  void forward(Exec const& exec, Y const& next, Alpha const& alpha, Beta const& beta, R const& residual,
               X const& x, P const& previous) const {
    nacre::detail::check_same_shape(name, residual, x, "the extent of x");
    nacre::detail::check_same_shape(name, previous, x, "the extent of x");
    nacre::detail::for_each_entry(exec, name, x.size(),
                                  detail::HeavyballBody{alpha.data(), beta.data(), residual.data(), x.data(),
                                                        previous.data(), next.data()});
  }
  template <class Exec, class Y, class YBar, class Alpha, class Beta, class R, class X, class P,
            class AlphaBar, class BetaBar, class RBar, class XBar, class PBar>
  void adjoint(Exec const& exec, Y const&, YBar const& next_bar, Alpha const& alpha, Beta const& beta,
               R const& residual, X const& x, P const& previous, AlphaBar const& alpha_bar,
               BetaBar const& beta_bar, RBar const& residual_bar, XBar const& x_bar,
               PBar const& previous_bar) const {
    char const* const label = "nacre::apps::heavyball_step_adjoint";
    if (is_given(alpha_bar))
      ordered_sum(exec, label, x.size(),
                  nacre::detail::DotTerm<double, double>{next_bar.data(), residual.data()}, alpha_bar, -1, 1);
    if (is_given(beta_bar))
      ordered_sum(exec, label, x.size(), detail::MomentumTerm{next_bar.data(), x.data(), previous.data()},
                  beta_bar, 1, 1);
    if (is_given(residual_bar) || is_given(x_bar) || is_given(previous_bar))
      nacre::detail::for_each_entry(
          exec, label, x.size(),
          detail::HeavyballAdjointBody{alpha.data(), beta.data(), next_bar.data(), residual_bar.data(),
                                       x_bar.data(), previous_bar.data()});
  }
};

}  // namespace nacre::apps
