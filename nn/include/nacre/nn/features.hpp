#pragma once

#include <nacre/autodiff/functions.hpp>
#include <nacre/nn/pass.hpp>

/// \file
/// Features that most nodes do not have.

namespace nacre::nn {

/// Sparse features of nodes on a tape, [n, in]: a bag of words, say.
template <class Scalar, class Device = DefaultDevice>
using SparseFeatures = ad::SparseVar<VectorVar<Scalar, Device>, Device>;

/// Features that nothing flows back to.
template <class Scalar, class Device>
SparseFeatures<Scalar, Device> sparse_features(Pass<Scalar, Device>& pass,
                                               CsrMatrix<Scalar, Device> const& x) {
  return {x.pattern, pass.constant(x.values)};
}

namespace detail {

/// x W with W [in, out].
template <class Scalar, class Device>
MatrixVar<Scalar, Device> project(Pass<Scalar, Device>& pass, MatrixVar<Scalar, Device> const& x,
                                  MatrixVar<Scalar, Device> const& weight) {
  return pass.tape().apply(MatmulOp(), x, weight);
}
template <class Scalar, class Device>
MatrixVar<Scalar, Device> project(Pass<Scalar, Device>& pass, SparseFeatures<Scalar, Device> const& x,
                                  MatrixVar<Scalar, Device> const& weight) {
  return pass.tape().apply(SpmmOp<Device>{x.pattern}, x.values, weight);
}

}  // namespace detail

}  // namespace nacre::nn
