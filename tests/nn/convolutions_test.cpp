// Convolutions beside their formulas, evaluated by plain loops over dense matrices.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "networks.hpp"

namespace nacre::test {
namespace {

using Rows = std::vector<std::vector<double>>;

constexpr std::size_t kSize = static_cast<std::size_t>(kNodes);

Rows zero_rows(std::size_t n, std::size_t k) { return Rows(n, std::vector<double>(k)); }

Rows times(Rows const& a, Rows const& b) {
  Rows c = zero_rows(a.size(), b.front().size());
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t k = 0; k < b.size(); ++k)
      for (std::size_t j = 0; j < c[i].size(); ++j) c[i][j] += a[i][k] * b[k][j];
  return c;
}

void add(Rows& a, Rows const& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < a[i].size(); ++j) a[i][j] += b[i][j];
}

/// A parameter by its name, a vector as one row.
Rows parameter(nn::Module<double> const& module, std::string const& name) {
  for (auto const& named : module.parameters()) {
    if (named.name != name) continue;
    auto const v = to_vector(named.parameter->value());
    auto const& n = named.parameter->extents();
    std::size_t const width = n.back();
    Rows rows = zero_rows(v.size() / width, width);
    for (std::size_t e = 0; e < v.size(); ++e) rows[e / width][e % width] = v[e];
    return rows;
  }
  ADD_FAILURE() << "there is no parameter " << name;
  return zero_rows(1, 1);
}

void add_bias(Rows& y, nn::Module<double> const& module) {
  auto const b = parameter(module, "bias").front();
  for (auto& row : y)
    for (std::size_t j = 0; j < row.size(); ++j) row[j] += b[j];
}

Rows features() {
  Rows x = zero_rows(kSize, kIn);
  for (std::size_t i = 0; i < kSize; ++i)
    for (std::size_t c = 0; c < kIn; ++c) x[i][c] = feature(static_cast<GlobalOrdinal>(i), c);
  return x;
}

/// D^(-1/2) A D^(-1/2), maybe with self-loops.
Rows normalized(bool self_loops) {
  Rows a = zero_rows(kSize, kSize);
  std::vector<double> degree(kSize);
  for (std::size_t i = 0; i < kSize; ++i)
    for (std::size_t j = 0; j < kSize; ++j) {
      a[i][j] =
          has_edge(static_cast<GlobalOrdinal>(i), static_cast<GlobalOrdinal>(j)) || (self_loops && i == j);
      degree[i] += a[i][j];
    }
  for (std::size_t i = 0; i < kSize; ++i)
    for (std::size_t j = 0; j < kSize; ++j)
      if (a[i][j] != 0) a[i][j] = degree[j] > 0 ? a[i][j] / std::sqrt(degree[i] * degree[j]) : 0;
  return a;
}

template <class Layer>
void expect_rows(Layer& layer, std::function<Rows(Rows const& x)> const& expected) {
  auto const nodes = RowPartition::even(Comm::self(), kNodes);
  nn::Graph<> const graph(from_function(nodes, nodes, [](GlobalOrdinal i, GlobalOrdinal j) {
                            return has_edge(i, j) ? 1. : 0.;
                          }).pattern);
  layer.initialize(5);
  for (auto const& named : layer.parameters())  // biases are zero at the start
    if (named.name == "bias") nn::draw(ExecOf<DefaultDevice>(), nn::uniform(1), 9, named.parameter->value());
  layer.evaluate();
  std::vector<GlobalOrdinal> number;
  for (GlobalOrdinal i = 0; i < kNodes; ++i) number.push_back(i);
  nn::Pass<double> pass;
  auto const y =
      layer.forward(pass, graph, nn::MatrixVar<double>(pass.constant(node_features<double>(number, kSize))))
          .value;
  auto const found = to_host(y);
  auto const wanted = expected(features());
  ASSERT_EQ(found.extent(1), wanted.front().size());
  for (std::size_t i = 0; i < kSize; ++i)
    for (std::size_t j = 0; j < found.extent(1); ++j)
      EXPECT_NEAR(found(i, j), wanted[i][j], 1e-13) << i << ' ' << j;
}

