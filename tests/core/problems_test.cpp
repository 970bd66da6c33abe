#include <nacre/core/problems.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include "support/dense.hpp"
#include "support/message_of.hpp"

namespace {

using nacre::Comm;
using nacre::GridSize;
using nacre::test::Dense;
using nacre::test::message_of;
using nacre::test::to_dense;

TEST(Problems, Poisson1dIsTridiagonal) {
  auto const problem = nacre::poisson_1d(Comm::self(), 4);

  Dense const a = to_dense(problem.A);

  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) EXPECT_EQ(a.at(i, j), i == j ? 2 : std::abs(i - j) == 1 ? -1 : 0);
  EXPECT_EQ(problem.A.pattern.num_global_entries(), 10);
  ASSERT_EQ(problem.coordinates.size(), 4u);
  EXPECT_DOUBLE_EQ(problem.coordinates[2][0], .6);
}

TEST(Problems, Poisson2dHasTheFivePointStencil) {
  auto const problem = nacre::poisson_2d(Comm::self(), {3, 2}, {{1, 10}});

  Dense const a = to_dense(problem.A);

  double const expected[6][6] = {{22, -1, 0, -10, 0, 0}, {-1, 22, -1, 0, -10, 0}, {0, -1, 22, 0, 0, -10},
                                 {-10, 0, 0, 22, -1, 0}, {0, -10, 0, -1, 22, -1}, {0, 0, -10, 0, -1, 22}};
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < 6; ++j) EXPECT_EQ(a.at(i, j), expected[i][j]) << i << ' ' << j;
  EXPECT_EQ(problem.A.pattern.num_global_entries(), 6 + 2 * 7);
}

TEST(Problems, Poisson3dSolvesTheEigenvalueProblem) {  // sines are eigenvectors
  auto const problem = nacre::poisson_3d(Comm::self(), {4, 3, 5}, {{1, 2, 3}});
  Dense const a = to_dense(problem.A);
  double const pi = std::acos(-1.);
  auto const sine = [&](nacre::GlobalOrdinal i) {
    return std::sin(pi * (i % 4 + 1) / 5) * std::sin(pi * (i / 4 % 3 + 1) / 4) *
           std::sin(2 * pi * (i / 12 + 1) / 6);
  };
  double const lambda =
      2 * (1 - std::cos(pi / 5)) + 4 * (1 - std::cos(pi / 4)) + 6 * (1 - std::cos(2 * pi / 6));

  ASSERT_EQ(a.rows, 60);
  for (int i = 0; i < 60; ++i) {
    double sum = 0;
    for (int j = 0; j < 60; ++j) sum += a.at(i, j) * sine(j);
    EXPECT_NEAR(sum, lambda * sine(i), 1e-13);
  }
  EXPECT_EQ(nacre::test::asymmetry(a), 0);
}

TEST(Problems, The27PointStencilHasZeroRowSumsInside) {
  auto const problem = nacre::poisson_27_point(Comm::self(), {3, 4, 3});
  Dense const a = to_dense(problem.A);
  int const inside = 1 + 3 * (1 + 4 * 1);
  int count = 0;
  for (int j = 0; j < 36; ++j)
    if (a.at(inside, j) == -1) ++count;
  EXPECT_EQ(count, 26);
  EXPECT_EQ(a.at(inside, inside), 26);
  EXPECT_EQ(problem.A.pattern.num_global_entries(), 7 * 10 * 7);
  EXPECT_EQ(nacre::test::asymmetry(a), 0);
  EXPECT_TRUE(nacre::test::is_positive_definite(a));
}

TEST(Problems, JumpsAreHarmonicMeansOnFaces) {
  auto const problem = nacre::jumping_coefficients(Comm::self(), {2, 1, 1}, {1e-3, 1e3, 1, 3});
  Dense const a = to_dense(problem.A);
  double const k0 = (a.at(0, 0) + a.at(0, 1)) / 5,
               k1 = (a.at(1, 1) + a.at(0, 1)) / 5;  // five boundary faces each
  EXPECT_NE(k0, k1);
  for (double const k : {k0, k1}) EXPECT_TRUE(k > 1e-3 && k < 1e3);
  EXPECT_NEAR(a.at(0, 1), -2 * k0 * k1 / (k0 + k1), 1e-12 * k0);
}

