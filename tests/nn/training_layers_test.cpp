// Layers that behave differently while they learn, and layers of sparse features.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include <nacre/nn/dropout.hpp>
#include <nacre/nn/gcn_conv.hpp>
#include <nacre/nn/gradients.hpp>
#include <nacre/nn/normalization.hpp>

#include "support/distributed.hpp"
#include "support/message_of.hpp"

namespace nacre::test {
namespace {

struct Statistics {
  std::vector<double> mean, variance;  // the latter unbiased
};
Statistics statistics(RowMajor<double> const& x) {
  auto const h = to_host(x);
  auto const n = static_cast<double>(h.extent(0));
  Statistics s{std::vector<double>(h.extent(1)), std::vector<double>(h.extent(1))};
  for (std::size_t j = 0; j < h.extent(1); ++j) {
    for (std::size_t i = 0; i < h.extent(0); ++i) s.mean[j] += h(i, j) / n;
    for (std::size_t i = 0; i < h.extent(0); ++i)
      s.variance[j] += (h(i, j) - s.mean[j]) * (h(i, j) - s.mean[j]) / (n - 1);
  }
  return s;
}

TEST(BatchNorm, NormalizesByTheBatchAndRemembersIt) {
  std::size_t const n = 11, width = 3;
  nn::BatchNormOptions options;
  options.momentum = .25;
  nn::BatchNorm<double> norm(width, options);
  norm.initialize(1);
  auto const state = norm.state();
  ASSERT_EQ(state.size(), 4u);
  EXPECT_EQ(norm.num_parameters(), 2 * width);
  Kokkos::deep_copy(state[0].parameter->value(), 2.);
  Kokkos::deep_copy(state[1].parameter->value(), -1.);
  std::vector<double> mean(width, 0), variance(width, 1);
  nn::Pass<double> pass;
  auto const rows = nn::plain_rows(static_cast<Ordinal>(n));
  for (unsigned step = 0; step < 3; ++step) {
    auto const x = scattered_rows<double>(n, width, step + 40);
    pass.begin();
    auto const y = to_host(norm.forward(pass, rows, pass.constant(x)).value);
    auto const s = statistics(x);
    auto const h = to_host(x);
    for (std::size_t j = 0; j < width; ++j) {
      double const deviation = std::sqrt(s.variance[j] * 10 / 11 + options.eps);
      for (std::size_t i = 0; i < n; ++i)
        EXPECT_NEAR(y(i, j), 2 * (h(i, j) - s.mean[j]) / deviation - 1, 1e-13);
      mean[j] = .75 * mean[j] + .25 * s.mean[j];
      variance[j] = .75 * variance[j] + .25 * s.variance[j];
      EXPECT_NEAR(to_host(state[2].parameter->value())(j), mean[j], 1e-13);
      EXPECT_NEAR(to_host(state[3].parameter->value())(j), variance[j], 1e-12);
    }
  }

  norm.evaluate();
  auto const x = scattered_rows<double>(n, width, 50);
  pass.begin();
  auto const leaf = pass.tape().leaf(x);
  auto const y = norm.forward(pass, rows, leaf);
  pass.tape().backward(pass.tape().apply(SumOp(), y));
  auto const h = to_host(x), hy = to_host(y.value), x_bar = to_host(pass.tape().gradient(leaf));
  for (std::size_t j = 0; j < width; ++j) {
    double const scale = 2 / std::sqrt(variance[j] + options.eps);
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_NEAR(hy(i, j), scale * (h(i, j) - mean[j]) - 1, 1e-12);
      EXPECT_NEAR(x_bar(i, j), scale, 1e-12);
    }
    EXPECT_NEAR(to_host(state[2].parameter->value())(j), mean[j], 1e-13) << "evaluating changes nothing";
  }
}

TEST(BatchNorm, OfOneRowIsItsShift) {
  nn::BatchNorm<float> norm(2);
  norm.initialize(1);
  nn::Pass<float> pass;
  auto const x = scattered_rows<float>(1, 2, 3);
  EXPECT_EQ(to_vector(norm.forward(pass, nn::plain_rows(1), pass.constant(x)).value),
            (std::vector<double>{0, 0}));
  for (double const v : to_vector(norm.state()[3].parameter->value())) EXPECT_NEAR(v, .9, 1e-6);
}

TEST(BatchNorm, RejectsAMomentumOutOfRange) {
  nn::BatchNormOptions options;
  options.momentum = 1.5;
  EXPECT_EQ(message_of([&] { nn::BatchNorm<double> norm(2, options); }),
            "BatchNorm: momentum = 1.5, expected a number in [0, 1]");
}

// ---- dropout and sparse features --------------------------------------------------------------------------

TEST(DropoutLayer, DropsItsRateAndKeepsTheMean) {
  std::size_t const n = 2000, width = 10;
  double const rate = .3, count = n * width;
  nn::Dropout<double> dropout(rate);
  RowMajor<double> const x("x", n, width);
  Kokkos::deep_copy(x, 1.);
  auto const rows = nn::plain_rows(static_cast<Ordinal>(n));
  nn::Pass<double> pass;
  auto const once = [&](std::uint64_t seed) {
    pass.begin(seed);
    return to_vector(dropout.forward(pass, rows, pass.constant(x)).value);
  };
  auto const y = once(1);
  double dropped = 0;
  for (double const v : y) {
    EXPECT_TRUE(v == 0 || std::fabs(v - 1 / .7) < 1e-15) << v;
    dropped += v == 0;
  }
  EXPECT_NEAR(dropped / count, rate, 5 * std::sqrt(rate * (1 - rate) / count));
  EXPECT_EQ(once(1), y);
  EXPECT_NE(once(2), y);
  pass.begin(1);
  auto const first = to_vector(dropout.forward(pass, rows, pass.constant(x)).value);
  auto const second = to_vector(dropout.forward(pass, rows, pass.constant(x)).value);
  EXPECT_EQ(first, y);
  EXPECT_NE(second, y) << "a second layer of a pass draws anew";
  dropout.evaluate();
  EXPECT_EQ(once(1), to_vector(x));
  EXPECT_EQ(message_of([] { nn::Dropout<double> all(1); }), "dropout: rate = 1, expected a number in [0, 1)");
}

/// Sparse features with their dense copy.
struct Both {
  CsrMatrix<double> sparse;
  RowMajor<double> dense;
};
Both both_features(Ordinal n, Ordinal width) {
  auto const A =
      scattered_matrix(RowPartition::even(Comm::self(), n), RowPartition::even(Comm::self(), width), .3, 8);
  auto const D = to_dense(A);
  Both both{{A.pattern.local(), A.values},
            RowMajor<double>("x", static_cast<std::size_t>(n), static_cast<std::size_t>(width))};
  auto const h = Kokkos::create_mirror(both.dense);
  for (Ordinal i = 0; i < n; ++i)
    for (Ordinal j = 0; j < width; ++j) h(i, j) = D(i, j);
  Kokkos::deep_copy(both.dense, h);
  return both;
}

TEST(SparseFeatures, GiveAConvolutionWhatDenseOnesDo) {
  Ordinal const n = 17, width = 9;
  auto const nodes = RowPartition::even(Comm::self(), n);
  nn::Graph<> const graph(scattered_matrix(nodes, nodes, .2, 3).pattern.local());
  auto const features = both_features(n, width);
  for (std::size_t const out : {4u, 12u}) {  // narrower and wider than the features
    nn::GcnConv<double> conv(width, out);
    conv.initialize(6);
    nn::Gradients<double> gradients(conv);
    nn::Pass<double> pass;
    auto const finish = [&](nn::MatrixVar<double> const& y) {
      gradients.compute(pass, pass.tape().apply(SquaredNormOp(), y));
      std::vector<std::vector<double>> all{to_vector(y.value)};
      for (auto const& p : gradients.parameters()) all.push_back(to_vector(p.gradient));
      return all;
    };
    pass.begin();
    auto const x = pass.tape().leaf(features.dense);
    auto const expected = finish(conv.forward(pass, graph, x));
    auto const x_bar = to_host(pass.tape().gradient(x));
    pass.begin();
    auto const values = pass.tape().leaf(features.sparse.values);
    auto const found =
        finish(conv.forward(pass, graph, nn::SparseFeatures<double>{features.sparse.pattern, values}));
    auto const values_bar = to_host(pass.tape().gradient(values));

    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t a = 0; a < found.size(); ++a) {
      ASSERT_EQ(found[a].size(), expected[a].size());
      for (std::size_t i = 0; i < found[a].size(); ++i)
        EXPECT_NEAR(found[a][i], expected[a][i], 1e-12 * (1 + std::fabs(expected[a][i])));
    }
    auto const row_ptr = to_host(features.sparse.pattern.row_ptr());
    auto const col = to_host(features.sparse.pattern.col());
    for (Ordinal i = 0; i < n; ++i)
      for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
        EXPECT_NEAR(values_bar(k), x_bar(i, col(k)), 1e-12 * (1 + std::fabs(x_bar(i, col(k)))));
  }
}

