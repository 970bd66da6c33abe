#pragma once

#include <nacre/nn/activation.hpp>
#include <nacre/nn/dropout.hpp>
#include <nacre/nn/linear.hpp>
#include <nacre/nn/normalization.hpp>

/// \file
/// Multi-layer perceptrons.

namespace nacre::nn {

struct MlpOptions {
  Activation activation = Activation::relu;
  bool layer_norm = false;  ///< before each activation
  double dropout = 0;       ///< after each activation, in [0, 1)
};

/// What follows a hidden linear layer of this width: norm, activation, dropout.
template <class Scalar, class Device>
void add_activated(RowSequential<Scalar, Device>& to, std::size_t width, MlpOptions const& options) {
  if (options.layer_norm) to.template add<LayerNorm<Scalar, Device>>(width);
  to.template add<ActivationLayer<Scalar, Device>>(options.activation);
  if (options.dropout > 0) to.template add<Dropout<Scalar, Device>>(options.dropout);
}

/// Linear layers of the given widths with activations between them, not after the last: widths {3, 8, 8, 2} are three
/// layers. Names "0", "1", ... count linear layers, norms, activations and dropout.
template <class Scalar, class Device = DefaultDevice>
class Mlp : public RowSequential<Scalar, Device> {
 public:
  using Options = MlpOptions;
  /// \throws nacre::Error if there are fewer than two widths
  explicit Mlp(std::vector<std::size_t> const& widths, Options const& options = {});
};

template <class Scalar, class Device>
Mlp<Scalar, Device>::Mlp(std::vector<std::size_t> const& widths, Options const& options) {
  if (widths.size() < 2) fail(cat("Mlp: ", widths.size(), " widths, expected at least 2"));
  for (std::size_t l = 1; l < widths.size(); ++l) {
    this->template add<Linear<Scalar, Device>>(widths[l - 1], widths[l]);
    if (l + 1 < widths.size()) add_activated(*this, widths[l], options);
  }
}

}  // namespace nacre::nn
