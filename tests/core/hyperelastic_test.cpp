#include <nacre/core/hyperelastic.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include <nacre/core/elasticity_systems.hpp>
#include <nacre/core/random.hpp>

#include "support/dense.hpp"
#include "support/message_of.hpp"

using namespace nacre;
using nacre::detail::SquareMatrix;
using nacre::detail::symmetric_eigen;
using nacre::test::Dense;
using nacre::test::message_of;

namespace {

HyperelasticMaterial const kSoft{2, .35, 3};

Matrix9 random_symmetric(std::uint64_t seed) {
  Matrix9 A;
  for (std::size_t i = 0; i < 9; ++i)
    for (std::size_t j = 0; j <= i; ++j) A[i][j] = A[j][i] = random_uniform(seed, 9 * i + j, -1, 1);
  return A;
}

double smallest(Matrix9 const& A) {
  auto const values = symmetric_eigen(A).values;
  return *std::min_element(values.begin(), values.end());
}

/// A with its eigenvalues below the floor raised to it.
void raise_eigenvalues(double floor, Matrix9& A) {
  auto const eigen = symmetric_eigen(A);
  for (std::size_t k = 0; k < 9; ++k)
    for (std::size_t i = 0; i < 9; ++i)
      for (std::size_t j = 0; j < 9; ++j)
        A[i][j] += std::max(0., floor - eigen.values[k]) * eigen.vectors[k][i] * eigen.vectors[k][j];
}

TEST(SymmetricEigen, IsADecomposition) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto const A = random_symmetric(seed);
    auto const eigen = symmetric_eigen(A);
    for (std::size_t k = 0; k < 9; ++k) {
      auto const& v = eigen.vectors[k];
      for (std::size_t i = 0; i < 9; ++i) {
        double product = 0, inner = 0;
        for (std::size_t j = 0; j < 9; ++j) {
          product += A[i][j] * v[j];
          inner += eigen.vectors[i][j] * v[j];
        }
        EXPECT_NEAR(product, eigen.values[k] * v[i], 2e-14);
        EXPECT_NEAR(inner, i == k ? 1 : 0, 2e-14);
      }
    }
  }
}

TEST(SymmetricEigen, KnowsTheSecondDifferences) {
  SquareMatrix<5> A{};
  for (std::size_t i = 0; i < 5; ++i) {
    A[i][i] = 2;
    if (i > 0) A[i][i - 1] = A[i - 1][i] = -1;
  }
  auto values = symmetric_eigen(A).values;
  std::sort(values.begin(), values.end());
  for (std::size_t k = 0; k < 5; ++k)
    EXPECT_NEAR(values[k], 2 - 2 * std::cos(static_cast<double>(k + 1) * std::acos(-1.) / 6), 1e-14);
  EXPECT_EQ(symmetric_eigen(SquareMatrix<3>{}).values, (std::array<double, 3>{}));
  EXPECT_EQ(symmetric_eigen(SquareMatrix<1>{{{{7}}}}).values[0], 7);
}

TEST(IsAbove, ComparesWithTheSmallestEigenvalue) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto const A = random_symmetric(seed);
    EXPECT_TRUE(nacre::detail::is_above(A, smallest(A) - 1e-10));
    EXPECT_FALSE(nacre::detail::is_above(A, smallest(A) + 1e-10));
  }
  EXPECT_FALSE(nacre::detail::is_above(SquareMatrix<1>{{{{std::nan("")}}}}, 0));
}

Matrix3 random_deformation(std::uint64_t seed, double size) {
  Matrix3 F{{{{1, 0, 0}}, {{0, 1, 0}}, {{0, 0, 1}}}};
  for (std::size_t k = 0; k < 9; ++k) F[k / 3][k % 3] += random_uniform(seed, k, -size, size);
  return F;
}

