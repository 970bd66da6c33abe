#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include <nacre/nn/batch.hpp>

#include "networks.hpp"
#include "support/message_of.hpp"

namespace nacre::test {
namespace {

using Numbers = std::vector<GlobalOrdinal>;

Numbers natural_order() {
  Numbers number(static_cast<std::size_t>(kNodes));
  std::iota(number.begin(), number.end(), 0);
  return number;
}

/// The graph whose node i is node number[i] of the original.
CsrPattern<> renumbered(Numbers const& number) {
  auto const partition = RowPartition::even(Comm::self(), static_cast<GlobalOrdinal>(number.size()));
  return from_function(
             partition, partition,
             [&](GlobalOrdinal i, GlobalOrdinal j) {
               return has_edge(number[static_cast<std::size_t>(i)], number[static_cast<std::size_t>(j)]) ? 1.
                                                                                                         : 0.;
             })
      .pattern.local();
}

struct Output {
  std::size_t width = 0;
  std::vector<double> y;  // row by row
  double operator()(std::size_t i, std::size_t j) const { return y[i * width + j]; }
};

template <class Scalar>
Output run(Case<Scalar> const& c, nn::Graph<> const& graph, Numbers const& number) {
  nn::Pass<Scalar> pass;
  pass.begin(3, nn::Recording::off);
  auto const x = node_features<Scalar>(number, number.size());
  auto const y = c.forward(pass, graph, pass.constant(x), number).value;
  return {y.extent(1), to_vector(y)};
}

struct Layers : testing::TestWithParam<std::size_t> {
  static void SetUpTestSuite() {
    cases = all_cases<double>();
    single_cases = all_cases<float>();
  }
  static void TearDownTestSuite() {  // before Kokkos ends
    cases.clear();
    single_cases.clear();
  }
  void SetUp() override { layer().module->train(); }
  Case<double> const& layer() const { return cases[GetParam()]; }

