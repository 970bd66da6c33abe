#include <nacre/core/tet_systems.hpp>

#include <nacre/core/p1_tets.hpp>
#include <nacre/core/tet_boundary.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "support/message_of.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::LinearSystem;
using nacre::Ordinal;
using nacre::Point;
using nacre::TetMesh;
using nacre::test::message_of;
using nacre::test::to_host;

TetMesh cube(int n) {
  return nacre::jittered(nacre::tet_box({{n, n, n}}, {{-1, -1, -1}}, {{1, 1, 1}}), .25, 1);
}

std::vector<double> row_sums(LinearSystem const& system) {
  std::vector<double> sums;
  for (auto const& row : nacre::test::to_dense(nacre::CsrMatrix<double>{
           system.A.pattern,
           nacre::Vector<double>(system.A.values.data(), system.A.pattern.num_entries())})) {
    sums.push_back(0);
    for (double const value : row) sums.back() += value;
  }
  return sums;
}

/// Of positions in the last three columns.
void expect_positions(LinearSystem const& system, TetMesh const& mesh) {
  auto const features = to_host(system.features);
  std::size_t const first = features.extent(1) - 3;
  for (std::size_t i = 0; i < mesh.points.size(); ++i)
    for (std::size_t x = 0; x < 3; ++x) ASSERT_EQ(features(i, first + x), mesh.points[i][x]);
}

int num_prescribed(LinearSystem const& system) {
  auto const free = to_host(system.free);
  int prescribed = 0;
  for (Ordinal i = 0; i < system.num_nodes(); ++i) prescribed += free(i, 0) == 0;
  return prescribed;
}

TEST(GaussianField, HasTheCovarianceItSays) {
  std::vector<Point> const points{{{0, 0, 0}}, {{.5, 0, 0}}, {{0, .6, .8}}, {{1, 1, -1}}};
  int const samples = 4000;
  double mean = 0;
  std::vector<double> products(points.size());
  for (int seed = 1; seed <= samples; ++seed) {
    auto const f = nacre::gaussian_field(points, static_cast<std::uint64_t>(seed), 1, 50);
    mean += f[0] / samples;
    for (std::size_t i = 0; i < points.size(); ++i) products[i] += f[0] * f[i] / samples;
  }
  double const three_deviations = 3 * std::sqrt(2. / samples);
  EXPECT_NEAR(mean, 0, three_deviations);
  double const squared_distance[] = {0, .25, 1, 3};
  for (std::size_t i = 0; i < points.size(); ++i)
    EXPECT_NEAR(products[i], std::exp(-.7853981633974483 * squared_distance[i]), three_deviations);
}

TEST(GaussianField, IsAFunctionOfThePosition) {
  auto const mesh = cube(4);
  auto const f = nacre::gaussian_field(mesh.points, 7);
  auto const one = nacre::gaussian_field({mesh.points[20]}, 7);
  EXPECT_EQ(one[0], f[20]);
  EXPECT_NE(nacre::gaussian_field({mesh.points[20]}, 8)[0], f[20]);
  EXPECT_TRUE(nacre::gaussian_field({}, 1).empty());
  EXPECT_EQ(message_of([] { nacre::gaussian_field({}, 1, 0); }),
            "gaussian_field: the length is 0 and the number of modes 1000, expected positive numbers");
}

TEST(RandomCoefficient, StaysBetweenItsValues) {
  auto const mesh = cube(6);
  auto const smooth = nacre::random_coefficient(mesh.points, {2, 6});
  auto const [least, most] = std::minmax_element(smooth.begin(), smooth.end());
  EXPECT_EQ(*least, 2);
  EXPECT_LT(*most, 6);
  EXPECT_GT(*most, 5.99);
  auto const two = nacre::random_coefficient(mesh.points, {2, 6, true});
  for (std::size_t i = 0; i < two.size(); ++i) ASSERT_EQ(two[i], smooth[i] > 4 ? 6 : 2);
  EXPECT_EQ(nacre::random_coefficient({mesh.points[0], mesh.points[1]}, {3, 3}), (std::vector<double>{3, 3}));
  EXPECT_TRUE(nacre::random_coefficient({}).empty());
  EXPECT_EQ(message_of([] {
              nacre::random_coefficient({}, {2, 1});
            }),
            "random_coefficient: from 2 to 1, expected two numbers in this order");
}

TEST(HeatSystem, IsStiffnessAndDensity) {
  auto const mesh = cube(5);
  nacre::HeatOptions options;
  options.density.seed = 5;
  auto const system = nacre::heat_system(mesh, options);
  validate(system);
  EXPECT_EQ(num_prescribed(system), 0);
  EXPECT_EQ(system.features.extent(1), 3u);
  expect_positions(system, mesh);
  auto const sums = row_sums(system);
  auto const mass = nacre::lumped_mass(mesh);
  auto const density = nacre::random_coefficient(mesh.points, options.density);
  for (std::size_t i = 0; i < sums.size(); ++i) ASSERT_NEAR(sums[i], density[i] * mass[i], 1e-14);

  nacre::HeatOptions const constant{{1e-3, 1e-3}};
  auto const other = row_sums(nacre::heat_system(mesh, constant));
  for (std::size_t i = 0; i < sums.size(); ++i) ASSERT_NEAR(other[i], 1e-3 * mass[i], 1e-14);
}

