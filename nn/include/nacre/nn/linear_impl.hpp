#pragma once

#include <nacre/core/dense_rows.hpp>
#include <nacre/core/gemm.hpp>

namespace nacre::nn {

template <class Scalar, class Device>
Linear<Scalar, Device>::Linear(std::size_t in, std::size_t out, bool with_bias)
    : weight_(&this->add_parameter("weight", {out, in}, pytorch_default(in))) {
  if (with_bias) bias_ = &this->add_parameter("bias", {out}, pytorch_default(in));
}

template <class Scalar, class Device>
MatrixVar<Scalar, Device> Linear<Scalar, Device>::forward(Pass<Scalar, Device>& pass, Rows<Device> const&,
                                                          MatrixVar<Scalar, Device> const& x) const {
  auto& tape = pass.tape();
  auto const y = tape.apply(MatmulOp{Transposed::no, Transposed::yes}, x, pass.matrix(*weight_));
  return bias_ ? tape.apply(BiasOp(), y, pass.vector(*bias_)) : y;
}

}  // namespace nacre::nn
