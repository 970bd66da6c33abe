#pragma once

#include <nacre/core/dense_rows.hpp>
#include <nacre/nn/features.hpp>
#include <nacre/nn/layer.hpp>

/// \file
/// The first layer of a network whose input is sparse.

namespace nacre::nn {

/// y = X W + b with sparse features X [n, in] -> [n, out]: what comes before layers of dense features. It costs what the
/// entries of X do. Parameters: weight [in, out] and bias [out], uniform as PyTorch's.
template <class Scalar, class Device = DefaultDevice>
class SparseLinear : public Module<Scalar, Device> {
 public:
  SparseLinear(std::size_t in, std::size_t out, bool with_bias = true)
      : weight_(&this->add_parameter("weight", {in, out}, pytorch_default(in))) {
    if (with_bias) bias_ = &this->add_parameter("bias", {out}, pytorch_default(in));
  }

  /// \throws nacre::Error if x has not `in` columns
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass,
                                    SparseFeatures<Scalar, Device> const& x) const {
    auto const y = detail::project(pass, x, pass.matrix(*weight_));
    return bias_ ? pass.tape().apply(BiasOp(), y, pass.vector(*bias_)) : y;
  }

 private:
  Parameter<Scalar, Device>*weight_, *bias_ = nullptr;
};

}  // namespace nacre::nn
