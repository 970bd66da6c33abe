#pragma once

#include <nacre/nn/dropout.hpp>
#include <nacre/nn/features.hpp>

/// \file
/// Graph attention.

namespace nacre::nn {

struct GatV2Options {
  int heads = 1;
  bool concatenate = true;  ///< heads side by side, [n, heads out]; false: their mean, [n, out]
  double slope = .2;        ///< of the leaky rectifier
  double dropout = 0;       ///< of attention, in [0, 1)
  bool self_loops = true;   ///< a node attends to itself, too
  bool with_bias = true;
};

/// y(i) = sum over neighbours j of alpha(i, j) x(j) W_source + b, alpha being the softmax over j of a . leaky_relu(x(i)
/// W_target + x(j) W_source), each head by itself. Brody, Alon and Yahav (2022), "How attentive are graph attention
/// networks?", eq. 7.
///
/// Parameters: weight_target, weight_source [in, heads out], attention [heads out] (Glorot uniform), bias [heads out] or
/// [out] (zero). In PyTorch Geometric, weight_source is lin_l.weight transposed, weight_target lin_r.weight transposed; the
/// biases of lin_l and lin_r have no counterpart here.
template <class Scalar, class Device = DefaultDevice>
class GatV2Conv : public GraphLayer<Scalar, Device> {
 public:
  using Options = GatV2Options;
  /// \param out width of a head
  /// \throws nacre::Error if there are no heads, or dropout is out of range
  GatV2Conv(std::size_t in, std::size_t out, Options const& options = {});

  /// \throws nacre::Error if the extents of x do not fit
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Graph<Device> const& graph,
                                    MatrixVar<Scalar, Device> const& x) const override;

 private:
  Options options_;
  Parameter<Scalar, Device>*weight_target_, *weight_source_, *attention_, *bias_ = nullptr;
  RowMajor<Scalar, Device> mean_of_heads_;  // empty where heads are concatenated
};

extern template class GatV2Conv<double>;
extern template class GatV2Conv<float>;

}  // namespace nacre::nn

#include <nacre/nn/gatv2_conv_impl.hpp>
