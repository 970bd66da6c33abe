#include <nacre/core/linear_system.hpp>

#include <nacre/core/submatrix.hpp>
#include <nacre/core/tet_systems.hpp>
#include <nacre/solvers/jacobi.hpp>
#include <nacre/solvers/krylov.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "solvers/problems.hpp"
#include "support/products.hpp"

namespace {

using nacre::CsrMatrix;
using nacre::LinearSystem;
using nacre::MultiVector;
using nacre::Ordinal;
using nacre::test::product;
using nacre::test::to_host;

nacre::ExecOf<nacre::DefaultDevice> exec() { return {}; }

nacre::DistributedCsr<double> on_this_rank(CsrMatrix<double> const& A) {
  auto const row_ptr = to_host(A.pattern.row_ptr());
  auto const col = to_host(A.pattern.col());
  auto const values = to_host(A.values);
  return nacre::test::from_rows<double>(nacre::RowPartition(nacre::Comm::self(), A.num_rows()),
                                        [&](nacre::GlobalOrdinal i) {
                                          nacre::test::Row row;
                                          for (auto k = row_ptr(i); k < row_ptr(i + 1); ++k)
                                            row.emplace_back(col(k), values(k));
                                          return row;
                                        });
}

struct Solution {
  std::vector<double> x;
  nacre::solvers::SolveInfo info;
};

/// By conjugate gradients, with Jacobi's preconditioner or none.
Solution solved(CsrMatrix<double> const& A, std::vector<double> const& b, bool jacobi, double tolerance) {
  auto const distributed = on_this_rank(A);
  MultiVector<double> const rhs("b", b.size(), 1), x("x", b.size(), 1);
  auto const host = Kokkos::create_mirror_view(rhs);
  for (std::size_t i = 0; i < b.size(); ++i) host(i, 0) = b[i];
  Kokkos::deep_copy(rhs, host);
  nacre::solvers::KrylovOptions options;
  options.tolerance = tolerance;
  options.max_iterations = 10000;
  nacre::solvers::Jacobi<double> const M(distributed);
  Solution solution;
  solution.info =
      nacre::solvers::make_krylov_solver<double>("pcg", options)
          ->solve(exec(), nacre::solvers::MatrixOperator<double>(distributed), jacobi ? &M : nullptr, rhs, x);
  auto const found = to_host(x);
  for (std::size_t i = 0; i < b.size(); ++i) solution.x.push_back(found(i, 0));
  return solution;
}

std::vector<double> mask_of(LinearSystem const& system) {
  auto const free = to_host(system.free);
  return std::vector<double>(free.data(), free.data() + free.size());
}

TEST(ConstrainedMatrix, SolvesAsWithoutThePrescribedUnknowns) {
  for (std::uint64_t index = 0; index < 3; ++index) {
    auto const system = nacre::poisson_small(1, index);
    auto const A = nacre::constrained_matrix(system);
    auto const mask = mask_of(system);
    std::vector<double> v;
    std::vector<Ordinal> free;
    for (std::size_t i = 0; i < mask.size(); ++i) {
      v.push_back(mask[i] * std::sin(static_cast<double>(i + 1)));
      if (mask[i] == 1) free.push_back(static_cast<Ordinal>(i));
    }
    ASSERT_LT(free.size(), mask.size());
    auto const b = product(A, v);
    std::vector<double> reduced_b;
    for (Ordinal const i : free) reduced_b.push_back(b[static_cast<std::size_t>(i)]);

    auto const unconstrained = nacre::BlockExpansion<>(system.A.pattern, 1).expand(exec(), system.A.values);
    auto const reduced = nacre::submatrix(exec(), unconstrained, free, free);
    auto const x = solved(A, b, true, 1e-13), y = solved(reduced, reduced_b, true, 1e-13);
    ASSERT_TRUE(x.info.converged());
    ASSERT_TRUE(y.info.converged());
    std::size_t at = 0;
    for (std::size_t i = 0; i < mask.size(); ++i) {
      if (mask[i] == 0) {
        ASSERT_EQ(x.x[i], 0) << "unknown " << i;
      } else {
        ASSERT_NEAR(x.x[i], y.x[at], 1e-10) << "unknown " << i;
        ASSERT_NEAR(x.x[i], v[i], 1e-9) << "unknown " << i;
        ++at;
      }
    }
  }
}

/// Mean iterations without and with Jacobi's preconditioner for b = A mask.
std::array<double, 2> mean_iterations(std::vector<LinearSystem> const& systems) {
  std::array<double, 2> mean{};
  for (auto const& system : systems) {
    auto const A = nacre::constrained_matrix(system);
    auto const b = product(A, mask_of(system));
    for (std::size_t jacobi = 0; jacobi < 2; ++jacobi) {
      auto const info = solved(A, b, jacobi == 1, 1e-8).info;
      EXPECT_TRUE(info.converged());
      mean[jacobi] += info.iterations / static_cast<double>(systems.size());
    }
  }
  return mean;
}

TEST(SmallSystems, TakeAboutAsManyIterationsAsOthersOfTheirKind) {
  std::vector<LinearSystem> heat, poisson;
  for (std::uint64_t index = 0; index < 15; ++index) {
    heat.push_back(nacre::heat_small(42, index));
    poisson.push_back(nacre::poisson_small(42, index));
  }
  // what an independent prototype with other random numbers took on average
  auto const [heat_none, heat_jacobi] = mean_iterations(heat);
  EXPECT_NEAR(heat_none, 98.0, 9.8);
  EXPECT_NEAR(heat_jacobi, 61.2, 6.1);
  auto const [poisson_none, poisson_jacobi] = mean_iterations(poisson);
  EXPECT_NEAR(poisson_none, 73.7, 7.4);
  EXPECT_NEAR(poisson_jacobi, 47.6, 4.8);
}

}  // namespace
