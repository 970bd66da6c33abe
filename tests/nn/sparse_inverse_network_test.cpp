#include <nacre/nn/sparse_inverse_network.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "sparse_inverse_systems.hpp"
#include "support/message_of.hpp"

namespace nacre::test {
namespace {

using nn::EdgeSummary;
using nn::Evaluation;
using nn::FactorPattern;
using nn::FactorStart;
using nn::MatrixNorm;
using nn::SparseInverseNetwork;
using nn::SparseInverseOptions;
using Row = std::vector<double>;

// ---- the network as loops over numbers

Row joined(std::initializer_list<Row> rows) {
  Row all;
  for (auto const& row : rows) all.insert(all.end(), row.begin(), row.end());
  return all;
}
void add(Row const& from, Row& to) {
  for (std::size_t c = 0; c < to.size(); ++c) to[c] += from[c];
}

struct Perceptron {
  Row gamma, beta;  // empty without a norm
  std::vector<Row> weight, bias;

  Row operator()(Row c) const {
    if (!gamma.empty()) {
      double mean = 0, variance = 0;
      for (double const v : c) mean += v / static_cast<double>(c.size());
      for (double const v : c) variance += (v - mean) * (v - mean) / static_cast<double>(c.size());
      for (std::size_t i = 0; i < c.size(); ++i)
        c[i] = (c[i] - mean) / std::sqrt(variance + 1e-5) * gamma[i] + beta[i];
    }
    for (std::size_t l = 0; l < weight.size(); ++l) {
      if (l > 0)
        for (double& v : c) v *= .5 * (1 + std::erf(v / std::sqrt(2.)));
      Row y = bias[l];
      for (std::size_t i = 0; i < y.size(); ++i)
        for (std::size_t j = 0; j < c.size(); ++j) y[i] += weight[l][i * c.size() + j] * c[j];
      c = y;
    }
    return c;
  }
};

class Reference {
 public:
  template <class Scalar>
  explicit Reference(SparseInverseNetwork<Scalar> const& network) : o_(network.options()) {
    for (auto const& named : network.parameters())
      parameters_[named.name] = to_vector(named.parameter->value());
  }

  /// \param start of the entries of the factor, b^2 numbers each
  Row factor(LinearSystem const& system, Row const& start) {
    read(system);
    auto const node_encoder = of_nodes("node_encoder.", false);
    auto const edge_encoder = of_edges("edge_encoder.");
    std::vector<Row> x, h;
    for (auto const& v : nodes_) x.push_back(node_encoder(v));
    for (auto const& e : edges_) h.push_back(edge_encoder(e));
    for (int l = 0; l < o_.layers; ++l) {
      auto const prefix = cat("layer", l, ".");
      auto const message = of_edges(prefix + "message."), edge = of_edges(prefix + "edge.");
      auto const node = of_nodes(prefix + "node.", true);
      std::vector<Row> m(x.size(), Row(o_.width)), c;
      for (std::size_t k = 0; k < h.size(); ++k) c.push_back(joined({x[row_[k]], x[col_[k]], h[k]}));
      for (std::size_t k = 0; k < h.size(); ++k) {
        add(message(c[k]), m[row_[k]]);
        add(edge(c[k]), h[k]);
      }
      for (std::size_t i = 0; i < x.size(); ++i) add(node(m[i]), x[i]);
    }
    auto const decoder = of_edges("decoder.");
    Row F;
    for (std::size_t k = 0; k < h.size(); ++k)
      if (o_.pattern == FactorPattern::full || col_[k] <= row_[k])
        for (double const f : decoder(joined({h[k], x[col_[k]], x[row_[k]]})))
          F.push_back(start.empty() ? f : start[F.size()] * (1 + f));
    return F;
  }

