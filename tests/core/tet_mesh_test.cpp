#include <nacre/core/p1_tets.hpp>
#include <nacre/core/tet_boundary.hpp>
#include <nacre/core/tet_shapes.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "support/message_of.hpp"
#include "support/products.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::Ordinal;
using nacre::Point;
using nacre::TetMesh;
using nacre::test::message_of;
using nacre::test::product;

TetMesh cube(int n) { return nacre::tet_box({{n, n, n}}, {{-1, -1, -1}}, {{1, 1, 1}}); }

TetMesh one_tet() { return {{{{0, 0, 0}}, {{1, 0, 0}}, {{0, 1, 0}}, {{0, 0, 1}}}, {{{0, 1, 2, 3}}}}; }

double volume_of(TetMesh const& mesh) {
  double sum = 0;
  for (auto const& tet : mesh.tets) {
    auto const p = nacre::corners_of(mesh, tet);
    double const volume = nacre::tet_volume(p[0], p[1], p[2], p[3]);
    EXPECT_GT(volume, 0);
    sum += volume;
  }
  return sum;
}

/// The surface a face spans, as a vector that points outwards.
Point area_vector(TetMesh const& mesh, std::array<Ordinal, 3> const& face) {
  auto const at = [&](std::size_t a) { return mesh.points[static_cast<std::size_t>(face[a])]; };
  Point area;
  for (std::size_t x = 0; x < 3; ++x) {
    std::size_t const y = (x + 1) % 3, z = (x + 2) % 3;
    area[x] =
        ((at(1)[y] - at(0)[y]) * (at(2)[z] - at(0)[z]) - (at(1)[z] - at(0)[z]) * (at(2)[y] - at(0)[y])) / 2;
  }
  return area;
}

TEST(TetBox, HasKnownSizes) {
  EXPECT_EQ(cube(8).points.size(), 512u);
  EXPECT_EQ(cube(8).tets.size(), 1715u);
  EXPECT_EQ(cube(16).points.size(), 4096u);
  EXPECT_EQ(cube(16).tets.size(), 16875u);
  EXPECT_NEAR(volume_of(cube(8)), 8, 1e-12);
  EXPECT_NEAR(volume_of(nacre::tet_box({{2, 3, 4}}, {{0, 0, 0}}, {{1, 2, 3}})), 6, 1e-13);
  EXPECT_EQ(message_of([] {
              nacre::tet_box({{2, 1, 2}}, {{0, 0, 0}}, {{1, 1, 1}});
            }),
            "tet_box: 1 points from 0 to 1 in direction 1, expected two or more, and to be larger than from");
}

TEST(TetBoundary, IsClosedAndSeenFromOutside) {
  auto const mesh = nacre::tet_box({{3, 4, 5}}, {{0, 0, 0}}, {{2, 3, 4}});
  auto const faces = nacre::boundary_faces(mesh);
  EXPECT_EQ(faces.size(), 2u * 2 * (2 * 3 + 3 * 4 + 2 * 4));  // two triangles a square
  EXPECT_EQ(nacre::boundary_points(faces).size(), 3u * 4 * 5 - 1 * 2 * 3);
  std::set<std::pair<Ordinal, Ordinal>> edges;
  double volume = 0;  // by the divergence theorem
  for (auto const& face : faces) {
    for (std::size_t a = 0; a < 3; ++a) ASSERT_TRUE(edges.insert({face[a], face[(a + 1) % 3]}).second);
    volume += area_vector(mesh, face)[0] * mesh.points[static_cast<std::size_t>(face[0])][0];
  }
  for (auto const& [i, j] : edges) ASSERT_TRUE(edges.count({j, i}));
  EXPECT_NEAR(volume, 2 * 3 * 4, 1e-12);
  EXPECT_EQ(nacre::boundary_faces({}).size(), 0u);
  auto const tet = one_tet();
  auto three = tet;
  three.tets = {{{0, 1, 2, 3}}, {{0, 1, 2, 3}}, {{0, 1, 2, 3}}};
  EXPECT_EQ(message_of([&] { nacre::boundary_faces(three); }),
            "boundary_faces: face (0, 1, 2) belongs to 3 tetrahedra, expected one or two");
}

TEST(TetBoundary, HasPatchesThatGrowAlongItsEdges) {
  auto const mesh = cube(5);
  auto const faces = nacre::boundary_faces(mesh);
  std::set<Ordinal> starts;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    auto const start = nacre::boundary_patch(faces, 0, seed);
    ASSERT_EQ(start.size(), 1u);
    starts.insert(start[0]);
    std::set<Ordinal> expected{start[0]};
    for (int hop = 0; hop < 2; ++hop) {
      auto grown = expected;
      for (auto const& face : faces)
        for (std::size_t a = 0; a < 3; ++a)
          for (std::size_t b = 0; b < 3; ++b)
            if (expected.count(face[a])) grown.insert(face[b]);
      expected = grown;
    }
    auto const patch = nacre::boundary_patch(faces, 2, seed);
    ASSERT_EQ(patch, std::vector<Ordinal>(expected.begin(), expected.end()));
  }
  EXPECT_GT(starts.size(), 80u);  // of 98
  EXPECT_EQ(nacre::boundary_patch(faces, 20, 1), nacre::boundary_points(faces));
  EXPECT_EQ(message_of([] { nacre::boundary_patch({}, 2, 1); }),
            "boundary_patch: 2 hops on 0 faces, expected at least one face and hops that are not negative");
}

