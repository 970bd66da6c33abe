#pragma once

#include <string>
#include <vector>

#include <nacre/core/linear_system.hpp>
#include <nacre/nn/aggregation.hpp>
#include <nacre/nn/graph.hpp>

/// \file
/// Matrices as the network that makes sparse approximate inverses sees them.

namespace nacre::nn {

/// Which blocks the factor F has: those of the matrix, or those on and below the diagonal, by global numbers of nodes.
enum class FactorPattern { full, lower };
/// What the network's result is: the factor, or a relative correction of that of FSAI(0), c with F = (1 + c) F_fsai0.
enum class FactorStart { none, fsai0 };
/// The norm that the matrix is divided by before the network sees it.
enum class MatrixNorm {
  mean,       ///< the mean absolute value of the numbers in its blocks
  frobenius,  ///< the root of the sum of their squares
  none        ///< 1
};
/// What a node gets of the features of the edges that lead to it, as a feature of its own.
enum class EdgeSummary { none, sum, mean, max, min };

/// By their enumerators' names. \throws nacre::Error if there is none of that name
FactorPattern factor_pattern_by_name(std::string const& name);
FactorStart factor_start_by_name(std::string const& name);
MatrixNorm matrix_norm_by_name(std::string const& name);
EdgeSummary edge_summary_by_name(std::string const& name);
char const* to_string(FactorPattern pattern);
char const* to_string(FactorStart start);
char const* to_string(MatrixNorm norm);
char const* to_string(EdgeSummary summary);

/// Choices of the network. The defaults generalised best to larger meshes.
struct SparseInverseOptions {
  int block_size = 1;             ///< b, 1 to 3
  std::size_t node_features = 3;  ///< of the systems, which is not counting the mask; 0: they are not used
  bool mask_feature = true;       ///< whether a node sees which of its unknowns are free
  EdgeSummary edge_summary = EdgeSummary::none;
  bool matrix_feature = true;  ///< whether an edge sees its block of the matrix
  /// Whether an edge sees the features of its nodes, of the row's first; on one rank, and not with an edge_summary.
  bool nodes_as_edge_features = false;
  std::size_t width = 24;  ///< of nodes, edges, and hidden layers
  int hidden_layers = 1;   ///< of each perceptron, 1 to 3
  int layers = 4;
  double epsilon = 1e-4;  ///< of F^T F + epsilon I, for the matrix divided by its norm; > 0
  bool scaled = false;    ///< F^T D^-1 F + epsilon D^-1 instead, D the diagonal of the matrix
  FactorPattern pattern = FactorPattern::full;
  FactorStart start = FactorStart::none;  ///< fsai0 goes with the lower pattern
  MatrixNorm norm = MatrixNorm::mean;

  std::size_t numbers_of_block() const { return static_cast<std::size_t>(block_size * block_size); }
  /// Of all features of a node, of an edge.
  std::size_t node_width() const;
  std::size_t edge_width() const;
};
/// As the paper's text has it (d = 24, one hidden layer, epsilon 1e-4), and as the released code does (16, two, 3e-3).
SparseInverseOptions paper_options();
SparseInverseOptions released_options();
/// \throws nacre::Error if one is out of range or does not go with another
void check_options(SparseInverseOptions const& options);

/// What the network is given, in its precision: a graph or a batch of them.
template <class Scalar, class Device = DefaultDevice>
struct SparseInverseInput {
  Graph<Device> graph;             ///< of the blocks of the matrix
  RowMajor<Scalar, Device> nodes;  ///< [owned nodes, node_width]
  RowMajor<Scalar, Device> edges;  ///< [local entries of the graph, edge_width]
  CsrPattern<Device> factor;       ///< of this rank's rows of F
  IndexMap<Device> entry;          ///< of the entries of `factor` in those of the graph; of size 0: the same
  RowMajor<Scalar, Device> start;  ///< [entries of `factor`, b^2] or empty
};

/// One over the norm of a matrix whose blocks are spread over ranks. Collective.
/// \throws nacre::Error if it is not positive and finite
double one_over_norm(Comm const& comm, MatrixNorm norm,
                     Kokkos::View<double const***, Kokkos::LayoutRight, DefaultDevice> const& blocks);

/// The pattern of the factor, and which entry of the matrix' pattern each of its entries is (empty: all of them).
template <class Device>
std::pair<CsrPattern<Device>, IndexMap<Device>> factor_pattern(DistributedPattern<Device> const& blocks,
                                                               FactorPattern which);

/// \param graph    of the blocks
/// \param blocks   [entries, b, b] of the matrix divided by its norm
/// \param features [owned nodes, k]; \param free [owned nodes, b]
/// \param start    of FSAI(0), [entries of the factor, b^2] row-major blocks; empty unless the options ask for it
/// \throws nacre::Error on all ranks if extents do not match the options
template <class Scalar>
SparseInverseInput<Scalar> make_sparse_inverse_input(
    Graph<> const& graph, Kokkos::View<double const***, Kokkos::LayoutRight, DefaultDevice> const& blocks,
    RowMajor<double const> const& features, RowMajor<double const> const& free,
    SparseInverseOptions const& options, RowMajor<double const> const& start = {});

}  // namespace nacre::nn
