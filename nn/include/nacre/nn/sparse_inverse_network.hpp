#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nacre/nn/edge_perceptron.hpp>
#include <nacre/nn/layer.hpp>
#include <nacre/nn/sparse_inverse_input.hpp>

/// \file
/// A graph network that makes a factored sparse approximate inverse of a matrix.

namespace nacre::nn {

/// F with F^T F + eps I close to the inverse of a symmetric positive definite matrix, from the graph of its blocks.
///
/// "Learning sparse approximate inverse preconditioners for conjugate gradient solvers on GPUs" (2025), arXiv 2510.27517.
/// Encoders of nodes and edges; layers in which, with c(k) = [x(i), x(j), h(k)] of the entry k in row i and column j,
/// m(i) = sum over the entries of row i of message(c(k)), x(i) += node(m(i)) and h(k) += edge(c(k)); a decoder that makes the
/// block of F from [h(k), x(j), x(i)]. F is G^T there, so that what a row needs of other ranks is its neighbours' x alone.
///
/// Parameters: node_encoder, edge_encoder, layer0.message, layer0.node, layer0.edge, ..., decoder.
template <class Scalar, class Device = DefaultDevice>
class SparseInverseNetwork : public Module<Scalar, Device> {
 public:
  using Options = SparseInverseOptions;
  /// \throws nacre::Error if an option is out of range
  explicit SparseInverseNetwork(Options const& options);

  Options const& options() const { return options_; }

  /// The blocks of F before Dirichlet conditions, [entries of input.factor, b^2].
  /// \throws nacre::Error if the input has not the features that the options ask for
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass,
                                    SparseInverseInput<Scalar, Device> const& input,
                                    Evaluation how = Evaluation::fused) const;

 private:
  struct Layer : Module<Scalar, Device> {
    explicit Layer(Options const& o);
    EdgePerceptron<Scalar, Device> message, edge;
    RowSequential<Scalar, Device> node;
  };
  Options options_;
  RowSequential<Scalar, Device> node_encoder_;
  EdgePerceptron<Scalar, Device> edge_encoder_;
  std::vector<std::unique_ptr<Layer>> layers_;
  EdgePerceptron<Scalar, Device> decoder_;
};

extern template class SparseInverseNetwork<double>;
extern template class SparseInverseNetwork<float>;

}  // namespace nacre::nn

#include <nacre/nn/sparse_inverse_network_impl.hpp>