TEST(NeoHookean, HasItsEnergyAndIsFreeOfStressAtRest) {
  NeoHookean const model(kSoft);
  double const mu = 2 / 2.7, lambda = .7 / (1.35 * .3);
  EXPECT_NEAR(model.mu, mu, 1e-15);
  EXPECT_NEAR(model.lambda, lambda, 1e-15);
  EXPECT_NEAR(model.alpha, 1 + .75 * mu / lambda, 1e-15);
  auto const plain = [&](Matrix3 const& F) {
    double I = 0;
    for (auto const& f : F)
      for (double const x : f) I += x * x;
    double const J = F[0][0] * (F[1][1] * F[2][2] - F[1][2] * F[2][1]) -
                     F[1][0] * (F[0][1] * F[2][2] - F[0][2] * F[2][1]) +
                     F[2][0] * (F[0][1] * F[1][2] - F[0][2] * F[1][1]);
    return .5 * (mu * (I - 3) + lambda * (J - model.alpha) * (J - model.alpha) - mu * std::log(I + 1));
  };
  Matrix3 const rest = random_deformation(0, 0);
  EXPECT_EQ(model.density(rest), 0);
  for (auto const& column : model.stress(rest))
    for (double const p : column) EXPECT_NEAR(p, 0, 1e-15);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto const F = random_deformation(seed, 1.5);
    EXPECT_NEAR(model.density(F), plain(F) - plain(rest), 1e-13 * (1 + std::fabs(plain(F))));
  }
}

TEST(NeoHookean, HasTheDerivativesOfItsEnergy) {
  NeoHookean const model(kSoft);
  double const h = 1e-5;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    auto const F = random_deformation(seed, 1);
    auto const P = model.stress(F);
    auto const H = model.hessian(F);
    for (std::size_t p = 0; p < 9; ++p) {
      auto more = F, less = F;
      more[p / 3][p % 3] += h;
      less[p / 3][p % 3] -= h;
      EXPECT_NEAR(P[p / 3][p % 3], (model.density(more) - model.density(less)) / (2 * h), 1e-8);
      auto const up = model.stress(more), down = model.stress(less);
      for (std::size_t q = 0; q < 9; ++q) {
        EXPECT_NEAR(H[p][q], (up[q / 3][q % 3] - down[q / 3][q % 3]) / (2 * h), 1e-8);
        EXPECT_EQ(H[p][q], H[q][p]);
      }
    }
  }
}

TEST(NeoHookean, IsProjectedAsItsEigenvectorsSay) {
  NeoHookean const model(kSoft);
  std::vector<Matrix3> deformations{
      random_deformation(0, 0),                                     // rest: rotations have the curvature 0
      Matrix3{},                                                    // a point
      Matrix3{{{{2, 1, 0}}, {{0, 0, 0}}, {{-4, -2, 0}}}},           // a line
      Matrix3{{{{0, 1, 0}}, {{0, 0, -.5}}, {{0, 0, 0}}}},           // a plane
      Matrix3{{{{1, 0, 0}}, {{0, -1, 0}}, {{0, 0, 1}}}},            // turned inside out
      Matrix3{{{{0, 1.3, 0}}, {{-1.3, 0, 0}}, {{0, 0, 1.3}}}},      // turned and blown up
      Matrix3{{{{1e-9, 0, 0}}, {{0, 1e-7, 1e-8}}, {{0, 0, 1e-8}}}}  // hardly there
  };
  for (std::uint64_t seed = 0; seed < 50; ++seed) deformations.push_back(random_deformation(seed, 1.5));
  int num_changed = 0;
  for (std::size_t f = 0; f < deformations.size(); ++f) {
    auto expected = model.hessian(deformations[f]);
    auto const before = expected;
    raise_eigenvalues(1e-3, expected);
    if (expected != before) ++num_changed;
    auto const found = model.projected_hessian(deformations[f], 1e-3);
    double size = 1e-3;
    for (std::size_t p = 0; p < 9; ++p) size = std::max(size, std::fabs(before[p][p]));
    for (std::size_t p = 0; p < 9; ++p)
      for (std::size_t q = 0; q < 9; ++q) {
        EXPECT_NEAR(found[p][q], expected[p][q], 1e-13 * size) << f;
        EXPECT_EQ(found[p][q], found[q][p]);
      }
  }
  EXPECT_GT(num_changed, 40);
}

