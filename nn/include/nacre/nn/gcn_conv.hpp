#pragma once

#include <nacre/nn/features.hpp>
#include <nacre/nn/layer.hpp>

/// \file
/// Graph convolutions of Kipf and Welling.

namespace nacre::nn {

/// y = D^(-1/2) (A + I) D^(-1/2) x W + b, [n, in] -> [n, out]; Kipf and Welling (2017), "Semi-supervised classification
/// with graph convolutional networks", eq. 2.
///
/// Parameters: weight [in, out] (Glorot uniform) and bias [out] (zero). Multiplies by the matrix first where the weight
/// makes features wider. What ghosts have of the narrower is imported.
template <class Scalar, class Device = DefaultDevice>
class GcnConv : public GraphLayer<Scalar, Device> {
 public:
  GcnConv(std::size_t in, std::size_t out, bool with_bias = true);

  /// \throws nacre::Error if x has not `in` columns, or not a row for each node
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Graph<Device> const& graph,
                                    MatrixVar<Scalar, Device> const& x) const override;
  /// The same of sparse features: the product with the weight costs what their entries do.
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Graph<Device> const& graph,
                                    SparseFeatures<Scalar, Device> const& x) const;

  Parameter<Scalar, Device>& weight() const { return *weight_; }
  /// Null without.
  Parameter<Scalar, Device>* bias() const { return bias_; }

 private:
  MatrixVar<Scalar, Device> propagate(Pass<Scalar, Device>& pass, Graph<Device> const& graph,
                                      MatrixVar<Scalar, Device> const& x) const;
  MatrixVar<Scalar, Device> add_bias(Pass<Scalar, Device>& pass, MatrixVar<Scalar, Device> const& x) const;

  std::size_t in_, out_;
  Parameter<Scalar, Device>*weight_, *bias_ = nullptr;
};

extern template class GcnConv<double>;
extern template class GcnConv<float>;

}  // namespace nacre::nn

#include <nacre/nn/gcn_conv_impl.hpp>
