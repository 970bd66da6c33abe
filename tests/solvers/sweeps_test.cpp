// Gauss-Seidel sweeps on a host: one pass, by nodes and on eight right-hand sides give what a plain loop gives.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include <nacre/core/problems.hpp>
#include <nacre/solvers/detail/node_rows.hpp>
#include <nacre/solvers/detail/wide_kernels.hpp>

namespace {

using namespace nacre::solvers::detail;  // NOLINT: what is tested here is internal
using nacre::Comm;
using nacre::Offset;
using nacre::Ordinal;
using Matrix = nacre::CsrMatrix<double>;

/// A symmetric matrix and what sweeps need to know of it.
struct Case {
  Matrix A;
  int rows_of_node;
  std::vector<double> scale;
  Kokkos::View<Offset const*, Kokkos::HostSpace> first_upper;

  Case(Matrix matrix, int b)
      : A(std::move(matrix)), rows_of_node(b), first_upper(find_first_upper(A.pattern, b)) {
    for (Ordinal i = 0; i < n(); ++i)
      for (Offset k = A.pattern.row_ptr()(i); k < A.pattern.row_ptr()(i + 1); ++k)
        if (A.pattern.col()(k) == i) scale.push_back(.9 / A.values(k));  // damped: residuals do not vanish
  }
  Ordinal n() const { return A.pattern.num_rows(); }
  SweepMatrix<double> matrix() const {
    return {n(),
            A.pattern.row_ptr().data(),
            A.pattern.col().data(),
            first_upper.data(),
            A.values.data(),
            scale.data(),
            rows_of_node,
            false};
  }
  double row_residual(Ordinal i, double const* b, double const* x) const {
    double sum = b[i];
    for (Offset k = A.pattern.row_ptr()(i); k < A.pattern.row_ptr()(i + 1); ++k)
      sum -= A.values(k) * x[A.pattern.col()(k)];
    return sum;
  }
  void plain_sweep(double const* b, double* x, bool ascending) const {
    for (Ordinal s = 0; s < n(); ++s) {
      Ordinal const i = ascending ? s : n() - 1 - s;
      x[i] += scale[i] * row_residual(i, b, x);
    }
  }
};

std::vector<Case> cases() {
  std::vector<Case> list;
  list.emplace_back(nacre::poisson_3d(Comm::self(), {7, 6, 5}).A.local(), 1);
  list.emplace_back(nacre::poisson_27_point(Comm::self(), {6, 5, 4}).A.local(), 1);
  auto const elastic = nacre::elasticity(Comm::self(), {3, 3, 4}).A.local();
  list.emplace_back(elastic, 1);
  list.emplace_back(elastic, 3);
  list.emplace_back(nacre::random_spd(Comm::self(), 50).A.local(), 1);
  return list;
}

std::vector<double> random_vector(std::size_t n, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<double> v(n);
  for (auto& x : v) x = uniform(engine);
  return v;
}

TEST(Sweeps, FromZeroGiveTheResidualToo) {
  constexpr int kColumns = 9;  // of which eight, then one are treated together
  for (auto const& c : cases()) {
    auto const n = static_cast<std::size_t>(c.n());
    auto const b = random_vector(n * kColumns, 1);
    std::vector<double> x(n * kColumns, 77.), r(n * kColumns, 77.), again(n * kColumns, 77.);

    sweep_from_zero_symmetric<double>(c.matrix(), {{b.data(), n}, {x.data(), n}, kColumns}, {r.data(), n});
    sweep_from_zero<double>(c.matrix(), {{b.data(), n}, {again.data(), n}, kColumns});

    for (int w = 0; w < kColumns; ++w) {
      std::vector<double> expected(n, 0.);
      double const* const bw = b.data() + w * n;
      c.plain_sweep(bw, expected.data(), true);
      for (std::size_t i = 0; i < n; ++i) {
        EXPECT_NEAR(x[w * n + i], expected[i], 1e-13) << i;
        EXPECT_NEAR(again[w * n + i], expected[i], 1e-13) << i;
        EXPECT_NEAR(r[w * n + i], c.row_residual(static_cast<Ordinal>(i), bw, expected.data()), 1e-12) << i;
      }
    }
  }
}

TEST(Sweeps, InPlaceGoUpAndDown) {
  constexpr int kColumns = 5;
  for (auto const& c : cases())
    for (bool const ascending : {true, false}) {
      auto const n = static_cast<std::size_t>(c.n());
      auto const b = random_vector(n * kColumns, 2);
      auto x = random_vector(n * kColumns, 3);
      auto expected = x;

      sweep_in_place<double>(c.matrix(), {{b.data(), n}, {x.data(), n}, kColumns}, ascending);

      for (int w = 0; w < kColumns; ++w) c.plain_sweep(b.data() + w * n, expected.data() + w * n, ascending);
      for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], expected[i], 1e-13) << i;
    }
}

