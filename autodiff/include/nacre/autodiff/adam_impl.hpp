#pragma once

#include <cmath>

namespace nacre::ad {

namespace detail {

template <class Scalar>
struct AdamBody {
  Scalar* w;
  Scalar const* g;
  Scalar* m;
  Scalar* v;
  Scalar beta1, beta2, rest1, rest2, epsilon;  // rest = 1 - beta, which float would round
  Scalar step;                                 // learning_rate / (1 - beta1^t)
  Scalar root_scale;                           // 1 / sqrt(1 - beta2^t)
  Scalar decay;                                // times w is added to g
  Scalar shrink;                               // w becomes (1 - shrink) w first

  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    Scalar const wi = w[i] - shrink * w[i];
    Scalar const gi = g[i] + decay * w[i];
    Scalar const mi = beta1 * m[i] + rest1 * gi;
    Scalar const vi = beta2 * v[i] + rest2 * gi * gi;
    m[i] = mi;
    v[i] = vi;
    w[i] = wi - step * mi / (compat::sqrt(vi) * root_scale + epsilon);
  }
};

}  // namespace detail

template <class Scalar, class Device>
Adam<Scalar, Device>::Adam(AdamOptions const& options) : options_(options) {
  using detail::require_option;
  set_learning_rate(options.learning_rate);
  require_option("adam", options.beta1 >= 0 && options.beta1 < 1, "beta1", options.beta1,
                 "a number in [0, 1)");
  require_option("adam", options.beta2 >= 0 && options.beta2 < 1, "beta2", options.beta2,
                 "a number in [0, 1)");
  require_option("adam", options.epsilon >= 0, "epsilon", options.epsilon, "zero or more");
  require_option("adam", options.weight_decay >= 0, "weight_decay", options.weight_decay, "zero or more");
}

template <class Scalar, class Device>
void Adam<Scalar, Device>::set_learning_rate(double learning_rate) {
  detail::require_option("adam", learning_rate >= 0, "learning_rate", learning_rate, "zero or more");
  options_.learning_rate = learning_rate;
}

template <class Scalar, class Device>
void Adam<Scalar, Device>::step(ExecOf<Device> const& exec, Parameters<Scalar, Device> const& parameters) {
  detail::match_state("adam", "mean", parameters, state_.mean);
  detail::match_state("adam", "mean_square", parameters, state_.mean_square);
  auto const t = static_cast<double>(++state_.steps);
  double const rate = options_.learning_rate;
  double const decay = options_.weight_decay;
  for (std::size_t a = 0; a < parameters.size(); ++a) {
    auto const& p = parameters[a];
    Kokkos::parallel_for("nacre::adam", range_of_entries(exec, p.value.extent(0)),
                         detail::AdamBody<Scalar>{
                             p.value.data(), p.gradient.data(), state_.mean[a].data(),
                             state_.mean_square[a].data(), static_cast<Scalar>(options_.beta1),
                             static_cast<Scalar>(options_.beta2), static_cast<Scalar>(1 - options_.beta1),
                             static_cast<Scalar>(1 - options_.beta2), static_cast<Scalar>(options_.epsilon),
                             static_cast<Scalar>(rate / (1 - std::pow(options_.beta1, t))),
                             static_cast<Scalar>(1 / std::sqrt(1 - std::pow(options_.beta2, t))),
                             static_cast<Scalar>(options_.decoupled_weight_decay ? 0 : decay),
                             static_cast<Scalar>(options_.decoupled_weight_decay ? rate * decay : 0)});
  }
}

}  // namespace nacre::ad
