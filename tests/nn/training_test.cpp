// What a training is made of: modules, initializers, gradients, optimisers, schedules, normalisation over batches,
// dropout, and graphs.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include <nacre/autodiff/adam.hpp>
#include <nacre/autodiff/lbfgs.hpp>
#include <nacre/autodiff/sgd.hpp>
#include <nacre/nn/batch.hpp>
#include <nacre/nn/dropout.hpp>
#include <nacre/nn/gcn_conv.hpp>
#include <nacre/nn/gradients.hpp>
#include <nacre/nn/losses.hpp>
#include <nacre/nn/mlp.hpp>
#include <nacre/nn/schedules.hpp>

#include "support/distributed.hpp"
#include "support/message_of.hpp"

namespace nacre::test {
namespace {

template <class Scalar>
RowMajor<Scalar> scattered_rows(std::size_t n, std::size_t width, unsigned seed) {
  RowMajor<Scalar> const x("x", n, width);
  auto const h = Kokkos::create_mirror(x);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < width; ++j)
      h(i, j) =
          static_cast<Scalar>(scattered(static_cast<GlobalOrdinal>(i), static_cast<GlobalOrdinal>(j), seed));
  Kokkos::deep_copy(x, h);
  return x;
}

template <class View>
std::vector<double> to_vector(View const& v) {
  auto const h = to_host(v);
  return {h.data(), h.data() + h.size()};
}

// ---- modules ----------------------------------------------------------------------------------------------

/// A module with whatever parts a test gives it.
template <class Scalar>
struct Parts : nn::Module<Scalar> {
  using nn::Module<Scalar>::add_parameter;
  using nn::Module<Scalar>::add_module;
};

TEST(Module, NamesItsPartsByTheirPlaces) {
  Parts<double> inner, middle, outer;
  inner.add_parameter("weight", {2, 3}, nn::zeros());
  inner.add_parameter("running", {3}, nn::ones(), false);
  middle.add_module("inner", inner);
  middle.add_parameter("bias", {4}, nn::zeros());
  outer.add_module("0", middle);
  outer.add_parameter("scale", {1, 2, 3}, nn::zeros());

  std::vector<std::string> state, trainable;
  for (auto const& p : outer.state()) state.push_back(p.name);
  for (auto const& p : outer.parameters()) trainable.push_back(p.name);

  EXPECT_EQ(state, (std::vector<std::string>{"scale", "0.bias", "0.inner.weight", "0.inner.running"}));
  EXPECT_EQ(trainable, (std::vector<std::string>{"scale", "0.bias", "0.inner.weight"}));
  EXPECT_EQ(outer.num_parameters(), 6u + 4 + 6);
  EXPECT_STREQ(outer.precision(), "double");
  EXPECT_STREQ(Parts<float>::precision(), "float");
}

TEST(Module, RefusesNamesThatAreTakenOrHaveDots) {
  Parts<double> child, parent;
  parent.add_parameter("weight", {2}, nn::zeros());
  parent.add_module("layer", child);
  auto const parameter = [&](std::string const& name) {
    return message_of([&] { parent.add_parameter(name, {2}, nn::zeros()); });
  };
  EXPECT_EQ(parameter("weight"), "Module: there is already a parameter 'weight'");
  EXPECT_EQ(parameter("layer"), "Module: there is already a module 'layer'");
  EXPECT_EQ(parameter("a.b"), "Module: the name 'a.b' is empty or has a dot");
  EXPECT_EQ(parameter(""), "Module: the name '' is empty or has a dot");
  EXPECT_EQ(message_of([&] { parent.add_module("weight", child); }),
            "Module: there is already a parameter 'weight'");
  EXPECT_EQ(message_of([&] { parent.add_parameter("b", {}, nn::zeros()); }),
            "Parameter: 0 dimensions, expected 1, 2 or 3");
  EXPECT_EQ(message_of([&] {
              parent.add_parameter("b", {1, 1, 1, 1}, nn::zeros());
            }),
            "Parameter: 4 dimensions, expected 1, 2 or 3");
  EXPECT_EQ(parent.state().size(), 1u);
}

TEST(Module, TellsAllItsPartsWhetherTheyTrain) {
  Parts<double> inner, middle, outer;
  middle.add_module("inner", inner);
  outer.add_module("middle", middle);
  EXPECT_TRUE(inner.is_training());
  outer.evaluate();
  for (auto const* m : {&inner, &middle, &outer}) EXPECT_EQ(m->mode(), nn::Mode::evaluate);
  outer.train();
  for (auto const* m : {&inner, &middle, &outer}) EXPECT_EQ(m->mode(), nn::Mode::train);
  middle.evaluate();
  EXPECT_TRUE(outer.is_training());
  EXPECT_FALSE(inner.is_training());
}

TEST(Pass, RefusesParametersOfOtherDimensions) {
  nn::Parameter<double> const vector("bias", {4}, nn::zeros()), matrix("weight", {2, 2}, nn::zeros());
  nn::Pass<double> pass;
  EXPECT_EQ(message_of([&] { pass.matrix(vector); }),
            "parameter 'bias' has 1 dimensions, but its layer takes 2");
  EXPECT_EQ(message_of([&] { pass.stack(matrix); }),
            "parameter 'weight' has 2 dimensions, but its layer takes 3");
}

// ---- initializers -----------------------------------------------------------------------------------------

template <class Scalar>
std::vector<double> drawn(nn::Initializer const& from, std::uint64_t seed, std::size_t n) {
  Vector<Scalar> const v("v", n);
  nn::draw(ExecOf<DefaultDevice>(), from, seed, v);
  return to_vector(v);
}

struct Moments {
  double mean = 0, variance = 0, least = 0, largest = 0;
};
Moments moments(std::vector<double> const& v) {
  Moments m;
  auto const n = static_cast<double>(v.size());
  for (double const x : v) m.mean += x / n;
  for (double const x : v) m.variance += (x - m.mean) * (x - m.mean) / n;
  m.least = *std::min_element(v.begin(), v.end());
  m.largest = *std::max_element(v.begin(), v.end());
  return m;
}

constexpr std::size_t kDraws = 40000;

/// Means and variances within five standard errors of those of the distribution.
void expect_uniform(nn::Initializer const& from, double bound) {
  auto const m = moments(drawn<double>(from, 3, kDraws));
  double const variance = bound * bound / 3, n = kDraws;
  EXPECT_GE(m.least, -bound);
  EXPECT_LT(m.largest, bound);
  EXPECT_LT(m.least, -.999 * bound);
  EXPECT_GT(m.largest, .999 * bound);
  EXPECT_NEAR(m.mean, 0, 5 * std::sqrt(variance / n));
  EXPECT_NEAR(m.variance, variance, 5 * bound * bound * std::sqrt(4 / 45. / n));
}
void expect_normal(nn::Initializer const& from, double deviation) {
  auto const v = drawn<double>(from, 4, kDraws);
  auto const m = moments(v);
  double const n = kDraws;
  EXPECT_NEAR(m.mean, 0, 5 * deviation / std::sqrt(n));
  EXPECT_NEAR(m.variance, deviation * deviation, 5 * deviation * deviation * std::sqrt(2 / n));
  double fourth = 0;  // 3 sigma^4, of variance 96 sigma^8
  for (double const x : v) fourth += std::pow(x / deviation, 4) / n;
  EXPECT_NEAR(fourth, 3, 5 * std::sqrt(96 / n));
}

TEST(Initializers, HaveTheirBoundsAndVariances) {
  expect_uniform(nn::uniform(.25), .25);
  expect_uniform(nn::glorot_uniform(30, 24), 1. / 3);
  expect_uniform(nn::glorot_uniform(30, 24, 2), 2. / 3);
  expect_uniform(nn::kaiming_uniform(6), 1);
  expect_uniform(nn::pytorch_default(16), .25);
  expect_normal(nn::normal(3), 3);
  expect_normal(nn::glorot_normal(30, 20), .2);
  expect_normal(nn::kaiming_normal(50), .2);
  EXPECT_EQ(drawn<double>(nn::ones(), 1, 3), (std::vector<double>{1, 1, 1}));
  EXPECT_EQ(drawn<double>(nn::zeros(), 1, 2), (std::vector<double>{0, 0}));
}

TEST(Initializers, DependOnSeedAndPlaceAlone) {
  for (auto const& from : {nn::uniform(1), nn::normal(1)}) {
    auto const some = drawn<double>(from, 9, 37);
    auto more = drawn<double>(from, 9, 1023);
    auto const in_float = drawn<float>(from, 9, 37);
    more.resize(37);
    EXPECT_EQ(some, more);
    EXPECT_NE(some, drawn<double>(from, 10, 37));
    for (std::size_t i = 0; i < 37; ++i)
      EXPECT_EQ(in_float[i], static_cast<double>(static_cast<float>(some[i])));
  }
}

TEST(Module, DrawsEachParameterFromItsOwnSeed) {
  nn::Linear<double> a(5, 4), b(5, 4);
  nn::Linear<float> c(5, 4);
  a.initialize(1);
  b.initialize(1);
  c.initialize(1);
  EXPECT_EQ(to_vector(a.weight().value()), to_vector(b.weight().value()));
  for (std::size_t i = 0; i < 20; ++i)
    EXPECT_EQ(to_vector(c.weight().value())[i], static_cast<float>(to_vector(a.weight().value())[i]));
  EXPECT_NE(to_vector(a.weight().value())[0], to_vector(a.bias()->value())[0]);
  b.initialize(2);
  EXPECT_NE(to_vector(a.weight().value()), to_vector(b.weight().value()));
  for (double const w : to_vector(a.weight().value())) EXPECT_LE(std::fabs(w), 1 / std::sqrt(5.));
}

// ---- gradients --------------------------------------------------------------------------------------------

/// y = x A A with A [2, 2], and a parameter that is not used.
struct Twice : nn::Module<double> {
  Twice() : a(add_parameter("a", {2, 2}, nn::uniform(1))), idle(add_parameter("idle", {3}, nn::ones())) {
    initialize(5);
  }
  nn::VectorVar<double> loss(nn::Pass<double>& pass, RowMajor<double> const& x) const {
    auto const weight = pass.matrix(a);
    nn::MatrixVar<double> const once = pass.tape().apply(MatmulOp(), x, weight);
    return pass.tape().apply(SquaredNormOp{.5}, pass.tape().apply(MatmulOp(), once, pass.matrix(a)));
  }
  nn::Parameter<double>&a, &idle;
};

TEST(Gradients, AddUpOverUsesAndAreZeroWithoutAny) {
  Twice const f;
  auto const x = scattered_rows<double>(3, 2, 1);
  nn::Pass<double> pass;
  nn::Gradients<double> gradients(f);
  // what is left of a step before must not stay
  for (int step = 0; step < 2; ++step) {
    pass.begin();
    Kokkos::deep_copy(Vector<double>(const_cast<double*>(gradients.parameters()[1].gradient.data()), 3), 7.);
    gradients.compute(pass, f.loss(pass, x));
    EXPECT_EQ(to_vector(gradients.parameters()[1].gradient), (std::vector<double>{0, 0, 0}));
  }
  auto const found = to_vector(gradients.parameters()[0].gradient);
  auto const before = to_host(f.a.value());
  for (std::size_t k = 0; k < 4; ++k) {
    auto const at = [&](double h) {
      auto v = to_host(f.a.value());
      Kokkos::deep_copy(v, before);
      v(k) += h;
      Kokkos::deep_copy(f.a.value(), v);
      pass.begin(0, nn::Recording::off);
      return to_host(f.loss(pass, x).value)(0);
    };
    EXPECT_NEAR(found[k], (at(1e-6) - at(-1e-6)) / 2e-6, 1e-8);
  }
}

TEST(Gradients, AreClippedByTheNormOfAllTogether) {
  Twice const f;
  nn::Pass<double> pass;
  nn::Gradients<double> gradients(f);
  gradients.compute(pass, f.loss(pass, scattered_rows<double>(3, 2, 1)));
  auto const before = to_vector(gradients.parameters()[0].gradient);
  double norm = 0;
  for (double const g : before) norm += g * g;
  norm = std::sqrt(norm);
  ExecOf<DefaultDevice> const exec;

  EXPECT_NEAR(gradients.clip_by_norm(exec, 2 * norm), norm, 1e-14 * norm);
  EXPECT_EQ(to_vector(gradients.parameters()[0].gradient), before);
  EXPECT_NEAR(gradients.clip_by_norm(exec, norm / 4), norm, 1e-14 * norm);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(to_vector(gradients.parameters()[0].gradient)[i], before[i] / 4, 1e-14 * norm);
  EXPECT_NEAR(gradients.norm(exec), norm / 4, 1e-14 * norm);
  EXPECT_EQ(message_of([&] { gradients.clip_by_norm(exec, 0); }),
            "clip_by_norm: max_norm = 0, expected a positive number");
  EXPECT_NE(
      message_of([&] { gradients.clip_by_norm(exec, std::nan("")); }).find("expected a positive number"),
      std::string::npos);
}

TEST(Gradients, AreSelectedByName) {
  Twice f;
  Parts<double> outer;
  outer.add_module("f", f);
  nn::Gradients<double> const gradients(outer);
  auto const idle = gradients.parameters([](std::string const& name) { return name == "f.idle"; });
  ASSERT_EQ(idle.size(), 1u);
  EXPECT_EQ(idle[0].value.data(), f.idle.value().data());
  EXPECT_EQ(idle[0].gradient.data(), gradients.parameters()[1].gradient.data());
  EXPECT_TRUE(gradients.parameters([](std::string const&) { return false; }).empty());
  EXPECT_EQ(gradients.reduced_bytes(), 0u);
}

/// Learns y = x B + c from 40 rows by `train(parameters, loss_and_gradient)`. \return the loss at the end
template <class Scalar, class Train>
double loss_after(Train const& train) {
  nn::Linear<Scalar> model(3, 2), truth(3, 2);
  model.initialize(1);
  truth.initialize(2);
  auto const x = scattered_rows<Scalar>(40, 3, 3);
  auto const rows = nn::plain_rows(40);
  RowMajor<Scalar> const y("y", 40, 2);
  nn::Pass<Scalar> pass;
  pass.begin(0, nn::Recording::off);
  Kokkos::deep_copy(y, truth.forward(pass, rows, pass.constant(x)).value);
  nn::Gradients<Scalar> gradients(model);
  std::function<double()> const loss_and_gradient = [&] {
    pass.begin();
    auto const loss = nn::mse_loss(pass, rows, model.forward(pass, rows, pass.constant(x)), y);
    gradients.compute(pass, loss);
    return static_cast<double>(to_host(loss.value)(0));
  };
  double const start = loss_and_gradient();
  EXPECT_GT(start, .05);
  train(gradients.parameters(), loss_and_gradient);
  return loss_and_gradient();
}

template <class Scalar>
struct Regression : testing::Test {};
using Scalars = testing::Types<double, float>;
TYPED_TEST_SUITE(Regression, Scalars);

TYPED_TEST(Regression, IsLearnedByEveryOptimizer) {
  using T = TypeParam;
  auto const by = [](auto optimizer, int steps) {
    return loss_after<T>([&](auto const& parameters, auto const& loss_and_gradient) {
      for (int step = 0; step < steps; ++step) {
        loss_and_gradient();
        optimizer.step({}, parameters);
      }
    });
  };
  ad::SgdOptions sgd;
  sgd.learning_rate = .5;
  EXPECT_LT(by(ad::Sgd<T>(sgd), 200), 1e-9);
  sgd.learning_rate = .2;
  sgd.momentum = .8;
  EXPECT_LT(by(ad::Sgd<T>(sgd), 200), 1e-9);
  ad::AdamOptions adam;
  adam.learning_rate = .03;
  EXPECT_LT(by(ad::Adam<T>(adam), 600), 1e-6);
  EXPECT_LT(by(ad::Adam<T>(ad::adamw_options(.03, 1e-4)), 600), 1e-6);
  EXPECT_LT(loss_after<T>([](auto const& parameters, auto const& loss_and_gradient) {
              ad::Lbfgs<T>().minimize({}, parameters, loss_and_gradient);
            }),
            1e-9);
}

// ---- schedules --------------------------------------------------------------------------------------------

TEST(Schedules, HaveTheirValues) {
  EXPECT_EQ(nn::constant_schedule()(1000), 1);
  auto const steps = nn::step_schedule(3, .5);
  double const expected[] = {1, 1, 1, .5, .5, .5, .25};
  for (int t = 0; t < 7; ++t) EXPECT_DOUBLE_EQ(steps(t), expected[t]);
  EXPECT_DOUBLE_EQ(nn::step_schedule(2)(5), .01);
  EXPECT_DOUBLE_EQ(nn::exponential_schedule(.9)(0), 1);
  EXPECT_DOUBLE_EQ(nn::exponential_schedule(.9)(3), .729);
  auto const cosine = nn::cosine_schedule(4, .2);
  EXPECT_DOUBLE_EQ(cosine(0), 1);
  EXPECT_DOUBLE_EQ(cosine(1), .2 + .8 * (1 + std::sqrt(.5)) / 2);
  EXPECT_DOUBLE_EQ(cosine(2), .6);
  EXPECT_NEAR(cosine(4), .2, 1e-15);
  EXPECT_NEAR(cosine(400), .2, 1e-15);
}

TEST(Schedules, WarmUpAndThenCountAnew) {
  auto const f = nn::warm_up(4, nn::exponential_schedule(.5));
  double const expected[] = {.25, .5, .75, 1, 1, .5, .25};
  for (int t = 0; t < 7; ++t) EXPECT_DOUBLE_EQ(f(t), expected[t]) << t;
  EXPECT_EQ(nn::warm_up(0)(0), 1);
}

TEST(Schedules, RejectWhatIsOutOfRange) {
  EXPECT_EQ(message_of([] { nn::step_schedule(0); }),
            "step_schedule: every = 0, factor = 0.1, expected positive numbers");
  EXPECT_EQ(message_of([] { nn::step_schedule(2, -1); }),
            "step_schedule: every = 2, factor = -1, expected positive numbers");
  EXPECT_EQ(message_of([] { nn::exponential_schedule(0); }),
            "exponential_schedule: factor = 0, expected a positive number");
  EXPECT_EQ(message_of([] { nn::cosine_schedule(0); }),
            "cosine_schedule: steps = 0, last = 0, expected a positive number and one in [0, 1]");
  EXPECT_EQ(message_of([] { nn::cosine_schedule(5, 2); }),
            "cosine_schedule: steps = 5, last = 2, expected a positive number and one in [0, 1]");
  EXPECT_EQ(message_of([] { nn::warm_up(-1); }), "warm_up: steps = -1, expected zero or more");
}

// ---- batch normalisation ----------------------------------------------------------------------------------

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

// ---- graphs -----------------------------------------------------------------------------------------------

CsrPattern<> square(Ordinal n) {
  auto const nodes = RowPartition::even(Comm::self(), n);
  return from_function(nodes, nodes, [](GlobalOrdinal i, GlobalOrdinal j) { return i != j ? 1. : 0.; })
      .pattern.local();
}

TEST(Graph, RejectsWhatIsNoneOrNoBatch) {
  auto const self = Comm::self();
  CsrPattern<> const wide = from_function(RowPartition::even(self, 2), RowPartition::even(self, 3),
                                          [](GlobalOrdinal, GlobalOrdinal) { return 1.; })
                                .pattern.local();
  EXPECT_NE(message_of([&] { nn::Graph<> g(wide); }).find("the adjacency matrix is 2 by 3"),
            std::string::npos);
  auto const batch = [&](std::vector<GlobalOrdinal> const& ptr) {
    return message_of([&] { nn::Graph<> g(DistributedPattern<>(square(3)), ptr, self); });
  };
  EXPECT_EQ(batch({}), "Graph: graph_ptr is empty, expected the number 0 at least");
  std::string const ascend = "Graph: graph_ptr must ascend from 0 to the number of nodes, 3; it goes from ";
  EXPECT_EQ(batch({0, 2}), ascend + "0 to 2");
  EXPECT_EQ(batch({1, 3}), ascend + "1 to 3");
  EXPECT_EQ(batch({0, 2, 1, 3}), ascend + "0 to 3");
  EXPECT_EQ(batch({0, 2, 3}), "Graph: the edge from node 2 to node 0 joins two graphs of the batch");
  EXPECT_EQ(nn::Graph<>(DistributedPattern<>(square(3)), {0, 0, 3, 3}, self).num_graphs(), 3);
}

TEST(Batch, RejectsPatternsThatAreNotSquare) {
  auto const self = Comm::self();
  CsrPattern<> const wide = from_function(RowPartition::even(self, 2), RowPartition::even(self, 3),
                                          [](GlobalOrdinal, GlobalOrdinal) { return 1.; })
                                .pattern.local();
  EXPECT_EQ(message_of([&] {
              nn::make_batch(std::vector<CsrPattern<>>{square(2), wide});
            }),
            "make_batch: graph 1 is 2 by 3, expected a square pattern");
}

TEST(Batch, OfNothingHasNoNodes) {
  auto const batch = nn::make_batch(std::vector<CsrPattern<>>{});
  EXPECT_EQ(batch.num_nodes(), 0);
  EXPECT_EQ(batch.num_graphs(), 0);
  EXPECT_EQ(nn::stack_rows(std::vector<RowMajor<double>>{}).size(), 0u);
  EXPECT_EQ(nn::stack(std::vector<Vector<double>>{}).size(), 0u);
}

TEST(Batch, StacksFeaturesInOrder) {
  auto const a = scattered_rows<double>(2, 3, 1), b = scattered_rows<double>(0, 3, 1),
             c = scattered_rows<double>(4, 3, 2);
  auto expected = to_vector(a);
  auto const last = to_vector(c);
  expected.insert(expected.end(), last.begin(), last.end());
  auto const all = nn::stack_rows(std::vector<RowMajor<double>>{a, b, c});
  EXPECT_EQ(all.extent(0), 6u);
  EXPECT_EQ(to_vector(all), expected);
  EXPECT_EQ(to_vector(nn::stack(
                std::vector<Vector<double>>{Vector<double>(a.data(), 6), Vector<double>(c.data(), 12)})),
            expected);
  EXPECT_NE(message_of([&] {
              nn::stack_rows(std::vector<RowMajor<double>>{a, scattered_rows<double>(2, 2, 1)});
            }).find("that of the first part"),
            std::string::npos);
}

}  // namespace
}  // namespace nacre::test
