#pragma once

#include <nacre/nn/features.hpp>
#include <nacre/nn/layer.hpp>

/// \file
/// Topology-adaptive graph convolutions.

namespace nacre::nn {

struct TagConvOptions {
  int hops = 3;  ///< K >= 0
  /// D^(-1/2) A D^(-1/2) as the matrix unless weights are given.
  bool normalize = false;
  bool with_bias = true;
};

/// y = sum over k = 0, ..., K of W^k x Theta_k + b, [n, in] -> [n, out], W being weights on the edges, which may be
/// differentiated. Du, Zhang, Wu, Moura and Kar (2017), "Topology adaptive graph convolutional networks", eq. 5.
///
/// Parameters: weight0 ... weightK [in, out] (uniform, 1 / sqrt(in)) and bias [out] (zero). Where `out` is narrower than `in`, the
/// sum is done from its last term on, W (W x Theta_2 + x Theta_1) + x Theta_0, so that messages are of the narrower width.
template <class Scalar, class Device = DefaultDevice>
class TagConv : public GraphLayer<Scalar, Device> {
 public:
  using Options = TagConvOptions;
  /// \throws nacre::Error if the number of hops is negative
  TagConv(std::size_t in, std::size_t out, Options const& options = {});

  /// With ones on the edges, or normalised. \throws nacre::Error if the extents of x do not fit
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Graph<Device> const& graph,
                                    MatrixVar<Scalar, Device> const& x) const override;
  /// \param weights [nnz] of the entries of graph.local()
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Graph<Device> const& graph,
                                    MatrixVar<Scalar, Device> const& x,
                                    VectorVar<Scalar, Device> const& weights) const;

 private:
  MatrixVar<Scalar, Device> sum_of_hops(Pass<Scalar, Device>& pass, Graph<Device> const& graph,
                                        CsrPattern<Device> const& pattern,
                                        VectorVar<Scalar, Device> const& weights,
                                        MatrixVar<Scalar, Device> const& x) const;
  std::size_t in_, out_;
  Options options_;
  std::vector<Parameter<Scalar, Device>*> weight_;
  Parameter<Scalar, Device>* bias_ = nullptr;
};

extern template class TagConv<double>;
extern template class TagConv<float>;

}  // namespace nacre::nn

#include <nacre/nn/tag_conv_impl.hpp>