 private:
  Perceptron of_edges(std::string const& prefix) const {
    Perceptron p;
    if (parameters_.count(prefix + "norm_weight") > 0) {
      p.gamma = parameters_.at(prefix + "norm_weight");
      p.beta = parameters_.at(prefix + "norm_bias");
    }
    for (int l = 0; l <= o_.hidden_layers; ++l) {
      p.weight.push_back(parameters_.at(cat(prefix, "weight", l)));
      p.bias.push_back(parameters_.at(cat(prefix, "bias", l)));
    }
    return p;
  }
  Perceptron of_nodes(std::string const& prefix, bool norm) const {
    Perceptron p;
    if (norm) {
      p.gamma = parameters_.at(prefix + "0.weight");
      p.beta = parameters_.at(prefix + "0.bias");
    }
    for (int l = 0; l <= o_.hidden_layers; ++l) {
      p.weight.push_back(parameters_.at(cat(prefix, norm ? 1 : 0, ".", 2 * l, ".weight")));
      p.bias.push_back(parameters_.at(cat(prefix, norm ? 1 : 0, ".", 2 * l, ".bias")));
    }
    return p;
  }

  void read(LinearSystem const& system) {
    auto const row_ptr = to_host(system.A.pattern.row_ptr());
    auto const col = to_host(system.A.pattern.col());
    auto const A = to_vector(system.A.values), given = to_vector(system.features),
               mask = to_vector(system.free);
    auto const b = static_cast<std::size_t>(o_.block_size);
    double norm = 0;
    for (double const a : A)
      norm += o_.norm == MatrixNorm::mean ? std::fabs(a) / static_cast<double>(A.size()) : a * a;
    norm = o_.norm == MatrixNorm::none ? 1 : o_.norm == MatrixNorm::mean ? norm : std::sqrt(norm);

    for (std::size_t i = 0; i < static_cast<std::size_t>(system.num_nodes()); ++i) {
      nodes_.emplace_back();
      for (std::size_t c = 0; c < o_.node_features; ++c) nodes_[i].push_back(given[i * kNodeFeatures + c]);
      for (std::size_t s = 0; s < b && o_.mask_feature; ++s) nodes_[i].push_back(mask[i * b + s]);
    }
    auto const alone = nodes_;
    for (Ordinal i = 0; i < system.num_nodes(); ++i) {
      std::vector<Row> of_row;
      for (auto k = row_ptr(i); k < row_ptr(i + 1); ++k) {
        row_.push_back(static_cast<std::size_t>(i));
        col_.push_back(static_cast<std::size_t>(col(k)));
        Row e;
        for (std::size_t c = 0; c < b * b && o_.matrix_feature; ++c)
          e.push_back(A[static_cast<std::size_t>(k) * b * b + c] / norm);
        if (o_.nodes_as_edge_features) e = joined({e, alone[row_.back()], alone[col_.back()]});
        edges_.push_back(e);
        of_row.push_back(e);
      }
      for (std::size_t c = 0; c < of_row[0].size() && o_.edge_summary != EdgeSummary::none; ++c) {
        double sum = 0, most = of_row[0][c], least = most;
        for (auto const& e : of_row) {
          sum += e[c];
          most = std::max(most, e[c]);
          least = std::min(least, e[c]);
        }
        nodes_[static_cast<std::size_t>(i)].push_back(o_.edge_summary == EdgeSummary::sum ? sum
                                                      : o_.edge_summary == EdgeSummary::mean
                                                          ? sum / static_cast<double>(of_row.size())
                                                      : o_.edge_summary == EdgeSummary::max ? most
                                                                                            : least);
      }
    }
  }

