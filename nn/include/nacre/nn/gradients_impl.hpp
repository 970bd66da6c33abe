#pragma once

#include <cmath>

#include <nacre/core/vector_ops.hpp>

namespace nacre::nn {

template <class Scalar, class Device>
Gradients<Scalar, Device>::Gradients(Module<Scalar, Device> const& module, Comm comm)
    : comm_(std::move(comm)), named_(module.parameters()) {
  std::size_t n = 0;
  for (auto const& named : named_) n += named.parameter->size();
  all_ = Vector<Scalar, Device>("nacre::nn::Gradients", n);
  n = 0;
  for (auto const& named : named_) {
    auto const& value = named.parameter->value();
    parameters_.emplace_back(value, Vector<Scalar, Device>(all_.data() + n, value.extent(0)),
                             ad::Ownership::replicated);
    n += value.extent(0);
  }
}

template <class Scalar, class Device>
void Gradients<Scalar, Device>::add(Pass<Scalar, Device>& pass) const {
  std::size_t at = 0;
  for (auto const& named : named_) {
    std::size_t const n = named.parameter->size();
    auto const gradient = pass.gradient(*named.parameter);
    if (gradient.data() != nullptr)
      add_to(pass.exec(), gradient, Vector<Scalar, Device>(all_.data() + at, n));
    at += n;
  }
}

template <class Scalar, class Device>
void Gradients<Scalar, Device>::sum_over_ranks(ExecOf<Device> const& exec) const {
  nacre::detail::sum_over_ranks(exec, comm_, staging_, all_.data(), all_.extent(0));
}

template <class Scalar, class Device>
std::vector<ad::Parameter<Scalar, Device>> Gradients<Scalar, Device>::parameters(
    std::function<bool(std::string const&)> const& which) const {
  std::vector<ad::Parameter<Scalar, Device>> chosen;
  for (std::size_t a = 0; a < named_.size(); ++a)
    if (which(named_[a].name)) chosen.push_back(parameters_[a]);
  return chosen;
}

template <class Scalar, class Device>
double Gradients<Scalar, Device>::norm(ExecOf<Device> const& exec) const {
  return std::sqrt(dot(exec, all_, all_)[0]);
}

template <class Scalar, class Device>
double Gradients<Scalar, Device>::clip_by_norm(ExecOf<Device> const& exec, double max_norm) const {
  if (!(max_norm > 0)) fail(cat("clip_by_norm: max_norm = ", max_norm, ", expected a positive number"));
  double const found = norm(exec);
  if (found > max_norm) scale(exec, max_norm / found, all_);
  return found;
}

template <class Scalar, class Device>
std::size_t Gradients<Scalar, Device>::reduced_bytes() const {
  auto const ranks = static_cast<std::size_t>(comm_.size());
  return 2 * (ranks - 1) * all_.extent(0) * sizeof(Scalar) / ranks;
}

}  // namespace nacre::nn
