#include <nacre/core/p1_elements.hpp>
#include <nacre/core/triangulation.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "support/message_of.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::MeshTriangle;
using nacre::Ordinal;
using nacre::P1Options;
using nacre::Point2;
using nacre::ReactionTerm;
using nacre::TriangleMesh;
using nacre::TriangulationOptions;
using nacre::test::message_of;
using nacre::test::to_host;

std::vector<Point2> const kSquare{{{0, 0}}, {{1, 0}}, {{1, 1}}, {{0, 1}}};

TEST(Polygon, HasAnAreaAndASmallestCorner) {
  EXPECT_DOUBLE_EQ(nacre::polygon_area(kSquare), 1);
  EXPECT_DOUBLE_EQ(nacre::smallest_corner(kSquare), 90);
  EXPECT_NEAR(nacre::smallest_corner({{{0, 0}}, {{1, 0}}, {{1, std::sqrt(3.)}}}), 30, 1e-12);
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    auto const corners = nacre::random_polygon(seed);
    EXPECT_GE(corners.size(), 5u);
    EXPECT_LE(corners.size(), 9u);
    EXPECT_GT(nacre::polygon_area(corners), .1);
    EXPECT_GE(nacre::smallest_corner(corners), 45);
  }
  EXPECT_EQ(nacre::random_polygon(3), nacre::random_polygon(3));
  EXPECT_NE(nacre::random_polygon(3), nacre::random_polygon(4));
}

TEST(Delaunay, IsEmptyCircled) {
  if (!nacre::have_delaunay()) GTEST_SKIP() << "built without Qhull";
  std::vector<Point2> points;
  auto const numbers = to_host(nacre::test::random_vector<double, nacre::DefaultDevice>("numbers", 120, 1));
  for (int i = 0; i < 60; ++i) points.push_back({{numbers(2 * i), numbers(2 * i + 1)}});
  auto const triangles = nacre::delaunay(points);
  EXPECT_GE(triangles.size(), 100u);
  for (auto const& t : triangles) {
    Point2 const &a = points[static_cast<std::size_t>(t[0])], &b = points[static_cast<std::size_t>(t[1])],
                 &c = points[static_cast<std::size_t>(t[2])];
    ASSERT_GT(nacre::doubled_area(a, b, c), 0);
    for (auto const& p : points) {  // the determinant that is positive inside the circle through a, b, c
      auto const lifted = [&p](Point2 const& q) {
        return std::pow(q[0] - p[0], 2) + std::pow(q[1] - p[1], 2);
      };
      double const inside = lifted(a) * nacre::doubled_area(p, b, c) +
                            lifted(b) * nacre::doubled_area(p, c, a) +
                            lifted(c) * nacre::doubled_area(p, a, b);
      ASSERT_LE(inside, 1e-10);
    }
  }
  EXPECT_EQ(nacre::delaunay(kSquare).size(), 2u) << "four points on a circle";
  EXPECT_NE(message_of([] {
              nacre::delaunay({{{0, 0}}, {{1, 1}}, {{2, 2}}, {{3, 3}}});
            }).find("delaunay: Qhull cannot"),
            std::string::npos);
  EXPECT_EQ(message_of([] {
              nacre::delaunay({{{0, 0}}, {{1, 1}}});
            }),
            "delaunay: 2 points, there must be at least 3");
}

/// All boundary edges are edges of the mesh once, all others twice, in opposite directions.
void expect_conforming(TriangleMesh const& mesh) {
  std::set<std::pair<Ordinal, Ordinal>> edges;
  for (auto const& t : mesh.triangles)
    for (std::size_t a = 0; a < 3; ++a) ASSERT_TRUE(edges.insert({t[a], t[(a + 1) % 3]}).second);
  for (auto const& [i, j] : edges)
    if (!edges.count({j, i})) {
      ASSERT_EQ(j, (i + 1) % mesh.num_boundary);
    }
}

TEST(Triangulation, CoversRandomPolygonsWithDecentTriangles) {
  if (!nacre::have_delaunay()) GTEST_SKIP() << "built without Qhull";
  double least = 180;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(nacre::cat("seed ", seed));
    auto const corners = nacre::random_polygon(seed);
    TriangulationOptions options;
    options.width = .03 + .0015 * static_cast<double>(seed);
    options.largest_width = seed % 3 == 0 ? 0 : .3;
    options.seed = seed;
    auto const mesh = nacre::triangulate_polygon(corners, options);
    EXPECT_NEAR(mesh.area(), nacre::polygon_area(corners), 1e-12);
    expect_conforming(mesh);
    EXPECT_GT(mesh.smallest_angle(), 10);
    least = std::min(least, mesh.smallest_angle());
  }
  RecordProperty("smallest_angle", std::to_string(least));
}

