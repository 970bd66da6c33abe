#pragma once

#include <cstdint>
#include <vector>

#include <nacre/autodiff/parameter.hpp>

/// \file
/// Gradient descent with steps of a size of their own for each entry.

namespace nacre::ad {

/// Choices of Adam; names, formulas and defaults are those of PyTorch.
struct AdamOptions {
  double learning_rate = 1e-3;  ///< >= 0
  double beta1 = 0.9;           ///< of the mean of the gradient, in [0, 1)
  double beta2 = 0.999;         ///< of the mean of its square, in [0, 1)
  double epsilon = 1e-8;        ///< added to the root of the latter, >= 0
  double weight_decay = 0;      ///< times the parameter is added to the gradient, >= 0
  /// The parameter shrinks by learning_rate weight_decay in each step instead: AdamW.
  bool decoupled_weight_decay = false;
};

/// The options of AdamW, whose weight decay is 1e-2 and decoupled.
inline AdamOptions adamw_options(double learning_rate = 1e-3, double weight_decay = 1e-2) {
  AdamOptions options;
  options.learning_rate = learning_rate;
  options.weight_decay = weight_decay;
  options.decoupled_weight_decay = true;
  return options;
}

/// Adam: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
/// w -= learning_rate m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon) in step t = 1, 2, ...
///
/// Kingma and Ba (2015), "Adam: a method for stochastic optimization", algorithm 1; AdamW: Loshchilov and Hutter
/// (2019), "Decoupled weight decay regularization", algorithm 2. Works entry by entry, so parameters may be owned or
/// replicated.
template <class Scalar, class Device = DefaultDevice>
class Adam {
 public:
  /// What a checkpoint must hold; empty before the first step.
  struct State {
    std::int64_t steps = 0;
    std::vector<Vector<Scalar, Device>> mean, mean_square;  ///< m and v of each parameter
  };

  /// \throws nacre::Error if an option is out of range
  explicit Adam(AdamOptions const& options = {});

  /// Takes one step. Allocates in the first, never later; asynchronous on `exec`.
  /// \throws nacre::Error if the parameters are not those of the first step
  void step(ExecOf<Device> const& exec, Parameters<Scalar, Device> const& parameters);

  AdamOptions const& options() const { return options_; }
  void set_learning_rate(double learning_rate);
  State const& state() const { return state_; }
  State& state() { return state_; }

 private:
  AdamOptions options_;
  State state_;
};

extern template class Adam<double>;
extern template class Adam<float>;

}  // namespace nacre::ad

#include <nacre/autodiff/adam_impl.hpp>