std::vector<double> moved(std::vector<double> positions, double size, std::uint64_t seed = 5) {
  for (std::size_t k = 0; k < positions.size(); ++k) positions[k] += random_uniform(seed, k, -size, size);
  return positions;
}

/// dense(i, j) of values [nnz 9] on the pattern of a body.
Dense dense(HyperelasticBody const& body, std::vector<double> const& values) {
  auto const A = body.matrix(values);
  BlockExpansion<> const expansion(A.pattern, 3);
  auto const csr = expansion.expand(ExecOf<DefaultDevice>(), A.values);
  return test::to_dense(DistributedCsr<double>{DistributedPattern<>(csr.pattern), csr.values});
}

TEST(HyperelasticBody, HasTheDerivativesOfItsEnergy) {
  HyperelasticBody const body(tet_box({{3, 2, 3}}, {{0, 0, 0}}, {{1, .4, .7}}), kSoft);
  auto const x = moved(body.rest(), .1);
  std::vector<double> g, values, up, down;
  body.gradient(x, g);
  body.hessian(x, values, Convexity::as_is);
  auto const K = dense(body, values);
  double const h = 1e-5;
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto more = x, less = x;
    more[i] += h;
    less[i] -= h;
    EXPECT_NEAR(g[i], (body.energy(more) - body.energy(less)) / (2 * h), 1e-8);
    body.gradient(more, up);
    body.gradient(less, down);
    for (std::size_t j = 0; j < x.size(); ++j) {
      auto const row = static_cast<GlobalOrdinal>(i), col = static_cast<GlobalOrdinal>(j);
      EXPECT_NEAR(K.at(row, col), (up[j] - down[j]) / (2 * h), 2e-7);
      EXPECT_EQ(K.at(row, col), K.at(col, row));
    }
  }
}

TEST(HyperelasticBody, DoesNotSeeWhereItIs) {
  HyperelasticBody const body(beam_mesh(3), kSoft);
  std::vector<double> g, shifted_g;
  EXPECT_EQ(body.energy(body.rest()), 0);
  body.gradient(body.rest(), g);
  for (double const force : g) EXPECT_NEAR(force, 0, 1e-15);

  auto const x = moved(body.rest(), .05);
  double const energy = body.energy(x);
  EXPECT_GT(energy, .01);
  auto shifted = x, turned = x;
  double const c = std::cos(2.), s = std::sin(2.);
  for (std::size_t i = 0; i < x.size(); i += 3) {
    for (std::size_t d = 0; d < 3; ++d) shifted[i + d] += 7 - 5. * static_cast<double>(d);
    turned[i] = c * x[i] - s * x[i + 2];
    turned[i + 2] = s * x[i] + c * x[i + 2];
  }
  EXPECT_NEAR(body.energy(shifted), energy, 1e-12 * energy);
  EXPECT_NEAR(body.energy(turned), energy, 1e-12 * energy);
  body.gradient(x, g);
  body.gradient(shifted, shifted_g);
  std::array<double, 3> sum{};
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(shifted_g[i], g[i], 1e-12);
    sum[i % 3] += g[i];
  }
  for (double const total : sum) EXPECT_NEAR(total, 0, 1e-13);
}

