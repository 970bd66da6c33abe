#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nacre/autodiff/adam.hpp>
#include <nacre/nn/gradients.hpp>
#include <nacre/nn/safetensors.hpp>

#include "learned_inverse.hpp"

/// \file
/// Training of networks that make sparse approximate inverses.

namespace nacre::apps {

struct SparseInverseTrainingOptions {
  nn::SparseInverseOptions network;
  std::string loss = "relative_residual";
  double convergence = 0;  ///< weight of nn::convergence_loss() besides
  int convergence_iterations = 15;
  int batch = 4;                ///< systems of a step, on all ranks together
  double learning_rate = 1e-3;  ///< of AdamW
  double weight_decay = 3e-3;
  double rate_decay = .99;  ///< the learning rate's factor after each epoch
  double max_gradient_norm = 10;
  std::int64_t seed = 42;
  nn::Evaluation evaluation = nn::Evaluation::fused;
};

/// A network, its optimiser and the systems it is trained with; ranks share the systems of a batch.
class SparseInverseTraining {
 public:
  /// \param samples of all ranks: rank r works on numbers r, r + P, ... and needs no others
  SparseInverseTraining(Comm const& comm, SparseInverseTrainingOptions const& options,
                        std::vector<nn::SparseInverseSample> samples);

  /// One step of AdamW. Collective. \return the loss of the batch before it, the mean over its systems
  double step();
  std::int64_t steps() const { return steps_; }
  std::int64_t steps_per_epoch() const;
  std::int64_t num_samples() const { return static_cast<std::int64_t>(samples_.size()); }
  LearnedInverse<float>& inverse() { return inverse_; }
  std::size_t num_parameters() const { return inverse_.network().num_parameters(); }
  double gradient_norm() const { return gradient_norm_; }  ///< of the last step, before it was clipped

  /// Begins with the network of a file instead of a random one. Collective.
  /// \throws nacre::Error on all ranks if there is none, or one of other options
  void start_from(std::string const& path);

  /// Remembers the network as it is now for what save() and use_best() say.
  void keep_best();
  /// The network becomes the one remembered last, if there is one.
  void use_best();

  /// The state, complete or not at all, with what else there is to keep: `model.` is the network remembered last, or that of
  /// now, which `training.model.` is anyway. Collective.
  void save(std::string const& path, Metadata metadata) const;
  /// Restores it, or leaves all as it is and throws. Collective.
  /// \param expected metadata that the file must have \return what else was kept
  Metadata load(std::string const& path, Metadata const& expected);

 private:
  Comm comm_;
  SparseInverseTrainingOptions options_;
  std::vector<nn::SparseInverseSample> samples_;
  mutable LearnedInverse<float> inverse_;
  nn::Gradients<float> gradients_;
  ad::Adam<float> adam_;
  nn::Pass<float> pass_;
  nn::TensorFile best_;
  std::int64_t steps_ = 0;
  double gradient_norm_ = 0;
};

/// A sample with what the training needs besides: FSAI(0)'s factor.
nn::SparseInverseSample make_training_sample(LinearSystem const& system,
                                             SparseInverseTrainingOptions const& options);

}  // namespace nacre::apps