TEST(Sweeps, OfEightRightHandSidesAreThoseOfEach) {
  for (auto const& c : cases()) {
    auto const n = static_cast<std::size_t>(c.n());
    auto const b = random_vector(n * kWide, 4);  // [n][kWide]
    std::vector<double> x(n * kWide), r(n * kWide), residual(n * kWide);

    wide_sweep_from_zero_symmetric(c.matrix(), b.data(), x.data(), r.data());
    wide_residual(c.matrix(), b.data(), x.data(), residual.data());
    auto const first = x;
    wide_sweep_descending(c.matrix(), b.data(), x.data());

    for (int w = 0; w < kWide; ++w) {
      std::vector<double> bw(n), expected(n, 0.);
      for (std::size_t i = 0; i < n; ++i) bw[i] = b[i * kWide + w];
      c.plain_sweep(bw.data(), expected.data(), true);
      for (std::size_t i = 0; i < n; ++i) {
        EXPECT_NEAR(first[i * kWide + w], expected[i], 1e-13);
        double const rest = c.row_residual(static_cast<Ordinal>(i), bw.data(), expected.data());
        EXPECT_NEAR(r[i * kWide + w], rest, 1e-12);
        EXPECT_NEAR(residual[i * kWide + w], rest, 1e-12);
      }
      c.plain_sweep(bw.data(), expected.data(), false);
      for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(x[i * kWide + w], expected[i], 1e-13);
    }
  }
}

TEST(Sweeps, SeparateWhatWasInterleaved) {
  std::size_t const n = 130;
  auto const given = random_vector(n * 7, 5);
  std::vector<float> wide(n * kWide, 1.f);
  std::vector<double> back(n * 7, 0.);

  interleave<double, float>(130, {given.data(), n}, 2, 5, wide.data());
  separate<float, double>(130, wide.data(), {back.data(), n}, 2, 5);

  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t w = 0; w < kWide; ++w)
      EXPECT_EQ(wide[i * kWide + w], w < 5 ? static_cast<float>(given[(w + 2) * n + i]) : 0.f);
  for (std::size_t i = 0; i < n; ++i) {
    EXPECT_EQ(back[2 * n + i], static_cast<float>(given[2 * n + i]));
    EXPECT_EQ(back[0 * n + i], 0.) << "not one of the columns";
  }
}

TEST(NodeRows, ShareTheirColumnsInElasticityOnly) {
  EXPECT_TRUE(shares_columns(nacre::elasticity(Comm::self(), {2, 2, 2}).A.local().pattern, 3));
  EXPECT_FALSE(shares_columns(nacre::poisson_3d(Comm::self(), {3, 3, 3}).A.local().pattern, 3));
  EXPECT_FALSE(shares_columns(nacre::poisson_3d(Comm::self(), {3, 3, 3}).A.local().pattern, 1))
      << "nothing to share";
}

TEST(Symmetry, IsSeenInOneEntryOfMany) {
  auto const problem = nacre::poisson_3d(Comm::self(), {12, 12, 12});
  auto const A = problem.A.local();

  EXPECT_TRUE(is_symmetric_locally(A));
  A.values(1001) += 1e-6;
  EXPECT_FALSE(is_symmetric_locally(A));
  EXPECT_FALSE(is_symmetric_locally(nacre::convection_diffusion(Comm::self(), {9, 9, 9}).A.local()));
}

}  // namespace
