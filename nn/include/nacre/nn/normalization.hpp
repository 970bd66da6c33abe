#pragma once

#include <nacre/nn/layer.hpp>

/// \file
/// Normalisation of features.

namespace nacre::nn {

/// y(i, :) = gamma (x(i, :) - mean of the row) / sqrt(variance of the row + eps) + beta; Ba, Kiros and Hinton (2016),
/// "Layer normalization". Parameters: weight [k] (gamma, ones) and bias [k] (beta, zeros), not trainable unless affine.
template <class Scalar, class Device = DefaultDevice>
class LayerNorm : public RowLayer<Scalar, Device> {
 public:
  explicit LayerNorm(std::size_t width, bool affine = true, double eps = 1e-5);
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                    MatrixVar<Scalar, Device> const& x) const override;

 private:
  Parameter<Scalar, Device>*weight_, *bias_;
  double eps_;
};

/// Each column normalised over the rows of each graph: nodes or edges, also those on other ranks. Ulyanov, Vedaldi and
/// Lempitsky (2016), "Instance normalization", without parameters.
template <class Scalar, class Device = DefaultDevice>
class InstanceNorm : public RowLayer<Scalar, Device> {
 public:
  explicit InstanceNorm(double eps = 1e-5) : eps_(eps) {}
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                    MatrixVar<Scalar, Device> const& x) const override;

 private:
  double eps_;
};

struct BatchNormOptions {
  double eps = 1e-5;
  double momentum = .1;  ///< the part of a batch's statistics in the running ones, in [0, 1]
};

/// Each column normalised over all rows of the batch, on all of its ranks, then gamma x + beta; when evaluating, by running
/// statistics. Ioffe and Szegedy (2015), "Batch normalization", algorithms 1 and 2.
///
/// Parameters: weight, bias [k]; state: running_mean, running_var [k], the variance being unbiased as PyTorch's is.
template <class Scalar, class Device = DefaultDevice>
class BatchNorm : public RowLayer<Scalar, Device> {
 public:
  using Options = BatchNormOptions;
  /// \throws nacre::Error if the momentum is out of range
  explicit BatchNorm(std::size_t width, Options const& options = {});
  /// A training pass renews the running statistics.
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                    MatrixVar<Scalar, Device> const& x) const override;

 private:
  Parameter<Scalar, Device>*weight_, *bias_, *running_mean_, *running_var_;
  RowMajor<Scalar, Device> running_;  // [2, k] mean and reciprocal deviation, as the operation takes them
  Options options_;
};

extern template class LayerNorm<double>;
extern template class LayerNorm<float>;
extern template class InstanceNorm<double>;
extern template class InstanceNorm<float>;
extern template class BatchNorm<double>;
extern template class BatchNorm<float>;

}  // namespace nacre::nn

#include <nacre/nn/normalization_impl.hpp>
