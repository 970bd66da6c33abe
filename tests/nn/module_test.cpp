// Modules, their names, and how their parameters start.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include <nacre/nn/mlp.hpp>
#include <nacre/nn/pass.hpp>

#include "parts.hpp"
#include "support/distributed.hpp"
#include "support/message_of.hpp"

namespace nacre::test {
namespace {

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

}  // namespace
}  // namespace nacre::test
