// The operations of nacre_inversion and nacre_heavyball.
#include "diffusion.hpp"
#include "heavyball_step.hpp"

#include <gtest/gtest.h>

#include <nacre/autodiff/gradient_check.hpp>
#include <nacre/core/problems.hpp>

#include "../support/message_of.hpp"
#include "../support/views.hpp"
#include "kokkos_for_all.hpp"

namespace nacre::apps {
namespace {

using test::to_host;

CsrMatrix<double> laplacian(int dimension) {
  auto const comm = Comm::self();
  if (dimension == 1) return poisson_1d(comm, 7).A.local();
  return dimension == 2 ? poisson_2d(comm, {4, 5, 1}).A.local() : poisson_3d(comm, {3, 4, 2}).A.local();
}

/// Numbers in [1/2, 3/2].
Vector<double> positive_numbers(std::size_t n) {
  auto const v = test::random_vector<double, DefaultDevice>("k", n, 3);
  auto const host = Kokkos::create_mirror_view(v);
  Kokkos::deep_copy(host, v);
  for (std::size_t i = 0; i < n; ++i) host(i) = 1 + host(i) / 2;
  Kokkos::deep_copy(v, host);
  return v;
}

TEST(Diffusion, IsTheLaplacianForTheCoefficientOne) {
  for (int const dimension : {1, 2, 3}) {
    auto const A = laplacian(dimension);
    Vector<double> const k("k", static_cast<std::size_t>(A.num_rows())), values("values", A.num_entries());
    Kokkos::deep_copy(k, 1.);
    DiffusionOp<>{A.pattern, dimension}.forward(ExecOf<DefaultDevice>(), values, k);
    for (std::size_t e = 0; e < A.num_entries(); ++e)
      EXPECT_EQ(to_host(values)(e), to_host(A.values)(e)) << e;
  }
}

TEST(Diffusion, HasACorrectAdjoint) {
  for (int const dimension : {1, 2, 3}) {
    auto const A = laplacian(dimension);
    auto const errors = ad::gradient_check(ExecOf<DefaultDevice>(), DiffusionOp<>{A.pattern, dimension},
                                           ad::GradientCheckOptions(),
                                           positive_numbers(static_cast<std::size_t>(A.num_rows())));
    EXPECT_LE(errors.adjoint, 1e-8) << dimension;
  }
}

TEST(Roughness, HasACorrectAdjointAndCountsEachFaceOnce) {
  for (bool const total_variation : {true, false}) {
    auto const A = laplacian(2);
    RoughnessOp<> const op{A.pattern, {total_variation, .1}, 2};
    auto const errors = ad::gradient_check(ExecOf<DefaultDevice>(), op, ad::GradientCheckOptions(),
                                           positive_numbers(static_cast<std::size_t>(A.num_rows())));
    EXPECT_LE(errors.adjoint, 1e-8);

    auto const line = laplacian(1);
    Vector<double> const m("m", 7), y("y", 1);
    auto const host = Kokkos::create_mirror_view(m);
    for (int i = 0; i < 7; ++i) host(i) = i < 3 ? 0 : 2;  // one jump
    Kokkos::deep_copy(m, host);
    JumpPenalty const penalty{total_variation, .1};
    RoughnessOp<>{line.pattern, penalty, 3}.forward(ExecOf<DefaultDevice>(), y, m);
    EXPECT_NEAR(to_host(y)(0), 3 * penalty(2), 1e-14);
  }
}

TEST(HeavyballStep, HasACorrectAdjoint) {
  auto const numbers = [](std::size_t n, unsigned seed) {
    return test::random_vector<double, DefaultDevice>("v", n, seed);
  };
  auto const errors =
      ad::gradient_check(ExecOf<DefaultDevice>(), HeavyballStepOp{}, ad::GradientCheckOptions(),
                         numbers(1, 1), numbers(1, 2), numbers(37, 3), numbers(37, 4), numbers(37, 5));
  EXPECT_LE(errors.adjoint, 1e-8);
  EXPECT_LE(errors.unwanted, 1e-12);
}

TEST(HeavyballStep, MatchesItsFormula) {
  auto const numbers = [](std::vector<double> const& v) { return to_device<DefaultDevice>("v", v); };
  Vector<double> const next("next", 2);
  HeavyballStepOp{}.forward(ExecOf<DefaultDevice>(), next, numbers({.5}), numbers({.25}), numbers({2, 4}),
                            numbers({3, 5}), numbers({1, 9}));
  EXPECT_EQ(to_host(next)(0), 3 - .5 * 2 + .25 * (3 - 1));
  EXPECT_EQ(to_host(next)(1), 5 - .5 * 4 + .25 * (5 - 9));
}

TEST(Diffusion, RefusesACoefficientOfAnotherLength) {
  auto const A = laplacian(1);
  Vector<double> const k("k", 3), values("values", A.num_entries());
  EXPECT_NE(test::message_of([&] {
              DiffusionOp<>{A.pattern, 1}.forward(ExecOf<DefaultDevice>(), values, k);
            }).find("extent(0) = 3"),
            std::string::npos);
}

}  // namespace
}  // namespace nacre::apps
