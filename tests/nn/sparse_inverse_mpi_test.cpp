// Networks for sparse approximate inverses on matrices and batches that are spread over ranks: as on one rank.
#include <gtest/gtest.h>

#include <map>

#include <nacre/core/distributed_blocks.hpp>
#include <nacre/nn/gradients.hpp>

#include "sparse_inverse_systems.hpp"
#include "support/message_of.hpp"

namespace nacre::test {
namespace {

using nn::EdgeSummary;
using nn::FactorPattern;
using nn::SparseInverseNetwork;
using nn::SparseInverseOptions;

constexpr Ordinal kNodes = 19;

/// The matrix with the entries of system_of(), by rows of unknowns.
DistributedCsr<double> matrix(RowPartition const& nodes, int block_size) {
  RowPartition const rows(nodes.comm(), nodes.num_owned() * block_size);
  return from_function(rows, rows, [block_size](GlobalOrdinal i, GlobalOrdinal j) {
    return are_coupled(i / block_size, j / block_size) ? matrix_entry(i, j) : 0.;
  });
}

struct Entry {
  GlobalOrdinal i, j;
  double value[9];
};

nn::SparseInverseInput<double> input_of(RowPartition const& nodes, SparseInverseOptions const& o) {
  auto const blocks = to_blocks(matrix(nodes, o.block_size), o.block_size);
  auto const scale = nn::one_over_norm(nodes.comm(), o.norm, blocks.values);
  auto const values = to_host(blocks.values);
  for (std::size_t k = 0; k < values.size(); ++k) values.data()[k] *= scale;
  Kokkos::deep_copy(blocks.values, values);
  auto const mine = numbers(nodes.num_owned(), nodes.begin());
  return nn::make_sparse_inverse_input<double>(nn::Graph<>(blocks.pattern), blocks.values, features_of(mine),
                                               mask_of(mine, o.block_size), o);
}

/// The blocks of the factor on every rank. Collective.
std::map<std::pair<GlobalOrdinal, GlobalOrdinal>, std::vector<double>> factor(
    SparseInverseNetwork<double> const& network, RowPartition const& nodes) {
  auto const input = input_of(nodes, network.options());
  nn::Pass<double> pass;
  pass.begin(0, nn::Recording::off);
  auto const F = to_host(network.forward(pass, input).value);
  auto const row_ptr = to_host(input.factor.row_ptr());
  auto const col = to_host(input.factor.col());
  std::vector<Entry> mine;
  for (Ordinal i = 0; i < input.factor.num_rows(); ++i)
    for (auto k = row_ptr(i); k < row_ptr(i + 1); ++k) {
      mine.push_back({nodes.begin() + i, input.graph.pattern().global_col(col(k)), {}});
      for (std::size_t c = 0; c < F.extent(1); ++c) mine.back().value[c] = F(k, c);
    }
  std::map<std::pair<GlobalOrdinal, GlobalOrdinal>, std::vector<double>> all;
  for (auto const& e : nodes.comm().all_gather(mine))
    all[{e.i, e.j}] = std::vector<double>(e.value, e.value + F.extent(1));
  return all;
}

TEST(DistributedSparseInverse, IsThatOfOneRank) {
  auto const comm = Comm::world();
  bool const last = comm.rank() == comm.size() - 1;
  auto const serial = RowPartition::even(Comm::self(), kNodes);
  for (int const b : {1, 3})
    for (auto const pattern : {FactorPattern::full, FactorPattern::lower})
      for (auto const summary : {EdgeSummary::none, EdgeSummary::mean}) {
        auto o = small_options(b);
        o.pattern = pattern;
        o.edge_summary = summary;
        SparseInverseNetwork<double> network(o);
        randomize(network, 5);
        auto const expected = factor(network, serial);
        for (auto const& nodes : {RowPartition::even(comm, kNodes), RowPartition(comm, last ? kNodes : 0)}) {
          SCOPED_TRACE(cat("blocks of size ", b, ", ", to_string(pattern), ", summary ", to_string(summary),
                           ", ", nodes.num_owned(), " nodes here"));
          auto const found = factor(network, nodes);
          ASSERT_EQ(found.size(), expected.size());
          for (auto const& [place, block] : expected) {
            ASSERT_EQ(found.count(place), 1u) << place.first << ", " << place.second;
            for (std::size_t c = 0; c < block.size(); ++c)
              ASSERT_NEAR(found.at(place)[c], block[c], 1e-12) << place.first << ", " << place.second;
          }
        }
      }
}

TEST(DistributedSparseInverse, RejectsWhatDoesNotFitOnAllRanks) {
  auto const comm = Comm::world();
  auto const nodes = RowPartition::even(comm, kNodes);
  auto o = small_options(1);
  auto const blocks = to_blocks(matrix(nodes, 1), 1);
  nn::Graph<> const graph(blocks.pattern);
  auto const mine = numbers(nodes.num_owned(), nodes.begin());
  // on the first rank alone
  auto const features =
      comm.rank() == 0 ? RowMajor<double>("f", mine.size(), kNodeFeatures + 1) : features_of(mine);
  EXPECT_NE(message_of([&] {
              nn::make_sparse_inverse_input<double>(graph, blocks.values, features, mask_of(mine, 1), o);
            }).find("the network takes 2 of each"),
            std::string::npos);
  o.pattern = FactorPattern::lower;
  o.start = nn::FactorStart::fsai0;
  EXPECT_NE(message_of([&] {
              nn::make_sparse_inverse_input<double>(graph, blocks.values, features_of(mine), mask_of(mine, 1),
                                                    o);
            }).find("the start is [0, 0]"),
            std::string::npos);
  if (comm.size() == 1) return;
  o = small_options(1);
  o.nodes_as_edge_features = true;
  EXPECT_NE(message_of([&] { input_of(nodes, o); }).find("are for one rank"), std::string::npos);
}

struct Trained {
  double loss = 0;
  std::vector<double> gradient;
};
/// \param systems of this rank
Trained trained(SparseInverseNetwork<double> const& network, std::vector<LinearSystem> const& systems,
                std::vector<std::uint64_t> const& seeds, ProbeLoss which, Comm const& comm) {
  auto const batch = batch_of<double>(systems, network.options(), comm);
  nn::Pass<double> pass;
  nn::Gradients<double> gradients(network, comm);
  pass.begin();
  auto const loss = nn::sparse_inverse_loss(pass, batch, network.options(),
                                            network.forward(pass, batch.input), seeds, which);
  gradients.compute(pass, loss);
  Trained all;
  all.loss = comm.sum(to_host(loss.value)(0));
  for (auto const& p : gradients.parameters()) {
    auto const bar = to_vector(p.gradient);
    all.gradient.insert(all.gradient.end(), bar.begin(), bar.end());
  }
  return all;
}

TEST(SparseInverseBatches, AreSharedByRanks) {
  auto const comm = Comm::world();
  for (int const b : {1, 3})
    for (auto const which : {ProbeLoss::relative_residual, ProbeLoss::residual}) {
      SparseInverseNetwork<double> network(small_options(b));
      randomize(network, 5);
      // two graphs of different sizes; with three ranks the last one has none
      std::vector<LinearSystem> const all{system_of(numbers(7), b), system_of(numbers(11, 50), b)};
      std::vector<std::uint64_t> const seeds{3, 4};
      auto const expected = trained(network, all, seeds, which, Comm::self());
      std::vector<LinearSystem> systems;
      std::vector<std::uint64_t> seeds_here;
      for (std::size_t g = 0; g < all.size(); ++g)
        if (static_cast<int>(g) % comm.size() == comm.rank()) {
          systems.push_back(all[g]);
          seeds_here.push_back(seeds[g]);
        }
      auto const found = trained(network, systems, seeds_here, which, comm);
      EXPECT_NEAR(found.loss, expected.loss, 1e-12 * expected.loss);
      ASSERT_EQ(found.gradient.size(), expected.gradient.size());
      double largest = 0;
      for (double const v : expected.gradient) largest = std::max(largest, std::fabs(v));
      for (std::size_t i = 0; i < found.gradient.size(); ++i)
        ASSERT_NEAR(found.gradient[i], expected.gradient[i], 1e-12 * largest) << i;
    }
  EXPECT_NE(message_of([&] { batch_of<double>({}, small_options(1), comm); }).find("no rank has a sample"),
            std::string::npos);
}

}  // namespace
}  // namespace nacre::test
