#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include <nacre/core/random.hpp>
#include <nacre/nn/graph_data.hpp>

#include "edge_rows.hpp"

// Random graphs with classes.

namespace nacre::nn {

namespace {

using Options = StochasticBlockModelOptions;

// What the random numbers are for: each has a seed of its own.
enum class Draw : std::uint64_t { first_end, inside, other_class, second_end, own_word, word };

double draw(Options const& o, Draw what, std::uint64_t i, std::uint64_t j = 0) {
  return to_unit_interval(random_bits(random_bits(o.seed, static_cast<std::uint64_t>(what)), i, j));
}
/// In [0, n).
std::int64_t below(std::int64_t n, double u) {
  return std::min(n - 1, static_cast<std::int64_t>(u * static_cast<double>(n)));
}

int class_of(Options const& o, GlobalOrdinal node) { return static_cast<int>(node % o.num_classes); }
/// How many of 0, ..., n-1 are c modulo `classes`.
std::int64_t size_of_class(std::int64_t n, int classes, int c) { return (n - c + classes - 1) / classes; }

void check(Options const& o) {
  auto const require = [](bool holds, auto const&... what) {
    if (!holds) fail(cat("stochastic_block_model: ", what...));
  };
  require(o.num_nodes >= 1, "num_nodes = ", o.num_nodes, ", expected at least 1");
  require(o.num_classes >= 1 && o.num_classes <= o.num_nodes, "num_classes = ", o.num_classes,
          ", expected one from 1 to the number of nodes, ", o.num_nodes);
  require(o.average_degree >= 0 && o.average_degree <= static_cast<double>(o.num_nodes - 1),
          "average_degree = ", o.average_degree, ", expected one from 0 to ", o.num_nodes - 1,
          ", the other nodes");
  require(o.homophily >= 0 && o.homophily <= 1, "homophily = ", o.homophily, ", expected one from 0 to 1");
  require(o.num_features >= 0, "num_features = ", o.num_features, ", expected at least 0");
  require(o.words_per_node >= 0, "words_per_node = ", o.words_per_node, ", expected at least 0");
  require(o.words_per_node == 0 || o.num_features >= o.num_classes, "num_features = ", o.num_features,
          ", expected at least one for each of the ", o.num_classes, " classes");
  require(o.own_words >= 0 && o.own_words <= 1, "own_words = ", o.own_words, ", expected one from 0 to 1");
  require(o.train_per_class >= 0 && o.validation >= 0 && o.test >= 0, "train_per_class = ", o.train_per_class,
          ", validation = ", o.validation, ", test = ", o.test, ", expected numbers of nodes");
  GlobalOrdinal const train = static_cast<GlobalOrdinal>(o.train_per_class) * o.num_classes;
  require(train <= o.num_nodes && o.validation <= o.num_nodes - train &&
              o.test <= o.num_nodes - train - o.validation,
          train, " nodes to train, ", o.validation, " to validate and ", o.test,
          " to test are more than the ", o.num_nodes, " nodes");
}

template <class Scalar>
DistributedCsr<Scalar> draw_edges(RowPartition const& nodes, Options const& o) {
  detail::EdgeRows<Scalar> rows(nodes);
  auto const count =
      static_cast<std::uint64_t>(std::llround(static_cast<double>(o.num_nodes) * o.average_degree / 2));
  for (std::uint64_t e = 0; e < count; ++e) {
    GlobalOrdinal const i = below(o.num_nodes, draw(o, Draw::first_end, e));
    double const u = draw(o, Draw::second_end, e);
    int c = class_of(o, i);
    GlobalOrdinal member = 0;
    if (o.num_classes == 1 || draw(o, Draw::inside, e) < o.homophily) {
      std::int64_t const others = size_of_class(o.num_nodes, o.num_classes, c) - 1;
      if (others == 0) continue;
      member = below(others, u);
      if (member >= i / o.num_classes) ++member;
    } else {
      c = static_cast<int>((c + 1 + below(o.num_classes - 1, draw(o, Draw::other_class, e))) % o.num_classes);
      member = below(size_of_class(o.num_nodes, o.num_classes, c), u);
    }
    GlobalOrdinal const j = member * o.num_classes + c;
    rows.add(i, j, Scalar(1));
    rows.add(j, i, Scalar(1));
  }
  return rows.matrix();
}

/// Word w is one of the own words of class w mod num_classes.
template <class Scalar>
CsrMatrix<Scalar> draw_words(RowPartition const& nodes, Options const& o) {
  std::vector<Offset> row_ptr{0};
  std::vector<Ordinal> col, words(static_cast<std::size_t>(o.words_per_node));
  for (GlobalOrdinal i = nodes.begin(); i < nodes.end(); ++i) {
    int const c = class_of(o, i);
    for (std::size_t k = 0; k < words.size(); ++k) {
      auto const node = static_cast<std::uint64_t>(i);
      double const u = draw(o, Draw::word, node, k);
      words[k] = static_cast<Ordinal>(
          draw(o, Draw::own_word, node, k) < o.own_words
              ? below(size_of_class(o.num_features, o.num_classes, c), u) * o.num_classes + c
              : below(o.num_features, u));
    }
    std::sort(words.begin(), words.end());
    std::unique_copy(words.begin(), words.end(), std::back_inserter(col));
    row_ptr.push_back(static_cast<Offset>(col.size()));
  }
  Vector<Scalar> const values("nacre::features", col.size());
  Kokkos::deep_copy(values, Scalar(1));
  return {CsrPattern<>(nodes.num_owned(), o.num_features,
                       to_device<DefaultDevice>("nacre::features::row_ptr", row_ptr),
                       to_device<DefaultDevice>("nacre::features::col", col)),
          values};
}

Split split_of(Options const& o, GlobalOrdinal node) {
  GlobalOrdinal const train = static_cast<GlobalOrdinal>(o.train_per_class) * o.num_classes;
  if (node < train) return Split::train;
  if (node < train + o.validation) return Split::validation;
  return node >= o.num_nodes - o.test ? Split::test : Split::none;
}

}  // namespace

template <class Scalar>
NodeData<Scalar> stochastic_block_model(Comm const& comm, StochasticBlockModelOptions const& options) {
  check(options);
  // of the first rank, which has the most
  auto const most = static_cast<double>((options.num_nodes + comm.size() - 1) / comm.size());
  if (most * std::max(1, options.words_per_node) > static_cast<double>(std::numeric_limits<Ordinal>::max()))
    fail(cat("stochastic_block_model: ", options.num_nodes, " nodes with ", options.words_per_node,
             " words need more ranks than ", comm.size()));
  RowPartition const nodes = RowPartition::even(comm, options.num_nodes);
  NodeData<Scalar> data;
  data.name = "stochastic block model";
  data.adjacency = draw_edges<Scalar>(nodes, options);
  data.features = draw_words<Scalar>(nodes, options);
  data.num_classes = options.num_classes;
  for (GlobalOrdinal i = nodes.begin(); i < nodes.end(); ++i) {
    data.labels.push_back(class_of(options, i));
    data.split.push_back(split_of(options, i));
  }
  return data;
}

template NodeData<float> stochastic_block_model<float>(Comm const&, StochasticBlockModelOptions const&);
template NodeData<double> stochastic_block_model<double>(Comm const&, StochasticBlockModelOptions const&);

}  // namespace nacre::nn