TEST(Triangulation, HasTheSizeThatItsWidthSays) {
  if (!nacre::have_delaunay()) GTEST_SKIP() << "built without Qhull";
  for (double const width : {.2, .05, .02}) {
    TriangulationOptions options;
    options.width = width;
    auto const mesh = nacre::triangulate_polygon(kSquare, options);
    double const expected = 1 / (.866 * width * width);  // of equilateral triangles
    EXPECT_GT(static_cast<double>(mesh.points.size()), .7 * expected);
    EXPECT_LT(static_cast<double>(mesh.points.size()), 1.5 * expected + 4 / width);
    EXPECT_EQ(mesh.num_boundary, static_cast<Ordinal>(std::lround(4 / width)));
  }
  TriangulationOptions options;
  EXPECT_EQ(nacre::triangulate_polygon(kSquare, options).points,
            nacre::triangulate_polygon(kSquare, options).points);
}

TEST(Triangulation, SaysWhatIsWrong) {
  auto const triangulate = [](std::vector<Point2> const& corners, TriangulationOptions const& o = {}) {
    return message_of([&] { nacre::triangulate_polygon(corners, o); });
  };
  EXPECT_EQ(triangulate({{{0, 0}}, {{1, 0}}}), "triangulate_polygon: 2 corners, there must be at least 3");
  EXPECT_EQ(triangulate({{{0, 1}}, {{1, 1}}, {{1, 0}}, {{0, 0}}}),
            "triangulate_polygon: the area of the polygon is -1, its corners must be counterclockwise");
  TriangulationOptions options;
  options.width = 0;
  EXPECT_EQ(triangulate(kSquare, options), "triangulate_polygon: width = 0, must be positive");
  EXPECT_EQ(message_of([] {
              nacre::random_polygon(1, {2, 1});
            }),
            "random_polygon: from 2 to 1 corners, must be at least 3");
}

TEST(P1Elements, HaveTheStiffnessOfOneTriangle) {
  auto const k = nacre::p1_stiffness({{0, 0}}, {{1, 0}}, {{0, 1}});
  double const expected[3][3] = {{1, -.5, -.5}, {-.5, .5, 0}, {-.5, 0, .5}};
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = 0; b < 3; ++b) EXPECT_DOUBLE_EQ(k[a][b], expected[a][b]);
}

TriangleMesh two_triangles() { return {kSquare, {{{0, 1, 2}}, {{0, 2, 3}}}, 4}; }

TEST(P1Elements, HaveRowSumsOfTheReactionTerm) {
  P1Options options;
  options.dirichlet = false;
  options.reaction = 2;
  for (auto const term : {ReactionTerm::consistent_mass, ReactionTerm::lumped_mass, ReactionTerm::identity}) {
    options.term = term;
    auto const A = nacre::test::to_dense(nacre::p1_matrix(two_triangles(), options).A);
    for (std::size_t i = 0; i < 4; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < 4; ++j) {
        sum += A[i][j];
        EXPECT_EQ(A[i][j], A[j][i]);
      }
      double const mass = i % 2 == 0 ? 1. / 3 : 1. / 6;  // points 0 and 2 are in both triangles
      EXPECT_NEAR(sum, term == ReactionTerm::identity ? 2 : 2 * mass, 1e-14);
    }
  }
  EXPECT_EQ(message_of([] {
              nacre::p1_matrix({kSquare, {{{0, 2, 1}}}, 4});
            }),
            "p1_matrix: the area of triangle (0, 2, 1) is -0.5, must be positive");
}

TEST(P1Elements, AreSymmetricAndExactForLinearFunctions) {
  if (!nacre::have_delaunay()) GTEST_SKIP() << "built without Qhull";
  TriangulationOptions options;
  options.width = .08;
  auto const mesh = nacre::triangulate_polygon(nacre::random_polygon(2), options);
  auto const free = nacre::p1_matrix(mesh, {0, ReactionTerm::lumped_mass, false});
  auto const A = nacre::test::to_dense(free.A);
  for (std::size_t i = 0; i < A.size(); ++i) {
    double applied = 0;
    for (std::size_t j = 0; j < A.size(); ++j) {
      ASSERT_EQ(A[i][j], A[j][i]);
      applied += A[i][j] * (1 + 2 * mesh.points[j][0] - 3 * mesh.points[j][1]);
    }
    if (i >= static_cast<std::size_t>(mesh.num_boundary)) {
      EXPECT_NEAR(applied, 0, 1e-12) << "point " << i;
    }
  }
  // with u = 0 on the boundary: the same entries, and positive definite, so Gaussian elimination keeps to the diagonal
  auto const fixed = nacre::p1_matrix(mesh);
  auto B = nacre::test::to_dense(fixed.A);
  ASSERT_EQ(B.size() + static_cast<std::size_t>(mesh.num_boundary), A.size());
  for (std::size_t i = 0; i < B.size(); ++i) {
    ASSERT_EQ(fixed.unknown[static_cast<std::size_t>(fixed.point[i])], static_cast<Ordinal>(i));
    for (std::size_t j = 0; j < B.size(); ++j)
      ASSERT_EQ(B[i][j],
                A[static_cast<std::size_t>(fixed.point[i])][static_cast<std::size_t>(fixed.point[j])]);
  }
  for (std::size_t k = 0; k < B.size(); ++k) {
    ASSERT_GT(B[k][k], 1e-3) << "pivot " << k;
    for (std::size_t i = k + 1; i < B.size(); ++i)
      for (std::size_t j = k + 1; j < B.size(); ++j) B[i][j] -= B[i][k] * B[k][j] / B[k][k];
  }
}

}  // namespace
