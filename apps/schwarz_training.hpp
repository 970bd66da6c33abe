#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nacre/autodiff/adam.hpp>
#include <nacre/nn/gradients.hpp>

#include "schwarz_network.hpp"
#include "schwarz_problem.hpp"

/// \file
/// Training of a network that proposes interface values.

namespace nacre::apps {

/// A problem as the network sees it.
struct SchwarzSample {
  explicit SchwarzSample(SchwarzProblem given);
  SchwarzProblem problem;
  nn::Graph<> graph;
  SchwarzInputs inputs;
};

struct SchwarzTrainingOptions {
  SchwarzNetworkOptions network;
  int directions = 100;  ///< random errors of length one in each step, new ones for each problem
  int power = 8;         ///< K: the loss is the longest of T^K e, its K-th root, so that meshes count alike
  double learning_rate = 3e-3;
  double max_gradient_norm = 1;
  std::int64_t seed = 1;
};

/// A network, its optimiser, and the losses so far. Ranks share the problems of a batch.
class SchwarzTraining {
 public:
  SchwarzTraining(Comm const& comm, SchwarzTrainingOptions const& options);

  /// One step of Adam on the sum over a batch of the largest |T^K e_j|^(1/K). Collective.
  /// \param mine   this rank's problems, with numbers that are theirs on any number of ranks
  /// \return       the mean of the loss over the batch, before the step
  double train_batch(std::vector<std::pair<std::int64_t, SchwarzSample const*>> const& mine);

  /// What the network proposes, [nnz] in double precision.
  Vector<double> interface_values(SchwarzSample const& sample);

  SchwarzNetwork const& network() const { return network_; }
  std::int64_t steps() const { return steps_; }
  void set_learning_rate(double rate) { adam_.set_learning_rate(rate); }

  /// The state on rank 0, complete or not at all. Collective.
  void save(std::string const& path, std::map<std::string, std::string> const& metadata) const;
  /// Restores it, or leaves all as it is and throws.
  /// \param expected metadata that the file must have \return what else was kept
  std::map<std::string, std::string> load(std::string const& path,
                                          std::map<std::string, std::string> const& expected = {});

 private:
  double accumulate(std::int64_t number, SchwarzSample const& sample);

  Comm comm_;
  SchwarzTrainingOptions options_;
  SchwarzNetwork network_;
  nn::Gradients<float> gradients_;
  ad::Adam<float> adam_;
  nn::Pass<float> pass_;
  std::int64_t steps_ = 0;
};

inline constexpr int kMostIterations = 1000;
/// Spectral radius of T = I - M(L) A, and iterations to reduce a residual by 1e12: alone and within GMRES.
struct SchwarzQuality {
  double spectral_radius = 0;
  int stationary_iterations = 0, gmres_iterations = 0;  ///< -1: not within kMostIterations
};
/// \param interface_values [nnz]; \param with_iterations whether to solve, besides
SchwarzQuality evaluate(SchwarzProblem const& problem, Vector<double const> const& interface_values,
                        bool with_iterations = true);

}  // namespace nacre::apps
