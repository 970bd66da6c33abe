#pragma once

#include <nacre/core/dense_rows.hpp>
#include <nacre/core/elementwise_binary.hpp>

namespace nacre::nn {

template <class Scalar, class Device>
SageConv<Scalar, Device>::SageConv(std::size_t in, std::size_t out, Aggregation aggregation, bool with_bias)
    : aggregation_(aggregation),
      weight_self_(&this->add_parameter("weight_self", {in, out}, pytorch_default(in))),
      weight_neighbor_(&this->add_parameter("weight_neighbor", {in, out}, pytorch_default(in))) {
  if (with_bias) bias_ = &this->add_parameter("bias", {out}, pytorch_default(in));
}

template <class Scalar, class Device>
MatrixVar<Scalar, Device> SageConv<Scalar, Device>::forward(Pass<Scalar, Device>& pass,
                                                            Graph<Device> const& graph,
                                                            MatrixVar<Scalar, Device> const& x) const {
  auto& tape = pass.tape();
  auto const neighbors = aggregate_neighbors(pass, graph, aggregation_, x);
  auto const y = tape.apply(LinearCombinationOp{1, 1}, detail::project(pass, x, pass.matrix(*weight_self_)),
                            detail::project(pass, neighbors, pass.matrix(*weight_neighbor_)));
  return bias_ ? tape.apply(BiasOp(), y, pass.vector(*bias_)) : y;
}

}  // namespace nacre::nn