TEST(Problems, JumpsOccurBetweenBlocksOnly) {
  auto const problem = nacre::jumping_coefficients(Comm::self(), {9, 8, 8});
  Dense const a = to_dense(problem.A);
  EXPECT_EQ(a.at(0, 1), a.at(6, 7));
  EXPECT_EQ(a.at(0, 9), a.at(0, 72));
  EXPECT_NE(a.at(6, 7), a.at(7, 8));
  EXPECT_EQ(nacre::test::asymmetry(a), 0);
  EXPECT_TRUE(nacre::test::is_positive_definite(a));
}

TEST(Problems, ConvectionIsTakenFromUpwind) {
  auto const problem = nacre::convection_diffusion(Comm::self(), {3, 3, 1}, {2, {{4, -8, 0}}});  // width 1/4
  Dense const a = to_dense(problem.A);
  EXPECT_EQ(a.at(4, 4), 4 * 2 + 1 + 2);
  EXPECT_EQ(a.at(4, 3), -2 - 1);
  EXPECT_EQ(a.at(4, 5), -2);
  EXPECT_EQ(a.at(4, 1), -2);
  EXPECT_EQ(a.at(4, 7), -2 - 2);
  EXPECT_EQ(a.at(4, 0), 0);
}

TEST(Problems, UniformKuhnTetsGiveTheSevenPointStencil) {
  nacre::TetOptions options;
  options.jitter = 0;
  Dense const a = to_dense(nacre::poisson_tets(Comm::self(), {3, 4, 3}, options).A);
  Dense const stencil = to_dense(nacre::poisson_3d(Comm::self(), {3, 4, 3}).A);
  double const width = .25;
  for (int i = 0; i < 36; ++i)
    for (int j = 0; j < 36; ++j) EXPECT_NEAR(a.at(i, j), width * stencil.at(i, j), 1e-15);
}

TEST(Problems, FiveUniformTetsGiveTheRowsByHand) {
  // in units of the width: a corner tetrahedron has 1/2, -1/6, 1/6, 0, the middle one 1/4, -1/12
  nacre::TetOptions options;
  options.jitter = 0;
  options.tets_per_cube = 5;
  Dense const a = to_dense(nacre::poisson_tets(Comm::self(), {4, 4, 4}, options).A);
  auto const entry = [&](std::array<int, 3> const& p, std::array<int, 3> const& q) {
    return 5 * a.at(p[0] + 4 * (p[1] + 4 * p[2]), q[0] + 4 * (q[1] + 4 * q[2]));
  };
  // unknown (1, 1, 1) is vertex (2, 2, 2), even: the corner tetrahedra of its eight cubes have their right
  // angle here
  EXPECT_NEAR(entry({1, 1, 1}, {1, 1, 1}), 4, 1e-14);
  EXPECT_NEAR(entry({1, 1, 1}, {0, 1, 1}), -4. / 6, 1e-14);
  EXPECT_EQ(entry({1, 1, 1}, {0, 0, 1}), 0);
  EXPECT_NEAR(entry({1, 1, 2}, {1, 1, 2}), 6, 1e-14);
  EXPECT_NEAR(entry({1, 1, 2}, {1, 2, 2}), -4. / 6, 1e-14);
  EXPECT_NEAR(entry({1, 1, 2}, {1, 2, 3}), -1. / 6, 1e-14);
  EXPECT_EQ(entry({1, 1, 2}, {2, 2, 3}), 0);
}

struct Tets : testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(FiveAndSix, Tets, testing::Values(5, 6));

