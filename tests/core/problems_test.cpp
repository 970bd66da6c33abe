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
    return std::sin(pi * (i % 4 + 1) / 5) * std::sin(pi * (i / 4 % 3 + 1) / 4) * std::sin(2 * pi * (i / 12 + 1) / 6);
  };
  double const lambda = 2 * (1 - std::cos(pi / 5)) + 4 * (1 - std::cos(pi / 4)) + 6 * (1 - std::cos(2 * pi / 6));

  ASSERT_EQ(a.rows, 60);
  for (int i = 0; i < 60; ++i) {
    double sum = 0;
    for (int j = 0; j < 60; ++j) sum += a.at(i, j) * sine(j);
    EXPECT_NEAR(sum, lambda * sine(i), 1e-13);
  }
  EXPECT_EQ(nacre::test::asymmetry(a), 0);
}

TEST(Problems, NonPositiveSizesAreRejected) {
  EXPECT_EQ(message_of([] { nacre::poisson_3d(Comm::self(), {4, 0, 5}); }),
            "poisson_3d: the size is 4 by 0 by 5; each must be at least 1");
}

}  // namespace
