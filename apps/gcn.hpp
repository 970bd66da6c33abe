#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nacre/core/comm.hpp>

/// \file
/// Training of a graph convolutional network of two layers.

namespace nacre::apps {

struct GcnOptions {
  std::string data;                 ///< a graph folder; empty: a generated graph
  std::string recipe = "kipf";      ///< or "paper"
  std::string features = "sparse";  ///< or "dense"
  std::string precision = "float";  ///< or "double"
  int hidden = 16, epochs = 200, seeds = 1;
  std::int64_t seed = 1;
  double learning_rate = .01, dropout = .5, weight_decay = 5e-4;
  int nodes = 2000;   ///< of the generated graph; if fewer, fewer train, validate and test, too
  double degree = 5;  ///< its average number of neighbours
};

/// How good a network is.
struct GcnScores {
  double train_accuracy = 0, validation_accuracy = 0, test_accuracy = 0;
  double validation_loss = 0;
  std::vector<std::vector<std::int64_t>> confusion;  ///< of the test nodes: [label][prediction]
};

/// Facts about the graph, the network and a step, the same on all ranks.
struct GcnFacts {
  std::string data;
  std::int64_t nodes = 0, edges = 0, features = 0, feature_entries = 0;
  int classes = 0;
  std::size_t parameters = 0;
  std::int64_t halo_bytes = 0, gradient_bytes = 0;  ///< that all ranks send in an epoch
  std::int64_t epoch_bytes = 0;                     ///< device memory of values and derivatives, all ranks
};

/// A graph, a network, and its optimiser. All functions are collective.
class Gcn {
 public:
  virtual ~Gcn() = default;
  /// \throws nacre::Error on all ranks if the data cannot be read or make no sense
  static std::unique_ptr<Gcn> make(Comm const& comm, GcnOptions const& options);

  /// Begins anew with other random numbers.
  virtual void start(std::uint64_t seed) = 0;
  /// One step of the optimiser on all training nodes. \return the loss before it
  virtual double train_epoch() = 0;
  virtual GcnScores evaluate() = 0;
  virtual int epochs_done() const = 0;
  virtual GcnFacts facts() = 0;

  /// Writes the state of the training and what else there is to keep, complete or not at all.
  virtual void save(std::string const& path, std::map<std::string, std::string> const& metadata) const = 0;
  /// Restores both; the network stays as it is if anything is wrong with the file. \return what else was kept
  virtual std::map<std::string, std::string> load(std::string const& path) = 0;
};

}  // namespace nacre::apps