TEST(HyperelasticBody, HasTheMassOfItsVolume) {
  HyperelasticBody const body(beam_mesh(4), kSoft);
  double total = 0;
  for (double const m : body.mass()) total += m;
  EXPECT_NEAR(total, 4 * 3, 1e-12);

  // (x, M x) is the integral of rho x^2, since x is a linear function
  std::vector<double> v(body.rest().size(), 0), Mv;
  for (std::size_t i = 0; i < v.size(); i += 3) v[i] = body.rest()[i];
  body.apply_mass(v, Mv);
  double moment = 0;
  for (std::size_t i = 0; i < v.size(); ++i) moment += v[i] * Mv[i];
  EXPECT_NEAR(moment, 3 * 64 / 3., 1e-11);
  for (std::size_t i = 0; i < v.size(); ++i) EXPECT_TRUE(i % 3 == 0 || Mv[i] == 0);
}

TEST(HyperelasticBody, IsPositiveDefiniteOnceProjected) {
  HyperelasticBody const body(beam_mesh(2), {});
  auto pressed = body.rest();
  for (std::size_t i = 0; i < pressed.size(); i += 3) pressed[i] *= .4;
  pressed = moved(pressed, .1);
  std::vector<double> values;
  body.mass_plus(1e-4, pressed, values, Convexity::as_is);
  EXPECT_FALSE(test::is_positive_definite(dense(body, values)));
  body.mass_plus(1e-4, pressed, values);
  EXPECT_TRUE(test::is_positive_definite(dense(body, values)));
  EXPECT_EQ(test::asymmetry(dense(body, values)), 0);
  body.mass_plus(1e-4, twisted(body.mesh(), 5), values);
  EXPECT_TRUE(test::is_positive_definite(dense(body, values)));

  // the projected matrix is the sum of both parts
  std::vector<double> K;
  body.hessian(twisted(body.mesh(), 5), K);
  for (std::size_t k = 0; k < K.size(); ++k)
    EXPECT_NEAR(values[k], 1e-4 * K[k] + (k % 9 % 4 == 0 ? body.mass()[k / 9] : 0),
                1e-14 * std::fabs(values[k]));
}

TEST(HyperelasticBody, RejectsWhatItCannotBe) {
  auto const mesh = beam_mesh(2);
  auto const made = [&](TetMesh const& m, HyperelasticMaterial const& material) {
    return message_of([&] { HyperelasticBody(m, material); });
  };
  EXPECT_EQ(made(mesh, {0, .4, 1}),
            "hyperelastic: a material with Young's modulus 0, Poisson's ratio 0.4 and density 1; expected a "
            "positive one, one between 0 and 1/2, and a positive one");
  EXPECT_NE(made(mesh, {1, .5, 1}).find("Poisson's ratio 0.5"), std::string::npos);
  EXPECT_NE(made(mesh, {1, .4, -1}).find("density -1"), std::string::npos);
  auto wrong = mesh;
  wrong.tets[3][2] = 32;
  EXPECT_EQ(made(wrong, {}), "hyperelastic: tetrahedron 3 has the point 32, but there are 32");
  wrong = mesh;
  std::swap(wrong.tets[0][0], wrong.tets[0][1]);
  EXPECT_NE(made(wrong, {}).find("the volume of tetrahedron 0 is -0.0"), std::string::npos);
  wrong = mesh;
  wrong.points.push_back({{0, 0, 0}});
  EXPECT_EQ(made(wrong, {}), "hyperelastic: point 32 belongs to no tetrahedron");

  HyperelasticBody const body(mesh, {});
  EXPECT_EQ(message_of([&] {
              body.energy({1, 2});
            }),
            "hyperelastic: the energy of 2 numbers, expected 3 for each of the 32 points");
  EXPECT_NE(message_of([&] { body.matrix({1, 2}); }).find("a matrix of 2 numbers"), std::string::npos);
  EXPECT_EQ(HyperelasticBody(TetMesh(), {}).energy({}), 0);
}

