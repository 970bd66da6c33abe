#pragma once

#include <memory>
#include <optional>
#include <string>

#include <nacre/core/distributed_blocks.hpp>
#include <nacre/core/mesh.hpp>
#include <nacre/nn/sparse_inverse_loss.hpp>
#include <nacre/nn/sparse_inverse_network.hpp>
#include <nacre/solvers/operator.hpp>

#include "training.hpp"

/// \file
/// Networks that make sparse approximate inverses, as preconditioners.

namespace nacre::apps {

/// What a file says about a network, and back.
Metadata to_metadata(nn::SparseInverseOptions const& options);
/// \param path for messages \throws nacre::Error if something is missing or makes no sense
nn::SparseInverseOptions sparse_inverse_options(Metadata const& metadata, std::string const& path);

/// \param path, system for messages \throws nacre::Error if the network of a file does not go with a system of these blocks and
///                     that many features of a node
void require_fit(std::string const& path, nn::SparseInverseOptions const& options, int block_size,
                 std::size_t num_features, std::string const& system);

/// What is known about the unknowns besides the matrix; this rank's part.
struct NodeData {
  RowMajor<double> features;  ///< [owned nodes, k]
  RowMajor<double> free;      ///< [owned nodes, b]; empty: all are
  /// Of the matrix before its Dirichlet conditions; absent: it has none.
  std::optional<DistributedBlocks> blocks = {};
};

/// The blocks of FSAI(0)'s factor of A on the lower pattern: [entries, b^2]. Collective.
/// \param A with its Dirichlet conditions
/// \throws nacre::Error on all ranks where A has none
RowMajor<double> fsai0_blocks(DistributedCsr<double> const& A, DistributedPattern<> const& blocks,
                              int block_size);

/// A preconditioner that a network has made, and what it took.
struct LearnedFactor {
  DistributedCsr<double> F;  ///< with Dirichlet conditions
  std::shared_ptr<solvers::Preconditioner<double>> operation;
  double start_seconds = 0;     ///< of FSAI(0), if the network starts from it
  double network_seconds = 0;   ///< of the forward pass, its input included
  double assembly_seconds = 0;  ///< of the factor as a matrix, for the application
};

DistributedCsr<float> in_single_precision(DistributedCsr<double> const& A);

/// How the application keeps the factor's numbers.
enum class FactorPrecision { single, same };

/// A network in the precision that it is evaluated with, on matrices of any number of ranks.
template <class Scalar>
class LearnedInverse {
 public:
  explicit LearnedInverse(nn::SparseInverseOptions const& options) : network_(options) {}
  /// A network from a file that nacre_train has written. Collective. \throws nacre::Error on all ranks
  static std::unique_ptr<LearnedInverse> read(Comm const& comm, std::string const& path);

  nn::SparseInverseNetwork<Scalar>& network() { return network_; }
  nn::SparseInverseOptions const& options() const { return network_.options(); }

  /// The preconditioner for A, which has its Dirichlet conditions. Collective.
  /// \throws nacre::Error on all ranks if the network needs other features or blocks
  LearnedFactor make(DistributedCsr<double> const& A, NodeData const& nodes,
                     FactorPrecision precision = FactorPrecision::single);

 private:
  nn::SparseInverseNetwork<Scalar> network_;
  nn::Pass<Scalar> pass_;
};

/// A network with a matrix, in single precision: new values on the pattern are a new factor.
class LearnedPreconditioner final : public solvers::Preconditioner<double> {
 public:
  /// Collective. \throws nacre::Error on all ranks as LearnedInverse does
  LearnedPreconditioner(std::unique_ptr<LearnedInverse<float>> network, DistributedCsr<double> const& A,
                        NodeData nodes);

  Comm const& comm() const override { return factor_.operation->comm(); }
  Ordinal num_local_rows() const override { return factor_.operation->num_local_rows(); }
  Ordinal num_local_cols() const override { return factor_.operation->num_local_cols(); }
  void apply(Exec const& exec, In const& x, Out const& y) const override {
    factor_.operation->apply(exec, x, y);
  }
  void apply_transpose(Exec const& exec, In const& x, Out const& y) const override { apply(exec, x, y); }
  void update(DistributedCsr<double> const& A) override;
  std::string description() const override;
  LearnedFactor const& factor() const { return factor_; }

 private:
  std::unique_ptr<LearnedInverse<float>> network_;
  NodeData nodes_;
  LearnedFactor factor_;
};

/// Places of this rank's points as networks expect them: around the mean of all points, the largest coordinate 1. Collective.
RowMajor<double> position_features(Comm const& comm, std::vector<Point> const& points);

extern template class LearnedInverse<float>;
extern template class LearnedInverse<double>;

}  // namespace nacre::apps
