#include <nacre/core/p1_surfaces.hpp>
#include <nacre/core/problems.hpp>
#include <nacre/core/surface_systems.hpp>
#include <nacre/core/synthetic_system.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "support/message_of.hpp"
#include "support/products.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::LinearSystem;
using nacre::Ordinal;
using nacre::Point;
using nacre::SurfaceMesh;
using nacre::test::message_of;
using nacre::test::product;
using nacre::test::to_host;

double area_of(SurfaceMesh const& mesh) {
  double sum = 0;
  for (auto const& t : mesh.triangles) sum += nacre::triangle_area(nacre::corners_of(mesh, t));
  return sum;
}

/// Every edge is that of one triangle in each direction, but for edges of the boundary.
void expect_oriented(SurfaceMesh const& mesh, std::size_t num_boundary_edges) {
  std::set<std::array<Ordinal, 2>> edges;
  for (auto const& t : mesh.triangles)
    for (std::size_t a = 0; a < 3; ++a)
      ASSERT_TRUE(edges.emplace(std::array<Ordinal, 2>{{t[a], t[(a + 1) % 3]}}).second);
  std::size_t single = 0;
  for (auto const& e : edges) single += edges.count(std::array<Ordinal, 2>{{e[1], e[0]}}) == 0;
  EXPECT_EQ(single, num_boundary_edges);
  EXPECT_EQ(nacre::boundary_edges(mesh).size(), num_boundary_edges);
}

nacre::CsrMatrix<double> scalar_matrix(LinearSystem const& system) {
  return nacre::BlockExpansion<>(system.A.pattern, 1)
      .expand(nacre::ExecOf<nacre::DefaultDevice>(), system.A.values);
}

std::vector<double> ones(Ordinal n) { return std::vector<double>(static_cast<std::size_t>(n), 1.); }

void expect_symmetric(nacre::CsrMatrix<double> const& A) {
  auto const dense = nacre::test::to_dense(A);
  for (std::size_t i = 0; i < dense.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) ASSERT_EQ(dense[i][j], dense[j][i]);
}

TEST(RandomSphere, IsClosed) {
  for (int level = 0; level <= 3; ++level) {
    auto const mesh = nacre::random_sphere({level});
    EXPECT_EQ(mesh.points.size(), 10u * (1u << (2 * level)) + 2);
    EXPECT_EQ(mesh.triangles.size(), 20u * (1u << (2 * level)));
    expect_oriented(mesh, 0);
    double volume = 0;  // positive if seen from outside counterclockwise
    for (auto const& t : mesh.triangles) {
      auto const p = nacre::corners_of(mesh, t);
      for (std::size_t x = 0; x < 3; ++x) {
        std::size_t const y = (x + 1) % 3, z = (x + 2) % 3;
        volume += p[0][x] * (p[1][y] * p[2][z] - p[1][z] * p[2][y]) / 6;
      }
    }
    EXPECT_GT(volume, .7 * .7 * .7 * 2.5);
    double least = 2, most = 0;
    for (auto const& p : mesh.points) {
      double const radius = std::hypot(p[0], p[1], p[2]);
      least = std::min(least, radius);
      most = std::max(most, radius);
    }
    EXPECT_NEAR(least, .7, 1e-3);
    EXPECT_NEAR(most, 1.3, 1e-3);
  }
  EXPECT_NEAR(area_of(nacre::random_sphere({4, 0})), 4 * 3.14159265358979, .05);
  EXPECT_EQ(message_of([] { nacre::random_sphere({-1}); }),
            "random_sphere: -1 subdivisions and noise 0.3, expected 0 to 12 and a number in [0, 1)");
}