TEST(ConductionSystem, HasTheConductivityAsAFeature) {
  auto const mesh = cube(5);
  nacre::ConductionOptions options;
  options.density = .5;
  auto const system = nacre::conduction_system(mesh, options);
  validate(system);
  ASSERT_EQ(system.features.extent(1), 4u);
  expect_positions(system, mesh);
  auto const kappa = nacre::random_coefficient(mesh.points, options.conductivity);
  auto const features = to_host(system.features);
  for (std::size_t i = 0; i < kappa.size(); ++i) ASSERT_EQ(features(i, 0), kappa[i]);
  auto const sums = row_sums(system);
  auto const mass = nacre::lumped_mass(mesh);
  for (std::size_t i = 0; i < sums.size(); ++i) ASSERT_NEAR(sums[i], .5 * mass[i], 1e-13);
  auto const expected =
      to_host(nacre::p1_matrix(mesh, {kappa, std::vector<double>(kappa.size(), options.density)}).values);
  auto const found = to_host(system.A.values);
  for (std::size_t k = 0; k < expected.extent(0); ++k) ASSERT_EQ(found(k, 0, 0), expected(k));
}

TEST(PoissonSystem, PrescribesAPatchOfTheBoundary) {
  auto const mesh = cube(6);
  auto const faces = nacre::boundary_faces(mesh);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    auto const system = nacre::poisson_system(mesh, {1, seed});
    validate(system);
    auto const patch = nacre::boundary_patch(faces, 1, seed);
    auto const free = to_host(system.free);
    for (Ordinal i = 0; i < system.num_nodes(); ++i)
      ASSERT_EQ(free(i, 0), std::binary_search(patch.begin(), patch.end(), i) ? 0 : 1);
    for (double const sum : row_sums(system)) ASSERT_NEAR(sum, 0, 1e-13);  // the conditions are not in it
  }
}

TEST(SmallSystems, AreFunctionsOfSeedAndIndex) {
  std::set<Ordinal> sizes;
  double mean = 0;
  int const count = 60;
  for (std::uint64_t index = 0; index < count; ++index) {
    auto const heat = nacre::heat_small(42, index);
    auto const poisson = nacre::poisson_small(42, index);
    validate(heat);
    validate(poisson);
    ASSERT_EQ(heat.num_nodes(), poisson.num_nodes());
    ASSERT_GE(heat.num_nodes(), 125);
    ASSERT_LE(heat.num_nodes(), 512);
    ASSERT_EQ(num_prescribed(heat), 0);
    ASSERT_GE(num_prescribed(poisson), 6);
    ASSERT_LE(num_prescribed(poisson), 41);
    sizes.insert(heat.num_nodes());
    mean += heat.num_nodes() / static_cast<double>(count);
  }
  EXPECT_GT(sizes.size(), 12u);  // of 20
  EXPECT_NEAR(mean, 6.5 * 6.5 * 6.5, 45);
  auto const a = nacre::heat_small(42, 7), b = nacre::heat_small(42, 7), c = nacre::heat_small(43, 7);
  EXPECT_EQ(a.name, "heat 7");
  ASSERT_EQ(a.num_nodes(), b.num_nodes());
  auto const features_a = to_host(a.features), features_b = to_host(b.features),
             features_c = to_host(c.features);
  for (std::size_t k = 0; k < features_a.size(); ++k) ASSERT_EQ(features_a.data()[k], features_b.data()[k]);
  auto const values_a = to_host(a.A.values), values_b = to_host(b.A.values);
  for (std::size_t k = 0; k < values_a.size(); ++k) ASSERT_EQ(values_a.data()[k], values_b.data()[k]);
  EXPECT_NE(features_a(0, 0), features_c(0, 0));
}

TEST(SmallSystems, ComeInOtherSizes) {
  EXPECT_EQ(nacre::heat_small(1, 0, {9, 9}).num_nodes(), 729);
  auto const dense = row_sums(nacre::heat_small(1, 0, {5, 5}, {1e-3, 1e-3}));
  auto const mass = nacre::lumped_mass(nacre::random_box(1, 0, {5, 5}));
  for (std::size_t i = 0; i < dense.size(); ++i) ASSERT_NEAR(dense[i], 1e-3 * mass[i], 1e-14);
  EXPECT_EQ(message_of([] {
              nacre::random_box(1, 0, {5, 4});
            }),
            "random_box: from 5 to 4 points in a direction, expected two or more");
}

}  // namespace
