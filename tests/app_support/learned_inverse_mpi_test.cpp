// Preconditioners that networks make, on matrices that are spread over ranks: as on one rank.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include <nacre/solvers/fsai0.hpp>

#include "learning_problems.hpp"
#include "method_comparison.hpp"
#include "sparse_inverse_training.hpp"
#include "support/distributed.hpp"
#include "support/message_of.hpp"
#include "support/shared_folder.hpp"

namespace nacre::test {
namespace {

using namespace apps;
using nn::FactorPattern;
using nn::FactorStart;

/// The first system of a small set, with a mask that is none of whole nodes.
LinearSystem system_of(int block_size) {
  LearningProblemOptions o;
  o.problem = block_size == 1 ? "poisson-small" : "elasticity-small";
  auto system = make_learning_system(make_learning_problem(o), 0);
  auto const free = Kokkos::create_mirror_view(system.free);
  Kokkos::deep_copy(free, system.free);
  for (std::size_t i = 0; i < free.size(); i += 7) free.data()[i] = 0;
  Kokkos::deep_copy(system.free, free);
  return system;
}

struct Case {
  char const* name;
  int block_size;
  FactorPattern pattern;
  FactorStart start;
  bool scaled;
};
void PrintTo(Case const& c, std::ostream* out) { *out << c.name; }

SparseInverseTrainingOptions options_of(Case const& c, LinearSystem const& system) {
  SparseInverseTrainingOptions o;
  o.network.width = 8;
  o.network.layers = 2;
  o.network.block_size = c.block_size;
  o.network.node_features = system.features.extent(1);
  o.network.pattern = c.pattern;
  o.network.start = c.start;
  o.network.scaled = c.scaled;
  o.learning_rate = .01;
  return o;
}

/// All entries of a matrix, on every rank.
std::map<std::pair<GlobalOrdinal, GlobalOrdinal>, double> entries_of(DistributedCsr<double> const& A) {
  struct Entry {
    GlobalOrdinal i, j;
    double value;
  };
  auto const row_ptr = host_view(A.pattern.local().row_ptr());
  auto const col = host_view(A.pattern.local().col());
  auto const values = host_view(A.values);
  std::vector<Entry> mine;
  for (Ordinal i = 0; i < A.pattern.num_owned_rows(); ++i)
    for (auto k = row_ptr(i); k < row_ptr(i + 1); ++k)
      mine.push_back({A.pattern.rows().begin() + i, A.pattern.global_col(col(k)), values(k)});
  std::map<std::pair<GlobalOrdinal, GlobalOrdinal>, double> all;
  for (auto const& e : A.comm().all_gather(mine)) all[{e.i, e.j}] = e.value;
  return all;
}

void expect_same_matrix(DistributedCsr<double> const& A, DistributedCsr<double> const& B, double tolerance) {
  auto const found = entries_of(A), expected = entries_of(B);
  ASSERT_EQ(found.size(), expected.size());
  double largest = 0;
  for (auto const& [at, value] : expected) largest = std::max(largest, std::fabs(value));
  ASSERT_GT(largest, 1e-3);
  for (auto const& [at, value] : expected) {
    auto const here = found.find(at);
    ASSERT_NE(here, found.end()) << at.first << ", " << at.second;
    ASSERT_NEAR(here->second, value, tolerance * largest) << at.first << ", " << at.second;
  }
}

class LearnedInverseOnRanks : public testing::TestWithParam<Case> {};

TEST_P(LearnedInverseOnRanks, MakesTheFactorOfOneRank) {
  auto const system = system_of(GetParam().block_size);
  LearnedInverse<double> inverse(options_of(GetParam(), system).network);
  inverse.network().initialize(3);
  auto const made = inverse.make(make_compared(Comm::world(), system).A,
                                 make_compared(Comm::world(), system).nodes, FactorPrecision::same);
  auto const alone = make_compared(system);
  auto const expected = inverse.make(alone.A, alone.nodes, FactorPrecision::same);

  expect_same_matrix(made.F, expected.F, 1e-10);
}

TEST_P(LearnedInverseOnRanks, TakesTheIterationsOfOneRankAfterItsFileIsRead) {
  auto const comm = Comm::world();
  auto const system = system_of(GetParam().block_size);
  auto const options = options_of(GetParam(), system);
  SharedFolder const folder(comm);
  // every rank trains the same network by itself
  SparseInverseTraining training(Comm::self(), options, {make_training_sample(system, options)});
  for (int step = 0; step < 60; ++step) training.step();
  if (comm.rank() == 0) training.save(folder.file("n.st"), {});
  comm.barrier();
  auto const inverse = LearnedInverse<double>::read(comm, folder.file("n.st"));

  auto const found = run_learned("learned", *inverse, make_compared(comm, system), {}, FactorPrecision::same);
  auto const alone = run_learned("learned", *inverse, make_compared(system), {}, FactorPrecision::same);
  auto const plain = run_method("none", make_compared(system));
  ASSERT_EQ(found.failure, "");
  if (GetParam().block_size == 1)
    EXPECT_LT(alone.iterations[3], plain.iterations[3]);  // blocks learn more slowly
  for (std::size_t t = 0; t < kTolerances.size(); ++t)
    // hardly trained factors of blocks need hundreds, which rounding changes by more than one
    EXPECT_NEAR(found.iterations[t], alone.iterations[t],
                GetParam().block_size == 1 ? 1 : 1 + alone.iterations[t] / 50)
        << "to " << kTolerances[t];
  EXPECT_EQ(found.nonzeros, alone.nonzeros);
}

INSTANTIATE_TEST_SUITE_P(
    Factors, LearnedInverseOnRanks,
    testing::Values(Case{"Full", 1, FactorPattern::full, FactorStart::none, false},
                    Case{"FullBlocks", 3, FactorPattern::full, FactorStart::none, false},
                    Case{"FullScaled", 1, FactorPattern::full, FactorStart::none, true},
                    Case{"Lower", 1, FactorPattern::lower, FactorStart::none, false},
                    Case{"LowerBlocks", 3, FactorPattern::lower, FactorStart::none, false},
                    Case{"FromFsai0", 1, FactorPattern::lower, FactorStart::fsai0, false},
                    Case{"FromFsai0Blocks", 3, FactorPattern::lower, FactorStart::fsai0, false}),
    [](auto const& c) { return std::string(c.param.name); });

TEST(LearnedInverseFromFsai0, IsFsai0WhereTheNetworkCorrectsNothing) {
  for (int const b : {1, 3}) {
    SCOPED_TRACE(cat("blocks of size ", b));
    auto const system = system_of(b);
    auto const compared = make_compared(Comm::world(), system);
    auto options = options_of({"", b, FactorPattern::lower, FactorStart::fsai0, false}, system).network;
    options.norm = nn::MatrixNorm::none;
    LearnedInverse<double> inverse(options);  // all parameters are zero
    auto const made = inverse.make(compared.A, compared.nodes, FactorPrecision::same);
    auto const blocks = entries_of(made.F), fsai0 = entries_of(solvers::Fsai0<double>(compared.A).factor());
    for (auto const& [at, value] : blocks) {  // those of a diagonal block that FSAI(0) has not are zero
      auto const expected = fsai0.find(at);
      ASSERT_NEAR(value, expected == fsai0.end() ? 0 : expected->second, 1e-13)
          << at.first << ", " << at.second;
    }
  }
}

TEST(LearnedInverse, NeedsTheBlocksAndFeaturesOfItsTraining) {
  nn::SparseInverseOptions o;
  o.block_size = 3;
  o.node_features = 6;
  EXPECT_EQ(message_of([&] { require_fit("n.st", o, 1, 6, "beam"); }),
            "'n.st' makes blocks of size 3, but those of 'beam' have size 1; --block-size says what a matrix "
            "from a file has");
  EXPECT_EQ(
      message_of([&] { require_fit("n.st", o, 3, 3, "beam"); }),
      "'n.st' takes 6 features of each node, but 'beam' has 3; one of nacre_train --features none needs "
      "the matrix alone");
  require_fit("n.st", o, 3, 6, "beam");
  o.node_features = 0;
  require_fit("n.st", o, 3, 4, "beam");
}

TEST(ConditionNumbersOfMethods, AreThoseOfThePreconditionedMatrix) {
  auto const system = system_of(1);
  auto const alone = make_compared(system);
  MethodResult jacobi, none, fsai0, unknown;
  jacobi.method = "jacobi";
  none.method = "none";
  fsai0.method = "fsai0";
  unknown.method = "nothing";
  for (auto* result : {&jacobi, &none, &fsai0, &unknown}) add_condition_numbers(*result, alone);
  EXPECT_TRUE(std::isnan(unknown.condition));
  EXPECT_GT(none.condition, 10);
  EXPECT_LT(jacobi.kaporin, none.kaporin);
  EXPECT_LT(fsai0.condition, .5 * jacobi.condition);
  EXPECT_GT(fsai0.kaporin, 1);

  // a network that corrects nothing is FSAI(0) plus epsilon
  auto options = options_of({"", 1, FactorPattern::lower, FactorStart::fsai0, false}, system).network;
  options.epsilon = 1e-12;
  LearnedInverse<double> inverse(options);
  MethodResult learned;
  add_condition_numbers(learned, inverse, alone, FactorPrecision::same);
  EXPECT_NEAR(learned.condition, fsai0.condition, 1e-6 * fsai0.condition);
  EXPECT_NEAR(learned.kaporin, fsai0.kaporin, 1e-6 * fsai0.kaporin);
}

}  // namespace
}  // namespace nacre::test