TEST(RandomAnnulus, IsPlanarAndHasTwoBoundaries) {
  auto const mesh = nacre::random_annulus();
  EXPECT_EQ(mesh.points.size(), 64u * 8);
  EXPECT_EQ(mesh.triangles.size(), 2u * 64 * 7);
  expect_oriented(mesh, 128);
  EXPECT_EQ(nacre::boundary_points(mesh).size(), 128u);
  double const sector = std::sin(2 * 3.14159265358979 / 64) / 2;
  EXPECT_NEAR(area_of(mesh), 64 * sector * (1 - .25), 1e-12);
  nacre::AnnulusOptions other;
  other.seed = 2;
  EXPECT_NE(nacre::random_annulus(other).points, mesh.points);
  EXPECT_NE(nacre::random_annulus(other).triangles, mesh.triangles);
  EXPECT_EQ(
      message_of([] { nacre::random_annulus({2}); }),
      "random_annulus: 2 by 8 points from radius 0.5 to 1, expected 3 by 2 or more and 0 < inner < outer");
  EXPECT_EQ(message_of([] {
              nacre::random_annulus({64, 8, .5, 1, .3});
            }),
            "random_annulus: the jitter is 0.3, expected a number in [0, 1/4)");
  auto const coarse = message_of([] { nacre::random_annulus({3, 20, .9, 1, .2}); });
  EXPECT_NE(coarse.find(", 3 points around are too few for this jitter and this many across"),
            std::string::npos)
      << coarse;
}

TEST(P1Surfaces, HaveTheCotangentsOfTheOppositeAngles) {
  // angles of 90, 60 and 30 degrees in a plane that is turned
  SurfaceMesh const mesh{{{{0, 0, 0}}, {{0, 1, 0}}, {{0, 0, std::sqrt(3.)}}}, {{{0, 1, 2}}}};
  auto const A = nacre::test::to_dense(nacre::p1_matrix(mesh, {{1, 2, 3}, {1, 2, 3}}));
  double const kappa = 2, m = std::sqrt(3.) / 6;
  double const cot[] = {0, 1 / std::sqrt(3.), std::sqrt(3.)};
  for (std::size_t i = 0; i < 3; ++i) {
    std::size_t const j = (i + 1) % 3, k = (i + 2) % 3;
    EXPECT_NEAR(A[i][j], -kappa * cot[k] / 2, 1e-15);
    EXPECT_NEAR(A[i][i], kappa * (cot[j] + cot[k]) / 2 + m * static_cast<double>(i + 1), 1e-14);
  }
}

TEST(P1Surfaces, AreExactForLinearFunctionsInAPlane) {
  auto const flat = nacre::random_annulus();
  auto tilted = flat;  // by the rotation about x whose cosine is 0.6
  for (auto& p : tilted.points) p = {{p[0], .6 * p[1], .8 * p[1]}};
  for (SurfaceMesh const* mesh : {&std::as_const(flat), &std::as_const(tilted)}) {
    auto const A = nacre::p1_matrix(*mesh);
    for (double const y : product(A, ones(A.num_rows())))
      ASSERT_NEAR(y, 0, 1e-13 * nacre::test::largest_entry(A));
    std::vector<double> f;
    for (auto const& p : mesh->points) f.push_back(1 + 2 * p[0] - 3 * p[1] + p[2]);
    auto const y = product(A, f);
    auto const boundary = nacre::boundary_points(*mesh);
    std::size_t inner = 0;
    for (std::size_t i = 0; i < y.size(); ++i)
      if (!std::binary_search(boundary.begin(), boundary.end(), static_cast<Ordinal>(i))) {
        ASSERT_NEAR(y[i], 0, 1e-12);
        ++inner;
      }
    EXPECT_EQ(inner, 64u * 6);
    expect_symmetric(A);
    double mass = 0;
    for (double const m : nacre::lumped_mass(*mesh)) mass += m;
    EXPECT_NEAR(mass, area_of(*mesh), 1e-12);
  }
  EXPECT_EQ(message_of([] {
              nacre::p1_matrix(SurfaceMesh{{{{0, 0, 0}}, {{1, 1, 1}}, {{2, 2, 2}}}, {{{0, 1, 2}}}});
            }),
            "p1_matrix: the area of triangle 0 is 0, must be positive");
  EXPECT_EQ(message_of([] {
              nacre::lumped_mass(SurfaceMesh{{{{0, 0, 0}}}, {{{0, -1, 2}}}});
            }),
            "lumped_mass: triangle 0 has point -1, but there are 1 points");
}

