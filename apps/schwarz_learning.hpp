#pragma once

#include <memory>
#include <string>
#include <vector>

#include "progress.hpp"
#include "schwarz_training.hpp"
#include "training.hpp"

/// \file
/// Training on many meshes that can be interrupted and resumed.

namespace nacre::apps {

struct SchwarzLearningOptions : SchwarzTrainingOptions {
  int meshes = 100, batch = 10, epochs = 10;
  std::string reaction = "mass";  ///< of the meshes' problems: the lumped mass matrix, or "identity"
  std::string checkpoint;         ///< the file that keeps the state; empty: none
  double checkpoint_every = .3;   ///< seconds; 0: after each step
  bool resume = false, progress = false;

  ReactionTerm reaction_term() const;
  /// Problems are drawn by their numbers: those to train with are 0, 1, ...
  std::uint64_t problem_seed(std::int64_t number) const;
};

class SchwarzLearning {
 public:
  SchwarzLearning(Comm const& comm, SchwarzLearningOptions const& o);

  /// \return whether it came to its end; false if a signal asked it to stop. Collective.
  /// \throws nacre::Error on all ranks if the loss is not finite, the checkpoint cannot be written, or the one to resume
  ///         from is of another training
  bool run();

  SchwarzTraining& training() { return training_; }
  std::vector<double> const& losses() const { return losses_; }  ///< of each step
  double step_seconds() const { return step_seconds_; }  ///< the mean of this run, 0 if it had no step

 private:
  std::int64_t steps_per_epoch() const { return (o_.meshes + o_.batch - 1) / o_.batch; }
  std::int64_t all_steps() const { return std::int64_t{o_.epochs} * steps_per_epoch(); }
  void resume();
  void make_meshes();
  void step();
  Metadata metadata() const;

  Comm comm_;
  SchwarzLearningOptions o_;
  SchwarzTraining training_;
  Progress progress_;
  std::vector<std::unique_ptr<SchwarzSample>> samples_;  // this rank's: every so manieth
  std::vector<double> losses_;
  double step_seconds_ = 0;
};

}  // namespace nacre::apps
