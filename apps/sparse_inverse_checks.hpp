#pragma once

#include <map>
#include <memory>
#include <string>

#include "sparse_inverse_learning.hpp"

/// \file
/// What training must reach, by the numbers of the acceptance checks.

namespace nacre::apps {

/// The numbers of a check, and what was required of them.
struct CheckOutcome {
  bool passed = true;
  Results numbers;

  void note(std::string const& name, double value);
  /// Passed only if value <= limit.
  void at_most(std::string const& name, double value, double limit);
  /// Passed only if value >= limit.
  void at_least(std::string const& name, double value, double limit);
};

/// Acceptance checks that train networks. Trainings are shared by the checks that look at the same network.
///
/// Systems, steps and limits are those of measurements with an independent implementation of "Learning sparse approximate
/// inverse preconditioners for conjugate gradient solvers on GPUs" (2025). The network is that after the last step, not the best
/// on the validation systems. Right-hand sides are the matrix times ones unless a check says otherwise.
class SparseInverseChecks {
 public:
  static constexpr int kFirst = 19, kLast = 24;

  /// \param seed of the networks and their training
  SparseInverseChecks(std::int64_t seed, bool progress) : seed_(seed), progress_(progress) {}
  /// \param number kFirst to kLast \throws nacre::Error if there is no such check or a signal ended the training
  CheckOutcome run(int number);

 private:
  SparseInverseLearning& trained(std::string const& problem, std::string const& preset);
  CheckOutcome overfitting();
  void validate(CheckOutcome& outcome, std::string const& what, SparseInverseLearning& learning,
                double over_jacobi, double over_fsai0);
  CheckOutcome same_kind(std::string const& problem, std::string const& preset, double over_jacobi);
  CheckOutcome beams();
  CheckOutcome other_boxes();
  CheckOutcome ablation();

  std::int64_t seed_;
  bool progress_;
  std::map<std::string, std::unique_ptr<SparseInverseLearning>> trainings_;
};

}  // namespace nacre::apps
