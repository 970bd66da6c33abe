#pragma once

#include <nacre/nn/layer.hpp>

/// \file
/// Linear layers.

namespace nacre::nn {

/// y = x W^T + b, [n, in] -> [n, out].
///
/// Parameters: weight [out, in] and bias [out], with the layout, names and initial distribution of PyTorch's.
template <class Scalar, class Device = DefaultDevice>
class Linear : public RowLayer<Scalar, Device> {
 public:
  Linear(std::size_t in, std::size_t out, bool with_bias = true);

  /// \throws nacre::Error if x has not `in` columns
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                    MatrixVar<Scalar, Device> const& x) const override;

  Parameter<Scalar, Device>& weight() const { return *weight_; }
  /// Null without.
  Parameter<Scalar, Device>* bias() const { return bias_; }

 private:
  Parameter<Scalar, Device>*weight_, *bias_ = nullptr;
};

extern template class Linear<double>;
extern template class Linear<float>;

}  // namespace nacre::nn

#include <nacre/nn/linear_impl.hpp>