TEST(Jittered, KeepsTheShapeOfABox) {
  auto const mesh = nacre::tet_box({{5, 6, 7}}, {{0, 0, 0}}, {{4, 5, 6}});
  auto const moved = nacre::jittered(mesh, .25, 3);
  EXPECT_NEAR(volume_of(moved), 120, 1e-10);
  Point const high{{4, 5, 6}};
  double farthest = 0;
  for (std::size_t i = 0; i < mesh.points.size(); ++i)
    for (std::size_t x = 0; x < 3; ++x) {
      double const from = mesh.points[i][x], to = moved.points[i][x];
      if (from == 0 || from == high[x]) {
        ASSERT_EQ(to, from) << "point " << i;
      } else {
        ASSERT_NE(to, from) << "point " << i;
      }
      farthest = std::max(farthest, std::fabs(to - from));
    }
  EXPECT_LE(farthest, .25);
  EXPECT_GT(farthest, .24);
  EXPECT_EQ(nacre::jittered(mesh, .25, 3).points, moved.points);
  EXPECT_NE(nacre::jittered(mesh, .25, 4).points, moved.points);
  EXPECT_EQ(nacre::jittered(mesh, 0, 4).points, mesh.points);
}

TEST(Jittered, NeverTurnsATetrahedronOver) {
  auto const mesh = cube(6);
  auto const moved = nacre::jittered(mesh, 2, 1);
  double least = std::numeric_limits<double>::max();
  for (auto const& tet : mesh.tets) {
    auto const p = nacre::corners_of(mesh, tet), q = nacre::corners_of(moved, tet);
    least = std::min(least,
                     nacre::tet_volume(q[0], q[1], q[2], q[3]) / nacre::tet_volume(p[0], p[1], p[2], p[3]));
  }
  EXPECT_GE(least, .05);
  EXPECT_LT(least, .5) << "points hardly moved";
}

TEST(Jittered, SaysWhatIsWrong) {
  EXPECT_EQ(message_of([] { nacre::jittered(cube(2), -1, 1); }),
            "jittered: the amount is -1, expected a number that is not negative");
  auto flat = one_tet();
  flat.points[3] = {{1, 1, 0}};
  EXPECT_EQ(message_of([&] { nacre::jittered(flat, .1, 1); }),
            "jittered: the volume of tetrahedron 0 is 0, must be positive");
  auto missing = one_tet();
  missing.tets[0][2] = 4;
  EXPECT_EQ(message_of([&] { nacre::lumped_mass(missing); }),
            "lumped_mass: tetrahedron 0 has point 4, but there are 4 points");
}

TEST(Centred, HasMeanZeroAndLargestCoordinateOne) {
  auto const mesh =
      nacre::centred(nacre::jittered(nacre::tet_box({{3, 4, 6}}, {{5, 5, 5}}, {{6, 8, 11}}), .2, 1));
  Point mean{};
  double largest = 0;
  for (auto const& p : mesh.points)
    for (std::size_t x = 0; x < 3; ++x) {
      mean[x] += p[x];
      largest = std::max(largest, std::fabs(p[x]));
    }
  for (double const m : mean) EXPECT_NEAR(m, 0, 1e-12);
  EXPECT_EQ(largest, 1);
  EXPECT_EQ(message_of([] {
              nacre::centred({{{{1, 1, 1}}}, {}});
            }),
            "centred: 1 points, expected two that differ");
  EXPECT_EQ(message_of([] { nacre::centred({}); }), "centred: 0 points, expected two that differ");
}

TEST(TetShapes, HaveTheirVolumes) {
  auto const l = nacre::tet_l_shape(4);
  EXPECT_EQ(l.points.size(), 4u * (7 * 7 - 3 * 3));
  EXPECT_EQ(l.tets.size(), 3u * 27 * 5);
  EXPECT_NEAR(volume_of(l), 3, 1e-12);
  EXPECT_NEAR(volume_of(nacre::jittered(l, .25, 1)), 3, 1e-12) << "the re-entrant edge is kept too";
  for (int const across : {2, 5, 8, 17}) {
    auto const cylinder = nacre::tet_cylinder(across, across + 1);
    double const height = 2. * across / (across - 1);
    double const volume = volume_of(cylinder);
    EXPECT_LT(volume, 3.14159265358979 * height);
    double const width = 2. / (across - 1);
    EXPECT_GT(volume, (3.14159265358979 - width * width) * height);
    for (Ordinal const i : nacre::boundary_points(nacre::boundary_faces(cylinder))) {
      Point const& p = cylinder.points[static_cast<std::size_t>(i)];
      EXPECT_TRUE(p[2] == 0 || p[2] == height || std::fabs(std::hypot(p[0], p[1]) - 1) < 1e-14);
    }
  }
  EXPECT_TRUE(nacre::submesh(cube(3), [](Point const&) { return false; }).points.empty());
  EXPECT_EQ(message_of([] { nacre::tet_l_shape(1); }),
            "tet_l_shape: 1 points along an edge, expected two or more");
  EXPECT_EQ(message_of([] { nacre::tet_cylinder(1, 3); }),
            "tet_cylinder: 1 points across and 3 along, expected two or more");
}

