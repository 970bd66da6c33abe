// What a training is made of besides layers: gradients, optimisers, schedules.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include <nacre/autodiff/adam.hpp>
#include <nacre/autodiff/lbfgs.hpp>
#include <nacre/autodiff/sgd.hpp>
#include <nacre/core/inner_products.hpp>
#include <nacre/nn/gradients.hpp>
#include <nacre/nn/losses.hpp>
#include <nacre/nn/mlp.hpp>
#include <nacre/nn/schedules.hpp>

#include "parts.hpp"
#include "support/distributed.hpp"
#include "support/message_of.hpp"

namespace nacre::test {
namespace {

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

/// Five steps computed with forty digits: gradients clipped to norm 1, a rate of 0.1 0.9^t, decoupled decay of 0.3.
TEST(Gradients, AreWhatClippedAdamWFollowsWithASchedule) {
  double const given[5][2] = {{3, -4}, {.3, .4}, {-.6, 0}, {0, 5}, {.2, -.1}};
  double const expected[5][2] = {{.870000001667, -1.840000001250},
                                 {.762613835898, -1.766349668026},
                                 {.735108891081, -1.706751147826},
                                 {.712416621626, -1.692830891441},
                                 {.685706958585, -1.674603713748}};
  Parts<double> f;
  auto const& w = f.add_parameter("w", {2}, nn::zeros());
  Kokkos::deep_copy(w.value(), to_device<DefaultDevice>("w", std::vector<double>{1, -2}));
  nn::Gradients<double> gradients(f);
  ad::Adam<double> adam(ad::adamw_options(.1, .3));
  auto const schedule = nn::exponential_schedule(.9);
  nn::Pass<double> pass;
  for (int t = 0; t < 5; ++t) {
    pass.begin();
    auto const g = to_device<DefaultDevice>("g", std::vector<double>(given[t], given[t] + 2));
    gradients.compute(pass, pass.tape().apply(DotOp(), pass.constant(g), pass.vector(w)));
    gradients.clip_by_norm(pass.exec(), 1);
    adam.set_learning_rate(.1 * schedule(t));
    adam.step(pass.exec(), gradients.parameters());
    for (std::size_t i = 0; i < 2; ++i)
      EXPECT_NEAR(to_vector(w.value())[i], expected[t][i], 1e-11) << "step " << t;
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

}  // namespace
}  // namespace nacre::test