TEST(Convolutions, GcnIsItsFormula) {
  for (std::size_t const out : {2, 5}) {
    nn::GcnConv<double> layer(kIn, out);
    expect_rows(layer, [&](Rows const& x) {
      auto y = times(normalized(true), times(x, parameter(layer, "weight")));
      add_bias(y, layer);
      return y;
    });
  }
}

TEST(Convolutions, TagIsItsFormula) {
  for (std::size_t const out : {2, 5}) {
    nn::TagConvOptions options;
    options.hops = 2;
    options.normalize = true;
    nn::TagConv<double> layer(kIn, out, options);
    expect_rows(layer, [&](Rows const& x) {
      auto const a = normalized(false);
      auto y = times(x, parameter(layer, "weight0"));
      add(y, times(times(a, x), parameter(layer, "weight1")));
      add(y, times(times(a, times(a, x)), parameter(layer, "weight2")));
      add_bias(y, layer);
      return y;
    });
  }
}

/// What the neighbours of each node have, by aggregation.
Rows of_neighbors(Rows const& x, nn::Aggregation how) {
  Rows y = zero_rows(kSize, x.front().size());
  for (std::size_t i = 0; i < kSize; ++i) {
    double count = 0;
    for (std::size_t j = 0; j < kSize; ++j) {
      if (!has_edge(static_cast<GlobalOrdinal>(i), static_cast<GlobalOrdinal>(j))) continue;
      for (std::size_t c = 0; c < y[i].size(); ++c)
        y[i][c] = how == nn::Aggregation::max && count > 0 ? std::max(y[i][c], x[j][c])
                  : how == nn::Aggregation::max            ? x[j][c]
                                                           : y[i][c] + x[j][c];
      ++count;
    }
    if (how == nn::Aggregation::mean && count > 0)
      for (double& v : y[i]) v /= count;
  }
  return y;
}

TEST(Convolutions, SageIsItsFormula) {
  for (auto const how : {nn::Aggregation::sum, nn::Aggregation::mean, nn::Aggregation::max}) {
    nn::SageConv<double> layer(kIn, 4, how);
    expect_rows(layer, [&](Rows const& x) {
      auto y = times(x, parameter(layer, "weight_self"));
      add(y, times(of_neighbors(x, how), parameter(layer, "weight_neighbor")));
      add_bias(y, layer);
      return y;
    });
  }
}

TEST(Convolutions, GatV2IsItsFormula) {
  constexpr std::size_t kHeads = 2, kOut = 3;
  for (bool const concatenate : {true, false}) {
    nn::GatV2Options options;
    options.heads = kHeads;
    options.concatenate = concatenate;
    nn::GatV2Conv<double> layer(kIn, kOut, options);
    expect_rows(layer, [&](Rows const& x) {
      auto const target = times(x, parameter(layer, "weight_target")),
                 source = times(x, parameter(layer, "weight_source"));
      auto const attention = parameter(layer, "attention").front();
      Rows y = zero_rows(kSize, concatenate ? kHeads * kOut : kOut);
      for (std::size_t i = 0; i < kSize; ++i)
        for (std::size_t h = 0; h < kHeads; ++h) {
          double sum = 0;
          std::vector<double> weight(kSize);
          for (std::size_t j = 0; j < kSize; ++j) {
            if (i != j && !has_edge(static_cast<GlobalOrdinal>(i), static_cast<GlobalOrdinal>(j))) continue;
            double score = 0;
            for (std::size_t c = h * kOut; c < (h + 1) * kOut; ++c) {
              double const s = target[i][c] + source[j][c];
              score += attention[c] * (s > 0 ? s : .2 * s);
            }
            sum += weight[j] = std::exp(score);
          }
          for (std::size_t j = 0; j < kSize; ++j)
            for (std::size_t c = 0; c < kOut; ++c)
              y[i][concatenate ? h * kOut + c : c] +=
                  weight[j] / sum * source[j][h * kOut + c] / (concatenate ? 1 : kHeads);
        }
      add_bias(y, layer);
      return y;
    });
  }
}

}  // namespace
}  // namespace nacre::test