TEST(ElasticitySystem, HasFeaturesAndAMask) {
  HyperelasticBody const body(beam_mesh(3), {});
  auto const held = end_points(body.mesh(), BeamEnds::both);
  EXPECT_EQ(held.size(), 18u);
  EXPECT_EQ(end_points(body.mesh(), BeamEnds::left).size(), 9u);
  auto const x = twisted(body.mesh(), 2);
  auto const system = elasticity_system("beam", body, x, .01, held);
  validate(system);
  EXPECT_EQ(system.block_size(), 3);
  EXPECT_EQ(system.num_nodes(), 108);
  auto const features = host_view(system.features);
  auto const free = host_view(system.free);
  for (Ordinal i = 0; i < 108; ++i)
    for (int d = 0; d < 3; ++d) {
      auto const k = static_cast<std::size_t>(3 * i + d);
      EXPECT_EQ(features(i, d), x[k] - body.rest()[k]);
      EXPECT_EQ(features(i, 3 + d), body.rest()[k]);
      EXPECT_EQ(free(i, d), i < 9 || i >= 99 ? 0 : 1);
    }
  EXPECT_NEAR(x[3 * 107 + 1], .5 * (std::cos(2.) - std::sin(2.)), 1e-15);  // the corner (4, 1/2, 1/2)
  EXPECT_NEAR(x[3 * 107 + 2], .5 * (std::cos(2.) + std::sin(2.)), 1e-15);

  EXPECT_EQ(message_of([&] { elasticity_system("", body, x, 0, held); }),
            "elasticity_system: dt is 0, must be positive");
  EXPECT_EQ(message_of([&] { elasticity_system("", body, x, 1, {108}); }),
            "elasticity_system: point 108 is prescribed, but there are 108");
  EXPECT_EQ(message_of([&] { deformation_features(body, {}); }),
            "deformation_features: 0 numbers, expected 3 for each of the 108 points");
  EXPECT_EQ(message_of([] { beam_mesh(1); }), "beam_mesh: a resolution of 1, expected 2 or more");
}

TEST(ElasticitySmall, DependsOnSeedAndNumberAlone) {
  std::vector<int> met(6, 0);
  double largest = 0;
  for (std::uint64_t index = 0; index < 20; ++index) {
    auto const system = elasticity_small(7, index), again = elasticity_small(7, index);
    validate(system);
    int resolution = 3;
    while (resolution < 5 && 4 * resolution * resolution * resolution != system.num_nodes()) ++resolution;
    ASSERT_EQ(system.num_nodes(), 4 * resolution * resolution * resolution);
    ++met[static_cast<std::size_t>(resolution)];
    auto const a = host_view(system.A.values), b = host_view(again.A.values);
    EXPECT_TRUE(std::equal(a.data(), a.data() + a.size(), b.data()));
    auto const features = host_view(system.features);
    auto const last = system.num_nodes() - 1;  // rest at (4, 1/2, 1/2): the angle is that from the diagonal
    double const y = features(last, 1) + .5, z = features(last, 2) + .5;
    EXPECT_NEAR(y * y + z * z, .5, 1e-14);
    double angle = std::atan2(z, y) - std::atan(1.);
    if (angle < -1e-12) angle += 8 * std::atan(1.);
    EXPECT_LE(angle, 5);
    largest = std::max(largest, angle);
  }
  for (std::size_t r = 3; r < 6; ++r) EXPECT_GT(met[r], 2) << r;
  EXPECT_GT(largest, 4);
  EXPECT_NE(host_view(elasticity_small(7, 1).features)(50, 0),
            host_view(elasticity_small(8, 1).features)(50, 0));
}

TEST(ElasticitySmall, HasTheResolutionsAskedFor) {
  for (std::uint64_t index = 0; index < 4; ++index)
    EXPECT_EQ(elasticity_small(7, index, 6, 6).num_nodes(), 4 * 6 * 6 * 6);
  EXPECT_EQ(message_of([] { elasticity_small(7, 0, 1, 3); }),
            "elasticity_small: resolutions 1 to 3, expected two or more");
  EXPECT_EQ(message_of([] { elasticity_small(7, 0, 4, 3); }),
            "elasticity_small: resolutions 4 to 3, expected two or more");
}

}  // namespace
