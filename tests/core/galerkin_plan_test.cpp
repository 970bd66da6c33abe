// P^T A P in one pass over A gives what two sparse products give.
#include <gtest/gtest.h>

#include <random>

#include <nacre/core/galerkin_plan.hpp>
#include <nacre/core/problems.hpp>
#include <nacre/core/transpose.hpp>

namespace {

using nacre::Comm;
using nacre::Offset;
using nacre::Ordinal;
using nacre::detail::GalerkinPlan;
using Matrix = nacre::CsrMatrix<double>;

nacre::detail::HostPattern host(nacre::CsrPattern<> const& p) {
  return {p.num_rows(), p.num_cols(), p.row_ptr().data(), p.col().data()};
}

/// Node i of b rows interpolates from up to `width` coarse nodes of m columns, values at random.
Matrix prolongator(Ordinal nodes, Ordinal coarse_nodes, int b, int m, int width) {
  std::mt19937 engine(3);
  std::vector<Offset> ptr{0};
  std::vector<Ordinal> col;
  for (Ordinal node = 0; node < nodes; ++node) {
    auto const first = static_cast<Ordinal>(std::int64_t(node) * coarse_nodes / nodes);
    Ordinal const count = 1 + static_cast<Ordinal>(engine() % static_cast<unsigned>(width));
    for (int row = 0; row < b; ++row) {
      for (Ordinal q = first; q < std::min(first + count, coarse_nodes); ++q)
        for (int c = 0; c < m; ++c) col.push_back(q * m + c);
      ptr.push_back(static_cast<Offset>(col.size()));
    }
  }
  nacre::CsrPattern<> const pattern(nodes * b, coarse_nodes * m,
                                    nacre::to_device<nacre::DefaultDevice>("ptr", ptr),
                                    nacre::to_device<nacre::DefaultDevice>("col", col));
  nacre::Vector<double> const values("values", col.size());
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (std::size_t k = 0; k < col.size(); ++k) values(k) = uniform(engine);
  return {pattern, values};
}

void expect_product(Matrix const& A, Matrix const& P, int b, int m) {
  auto const& transposed = nacre::transposed(P.pattern);
  GalerkinPlan plan(host(A.pattern), host(P.pattern), P.pattern.col().data(), host(transposed.pattern), b, m);
  ASSERT_TRUE(plan.is_possible());
  auto const pattern = nacre::detail::pattern_of<nacre::DefaultDevice>(
      P.pattern.num_cols(), P.pattern.num_cols(), plan.take_pattern());
  std::vector<double> c(pattern.num_entries(), 77.), r(P.values.extent(0));

  for (int repetition = 0; repetition < 2; ++repetition)
    plan.numeric(host(A.pattern), host(P.pattern), P.pattern.col().data(), host(pattern), A.values.data(),
                 P.values.data(), c.data());

  nacre::detail::transpose_values_on_host(host(P.pattern), transposed.pattern.row_ptr().data(),
                                          P.values.data(), r.data());
  nacre::Vector<double> const R_values("R", r.size());
  std::copy(r.begin(), r.end(), R_values.data());
  auto const AP = nacre::spgemm(nacre::DefaultDevice::execution_space(), A, P);
  auto const expected =
      nacre::spgemm(nacre::DefaultDevice::execution_space(), {transposed.pattern, R_values}, AP);
  ASSERT_EQ(pattern.num_entries(), expected.pattern.num_entries());
  for (Ordinal i = 0; i <= pattern.num_rows(); ++i)
    ASSERT_EQ(pattern.row_ptr()(i), expected.pattern.row_ptr()(i)) << i;
  for (std::size_t k = 0; k < c.size(); ++k) {
    ASSERT_EQ(pattern.col()(k), expected.pattern.col()(k)) << k;
    EXPECT_NEAR(c[k], expected.values(k), 1e-11) << k;
  }
}

TEST(GalerkinPlan, OfShortAndLongRows) {
  expect_product(nacre::poisson_3d(Comm::self(), {9, 8, 7}).A.local(), prolongator(504, 40, 1, 1, 4), 1, 1);
  expect_product(nacre::poisson_27_point(Comm::self(), {9, 8, 7}).A.local(), prolongator(504, 40, 1, 1, 4), 1,
                 1);
}

TEST(GalerkinPlan, OfNodes) {
  auto const A = nacre::elasticity(Comm::self(), {3, 3, 3}).A.local();
  Ordinal const nodes = A.pattern.num_rows() / 3;
  expect_product(A, prolongator(nodes, 8, 3, 6, 3), 3, 6);
  expect_product(A, prolongator(nodes, 8, 3, 3, 3), 3, 3);
  expect_product(A, prolongator(nodes, 8, 3, 6, 3), 1, 1);
  expect_product(A, prolongator(nodes, 8, 3, 4, 2), 3, 4);  // no kernel of its own
  expect_product(A, prolongator(nodes / 2, 6, 6, 6, 2), 1, 6);
}

TEST(GalerkinPlan, OfRowsLongerThanAByteCounts) {
  auto const A = nacre::random_graph_laplacian(Comm::self(), 900, {40, 1, 1}).A.local();
  expect_product(A, prolongator(900, 700, 1, 1, 3), 1, 1);
}

TEST(GalerkinPlan, OfNothing) {
  auto const A = nacre::poisson_1d(Comm::self(), 5).A.local();
  std::vector<Offset> const ptr(6, 0);
  nacre::CsrPattern<> const none(5, 2, nacre::to_device<nacre::DefaultDevice>("ptr", ptr),
                                 nacre::CsrPattern<>::OrdinalView());
  expect_product(A, {none, nacre::Vector<double>("P", 0)}, 1, 1);
}

}  // namespace