  SparseInverseOptions o_;
  std::map<std::string, Row> parameters_;
  std::vector<Row> nodes_, edges_;
  std::vector<std::size_t> row_, col_;
};

// ---- what is tested

template <class Scalar>
Row factor_of(SparseInverseNetwork<Scalar> const& network, nn::SparseInverseBatch<Scalar> const& batch,
              Evaluation how = Evaluation::fused) {
  nn::Pass<Scalar> pass;
  pass.begin(0, nn::Recording::off);
  return to_vector(network.forward(pass, batch.input, how).value);
}

/// Expects numbers equal up to `tolerance` times the largest.
void expect_close(Row const& found, Row const& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  double scale = 0;
  for (double const v : expected) scale = std::max(scale, std::fabs(v));
  for (std::size_t k = 0; k < found.size(); ++k)
    ASSERT_NEAR(found[k], expected[k], tolerance * scale) << "number " << k;
}

/// Every choice at least once.
std::vector<std::pair<std::string, SparseInverseOptions>> all_options() {
  std::vector<std::pair<std::string, SparseInverseOptions>> all;
  auto const with = [&](std::string const& name, int block_size, auto const& change) {
    auto o = small_options(block_size);
    change(o);
    all.emplace_back(name, o);
  };
  for (int const b : {1, 2, 3}) with(cat("blocks of size ", b), b, [](auto&) {});
  for (int const b : {1, 3}) {
    with(cat("lower, ", b), b, [](auto& o) { o.pattern = FactorPattern::lower; });
    with(cat("from FSAI(0), ", b), b, [](auto& o) {
      o.pattern = FactorPattern::lower;
      o.start = FactorStart::fsai0;
    });
    for (auto const summary : {EdgeSummary::sum, EdgeSummary::mean, EdgeSummary::max, EdgeSummary::min})
      with(cat("summary ", to_string(summary), ", ", b), b, [&](auto& o) { o.edge_summary = summary; });
    with(cat("nodes as edge features, ", b), b, [](auto& o) { o.nodes_as_edge_features = true; });
    with(cat("no matrix, ", b), b, [](auto& o) {
      o.nodes_as_edge_features = true;
      o.matrix_feature = false;
    });
  }
  with("two hidden layers", 1, [](auto& o) { o.hidden_layers = 2; });
  with("three hidden layers", 3, [](auto& o) { o.hidden_layers = 3; });
  with("no layers", 3, [](auto& o) { o.layers = 0; });
  with("no mask", 3, [](auto& o) { o.mask_feature = false; });
  with("mask alone", 3, [](auto& o) { o.node_features = 0; });
  with("Frobenius norm", 1, [](auto& o) { o.norm = MatrixNorm::frobenius; });
  with("no norm", 1, [](auto& o) { o.norm = MatrixNorm::none; });
  return all;
}

template <class Scalar>
void expect_as_reference(double tolerance) {
  for (auto const& [name, o] : all_options())
    for (Ordinal const n : {1, 17}) {
      SCOPED_TRACE(cat(name, ", ", n, " nodes"));
      SparseInverseNetwork<Scalar> network(o);
      randomize(network, 5);
      auto const system = system_of(numbers(n), o.block_size);
      auto const batch = batch_of<Scalar>({system}, o);
      auto const expected = Reference(network).factor(system, to_vector(batch.input.start));
      expect_close(factor_of(network, batch), expected, tolerance);
      expect_close(factor_of(network, batch, Evaluation::plain), expected, tolerance);
    }
}

TEST(SparseInverseNetwork, DoesWhatPlainLoopsDo) {
  expect_as_reference<double>(1e-12);
  expect_as_reference<float>(1e-5);
}

TEST(SparseInverseNetwork, HasTheParametersOfThePublishedOne) {
  auto const count = [](SparseInverseOptions o, int block_size, std::size_t node_features,
                        EdgeSummary summary = EdgeSummary::none) {
    o.block_size = block_size;
    o.node_features = node_features;
    o.edge_summary = summary;
    return SparseInverseNetwork<float>(o).num_parameters();
  };
  EXPECT_EQ(count(nn::released_options(), 1, 3), 17057u);
  EXPECT_EQ(count(nn::released_options(), 1, 4), 17073u);
  EXPECT_EQ(count(nn::released_options(), 1, 0), 17009u);
  EXPECT_EQ(count(nn::released_options(), 1, 0, EdgeSummary::mean), 17025u);
  EXPECT_EQ(count(nn::released_options(), 3, 6), 17401u);
  EXPECT_EQ(count(nn::paper_options(), 1, 3), 28105u);
  EXPECT_EQ(count(nn::paper_options(), 3, 6), 28617u);
}

TEST(SparseInverseNetwork, BeginsWithTheStartItIsGiven) {
  for (int const b : {1, 3}) {
    auto o = small_options(b);
    o.pattern = FactorPattern::lower;
    o.start = FactorStart::fsai0;
    SparseInverseNetwork<double> network(o);
    network.initialize(1);
    auto const batch = batch_of<double>({system_of(numbers(9), b)}, o);
    EXPECT_EQ(factor_of(network, batch), to_vector(batch.input.start));
  }
}

TEST(SparseInverseNetwork, DoesNotDependOnTheOrderOfNodes) {
  Ordinal const n = 17;
  for (auto const& [name, o] : all_options()) {
    if (o.pattern == FactorPattern::lower) continue;
    SCOPED_TRACE(name);
    SparseInverseNetwork<double> network(o);
    randomize(network, 5);
    auto const blocks_of = [&, &options = o](Numbers const& number) {
      auto const system = system_of(number, options.block_size);
      auto const F = factor_of(network, batch_of<double>({system}, options));
      auto const row_ptr = to_host(system.A.pattern.row_ptr());
      auto const col = to_host(system.A.pattern.col());
      std::map<std::pair<GlobalOrdinal, GlobalOrdinal>, Row> blocks;
      auto const size = static_cast<std::ptrdiff_t>(options.numbers_of_block());
      for (std::size_t i = 0; i < number.size(); ++i)
        for (auto k = static_cast<std::ptrdiff_t>(row_ptr(i));
             k < static_cast<std::ptrdiff_t>(row_ptr(i + 1)); ++k)
          blocks[{number[i], number[static_cast<std::size_t>(col(static_cast<std::size_t>(k)))]}] =
              Row(F.begin() + k * size, F.begin() + (k + 1) * size);
      return blocks;
    };
    Numbers permuted;  // 5 and 17 have no common divisor
    for (Ordinal i = 0; i < n; ++i) permuted.push_back(5 * i % n);
    auto const expected = blocks_of(numbers(n)), found = blocks_of(permuted);
    ASSERT_EQ(found.size(), expected.size());
    for (auto const& [place, block] : expected)
      for (std::size_t c = 0; c < block.size(); ++c)
        ASSERT_NEAR(found.at(place)[c], block[c], 1e-12) << place.first << ", " << place.second;
  }
}

TEST(SparseInverseNetwork, TreatsTheGraphsOfABatchAlone) {
  std::vector<Ordinal> const sizes{7, 1, 12, 9};
  for (auto const& [name, o] : all_options()) {
    SCOPED_TRACE(name);
    SparseInverseNetwork<double> network(o);
    randomize(network, 5);
    std::vector<LinearSystem> systems;
    Row alone;
    for (auto const size : sizes) {
      systems.push_back(system_of(numbers(size, 100 * size), o.block_size));
      alone = joined({alone, factor_of(network, batch_of<double>({systems.back()}, o))});
    }
    expect_close(factor_of(network, batch_of<double>(systems, o)), alone, 1e-12);
  }
}

TEST(SparseInverseNetwork, RejectsOptionsThatMakeNoSense) {
  auto const expect_refusal = [](std::string const& problem, auto const& change) {
    auto o = small_options(1);
    change(o);
    EXPECT_EQ(message_of([&] { SparseInverseNetwork<float> network(o); }),
              "sparse inverse network: " + problem);
  };
  expect_refusal("the block size is 4, expected 1, 2 or 3", [](auto& o) { o.block_size = 4; });
  expect_refusal("the block size is 0, expected 1, 2 or 3", [](auto& o) { o.block_size = 0; });
  expect_refusal("the width is 0, expected a positive number", [](auto& o) { o.width = 0; });
  for (int const n : {0, 4})
    expect_refusal(cat("the number of hidden layers is ", n, ", expected 1, 2 or 3"),
                   [&](auto& o) { o.hidden_layers = n; });
  expect_refusal("the number of layers is -1, expected zero or more", [](auto& o) { o.layers = -1; });
  for (double const epsilon : {0., -1., std::nan(""), HUGE_VAL})
    expect_refusal(cat("epsilon is ", epsilon, ", expected a positive number"),
                   [&](auto& o) { o.epsilon = epsilon; });
  expect_refusal("the number of features of a node is 0, expected one at least", [](auto& o) {
    o.node_features = 0;
    o.mask_feature = false;
  });
  expect_refusal("the number of features of an edge is 0, expected one at least",
                 [](auto& o) { o.matrix_feature = false; });
  expect_refusal("the summary of edges is max, expected none where edges see their nodes", [](auto& o) {
    o.nodes_as_edge_features = true;
    o.edge_summary = EdgeSummary::max;
  });
  expect_refusal("the pattern of the factor is full, expected lower where it starts from FSAI(0)",
                 [](auto& o) { o.start = FactorStart::fsai0; });
}

TEST(SparseInverseNetwork, RejectsAnInputForAnotherNetwork) {
  auto o = small_options(1);
  auto const batch = batch_of<double>({system_of(numbers(5), 1)}, o);
  o.node_features = 1;
  EXPECT_NE(message_of([&] {
              factor_of(SparseInverseNetwork<double>(o), batch);
            }).find("has extent(1) = 3 but the network's features of nodes is 2"),
            std::string::npos);
  o = small_options(1);
  o.matrix_feature = false;
  o.nodes_as_edge_features = true;
  EXPECT_NE(message_of([&] {
              factor_of(SparseInverseNetwork<double>(o), batch);
            }).find("has extent(1) = 1 but the network's features of edges is 6"),
            std::string::npos);
  o = small_options(1);
  o.pattern = FactorPattern::lower;
  o.start = FactorStart::fsai0;
  EXPECT_NE(
      message_of([&] { factor_of(SparseInverseNetwork<double>(o), batch); }).find("the number of blocks"),
      std::string::npos);
}

TEST(SparseInverseNetwork, RejectsAnInputThatDoesNotFit) {
  auto o = small_options(3);
  auto const system = system_of(numbers(5), 3);
  nn::Graph<> const graph(system.A.pattern);
  auto const nnz = system.A.pattern.num_entries();
  auto const expect_refusal = [&](std::string const& problem, auto const& blocks, auto const& features,
                                  auto const& free, RowMajor<double> const& start = {}) {
    EXPECT_EQ(
        message_of([&] { nn::make_sparse_inverse_input<float>(graph, blocks, features, free, o, start); }),
        "sparse inverse: " + problem);
  };
  auto const& good = system.A.values;
  expect_refusal(cat("the matrix has ", nnz, " blocks of size 2, but its graph has ", nnz,
                     " entries and the network takes blocks of size 3"),
                 system_of(numbers(5), 2).A.values, system.features, system.free);
  expect_refusal("the features are [5, 1], but there are 5 nodes and the network takes 2 of each", good,
                 RowMajor<double>("f", 5, 1), system.free);
  expect_refusal("the features are [4, 2], but there are 5 nodes and the network takes 2 of each", good,
                 RowMajor<double>("f", 4, 2), system.free);
  expect_refusal("the mask is [5, 1], but there are 5 nodes with 3 unknowns", good, system.features,
                 RowMajor<double>("m", 5, 1));
  o.pattern = FactorPattern::lower;
  o.start = FactorStart::fsai0;
  expect_refusal(cat("the start is [0, 0], but the factor has ", (nnz + 5) / 2, " blocks of 9 numbers"), good,
                 system.features, system.free);
}

TEST(SparseInverseOptions, HaveNames) {
  EXPECT_EQ(nn::factor_pattern_by_name("lower"), FactorPattern::lower);
  EXPECT_EQ(nn::factor_start_by_name("fsai0"), FactorStart::fsai0);
  EXPECT_EQ(nn::matrix_norm_by_name("frobenius"), MatrixNorm::frobenius);
  EXPECT_EQ(nn::edge_summary_by_name("min"), EdgeSummary::min);
  EXPECT_STREQ(to_string(FactorPattern::full), "full");
  EXPECT_STREQ(to_string(FactorStart::none), "none");
  EXPECT_STREQ(to_string(MatrixNorm::mean), "mean");
  EXPECT_STREQ(to_string(EdgeSummary::max), "max");
  EXPECT_EQ(message_of([] { nn::factor_pattern_by_name("upper"); }),
            "'upper' is no pattern of a factor; there are full, lower");
  EXPECT_EQ(message_of([] { nn::factor_start_by_name("ic0"); }),
            "'ic0' is no start of a factor; there are none, fsai0");
  EXPECT_EQ(message_of([] { nn::matrix_norm_by_name("l1"); }),
            "'l1' is no norm of a matrix; there are mean, frobenius, none");
  EXPECT_EQ(message_of([] { nn::edge_summary_by_name("median"); }),
            "'median' is no summary of edges; there are none, sum, mean, max, min");
}

TEST(SparseInverseOptions, NormsMustBePositive) {
  auto const zero = system_of(numbers(3), 1, 0).A.values;
  EXPECT_EQ(message_of([&] { nn::one_over_norm(Comm::self(), MatrixNorm::mean, zero); }),
            "sparse inverse: the mean norm of the matrix is 0, expected a positive number");
  EXPECT_EQ(nn::one_over_norm(Comm::self(), MatrixNorm::none, zero), 1);
}

}  // namespace
}  // namespace nacre::test