TEST_P(Tets, AnnihilateLinearFunctionsInside) {
  nacre::TetOptions options;
  options.tets_per_cube = GetParam();
  auto const problem = nacre::poisson_tets(Comm::self(), {5, 5, 5}, options);
  Dense const a = to_dense(problem.A);
  for (int const i : {62, 63, 57}) {  // all neighbours of these are unknowns
    double sum = 0;
    for (int j = 0; j < 125; ++j) {
      auto const& p = problem.coordinates[static_cast<std::size_t>(j)];
      sum += a.at(i, j) * (1 + p[0] - 2 * p[1] + 3 * p[2]);
    }
    EXPECT_NEAR(sum, 0, 1e-14);
    EXPECT_NE(problem.coordinates[static_cast<std::size_t>(i)][0], (i % 5 + 1) / 6.);
  }
  EXPECT_EQ(nacre::test::asymmetry(a), 0);
  EXPECT_TRUE(nacre::test::is_positive_definite(a));
}

TEST_P(Tets, FillTheBoxWithPositiveVolumes) {
  nacre::TetOptions options;
  options.tets_per_cube = GetParam();
  options.jitter = .1666;
  auto const mesh = nacre::poisson_tets(Comm::self(), {7, 3, 5}, options).make_mesh();
  ASSERT_EQ(mesh.shape, nacre::CellShape::tetrahedron);
  ASSERT_EQ(mesh.vertices.size(), 4u * static_cast<unsigned>(GetParam()) * 8 * 4 * 6);
  double total = 0;
  for (std::size_t c = 0; c < mesh.vertices.size(); c += 4) {
    double e[3][3];
    for (std::size_t v = 0; v < 3; ++v)
      for (std::size_t d = 0; d < 3; ++d)
        e[v][d] = mesh.points[static_cast<std::size_t>(mesh.vertices[c + v + 1])][d] -
                  mesh.points[static_cast<std::size_t>(mesh.vertices[c])][d];
    double const volume = (e[0][0] * (e[1][1] * e[2][2] - e[1][2] * e[2][1]) -
                           e[0][1] * (e[1][0] * e[2][2] - e[1][2] * e[2][0]) +
                           e[0][2] * (e[1][0] * e[2][1] - e[1][1] * e[2][0])) /
                          6;
    ASSERT_GT(volume, 0);
    total += volume;
  }
  EXPECT_NEAR(total, 1 * .5 * .75, 1e-14);
}

TEST_P(Tets, RandomNumberingIsASymmetricPermutation) {
  nacre::TetOptions options;
  options.tets_per_cube = GetParam();
  auto const ordered = nacre::poisson_tets(Comm::self(), {4, 3, 5}, options);
  options.random_numbering = true;
  auto const shuffled = nacre::poisson_tets(Comm::self(), {4, 3, 5}, options);
  std::vector<int> place(60, -1);
  int moved = 0;
  for (int i = 0; i < 60; ++i)
    for (int j = 0; j < 60; ++j)
      if (ordered.coordinates[static_cast<std::size_t>(i)] ==
          shuffled.coordinates[static_cast<std::size_t>(j)]) {
        place[static_cast<std::size_t>(i)] = j;
        moved += i != j;
      }
  Dense const a = to_dense(ordered.A), b = to_dense(shuffled.A);
  for (int i = 0; i < 60; ++i)
    for (int j = 0; j < 60; ++j) {
      ASSERT_GE(place[static_cast<std::size_t>(i)], 0);
      EXPECT_EQ(a.at(i, j), b.at(place[static_cast<std::size_t>(i)], place[static_cast<std::size_t>(j)]));
    }
  EXPECT_GT(moved, 40);
}

TEST(Problems, TetsTurnedOverAreRejected) {
  nacre::TetOptions options;
  options.jitter = .49;
  std::string const message = message_of([&] { nacre::poisson_tets(Comm::self(), {9, 9, 9}, options); });
  EXPECT_NE(message.find("poisson_tets: the jitter 0.49 turns over a tetrahedron at vertex ("),
            std::string::npos)
      << message;
  options.jitter = .5;
  EXPECT_EQ(message_of([&] {
              nacre::poisson_tets(Comm::self(), {9, 9, 9}, options);
            }),
            "poisson_tets: the jitter is 0.5, expected at least 0 and less than 0.5");
  options = {};
  options.tets_per_cube = 7;
  EXPECT_EQ(message_of([&] {
              nacre::poisson_tets(Comm::self(), {9, 9, 9}, options);
            }),
            "poisson_tets: cubes cut into 7 tetrahedra, expected 5 or 6");
}

