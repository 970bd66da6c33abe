#pragma once

#include <nacre/core/dense_rows.hpp>
#include <nacre/core/elementwise_binary.hpp>
#include <nacre/nn/gcn_normalization.hpp>

namespace nacre::nn {

template <class Scalar, class Device>
TagConv<Scalar, Device>::TagConv(std::size_t in, std::size_t out, Options const& options)
    : in_(in), out_(out), options_(options) {
  if (options.hops < 0) fail(cat("TagConv: hops = ", options.hops, ", expected zero or more"));
  for (int k = 0; k <= options.hops; ++k)
    weight_.push_back(&this->add_parameter(cat("weight", k), {in, out}, pytorch_default(in)));
  if (options.with_bias) bias_ = &this->add_parameter("bias", {out}, zeros());
}

template <class Scalar, class Device>
MatrixVar<Scalar, Device> TagConv<Scalar, Device>::forward(Pass<Scalar, Device>& pass,
                                                           Graph<Device> const& graph,
                                                           MatrixVar<Scalar, Device> const& x) const {
  if (options_.normalize) {
    auto const& A = gcn_normalization<Scalar, false>(graph);
    return sum_of_hops(pass, graph, A.pattern.local(), pass.constant(A.values), x);
  }
  return forward(pass, graph, x, pass.constant(unit_weights<Scalar>(graph).values));
}

template <class Scalar, class Device>
MatrixVar<Scalar, Device> TagConv<Scalar, Device>::forward(Pass<Scalar, Device>& pass,
                                                           Graph<Device> const& graph,
                                                           MatrixVar<Scalar, Device> const& x,
                                                           VectorVar<Scalar, Device> const& weights) const {
  return sum_of_hops(pass, graph, graph.local(), weights, x);
}

template <class Scalar, class Device>
MatrixVar<Scalar, Device> TagConv<Scalar, Device>::sum_of_hops(Pass<Scalar, Device>& pass,
                                                               Graph<Device> const& graph,
                                                               CsrPattern<Device> const& pattern,
                                                               VectorVar<Scalar, Device> const& weights,
                                                               MatrixVar<Scalar, Device> const& x) const {
  auto& tape = pass.tape();
  SpmmOp<Device> const propagate{pattern};
  auto const add = [&](auto const& a, auto const& b) { return tape.apply(LinearCombinationOp{1, 1}, a, b); };
  auto const project = [&](auto const& v, Parameter<Scalar, Device> const* weight) {
    return detail::project(pass, v, pass.matrix(*weight));
  };
  auto const last = static_cast<std::size_t>(options_.hops);
  MatrixVar<Scalar, Device> y;
  if (out_ < in_) {
    y = project(x, weight_[last]);
    for (std::size_t k = last; k-- > 0;)
      y = add(tape.apply(propagate, weights, graph.with_ghosts(pass, y)), project(x, weight_[k]));
  } else {
    auto hop = x;
    y = project(hop, weight_[0]);
    for (std::size_t k = 1; k <= last; ++k) {
      hop = tape.apply(propagate, weights, graph.with_ghosts(pass, hop));
      y = add(y, project(hop, weight_[k]));
    }
  }
  return bias_ ? tape.apply(BiasOp(), y, pass.vector(*bias_)) : y;
}

}  // namespace nacre::nn