  static inline std::vector<Case<double>> cases;
  static inline std::vector<Case<float>> single_cases;
};

TEST_P(Layers, HaveAsManyParametersAsTheFormulaSays) {
  EXPECT_EQ(layer().module->num_parameters(), layer().num_parameters);
}

TEST_P(Layers, HaveGradientsThatMatchDifferences) {
  auto const& c = layer();
  auto const number = natural_order();
  nn::Graph<> const graph(renumbered(number));
  auto const x = node_features<double>(number, number.size());
  nn::Pass<double> pass;
  nn::Gradients<double> gradients(*c.module);
  std::vector<double> x_bar;
  auto const loss = [&](bool with_gradient) {
    pass.begin(3);
    auto const leaf = pass.tape().leaf(x);
    auto const value = weighted_sum(pass, Comm::self(), c.forward(pass, graph, leaf, number), 0);
    if (with_gradient) {
      gradients.compute(pass, value);
      x_bar = to_vector(pass.tape().gradient(leaf));
    }
    return to_host(value.value)(0);
  };
  loss(true);

  auto const compare = [&](Vector<double> const& value, std::vector<double> const& bar,
                           std::string const& what) {
    ASSERT_EQ(value.extent(0), bar.size());
    auto const before = to_host(value);
    double expected = 0, scale = 0;
    auto const shifted = [&](double h) {
      auto const v = to_host(value);
      for (std::size_t i = 0; i < bar.size(); ++i)
        v(i) = before(i) + h * scattered(static_cast<GlobalOrdinal>(i), 1, 9);
      Kokkos::deep_copy(value, v);
      return loss(false);
    };
    double const h = 1e-5;
    double const difference = (shifted(h) - shifted(-h)) / (2 * h);
    Kokkos::deep_copy(value, before);
    for (std::size_t i = 0; i < bar.size(); ++i) {
      double const term = bar[i] * scattered(static_cast<GlobalOrdinal>(i), 1, 9);
      expected += term;
      scale += std::fabs(term);
    }
    EXPECT_NEAR(difference, expected, 1e-6 * (scale + 1e-3)) << c.name << ", " << what;
  };
  auto const parameters = c.module->parameters();
  for (std::size_t a = 0; a < parameters.size(); ++a)
    compare(parameters[a].parameter->value(), to_vector(gradients.parameters()[a].gradient),
            parameters[a].name);
  compare(Vector<double>(x.data(), x.size()), x_bar, "features");
}

TEST_P(Layers, AreEquivariantUnderPermutations) {
  auto const& c = layer();
  c.module->evaluate();  // dropout knows rows by their numbers
  auto const number = natural_order();
  Numbers permuted(number.size());
  RandomPermutation const permutation(kNodes, 4);
  for (std::size_t i = 0; i < permuted.size(); ++i) permuted[i] = permutation(static_cast<std::int64_t>(i));

  auto const y = run(c, nn::Graph<>(renumbered(number)), number);
  auto const z = run(c, nn::Graph<>(renumbered(permuted)), permuted);

  ASSERT_EQ(y.y.size(), z.y.size());
  std::size_t const rows = y.y.size() / y.width;
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < y.width; ++j)
      EXPECT_NEAR(z(i, j), y(c.of_graphs ? i : static_cast<std::size_t>(permuted[i]), j), 1e-12) << c.name;
}

TEST_P(Layers, TreatABatchAsItsGraphsOneByOne) {
  auto const& c = layer();
  c.module->evaluate();
  auto const number = natural_order();
  // four graphs, one without nodes and one without edges
  std::vector<Numbers> const parts{{0, 1, 2, 3, 4, 6, 7, 8}, {}, {5, 5}, {9, 10, 11, 12, 13, 14}};
  Numbers all;
  std::vector<CsrPattern<>> patterns;
  std::vector<double> expected;
  for (auto const& part : parts) {
    patterns.push_back(renumbered(part));
    auto const y = run(c, nn::Graph<>(patterns.back()), part).y;
    expected.insert(expected.end(), y.begin(), y.end());
    all.insert(all.end(), part.begin(), part.end());
  }

  auto const found = run(c, nn::make_batch(patterns), all).y;

  ASSERT_EQ(found.size(), expected.size()) << c.name;
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-12) << c.name;
}

TEST_P(Layers, GiveTheSameInSinglePrecision) {
  auto const number = natural_order();
  nn::Graph<> const graph(renumbered(number));

  auto const y = run(layer(), graph, number), z = run(single_cases[GetParam()], graph, number);

  ASSERT_EQ(y.y.size(), z.y.size());
  for (std::size_t i = 0; i < y.y.size(); ++i) EXPECT_NEAR(y.y[i], z.y[i], 2e-5 * (1 + std::fabs(y.y[i])));
}

TEST_P(Layers, AllocateNothingFromTheSecondPassOn) {
  auto const& c = layer();
  auto const number = natural_order();
  nn::Graph<> const graph(renumbered(number));
  auto const x = node_features<double>(number, number.size());
  nn::Pass<double> pass;
  int calls = 0;
  for (int step = 0; step < 3; ++step) {
    pass.begin(static_cast<std::uint64_t>(step));
    auto const leaf = pass.tape().leaf(x);
    pass.tape().backward(weighted_sum(pass, Comm::self(), c.forward(pass, graph, leaf, number), 0));
    if (step == 0) calls = pass.tape().num_allocator_calls();
    EXPECT_EQ(pass.tape().num_allocator_calls(), calls) << c.name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Layers, testing::Range<std::size_t>(0, case_names().size()),
                         [](auto const& tested) { return case_names()[tested.param]; });

TEST(LayerCases, AreAllTested) {
  auto const cases = all_cases<double>();
  ASSERT_EQ(cases.size(), case_names().size());
  for (std::size_t i = 0; i < cases.size(); ++i) EXPECT_EQ(cases[i].name, case_names()[i]);
}

}  // namespace
}  // namespace nacre::test
