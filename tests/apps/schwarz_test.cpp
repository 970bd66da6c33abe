// What nacre_schwarz stands on.
#include "schwarz_problem.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <nacre/autodiff/adam.hpp>
#include <nacre/autodiff/functions.hpp>
#include <nacre/core/max.hpp>
#include <nacre/solvers/interface_conditions.hpp>

#include "../support/message_of.hpp"
#include "interface_search.hpp"
#include "kokkos_for_all.hpp"
#include "samples.hpp"
#include "schwarz_network.hpp"

namespace nacre::apps {
namespace {

double radius_of(SchwarzProblem const& problem, Vector<double> const& L) {
  auto const found = solvers::schwarz_spectral_radius<DefaultDevice>(problem.decomposition, problem.A.values,
                                                                     L, problem.interface_scale);
  EXPECT_TRUE(found.invariant);
  return found.value;
}

TEST(InterfaceSearch, FindsBetterValuesThanTheoryKnows) {
  auto const problem = make_grid_problem(16);
  auto const start =
      solvers::interface_values(problem.A.pattern, solvers::InterfaceCondition::second_order, 1. / 17, 1);
  InterfaceSearchOptions options;
  options.interface_scale = problem.interface_scale;
  double const before = radius_of(problem, start);
  auto const found = search_interface_values(problem.decomposition, problem.A.values, start, options);
  double const after = radius_of(problem, found);
  EXPECT_NEAR(before, .0955, 1e-3);
  EXPECT_LE(after, .045);
  RecordProperty("spectral_radius", std::to_string(after));
}

TEST(SchwarzProblem, TellsTheNetworkWhereInterfacesAre) {
  auto const problem = make_grid_problem(4);
  auto const inputs = make_inputs(problem);
  auto const nodes = host_view(inputs.nodes);
  auto const edges = host_view(inputs.edges);
  auto const row = host_view(row_of_entry(problem.A.pattern));
  auto const col = host_view(problem.A.pattern.col());
  for (int i = 0; i < 16; ++i) EXPECT_EQ(nodes(i, 0), i % 4 == 1 || i % 4 == 2 ? 1 : 0);
  for (std::size_t e = 0; e < problem.A.num_entries(); ++e) {
    EXPECT_FLOAT_EQ(edges(e, 0), row(e) == col(e) ? 4 + 1. / 25 : -1);
    EXPECT_EQ(edges(e, 1), nodes(row(e), 0) * nodes(col(e), 0));
  }
  // every interface entry of the decomposition is an edge that the network may give a value
  auto const entries = host_view(problem.decomposition.interface_entries());
  EXPECT_EQ(entries.extent(0), 2u * (4 + 2 * 3));
  for (std::size_t k = 0; k < entries.extent(0); ++k) EXPECT_EQ(edges(entries(k), 1), 1);
  EXPECT_EQ(test::message_of([] { make_grid_problem(1); }), "a grid of 1 by 1 points cannot be cut in two");
}

TEST(SchwarzProblem, HasTheSizesOfThePaper) {
  if (!have_delaunay()) GTEST_SKIP() << "built without Qhull";
  std::size_t fewest = 1000000, most = 0, sum = 0;
  double least = 180;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    auto const problem = make_training_problem(seed);
    EXPECT_GE(problem.decomposition.num_parts(), 2);
    fewest = std::min(fewest, problem.points.size());
    most = std::max(most, problem.points.size());
    sum += problem.points.size();
    least = std::min(least, TriangleMesh{problem.points, problem.triangles, 0}.smallest_angle());
  }
  EXPECT_GE(fewest, 85u);
  EXPECT_LE(fewest, 150u);
  EXPECT_GE(most, 500u);
  EXPECT_LE(most, 850u);
  EXPECT_GE(least, 10);
  RecordProperty("sizes", cat(fewest, " to ", most, ", mean ", sum / 60, ", smallest angle ", least));
  auto const sized = make_mesh_problem(mesh_problem_of_size(5000, 3));
  EXPECT_NEAR(static_cast<double>(sized.points.size()), 5000, 500);
}

TEST(SchwarzProblem, TrainsItsInterfaceValuesDown) {
  if (!have_delaunay()) GTEST_SKIP() << "built without Qhull";
  auto const problem = make_training_problem(5, ReactionTerm::lumped_mass);
  auto const n = problem.points.size();
  solvers::SchwarzErrorOp<> const errors(problem.decomposition, problem.A.values,
                                         {problem.interface_scale, 4});
  Vector<float> const L("L", problem.A.num_entries());  // as a network gives them
  Vector<double> const squared_norms("squared_norms", 100);
  RowMajor<double> const x("x", n, 100);
  ad::AdamOptions options;
  options.learning_rate = .05;
  ad::Adam<float> adam(options);
  ad::Tape<> tape;
  double first = 0, last = 0;
  for (int step = 0; step < 100; ++step) {
    fill_random_directions(tape.exec(), static_cast<std::uint64_t>(step), x, squared_norms);
    tape.clear();
    auto const values = tape.leaf(L);
    auto const left = tape.apply(errors, values, x);
    auto const largest = tape.apply(MaxOp{}, tape.apply(ColumnDotsOp{}, left, left));
    auto const loss = tape.apply(map(Sqrt{}), largest);
    tape.backward(loss);
    adam.step(tape.exec(), {{L, tape.gradient(values)}});
    (step == 0 ? first : last) = read_scalar(loss.value);
  }
  EXPECT_LT(last, .8 * first);  // the samples differ from step to step
  RecordProperty("loss", cat(first, " to ", last));
}

TEST(SchwarzNetwork, HasAsManyParametersAsThatOfTheLiterature) {
  SchwarzNetworkOptions options;  // Taghibakhshi et al. say about 1.258 million
  EXPECT_EQ(SchwarzNetwork(options).num_parameters(), 1258242u);
}

TEST(SchwarzNetwork, ProposesNothingAwayFromInterfaces) {
  auto const problem = make_grid_problem(6);
  auto const inputs = make_inputs(problem);
  SchwarzNetwork network({8, 2, 2, 1});
  network.initialize(1);
  nn::Pass<float> pass;
  auto const L = host_view(network.forward(pass, nn::Graph<>(problem.A.pattern), inputs).value);
  auto const edges = host_view(inputs.edges);
  for (std::size_t e = 0; e < L.extent(0); ++e) EXPECT_EQ(L(e) != 0, edges(e, 1) != 0) << e;
}

TEST(SchwarzNetwork, ProposesWhatItIsTrainedToPropose) {
  if (!have_delaunay()) GTEST_SKIP() << "built without Qhull";
  for (auto const& problem : {make_grid_problem(2), make_grid_problem(9), make_training_problem(4)}) {
    auto const inputs = make_inputs(problem);
    nn::Graph<> const graph(problem.A.pattern);
    for (SchwarzNetworkOptions const& options : {SchwarzNetworkOptions{8, 2, 2, 1}, {5, 1, 0, 0}}) {
      SchwarzNetwork network(options);
      network.initialize(3);
      nn::Pass<float> pass, other;
      auto const trained = host_view(network.forward(pass, graph, inputs).value);
      auto const proposed = host_view(network.propose(other, graph, inputs));
      ASSERT_EQ(proposed.extent(0), trained.extent(0));
      for (std::size_t e = 0; e < trained.extent(0); ++e) EXPECT_EQ(proposed(e), trained(e)) << e;
    }
  }
}

}  // namespace
}  // namespace nacre::apps