TEST(SurfaceSystems, ConductInSurfaces) {
  auto const mesh = nacre::random_sphere();
  nacre::ConductionOptions options;
  options.density = .5;
  auto const system = nacre::conduction_system(mesh, options);
  validate(system);
  EXPECT_EQ(system.A.pattern.num_entries(), 642u + 2 * 1920);
  auto const kappa = nacre::random_coefficient(mesh.points, options.conductivity);
  auto const features = to_host(system.features);
  ASSERT_EQ(features.extent(1), 4u);
  for (std::size_t i = 0; i < kappa.size(); ++i) {
    ASSERT_EQ(features(i, 0), kappa[i]);
    for (std::size_t x = 0; x < 3; ++x) ASSERT_EQ(features(i, 1 + x), mesh.points[i][x]);
  }
  auto const sums = product(scalar_matrix(system), ones(system.num_nodes()));
  auto const mass = nacre::lumped_mass(mesh);
  for (std::size_t i = 0; i < mass.size(); ++i) ASSERT_NEAR(sums[i], .5 * mass[i], 1e-13);
}

TEST(SurfaceSystems, FixPartOfTheBoundary) {
  auto const mesh = nacre::random_annulus();
  auto const boundary = nacre::boundary_points(mesh);
  std::set<std::vector<Ordinal>> choices;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    auto const system = nacre::poisson_system(mesh, {.1, seed});
    validate(system);
    EXPECT_EQ(system.features.extent(1), 0u);
    auto const free = to_host(system.free);
    std::vector<Ordinal> fixed;
    for (Ordinal i = 0; i < system.num_nodes(); ++i)
      if (free(i, 0) == 0) fixed.push_back(i);
    EXPECT_EQ(fixed.size(), 13u);  // of 128
    EXPECT_TRUE(std::includes(boundary.begin(), boundary.end(), fixed.begin(), fixed.end()));
    choices.insert(fixed);
  }
  EXPECT_EQ(choices.size(), 10u);
  EXPECT_EQ(message_of([] { nacre::poisson_system(nacre::random_sphere({0})); }),
            "poisson_system: a fraction 0.1 of 0 points on the boundary, expected points there and a "
            "fraction in (0, 1]");
  EXPECT_EQ(message_of([&] {
              nacre::poisson_system(mesh, {0, 1});
            }),
            "poisson_system: a fraction 0 of 128 points on the boundary, expected points there and a "
            "fraction in (0, 1]");
}

TEST(SyntheticSystem, IsASquareAndAShift) {
  nacre::SyntheticOptions options;
  options.density = .1;
  options.shift = .25;
  auto const scaled = nacre::synthetic_system(40, options);
  validate(scaled);
  EXPECT_EQ(scaled.features.extent(1), 0u);
  expect_symmetric(scalar_matrix(scaled));
  auto const M = nacre::test::to_dense(
      nacre::random_sparse<double>(nacre::Comm::self(), 40, 40, .1, options.seed).local());
  for (double const last : {1e-5, 1.}) {
    options.last_scale = last;
    nacre::test::Dense expected(40, std::vector<double>(40));
    for (std::size_t i = 0; i < 40; ++i)
      for (std::size_t j = 0; j < 40; ++j) {
        expected[i][j] = i == j ? .25 : 0;
        for (std::size_t k = 0; k < 40; ++k)
          expected[i][j] += std::pow(1 + (last - 1) * static_cast<double>(k) / 39, 2) * M[k][i] * M[k][j];
      }
    nacre::test::expect_near(nacre::test::to_dense(scalar_matrix(nacre::synthetic_system(40, options))),
                             expected);
  }
  auto const large = nacre::synthetic_system(10240);
  validate(large);
  EXPECT_NEAR(static_cast<double>(large.A.pattern.num_entries()), 106632, 4000);
  EXPECT_EQ(nacre::synthetic_system(1).num_nodes(), 1);
  EXPECT_EQ(nacre::synthetic_system(0).num_nodes(), 0);
  options.shift = 0;
  EXPECT_EQ(message_of([&] { nacre::synthetic_system(3, options); }),
            "synthetic_system: the shift is 0 and the last scale 1, expected a positive and a finite number");
}

}  // namespace
