#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nacre/core/distributed_csr.hpp>

/// \file
/// Graphs to learn on: from files, and generated ones.
///
/// All functions are collective, instantiated for float and double, and deal the nodes out evenly and
/// contiguously (RowPartition::even): the same graph on any number of ranks. Nodes are numbered from 0.

namespace nacre::nn {

/// What a node is used for.
enum class Split { none, train, validation, test };

/// A graph with data on its nodes, a row each, spread over ranks.
template <class Scalar = double>
struct NodeData {
  std::string name;
  DistributedCsr<Scalar> adjacency;  ///< entry (i, j): the weight of the edge from i to j, 1 without weights
  CsrMatrix<Scalar> features;        ///< [owned nodes, all features]; columns are not spread over ranks
  std::vector<int> labels;           ///< [owned nodes] the class, -1: unknown
  std::vector<Split> split;          ///< [owned nodes]
  int num_classes = 0;               ///< the largest label of all ranks + 1
};

/// Of this rank's nodes those with this use, for make_labels(). Not collective.
template <class Scalar>
std::vector<bool> nodes_of(NodeData<Scalar> const& data, Split which) {
  std::vector<bool> chosen;
  for (auto const split : data.split) chosen.push_back(split == which);
  return chosen;
}

/// The graph in a folder of four files, which rank 0 reads:
///
/// - `adjacency.mtx`, Matrix Market, n by n; `general`: directed
/// - `features.mtx`, Matrix Market, n by the number of features
/// - `labels.txt`, one integer per node, -1: unknown
/// - `split.txt`, `train`, `val`, `test` or `none` per node
///
/// In the text files, blank lines and those that start with % or # are skipped; any file may be gzipped, under
/// the same name. An entry that a file has several times is summed; in a `pattern` file it stays one.
/// \throws nacre::Error on all ranks that names the file and the line: also if sizes do not match, or a node
///         to train on has no label
template <class Scalar = double>
NodeData<Scalar> read_graph_folder(Comm const& comm, std::string const& path);

struct EdgeListOptions {
  int first_node = 0;            ///< how the file numbers the first node: 0 or 1
  bool undirected = true;        ///< an edge goes both ways, and is one edge if the file gives both
  bool keep_loops = false;       ///< edges from a node to itself; else they are dropped
  GlobalOrdinal num_nodes = -1;  ///< -1: the largest node of the file + 1
};

/// The adjacency matrix of the edges in a text file: `source target` or `source target weight` in each line,
/// with blanks, tabs or commas between them; lines that start with % or # are skipped.
///
/// An edge that is given again counts once. Rank 0 reads; then every rank receives all edges for a moment and
/// keeps those of its nodes.
/// \throws nacre::Error on all ranks that names the file and the line: also if an edge is given again with
///         another weight, or only some lines have a weight
template <class Scalar = double>
DistributedCsr<Scalar> read_edge_list(Comm const& comm, std::string const& path,
                                      EdgeListOptions const& options = {});

struct StochasticBlockModelOptions {
  GlobalOrdinal num_nodes = 2000;
  int num_classes = 5;
  double average_degree = 5;  ///< before edges drawn twice become one
  double homophily = .8;      ///< the part of the edges whose ends are of the same class
  Ordinal num_features = 500;
  int words_per_node = 10;  ///< features that are 1, before those drawn twice become one
  double own_words = .2;    ///< the part of the words drawn from those of the node's class, not from all
  Ordinal train_per_class = 20;
  GlobalOrdinal validation = 300, test = 1000;  ///< number of nodes
  std::uint64_t seed = 1;
};

/// A random undirected graph without self-loops whose edges prefer ends of the same class (Holland, Laskey and
/// Leinhardt 1983, "Stochastic blockmodels: first steps"), with a bag of words on each node that hints at its
/// class: a network that sees the neighbours can find out more than one that does not.
///
/// Node i has class i mod num_classes. The first nodes train, the next ones validate, the last ones test. The
/// number of edges is fixed; each is drawn from the seed and its own number. Every rank draws all edges and
/// keeps those of its nodes.
/// \throws nacre::Error on all ranks, if an option is out of range
template <class Scalar = double>
NodeData<Scalar> stochastic_block_model(Comm const& comm, StochasticBlockModelOptions const& options = {});

}  // namespace nacre::nn
