#pragma once

namespace nacre::ad {

namespace detail {

template <class Scalar>
struct SgdBody {
  Scalar* w;
  Scalar const* g;
  Scalar* b;  // null without momentum
  Scalar learning_rate, momentum, gradient_part, weight_decay;
  bool first, nesterov;

  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    Scalar const d = g[i] + weight_decay * w[i];
    Scalar direction = d;
    if (b != nullptr) {
      b[i] = first ? d : momentum * b[i] + gradient_part * d;
      direction = nesterov ? d + momentum * b[i] : b[i];
    }
    w[i] -= learning_rate * direction;
  }
};

}  // namespace detail

template <class Scalar, class Device>
Sgd<Scalar, Device>::Sgd(SgdOptions const& options) : options_(options) {
  using detail::require_option;
  set_learning_rate(options.learning_rate);
  require_option("sgd", options.momentum >= 0 && options.momentum < 1, "momentum", options.momentum,
                 "a number in [0, 1)");
  require_option("sgd", options.dampening >= 0 && options.dampening <= 1, "dampening", options.dampening,
                 "a number in [0, 1]");
  require_option("sgd", options.weight_decay >= 0, "weight_decay", options.weight_decay, "zero or more");
  if (options.nesterov && (options.momentum == 0 || options.dampening != 0))
    fail(cat("sgd: nesterov with momentum = ", options.momentum, " and dampening = ", options.dampening,
             "; it needs a momentum and no dampening"));
}

template <class Scalar, class Device>
void Sgd<Scalar, Device>::set_learning_rate(double learning_rate) {
  detail::require_option("sgd", learning_rate >= 0, "learning_rate", learning_rate, "zero or more");
  options_.learning_rate = learning_rate;
}

template <class Scalar, class Device>
void Sgd<Scalar, Device>::step(ExecOf<Device> const& exec, Parameters<Scalar, Device> const& parameters) {
  bool const has_momentum = options_.momentum != 0;
  if (has_momentum) detail::match_state("sgd", "momentum", parameters, state_.momentum);
  for (std::size_t a = 0; a < parameters.size(); ++a) {
    auto const& p = parameters[a];
    Kokkos::parallel_for(
        "nacre::sgd", range_of_entries(exec, p.value.extent(0)),
        detail::SgdBody<Scalar>{
            p.value.data(), p.gradient.data(), has_momentum ? state_.momentum[a].data() : nullptr,
            static_cast<Scalar>(options_.learning_rate), static_cast<Scalar>(options_.momentum),
            static_cast<Scalar>(1 - options_.dampening), static_cast<Scalar>(options_.weight_decay),
            state_.steps == 0, options_.nesterov});
  }
  ++state_.steps;
}

}  // namespace nacre::ad
