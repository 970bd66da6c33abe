#pragma once

#include <string>

#include <nacre/core/elementwise_functions.hpp>
#include <nacre/nn/layer.hpp>

/// \file
/// Nonlinear functions of single features.

namespace nacre::nn {

enum class Activation { none, relu, leaky_relu, elu, gelu, tanh, sigmoid, softplus };

/// By its enumerator's name. \throws nacre::Error if there is none of that name
Activation activation_by_name(std::string const& name);

/// f of every entry.
template <class Scalar, class Device>
MatrixVar<Scalar, Device> activate(Pass<Scalar, Device>& pass, Activation f,
                                   MatrixVar<Scalar, Device> const& x) {
  auto& tape = pass.tape();
  switch (f) {
    case Activation::none:
      return x;
    case Activation::relu:
      return tape.apply(ReluOp(), x);
    case Activation::leaky_relu:
      return tape.apply(LeakyReluOp(), x);
    case Activation::elu:
      return tape.apply(EluOp(), x);
    case Activation::gelu:
      return tape.apply(GeluOp(), x);
    case Activation::tanh:
      return tape.apply(TanhOp(), x);
    case Activation::sigmoid:
      return tape.apply(SigmoidOp(), x);
    case Activation::softplus:
      return tape.apply(SoftplusOp(), x);
  }
  return x;
}
extern template MatrixVar<double> activate(Pass<double>&, Activation, MatrixVar<double> const&);
extern template MatrixVar<float> activate(Pass<float>&, Activation, MatrixVar<float> const&);

/// The same as a layer.
template <class Scalar, class Device = DefaultDevice>
class ActivationLayer : public RowLayer<Scalar, Device> {
 public:
  explicit ActivationLayer(Activation f) : f_(f) {}
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Rows<Device> const&,
                                    MatrixVar<Scalar, Device> const& x) const override {
    return activate(pass, f_, x);
  }

 private:
  Activation f_;
};

}  // namespace nacre::nn