TEST(SparseFeatures, LoseStoredEntriesByDropout) {
  auto const features = both_features(400, 30);
  double const rate = .4, n = static_cast<double>(features.sparse.num_entries());
  nn::Dropout<double> dropout(rate);
  auto const rows = nn::plain_rows(400);
  nn::Pass<double> pass;
  pass.begin(5);
  auto const values = pass.tape().leaf(features.sparse.values);
  auto const y = dropout.forward(pass, rows, nn::SparseFeatures<double>{features.sparse.pattern, values});
  auto const found = to_vector(y.values.value), before = to_vector(features.sparse.values);
  pass.tape().backward(pass.tape().apply(SumOp(), y.values));
  auto const bar = to_vector(pass.tape().gradient(values));
  double dropped = 0;
  for (std::size_t k = 0; k < found.size(); ++k) {
    bool const kept = found[k] != 0;
    EXPECT_NEAR(found[k], kept ? before[k] / .6 : 0, 1e-15);
    EXPECT_NEAR(bar[k], kept ? 1 / .6 : 0, 1e-15);
    dropped += !kept;
  }
  EXPECT_NEAR(dropped / n, rate, 5 * std::sqrt(rate * (1 - rate) / n));
  dropout.evaluate();
  EXPECT_EQ(to_vector(dropout.forward(pass, rows, nn::sparse_features(pass, features.sparse)).values.value),
            before);
}

TEST(SparseFeatures, LoseEntriesByTheirPlaceInTheBatch) {
  auto const dropped_at = [](CsrMatrix<double> const& x, std::int64_t first) {
    auto rows = nn::plain_rows(x.num_rows());
    rows.first = first;
    nn::Dropout<double> const dropout(.4);
    nn::Pass<double> pass;
    pass.begin(5);
    return to_vector(dropout.forward(pass, rows, nn::sparse_features(pass, x)).values.value);
  };
  auto const x = both_features(40, 30).sparse, again = both_features(40, 30).sparse;

  auto const first = dropped_at(x, 0), later = dropped_at(x, 100);

  EXPECT_NE(first, later);
  EXPECT_EQ(later, dropped_at(again, 100));
  EXPECT_EQ(first, dropped_at(x, 0));
}

}  // namespace
}  // namespace nacre::test