TEST(P1Tets, HaveTheMatrixOfOneTetrahedron) {
  auto const A = nacre::test::to_dense(nacre::p1_matrix(one_tet(), {{1, 2, 3, 6}, {1, 2, 3, 4}}));
  // gradients are (-1, -1, -1) and the unit vectors, the volume 1/6, the mean conductivity 3, and a quarter of the volume
  // is 1/24
  double const expected[4][4] = {{1.5 + 1. / 24, -.5, -.5, -.5},
                                 {-.5, .5 + 2. / 24, 0, 0},
                                 {-.5, 0, .5 + 3. / 24, 0},
                                 {-.5, 0, 0, .5 + 4. / 24}};
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 4; ++j) EXPECT_NEAR(A[i][j], expected[i][j], 1e-15);
}

TEST(P1Tets, AreExactForLinearFunctions) {
  for (int const n : {8, 16}) {
    for (bool const jitter : {false, true}) {
      auto const mesh = jitter ? nacre::jittered(cube(n), .25, 1) : cube(n);
      auto const A = nacre::p1_matrix(mesh);
      EXPECT_EQ(A.num_entries(), n == 8 ? 5552u : 48736u);
      double const largest = nacre::test::largest_entry(A);
      for (double const y : product(A, std::vector<double>(mesh.points.size(), 1.)))
        ASSERT_NEAR(y, 0, 1e-13 * largest);
      std::vector<double> linear;
      for (auto const& p : mesh.points) linear.push_back(1 + 2 * p[0] - 3 * p[1] + .5 * p[2]);
      auto const y = product(A, linear);
      auto const boundary = nacre::boundary_points(nacre::boundary_faces(mesh));
      std::set<Ordinal> const outer(boundary.begin(), boundary.end());
      double energy = 0;
      for (std::size_t i = 0; i < y.size(); ++i) {
        energy += linear[i] * y[i];
        if (!outer.count(static_cast<Ordinal>(i))) {
          ASSERT_NEAR(y[i], 0, 1e-12);
        }
      }
      EXPECT_NEAR(energy, 8 * (4 + 9 + .25), 1e-9);
    }
  }
}

TEST(P1Tets, AreSymmetricToTheLastBit) {
  auto const mesh = nacre::jittered(cube(5), .25, 2);
  std::vector<double> kappa;
  for (auto const& p : mesh.points) kappa.push_back(2 + p[0] * p[1]);
  auto const A = nacre::test::to_dense(nacre::p1_matrix(mesh, {kappa, {}}));
  for (std::size_t i = 0; i < A.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) ASSERT_EQ(A[i][j], A[j][i]);
}

TEST(P1Tets, HaveALumpedMass) {
  auto const mass = nacre::lumped_mass(nacre::jittered(cube(8), .25, 1));
  double sum = 0;
  for (double const m : mass) sum += m;
  EXPECT_NEAR(sum, 8, 1e-12);
  EXPECT_NEAR(nacre::lumped_mass(one_tet())[2], 1. / 24, 1e-17);
  // a corner is in one tetrahedron of volume h^3 / 6 or in four, which are these and h^3 / 3 in the middle
  auto const corner = nacre::lumped_mass(nacre::tet_box({{2, 2, 2}}, {{0, 0, 0}}, {{1, 1, 1}}));
  for (double const m : corner)
    EXPECT_TRUE(std::fabs(m - 1. / 24) < 1e-15 || std::fabs(m - (3. / 6 + 1. / 3) / 4) < 1e-15) << m;
  // the reaction term is the mass
  auto const mesh = cube(3);
  auto const with = nacre::p1_matrix(mesh, {{}, std::vector<double>(27, 2.)});
  auto const y = product(with, std::vector<double>(27, 1.));
  auto const m = nacre::lumped_mass(mesh);
  for (std::size_t i = 0; i < 27; ++i) EXPECT_NEAR(y[i], 2 * m[i], 1e-14);
}

TEST(P1Tets, SayWhatIsWrong) {
  EXPECT_EQ(message_of([] {
              nacre::p1_matrix(one_tet(), {{1, 2}, {}});
            }),
            "p1_matrix: 2 diffusion and 0 reaction coefficients, but there are 4 points");
  EXPECT_EQ(nacre::p1_matrix(TetMesh{}).num_entries(), 0u);
}

}  // namespace