TEST(Problems, OneElasticCubeHasTheStiffnessByHand) {
  nacre::ElasticityOptions options;
  options.young = 5;
  options.poisson_ratio = .25;  // lambda = mu = 2
  options.clamped = false;
  Dense const a = to_dense(nacre::elasticity(Comm::self(), {1, 1, 1}, options).A);
  double const lambda = 2, mu = 2;
  ASSERT_EQ(a.rows, 24);
  EXPECT_NEAR(a.at(0, 0), (lambda + 4 * mu) / 9, 1e-14);
  EXPECT_NEAR(a.at(0, 1), (lambda + mu) / 12, 1e-14);  // integral of phi_x phi_y over the cube: 1/12
  EXPECT_NEAR(a.at(0, 3), -(lambda + 2 * mu) / 9 + 2 * mu / 18, 1e-14);  // the neighbour in x
}

TEST(Problems, RigidBodyModesAreTheKernelOfFreeElasticity) {
  nacre::ElasticityOptions options;
  options.clamped = false;
  auto const problem = nacre::elasticity(Comm::self(), {3, 2, 4}, options);
  Dense const a = to_dense(problem.A);
  auto const modes = nacre::host_view(problem.near_nullspace);
  ASSERT_EQ(problem.block_size, 3);
  ASSERT_EQ(a.rows, 3 * 4 * 3 * 5);
  ASSERT_EQ(modes.extent(0), static_cast<std::size_t>(a.rows));
  ASSERT_EQ(modes.extent(1), 6u);
  for (int m = 0; m < 6; ++m) {
    double norm = 0;
    for (int i = 0; i < a.rows; ++i) {
      double sum = 0;
      for (int j = 0; j < a.rows; ++j) sum += a.at(i, j) * modes(j, m);
      EXPECT_NEAR(sum, 0, 1e-15 * 81);
      norm += modes(i, m) * modes(i, m);
    }
    EXPECT_GT(norm, .1);
  }
  for (int k = 0; k < 3; ++k)  // rotations about the centre are orthogonal to translations
    for (int m = 3; m < 6; ++m) {
      double dot = 0;
      for (int i = 0; i < a.rows; ++i) dot += modes(i, k) * modes(i, m);
      EXPECT_NEAR(dot, 0, 1e-12);
    }
  EXPECT_LT(nacre::test::asymmetry(a), 1e-15);
  EXPECT_FALSE(nacre::test::is_positive_definite(a));
}

TEST(Problems, ClampedElasticityIsPositiveDefinite) {
  auto const problem = nacre::elasticity(Comm::self(), {3, 2, 2});
  Dense const a = to_dense(problem.A);
  ASSERT_EQ(a.rows, 3 * 4 * 3 * 2);
  EXPECT_TRUE(nacre::test::is_positive_definite(a));
  EXPECT_EQ(problem.coordinates.size(), 24u);
  EXPECT_DOUBLE_EQ(problem.coordinates[0][2], 1. / 3);
  EXPECT_EQ(message_of([] {
              nacre::elasticity(Comm::self(), {1, 1, 1}, {1, .5, true});
            }),
            "elasticity: Young's modulus is 1 and Poisson's ratio 0.5; expected a positive modulus and a "
            "ratio between -1 and 1/2");
}

TEST(Problems, GraphLaplaciansHaveTheShiftAsRowSum) {
  for (auto const& problem : {nacre::grid_graph_laplacian(Comm::self(), {4, 3, 2}, .25),
                              nacre::random_graph_laplacian(Comm::self(), 50, {4, .25, 1})}) {
    Dense const a = to_dense(problem.A);
    for (int i = 0; i < a.rows; ++i) {
      double sum = 0;
      for (int j = 0; j < a.rows; ++j) sum += a.at(i, j);
      EXPECT_NEAR(sum, .25, 1e-14);
    }
    EXPECT_EQ(nacre::test::asymmetry(a), 0);
    EXPECT_TRUE(nacre::test::is_positive_definite(a));
  }
}

