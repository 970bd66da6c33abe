#include <nacre/autodiff/adam.hpp>
#include <nacre/autodiff/sgd.hpp>

#include <gtest/gtest.h>
#include <impl/Kokkos_Profiling.hpp>

#include <cmath>

#include "support/message_of.hpp"
#include "support/views.hpp"

namespace nacre::ad {
namespace {

using test::to_host;

template <class Scalar>
struct Optimizers : testing::Test {};
using Scalars = testing::Types<double, float>;
TYPED_TEST_SUITE(Optimizers, Scalars);

template <class Scalar>
Vector<Scalar> vector(std::vector<Scalar> const& entries) {
  return to_device<DefaultDevice>("v", entries);
}

TYPED_TEST(Optimizers, AdamTakesTheStepsComputedByHand) {
  // w = 1, gradients 0.5, -0.25, 0.125 with the defaults and learning rate 0.1:
  // m: 0.05, 0.02, 0.0305; v: 2.5e-4, 3.1225e-4, 3.2756275e-4
  // m^: 0.5, 0.02 / 0.19, 0.0305 / 0.271; v^: 0.25, 3.1225e-4 / 1.999e-3, 3.2756275e-4 / 2.997001e-3
  using T = TypeParam;
  auto const w = vector<T>({1}), g = vector<T>({0});
  AdamOptions options;
  options.learning_rate = .1;
  Adam<T> adam(options);
  double const gradients[] = {.5, -.25, .125};
  double const expected[] = {1 - .1, .9 - .1 * (.02 / .19) / std::sqrt(3.1225e-4 / 1.999e-3),
                             .9 - .1 * (.02 / .19) / std::sqrt(3.1225e-4 / 1.999e-3) -
                                 .1 * (.0305 / .271) / std::sqrt(3.2756275e-4 / 2.997001e-3)};
  for (int t = 0; t < 3; ++t) {
    Kokkos::deep_copy(g, static_cast<T>(gradients[t]));
    adam.step({}, {{w, g}});
    EXPECT_NEAR(to_host(w)(0), expected[t], 3e-7);
  }
  EXPECT_EQ(adam.state().steps, 3);
  EXPECT_NEAR(to_host(adam.state().mean[0])(0), .0305, 1e-7);
}

TYPED_TEST(Optimizers, AdamDecaysWeightsAsPyTorchDoes) {
  // a zero gradient: Adam takes weight_decay * w for the gradient, whose first step is the learning rate; AdamW
  // shrinks w by learning_rate * weight_decay
  using T = TypeParam;
  auto const g = vector<T>({0, 0}), coupled = vector<T>({2, -2}), decoupled = vector<T>({2, -2});
  AdamOptions options;
  options.learning_rate = .1;
  options.weight_decay = .5;
  Adam<T>(options).step({}, {{coupled, g}});
  Adam<T>(adamw_options(.1, .5)).step({}, {{decoupled, g}});
  EXPECT_NEAR(to_host(coupled)(0), 1.9, 1e-6);
  EXPECT_NEAR(to_host(coupled)(1), -1.9, 1e-6);
  EXPECT_NEAR(to_host(decoupled)(0), 1.9, 1e-6);
  EXPECT_EQ(adamw_options().weight_decay, 1e-2);
}

TYPED_TEST(Optimizers, SgdFollowsItsFormula) {
  using T = TypeParam;
  for (bool const nesterov : {false, true}) {
    SgdOptions options;
    options.learning_rate = .1;
    options.momentum = .5;
    options.dampening = nesterov ? 0 : .25;
    options.nesterov = nesterov;
    options.weight_decay = .01;
    Sgd<T> sgd(options);
    auto const w = vector<T>({1}), g = vector<T>({0});
    double expected = 1, b = 0;
    for (int t = 0; t < 4; ++t) {
      double const gradient = 1. / (t + 1), d = gradient + .01 * expected;
      b = t == 0 ? d : .5 * b + (1 - options.dampening) * d;
      expected -= .1 * (nesterov ? d + .5 * b : b);
      Kokkos::deep_copy(g, static_cast<T>(gradient));
      sgd.step({}, {{w, g}});
      EXPECT_NEAR(to_host(w)(0), expected, 1e-6) << "step " << t;
    }
  }
}

/// The gradient of sum over i of (i + 1) (w_i - 1)^2 / 2.
template <class Scalar>
void quadratic_gradient(Vector<Scalar> const& w, Vector<Scalar> const& g) {
  Kokkos::parallel_for(
      "nacre::test::gradient", range(DefaultDevice::execution_space(), w.extent(0)),
      KOKKOS_LAMBDA(Ordinal i) { g(i) = static_cast<Scalar>(i + 1) * (w(i) - 1); });
}

template <class Scalar, class Optimizer>
double distance_after(Optimizer optimizer, int steps) {
  Vector<Scalar> const w("w", 37), g("g", 37);
  for (int t = 0; t < steps; ++t) {
    quadratic_gradient(w, g);
    optimizer.step({}, {{w, g}});
  }
  double worst = 0;
  auto const host = to_host(w);
  for (std::size_t i = 0; i < host.extent(0); ++i) worst = std::fmax(worst, std::fabs(host(i) - 1));
  return worst;
}

TYPED_TEST(Optimizers, MinimiseAQuadratic) {
  using T = TypeParam;
  SgdOptions sgd;
  sgd.learning_rate = .05;
  EXPECT_LT(distance_after<T>(Sgd<T>(sgd), 400), 1e-5);
  sgd.momentum = .7;
  EXPECT_LT(distance_after<T>(Sgd<T>(sgd), 200), 1e-5);
  sgd.nesterov = true;
  sgd.learning_rate = .03;
  EXPECT_LT(distance_after<T>(Sgd<T>(sgd), 200), 1e-5);
  AdamOptions adam;
  adam.learning_rate = .05;
  EXPECT_LT(distance_after<T>(Adam<T>(adam), 1000), 1e-3);
}

int g_num_allocations = 0;
void on_allocation(Kokkos_Profiling_SpaceHandle, char const*, void const*, std::uint64_t) {
  ++g_num_allocations;
}

TYPED_TEST(Optimizers, TakeSeveralArraysAndAllocateInTheFirstStepOnly) {
  using T = TypeParam;
  auto const a = vector<T>({1, 2, 3}), a_bar = vector<T>({1, 1, 1});
  RowMajor<T> const b("b", 2, 2), b_bar("b_bar", 2, 2);
  Kokkos::deep_copy(b_bar, T(-1));
  AdamOptions options;
  options.learning_rate = .5;
  Adam<T> adam(options);
  SgdOptions with_momentum;
  with_momentum.momentum = .5;
  Sgd<T> sgd(with_momentum);
  adam.step({}, {{a, a_bar}, {b, b_bar}});
  sgd.step({}, {{a, a_bar}});
  auto const first = to_host(b);

  Kokkos::Tools::Experimental::set_allocate_data_callback(on_allocation);
  g_num_allocations = 0;
  adam.step({}, {{a, a_bar}, {b, b_bar}});
  sgd.step({}, {{a, a_bar}});
  int const allocations = g_num_allocations;
  Kokkos::Tools::Experimental::set_allocate_data_callback(nullptr);

  EXPECT_EQ(allocations, 0);
  EXPECT_NEAR(first(1, 1), .5, 1e-6);
  EXPECT_NEAR(to_host(b)(0, 1), 1., 1e-6);
}

TYPED_TEST(Optimizers, RefuseWhatDoesNotFit) {
  using T = TypeParam;
  auto const two = vector<T>({1, 2}), three = vector<T>({1, 2, 3});
  EXPECT_NE(test::message_of([&] { Parameter<T>(two, three); }).find("extent(0) = 3"), std::string::npos);
  Adam<T> adam;
  adam.step({}, {{two, two}});
  EXPECT_NE(test::message_of([&] {
              adam.step({}, {{three, three}});
            }).find("3 entries, but the state is of 2"),
            std::string::npos);
  EXPECT_NE(test::message_of([&] {
              adam.step({}, {{two, two}, {two, two}});
            }).find("2 parameters"),
            std::string::npos);
  AdamOptions adam_options;
  adam_options.beta2 = 1;
  EXPECT_NE(test::message_of([&] { Adam<T>{adam_options}; }).find("beta2 = 1"), std::string::npos);
  SgdOptions sgd_options;
  sgd_options.nesterov = true;
  EXPECT_NE(test::message_of([&] { Sgd<T>{sgd_options}; }).find("nesterov"), std::string::npos);
}

}  // namespace
}  // namespace nacre::ad
