#pragma once

#include <memory>
#include <vector>

#include <nacre/nn/mlp.hpp>
#include <nacre/nn/tag_conv.hpp>

#include "schwarz_problem.hpp"

/// \file
/// A graph network that proposes interface values.

namespace nacre::apps {

struct SchwarzNetworkOptions {
  int width = 128;  ///< features of a node
  int convs = 4;    ///< graph convolutions, >= 1
  int hops = 2;     ///< of each
  int blocks = 8;   ///< residual blocks after each
};

/// Interface values for every entry of a matrix from what is known about its nodes and entries.
///
/// Edges get weights w by a small network; these weigh the messages of convolutions (TAGConv), each followed by
/// normalisation over the nodes and residual blocks; at the end a network of x(i), x(j) and w(i, j) says the value of
/// entry (i, j). Taghibakhshi, Nytko, Zaman, MacLachlan, Olson and West (2022), "Learning interface conditions in domain
/// decomposition solvers", section 4. The norms of residual blocks have no parameters, as theirs.
class SchwarzNetwork : public nn::Module<float> {
 public:
  using Matrix = nn::MatrixVar<float>;
  explicit SchwarzNetwork(SchwarzNetworkOptions const& options);

  /// \return [nnz] zero away from interfaces
  nn::VectorVar<float> forward(nn::Pass<float>& pass, nn::Graph<> const& graph,
                               SchwarzInputs const& inputs) const;
  /// The same as numbers only: a layer's values are forgotten when the next one has used them, which takes a fraction of
  /// the memory.
  Vector<float> propose(nn::Pass<float>& pass, nn::Graph<> const& graph, SchwarzInputs const& inputs) const;

 private:
  struct Layer {
    std::unique_ptr<nn::TagConv<float>> conv;
    std::vector<std::unique_ptr<nn::RowSequential<float>>> rest;  // a normalisation, then residual blocks
  };
  Matrix convolve(nn::Pass<float>& pass, nn::Graph<> const& graph, Layer const& layer, Matrix const& x,
                  Matrix const& w) const;
  nn::VectorVar<float> values(nn::Pass<float>& pass, nn::Graph<> const& graph, SchwarzInputs const& inputs,
                              Matrix const& x, Matrix const& w) const;

  nn::RowSequential<float> edge_encoder_;
  std::vector<Layer> layers_;
  nn::Parameter<float>*head_target_, *head_source_, *head_edge_, *head_bias_;
  nn::RowSequential<float> head_;
};

}  // namespace nacre::apps
