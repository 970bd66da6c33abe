// The pieces of the AMG set-up on one rank: strength, aggregation, prolongator, dense inverse.
#include <gtest/gtest.h>

#include <nacre/core/problems.hpp>
#include <nacre/solvers/detail/dense_inverse.hpp>
#include <nacre/solvers/detail/prolongator_impl.hpp>

#include "support/distributed.hpp"

namespace {

using namespace nacre::solvers::detail;  // NOLINT: what is tested here is internal
using nacre::Comm;
using nacre::Ordinal;
using nacre::solvers::AmgOptions;
using Device = nacre::DefaultDevice;

NearNullspace constants(Ordinal n) { return {1, std::vector<double>(static_cast<std::size_t>(n), 1.)}; }

/// -1 2 -1 along a path, with the coupling between `cut` and `cut + 1` scaled.
nacre::DistributedCsr<double> path(int n, int cut, double scale) {
  auto const rows = nacre::RowPartition::even(Comm::self(), n);
  return nacre::test::from_function(rows, rows, [=](auto i, auto j) {
    if (i == j) return 2.;
    if (std::abs(i - j) != 1) return 0.;
    return std::min(i, j) == cut ? -scale : -1.;
  });
}

TEST(Strength, DropsWhatIsSmallBesideBothRows) {
  auto const A = path(10, 4, 0.01);

  auto const strength = find_strength(A, 1, 0.1);

  auto const graph = strength.graph();
  for (Ordinal i = 0; i < 10; ++i)
    for (auto k = graph.ptr[i]; k < graph.ptr[i + 1]; ++k) {
      bool const weak = graph.col[k] == i || std::min(graph.col[k], i) == 4;
      EXPECT_EQ(graph.is_strong(k), graph.col[k] != i && !(weak && std::abs(graph.col[k] - i) == 1 &&
                                                           std::min(graph.col[k], i) == 4))
          << "row " << i << ", column " << graph.col[k];
    }
}

TEST(Strength, KeepsWhatIsLargeInItsOwnRowOnly) {  // node 0: stiff; nodes 1, 2: soft
  auto const rows = nacre::RowPartition::even(Comm::self(), 4);
  double const a[4][4] = {
      {2000, -1e-1, 0, -1000}, {-1e-1, 0.2, -1e-1, 0}, {0, -1e-1, 0.2, 0}, {-1000, 0, 0, 2000}};
  auto const A = nacre::test::from_function(rows, rows, [&](auto i, auto j) { return a[i][j]; });

  auto const strength = find_strength(A, 1, 0.15);

  auto const& kind = strength.kind;  // entries of row 0: 0 1 3; of row 1: 0 1 2
  EXPECT_EQ(kind[1], Coupling::weak) << "the stiff node does not depend on the soft one";
  EXPECT_EQ(kind[3], Coupling::one_sided)
      << "the soft node depends on the stiff one, but they are not aggregated";
  EXPECT_EQ(kind[5], Coupling::strong);
  EXPECT_TRUE(strength.keeps(1, 0, 3));
  EXPECT_FALSE(strength.keeps(0, 1, 1));
}

TEST(Aggregation, CutsAPathIntoTriples) {
  auto const A = path(9, -1, 1);

  auto const strength = find_strength(A, 1, 0.1);
  auto const aggregates = aggregate(strength.graph(), 1);

  // greedy in order: {0 1}, {2 3 4}, {5 6 7}, and 8 joins its only neighbour
  EXPECT_EQ(aggregates.of_node, (std::vector<Ordinal>{0, 0, 1, 1, 1, 2, 2, 2, 2}));
  EXPECT_EQ(aggregates.count, 3);
}

TEST(Aggregation, OfRadiusTwoTakesTheNeighboursOfNeighbours) {
  auto const A = path(10, -1, 1);
  auto const strength = find_strength(A, 1, 0.1);

  auto const aggregates = aggregate(strength.graph(), 2);

  // roots 0, 4 (its neighbours are free, 2 is taken) and 8, where 6 is taken
  EXPECT_EQ(aggregates.of_node, (std::vector<Ordinal>{0, 0, 0, 1, 1, 1, 1, 2, 2, 2}));
  EXPECT_EQ(aggregates.count, 3);
}

TEST(Aggregation, LeavesIsolatedNodesToTheSmoother) {
  auto const rows = nacre::RowPartition::even(Comm::self(), 5);
  auto const A = nacre::test::from_function(rows, rows, [](auto i, auto j) {
    if (i == j) return 1.;
    return i != 2 && j != 2 && std::abs(i - j) == 1 ? -0.4 : 0.;
  });

  auto const strength = find_strength(A, 1, 0.1);
  auto const aggregates = aggregate(strength.graph(), 1);

  EXPECT_EQ(aggregates.of_node, (std::vector<Ordinal>{0, 0, -1, 1, 1}));
}

TEST(Aggregation, CoversEveryCoupledNodeOfAGrid) {
  auto const A = nacre::poisson_3d<double>(Comm::self(), {9, 8, 7}).A;

  auto const strength = find_strength(A, 1, 0.1);
  auto const aggregates = aggregate(strength.graph(), 1);

  std::vector<int> size(static_cast<std::size_t>(aggregates.count), 0);
  for (auto const a : aggregates.of_node) {
    ASSERT_GE(a, 0);
    ASSERT_LT(a, aggregates.count);
    ++size[a];
  }
  for (auto const s : size) EXPECT_GE(s, 2);
  EXPECT_LE(aggregates.count * 5, 9 * 8 * 7);
}

TEST(Orthonormalise, SplitsTheNearNullspaceIntoOrthonormalPieces) {
  Aggregates const aggregates{2, {0, 0, 1, 0, 1, -1}};
  int const m = 2, b = 2;
  NearNullspace fine{m, {}};
  for (int i = 0; i < 12; ++i)
    for (int c = 0; c < m; ++c) fine.rows.push_back(nacre::test::scattered(i, c, 1));
  std::vector<double> t;

  auto const coarse = orthonormalise(fine, aggregates, b, t);

  for (int i = 0; i < 12; ++i) {
    int const a = aggregates.of_node[i / b];
    for (int c = 0; c < m; ++c) {  // T R = B on aggregated nodes, 0 elsewhere
      double product = 0;
      if (a >= 0)
        for (int p = 0; p < m; ++p) product += t[i * m + p] * coarse.rows[(a * m + p) * m + c];
      EXPECT_NEAR(product, a < 0 ? 0 : fine.rows[i * m + c], 1e-14);
    }
  }
  for (int a = 0; a < 2; ++a)
    for (int p = 0; p < m; ++p)
      for (int q = 0; q < m; ++q) {
        double dot = 0;
        for (int i = 0; i < 12; ++i)
          if (aggregates.of_node[i / b] == a) dot += t[i * m + p] * t[i * m + q];
        EXPECT_NEAR(dot, p == q ? 1 : 0, 1e-14);
      }
}

TEST(Orthonormalise, GivesAZeroColumnForADependentVector) {
  Aggregates const aggregates{1, {0, 0}};
  NearNullspace const fine{2, {1, 2, 1, 2}};
  std::vector<double> t;

  auto const coarse = orthonormalise(fine, aggregates, 1, t);

  EXPECT_NEAR(coarse.rows[3], 0, 1e-12);
  EXPECT_EQ(t[1], 0);
  EXPECT_EQ(t[3], 0);
}

nacre::test::Dense prolongator_of(nacre::DistributedCsr<double> const& A, NearNullspace const& fine,
                                  int block_size, AmgOptions const& options, NearNullspace& coarse) {
  auto const strength = find_strength(A, block_size, 0.15);
  Prolongator<double, Device> const prolongator(A, fine, strength, aggregate(strength.graph(), 1), options);
  nacre::Vector<double> const values("P", prolongator.pattern().local().num_entries());
  prolongator.numeric({}, A, values);
  coarse = prolongator.coarse_nullspace();
  return nacre::test::to_dense<double>({prolongator.pattern(), values});
}

TEST(Prolongator, InterpolatesTheConstantsWhereRowsSumToZero) {
  auto const A = nacre::grid_graph_laplacian<double>(Comm::self(), {8, 7, 6}).A;
  NearNullspace coarse;

  auto const P = prolongator_of(A, constants(8 * 7 * 6), 1, {}, coarse);

  for (nacre::GlobalOrdinal i = 0; i < P.n; ++i) {
    double sum = 0;
    for (nacre::GlobalOrdinal j = 0; j < P.m; ++j) sum += P(i, j) * coarse.rows[j];
    EXPECT_NEAR(sum, 1, 1e-13) << "row " << i;
  }
}

TEST(Prolongator, OfRigidBodyModesIsExactWhenNotSmoothed) {
  auto const problem = nacre::elasticity<double>(Comm::self(), {4, 3, 3});
  auto const vectors = nacre::test::to_host(problem.near_nullspace);
  NearNullspace fine{6, {}};
  for (std::size_t i = 0; i < vectors.extent(0); ++i)
    for (std::size_t c = 0; c < 6; ++c) fine.rows.push_back(vectors(i, c));
  AmgOptions options;
  options.prolongator_damping = 0;
  NearNullspace coarse;

  auto const P = prolongator_of(problem.A, fine, 3, options, coarse);

  ASSERT_EQ(coarse.m, 6);
  for (nacre::GlobalOrdinal i = 0; i < P.n; ++i)
    for (int c = 0; c < 6; ++c) {
      double sum = 0;
      for (nacre::GlobalOrdinal j = 0; j < P.m; ++j) sum += P(i, j) * coarse.rows[j * 6 + c];
      EXPECT_NEAR(sum, fine.rows[i * 6 + c], 1e-12) << "row " << i << ", mode " << c;
    }
}

TEST(DenseInverse, InvertsAMatrixWithSmallDiagonalEntries) {
  int const n = 37;
  std::vector<double> a(n * n), copy;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) a[i * n + j] = nacre::test::scattered(i, j, 7) + (i == j ? 3. : 0.);
  copy = a;

  EXPECT_EQ(invert_dense(a, n), n);

  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      double sum = 0;
      for (int k = 0; k < n; ++k) sum += a[i * n + k] * copy[k * n + j];
      EXPECT_NEAR(sum, i == j ? 1 : 0, 1e-10);
    }
}

TEST(DenseInverse, OfASingularMatrixIsAGeneralisedInverse) {  // the Laplacian of a triangle: A G A = A
  std::vector<double> const a{2, -1, -1, -1, 2, -1, -1, -1, 2};
  auto g = a;

  EXPECT_EQ(invert_dense(g, 3), 2);

  nacre::test::Dense const A{3, 3, a}, G{3, 3, g};
  auto const AGA = A * (G * A);
  for (std::size_t k = 0; k < 9; ++k) EXPECT_NEAR(AGA.a[k], a[k], 1e-14);
}

}  // namespace
