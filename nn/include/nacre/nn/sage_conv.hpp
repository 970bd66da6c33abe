#pragma once

#include <nacre/nn/aggregation.hpp>
#include <nacre/nn/features.hpp>
#include <nacre/nn/layer.hpp>

/// \file
/// Convolutions that sample and aggregate.

namespace nacre::nn {

/// y(i) = x(i) W_self + aggregate of x(j) over the neighbours j of i W_neighbor + b, [n, in] -> [n, out]. Hamilton, Ying
/// and Leskovec (2017), "Inductive representation learning on large graphs", algorithm 1 without sampling, the concatenated
/// matrix being two.
///
/// Parameters: weight_self, weight_neighbor [in, out] and bias [out], uniform as PyTorch's. In PyTorch Geometric they are
/// lin_r.weight and lin_l.weight, both transposed, and lin_l.bias.
template <class Scalar, class Device = DefaultDevice>
class SageConv : public GraphLayer<Scalar, Device> {
 public:
  SageConv(std::size_t in, std::size_t out, Aggregation aggregation = Aggregation::mean,
           bool with_bias = true);

  /// \throws nacre::Error if the extents of x do not fit
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Graph<Device> const& graph,
                                    MatrixVar<Scalar, Device> const& x) const override;

 private:
  Aggregation aggregation_;
  Parameter<Scalar, Device>*weight_self_, *weight_neighbor_, *bias_ = nullptr;
};

extern template class SageConv<double>;
extern template class SageConv<float>;

}  // namespace nacre::nn

#include <nacre/nn/sage_conv_impl.hpp>
