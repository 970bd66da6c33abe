#pragma once

#include <string>
#include <vector>

#include "method_comparison.hpp"
#include "progress.hpp"
#include "sparse_inverse_training.hpp"

/// \file
/// Training with validation by real solves that can be interrupted and resumed.

namespace nacre::apps {

class Interruption;

struct SparseInverseLearningOptions : SparseInverseTrainingOptions {
  std::string data;  ///< what the systems are; a training goes on with the same ones only
  int epochs = 500;
  double minutes = 0;           ///< of training, those before it was resumed included; 0: no limit
  int validate_every = 5;       ///< epochs
  int patience = 0;             ///< validations without a better one before it stops; 0: never
  std::string checkpoint;       ///< the file that keeps the state; empty: none
  double checkpoint_every = 2;  ///< seconds
  bool resume = false, progress = false;
};

/// What a training leaves behind besides the network.
struct SparseInverseRecord {
  std::vector<double> losses;                 ///< of each epoch, the mean over its steps
  std::vector<double> validation_epochs;      ///< epochs after which there was a validation
  std::vector<double> validation_iterations;  ///< to the smallest of kTolerances, means
  double seconds = 0;                         ///< of training, validation included
  double best_iterations = 0;
  std::int64_t best_epoch = 0;
};

class SparseInverseLearning {
 public:
  /// \param validation systems of all ranks, which share the work on them
  SparseInverseLearning(Comm const& comm, SparseInverseLearningOptions const& o,
                        std::vector<nn::SparseInverseSample> samples, std::vector<ComparedSystem> validation);

  /// The network is the best one afterwards. \return whether it came to its end; false if a signal asked it to stop. Collective.
  /// \throws nacre::Error on all ranks if the loss is not finite, the checkpoint cannot be written, or the one to resume from
  ///         is of another training
  bool run();

  SparseInverseTraining& training() { return training_; }
  SparseInverseRecord const& record() const { return record_; }
  std::vector<ComparedSystem> const& validation() const { return validation_; }
  double step_seconds() const { return step_seconds_; }  ///< median of this run

 private:
  void resume();
  void validate();
  bool is_over() const;
  Metadata metadata() const;
  void save();
  void show(double loss);

  Comm comm_;
  SparseInverseLearningOptions o_;
  SparseInverseTraining training_;
  std::vector<ComparedSystem> validation_;
  Progress progress_;
  SparseInverseRecord record_;
  std::vector<double> losses_of_epoch_;
  double seconds_before_ = 0, step_seconds_ = 0;
  std::chrono::steady_clock::time_point start_;
};

/// The results of each method on all systems, shared by the ranks: the same on all of them. `learned` is the network.
std::vector<std::vector<MethodResult>> compare_methods(Comm const& comm,
                                                       std::vector<std::string> const& methods,
                                                       std::vector<ComparedSystem> const& systems,
                                                       LearnedInverse<float>& network);
/// The mean of the iterations to each of kTolerances; NaN where one did not get there.
std::array<double, 4> mean_iterations(std::vector<MethodResult> const& results);

}  // namespace nacre::apps
