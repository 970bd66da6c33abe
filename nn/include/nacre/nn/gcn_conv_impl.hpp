#pragma once

#include <nacre/core/dense_rows.hpp>
#include <nacre/nn/gcn_normalization.hpp>

namespace nacre::nn {

template <class Scalar, class Device>
GcnConv<Scalar, Device>::GcnConv(std::size_t in, std::size_t out, bool with_bias)
    : in_(in), out_(out), weight_(&this->add_parameter("weight", {in, out}, glorot_uniform(in, out))) {
  if (with_bias) bias_ = &this->add_parameter("bias", {out}, zeros());
}

template <class Scalar, class Device>
MatrixVar<Scalar, Device> GcnConv<Scalar, Device>::forward(Pass<Scalar, Device>& pass,
                                                           Graph<Device> const& graph,
                                                           MatrixVar<Scalar, Device> const& x) const {
  auto const weight = pass.matrix(*weight_);
  return add_bias(pass, in_ < out_ ? detail::project(pass, propagate(pass, graph, x), weight)
                                   : propagate(pass, graph, detail::project(pass, x, weight)));
}

template <class Scalar, class Device>
MatrixVar<Scalar, Device> GcnConv<Scalar, Device>::forward(Pass<Scalar, Device>& pass,
                                                           Graph<Device> const& graph,
                                                           SparseFeatures<Scalar, Device> const& x) const {
  return add_bias(pass, propagate(pass, graph, detail::project(pass, x, pass.matrix(*weight_))));
}

template <class Scalar, class Device>
MatrixVar<Scalar, Device> GcnConv<Scalar, Device>::propagate(Pass<Scalar, Device>& pass,
                                                             Graph<Device> const& graph,
                                                             MatrixVar<Scalar, Device> const& x) const {
  auto const& A = gcn_normalization<Scalar>(graph);
  return pass.tape().apply(SpmmOp<Device>{A.pattern.local()}, A.values, graph.with_ghosts(pass, x));
}

template <class Scalar, class Device>
MatrixVar<Scalar, Device> GcnConv<Scalar, Device>::add_bias(Pass<Scalar, Device>& pass,
                                                            MatrixVar<Scalar, Device> const& x) const {
  return bias_ ? pass.tape().apply(BiasOp(), x, pass.vector(*bias_)) : x;
}

}  // namespace nacre::nn