TEST(Problems, RandomGraphsHaveTheirAverageDegreeAndLoneVertices) {
  auto const A = nacre::random_graph_laplacian(Comm::self(), 10000, {3, 0, 7}).A;
  EXPECT_NEAR(static_cast<double>(A.pattern.num_global_entries()) / 10000, 3 + 1, .1);
  auto const row_ptr = nacre::host_view(A.pattern.local().row_ptr());
  int lone = 0, many = 0;
  for (int i = 0; i < 10000; ++i) {
    lone += row_ptr(i + 1) - row_ptr(i) == 1;
    many += row_ptr(i + 1) - row_ptr(i) > 4;
  }
  EXPECT_GT(lone, 0);
  EXPECT_GT(many, 500);
}

TEST(Problems, RandomSpdIsPositiveDefiniteWithBothSigns) {
  auto const problem = nacre::random_spd(Comm::self(), 60);
  Dense const a = to_dense(problem.A);
  EXPECT_EQ(nacre::test::asymmetry(a), 0);
  EXPECT_TRUE(nacre::test::is_positive_definite(a));
  int positive = 0, negative = 0;
  for (int i = 0; i < 60; ++i)
    for (int j = 0; j < i; ++j) (a.at(i, j) > 0 ? positive : negative) += a.at(i, j) != 0;
  EXPECT_GT(positive, 20);
  EXPECT_GT(negative, 20);
}

TEST(Problems, RandomSparseHasItsDensityAndEmptyRows) {
  auto const A = nacre::random_sparse(Comm::self(), 1000, 300, .01);
  EXPECT_NEAR(static_cast<double>(A.pattern.num_global_entries()), 3000, 300);
  auto const row_ptr = nacre::host_view(A.pattern.local().row_ptr());
  int empty = 0;
  for (int i = 0; i < 1000; ++i) empty += row_ptr(i) == row_ptr(i + 1);
  EXPECT_GT(empty, 20);
  EXPECT_EQ(nacre::random_sparse(Comm::self(), 7, 5, 1).pattern.num_global_entries(), 35);
  EXPECT_EQ(nacre::random_sparse(Comm::self(), 7, 5, 0).pattern.num_global_entries(), 0);
  EXPECT_EQ(nacre::random_sparse(Comm::self(), 0, 0, .5).pattern.num_global_entries(), 0);
}

TEST(Problems, SinglePrecisionIsTheRoundedDoublePrecision) {
  Dense const a = to_dense(nacre::poisson_tets<double>(Comm::self(), {3, 3, 3}).A);
  Dense const b = to_dense(nacre::poisson_tets<float>(Comm::self(), {3, 3, 3}).A);
  for (int i = 0; i < 27; ++i)
    for (int j = 0; j < 27; ++j) EXPECT_EQ(static_cast<float>(a.at(i, j)), b.at(i, j));
}

TEST(Problems, MeshesHaveTheUnknownsAndTheBoundary) {
  auto const mesh = nacre::poisson_2d(Comm::self(), {3, 2}).make_mesh();
  EXPECT_EQ(mesh.shape, nacre::CellShape::quadrilateral);
  EXPECT_EQ(mesh.points.size(), 5u * 4u);
  EXPECT_EQ(mesh.vertices.size(), 4u * 4u * 3u);
  std::vector<int> hits(6, 0);
  for (auto const u : mesh.unknown)
    if (u >= 0) ++hits[static_cast<std::size_t>(u)];
  EXPECT_EQ(hits, std::vector<int>(6, 1));
  EXPECT_EQ(nacre::elasticity(Comm::self(), {2, 2, 2}).make_mesh().vertices.size(), 64u);
  EXPECT_EQ(nacre::poisson_1d(Comm::self(), 3).make_mesh().vertices.size(), 8u);
}

TEST(Problems, NonPositiveSizesAreRejected) {
  EXPECT_EQ(message_of([] {
              nacre::poisson_3d(Comm::self(), {4, 0, 5});
            }),
            "poisson_3d: the size is 4 by 0 by 5; each must be at least 1");
}

}  // namespace
