#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "gcn.hpp"
#include "progress.hpp"

/// \file
/// Training of networks one after the other that can be interrupted and resumed.

namespace nacre::apps {

class Interruption;

/// Of one network, a number for each epoch.
struct GcnCurves {
  std::vector<double> loss, validation_loss, validation_accuracy;
};

struct GcnTrainingOptions : GcnOptions {
  std::string checkpoint;        ///< the file that keeps the state; empty: none
  double checkpoint_every = .3;  ///< seconds; 0: after each epoch
  bool resume = false, progress = false;
};

/// What a training leaves behind besides the network.
struct GcnRecord {
  std::vector<double> accuracies;     ///< on the test nodes, of the networks that are done
  GcnCurves curves;                   ///< of the network at hand
  std::vector<double> epoch_seconds;  ///< of the steps of this run, not of those before it was resumed
};

class GcnTraining {
 public:
  /// \param gcn just made from the same options
  GcnTraining(Comm const& comm, GcnTrainingOptions const& o, Gcn& gcn);

  /// \return whether it came to its end; false if a signal asked it to stop. Collective.
  /// \throws nacre::Error on all ranks if the loss is not finite, the checkpoint cannot be written, or the one to
  ///         resume from is of another training
  bool run();

  GcnRecord const& record() const { return record_; }
  /// Of the last network.
  GcnScores const& scores() const { return scores_; }

 private:
  std::uint64_t seed() const;
  void resume();
  bool train_one(Interruption const& interruption);
  void save();
  void stop();
  void show(double loss, GcnScores const& scores);

  Comm comm_;
  GcnTrainingOptions o_;
  Gcn& gcn_;
  Progress progress_;
  GcnRecord record_;
  GcnScores scores_;
  std::chrono::steady_clock::time_point start_, saved_;
};

}  // namespace nacre::apps
