// Graphs and batches of them.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include <nacre/nn/batch.hpp>

#include "support/distributed.hpp"
#include "support/message_of.hpp"

namespace nacre::test {
namespace {

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
