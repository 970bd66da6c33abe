// Layers on graphs whose nodes are spread over ranks, and on batches whose graphs are: as on one rank.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include <nacre/nn/batch.hpp>

#include "networks.hpp"

namespace nacre::test {
namespace {

using Numbers = std::vector<GlobalOrdinal>;

DistributedPattern<> adjacency(RowPartition const& nodes) {
  return from_function(nodes, nodes,
                       [](GlobalOrdinal i, GlobalOrdinal j) { return has_edge(i, j) ? 1. : 0.; })
      .pattern;
}

/// The numbers of the nodes that the columns of the local pattern stand for.
Numbers columns(DistributedPattern<> const& pattern) {
  Numbers number;
  for (Ordinal j = 0; j < pattern.local().num_cols(); ++j) number.push_back(pattern.global_col(j));
  return number;
}

struct Computed {
  double loss = 0;
  std::vector<double> y, gradient, x_bar;  // y and x_bar of all ranks
};

/// \param number of the owned nodes, then of ghosts
Computed compute(Case<double> const& c, nn::Graph<> const& graph, Numbers const& number, Comm const& comm) {
  auto const x = node_features<double>(number, static_cast<std::size_t>(graph.num_nodes()));
  nn::Pass<double> pass;
  nn::Gradients<double> gradients(*c.module, comm);
  pass.begin(8);
  auto const leaf = pass.tape().leaf(x);
  auto const y = c.forward(pass, graph, leaf, number);
  auto const& rows = c.of_graphs ? graph.graphs() : graph.nodes();
  auto const loss = weighted_sum(pass, comm, y, rows.first);
  gradients.compute(pass, loss);
  Computed all;
  all.loss = to_host(loss.value)(0);
  all.y = comm.all_gather(to_vector(y.value));
  all.x_bar = comm.all_gather(to_vector(pass.tape().gradient(leaf)));
  for (auto const& p : gradients.parameters()) {
    auto const bar = to_vector(p.gradient);
    all.gradient.insert(all.gradient.end(), bar.begin(), bar.end());
  }
  return all;
}

void expect_same(Computed const& found, Computed const& expected, std::string const& name) {
  EXPECT_NEAR(found.loss, expected.loss, 1e-12 * (1 + std::fabs(expected.loss))) << name;
  auto const compare = [&](std::vector<double> const& a, std::vector<double> const& b, char const* what) {
    ASSERT_EQ(a.size(), b.size()) << name << ' ' << what;
    double scale = 1;
    for (double const v : b) scale = std::max(scale, std::fabs(v));
    for (std::size_t i = 0; i < a.size(); ++i)
      ASSERT_NEAR(a[i], b[i], 1e-12 * scale) << name << ' ' << what << i;
  };
  compare(found.y, expected.y, "result");
  compare(found.gradient, expected.gradient, "gradient");
  compare(found.x_bar, expected.x_bar, "gradient of features");
}

TEST(DistributedLayers, DoOnPartsOfAGraphWhatOneRankDoes) {
  auto const comm = Comm::world();
  auto const cases = all_cases<double>();
  auto const serial = adjacency(RowPartition::even(Comm::self(), kNodes));
  // evenly, and with a rank that has no nodes
  std::vector<RowPartition> const partitions{RowPartition::even(comm, kNodes),
                                             RowPartition(comm, comm.rank() == comm.size() - 1 ? kNodes : 0)};
  for (auto const& partition : partitions) {
    auto const distributed = adjacency(partition);
    for (auto const& c : cases) {
      auto const found = compute(c, nn::Graph<>(distributed), columns(distributed), comm);
      auto const expected = compute(c, nn::Graph<>(serial), columns(serial), Comm::self());
      expect_same(found, expected, c.name);
    }
  }
}

TEST(DistributedLayers, DoOnABatchThatIsSpreadOverRanksWhatOneRankDoes) {
  auto const comm = Comm::world();
  std::vector<GlobalOrdinal> const graph_ptr{0, 6, 6, 15, kNodes};
  auto const within = [&](GlobalOrdinal i, GlobalOrdinal j) {
    for (std::size_t g = 0; g + 1 < graph_ptr.size(); ++g)
      if (i >= graph_ptr[g] && i < graph_ptr[g + 1])
        return j >= graph_ptr[g] && j < graph_ptr[g + 1] && has_edge(i, j);
    return false;
  };
  auto const batch = [&](Comm const& on) {
    auto const nodes = RowPartition::even(on, kNodes);
    return from_function(nodes, nodes,
                         [&](GlobalOrdinal i, GlobalOrdinal j) { return within(i, j) ? 1. : 0.; })
        .pattern;
  };
  auto const distributed = batch(comm), serial = batch(Comm::self());
  for (auto const& c : all_cases<double>()) {
    auto const found = compute(c, nn::Graph<>(distributed, graph_ptr, comm), columns(distributed), comm);
    auto const expected =
        compute(c, nn::Graph<>(serial, graph_ptr, Comm::self()), columns(serial), Comm::self());
    expect_same(found, expected, c.name);
  }
}

TEST(DistributedLayers, KeepWhatDependsOnTheBatchApartFromThePattern) {
  auto const comm = Comm::world();
  std::vector<GlobalOrdinal> const graph_ptr{0, kNodes - 1, kNodes};
  auto const make = [](Comm const& on) {  // without an edge to the last node
    auto const nodes = RowPartition::even(on, kNodes);
    return from_function(nodes, nodes,
                         [](GlobalOrdinal i, GlobalOrdinal j) {
                           return i < kNodes - 1 && j < kNodes - 1 && has_edge(i, j) ? 1. : 0.;
                         })
        .pattern;
  };
  auto const distributed = make(comm), serial = make(Comm::self());
  for (auto const& c : all_cases<double>()) {
    compute(c, nn::Graph<>(distributed), columns(distributed), comm);  // one graph on the same pattern
    auto const found = compute(c, nn::Graph<>(distributed, graph_ptr, comm), columns(distributed), comm);
    auto const expected =
        compute(c, nn::Graph<>(serial, graph_ptr, Comm::self()), columns(serial), Comm::self());
    expect_same(found, expected, c.name);
  }
}

void expect_same_with_graphs_of_their_own(GlobalOrdinal num_graphs) {
  auto const comm = Comm::world();
  std::vector<CsrPattern<>> all, mine;
  Numbers all_numbers, my_numbers;
  auto const deal = RowPartition::even(comm, num_graphs);
  for (GlobalOrdinal g = 0; g < num_graphs; ++g) {  // of 2 + g nodes
    auto const nodes = RowPartition::even(Comm::self(), 2 + g);
    all.push_back(from_function(nodes, nodes, [&](GlobalOrdinal i, GlobalOrdinal j) {
                    return has_edge(i + g, j + g) ? 1. : 0.;
                  }).pattern.local());
    for (GlobalOrdinal i = 0; i < 2 + g; ++i) all_numbers.push_back(i + g);
    if (!deal.owns(g)) continue;
    mine.push_back(all.back());
    for (GlobalOrdinal i = 0; i < 2 + g; ++i) my_numbers.push_back(i + g);
  }
  for (auto const& c : all_cases<double>()) {
    auto const found = compute(c, nn::make_batch(mine, comm), my_numbers, comm);
    auto const expected = compute(c, nn::make_batch(all), all_numbers, Comm::self());
    expect_same(found, expected, c.name);
  }
}

TEST(DataParallelLayers, DoWithGraphsOfTheirOwnWhatOneRankDoesWithAll) {
  expect_same_with_graphs_of_their_own(5);
}

TEST(DataParallelLayers, MayHaveFewerGraphsThanRanks) { expect_same_with_graphs_of_their_own(2); }

}  // namespace
}  // namespace nacre::test
