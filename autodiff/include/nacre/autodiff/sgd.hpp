#pragma once

#include <cstdint>
#include <vector>

#include <nacre/autodiff/parameter.hpp>

/// \file
/// Gradient descent.

namespace nacre::ad {

/// Choices of gradient descent; names, formulas and defaults are those of PyTorch.
struct SgdOptions {
  double learning_rate = 1e-3;  ///< >= 0
  double momentum = 0;          ///< in [0, 1)
  double dampening = 0;         ///< the part of the gradient that does not enter the momentum, in [0, 1]
  bool nesterov = false;        ///< needs momentum and no dampening
  double weight_decay = 0;      ///< times the parameter is added to the gradient, >= 0
};

/// Gradient descent with momentum: d = g + weight_decay w; b = momentum b + (1 - dampening) d (b = d in the first
/// step); w -= learning_rate b, or learning_rate (d + momentum b) by Nesterov's rule.
///
/// Polyak (1964); Sutskever, Martens, Dahl and Hinton (2013), "On the importance of initialization and momentum in
/// deep learning". Works entry by entry, so parameters may be owned or replicated.
template <class Scalar, class Device = DefaultDevice>
class Sgd {
 public:
  /// What a checkpoint must hold; empty before the first step and without momentum.
  struct State {
    std::int64_t steps = 0;
    std::vector<Vector<Scalar, Device>> momentum;  ///< b of each parameter
  };

  /// \throws nacre::Error if an option is out of range
  explicit Sgd(SgdOptions const& options = {});

  /// Takes one step. Allocates in the first, never later; asynchronous on `exec`.
  /// \throws nacre::Error if the parameters are not those of the first step
  void step(ExecOf<Device> const& exec, Parameters<Scalar, Device> const& parameters);

  SgdOptions const& options() const { return options_; }
  void set_learning_rate(double learning_rate);
  State const& state() const { return state_; }
  State& state() { return state_; }

 private:
  SgdOptions options_;
  State state_;
};

extern template class Sgd<double>;
extern template class Sgd<float>;

}  // namespace nacre::ad

#include <nacre/autodiff/sgd_impl.hpp>
