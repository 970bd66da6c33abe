// Every preconditioner's apply_transpose() is the transpose of its apply(), for a matrix that is not symmetric:
// <M x, y> = <x, M^T y> to rounding. The adjoints of solves rest on it.
#include <gtest/gtest.h>

#include <cmath>

#include <nacre/core/problems.hpp>
#include <nacre/solvers/amg.hpp>
#include <nacre/solvers/preconditioner_factory.hpp>

#include "support/distributed.hpp"

namespace {

using nacre::Comm;
using nacre::solvers::AmgCycle;
using nacre::solvers::AmgOptions;
using nacre::solvers::AmgPrecision;
using nacre::solvers::AmgSmoother;
using nacre::solvers::Preconditioner;
using Matrix = nacre::DistributedCsr<double>;
using Columns = nacre::MultiVector<double>;

Matrix windy() { return nacre::convection_diffusion<double>(Comm::world(), {14, 9, 8}).A; }

void expect_transpose(Preconditioner<double> const& M, Matrix const& A, double tolerance = 1e-12) {
  auto const x = nacre::test::scattered_vectors(A.pattern.rows(), 2, 1),
             y = nacre::test::scattered_vectors(A.pattern.rows(), 2, 2);
  Columns const Mx("Mx", x.extent(0), 2), Mty("Mty", x.extent(0), 2);
  M.apply({}, x, Mx);
  M.apply_transpose({}, y, Mty);
  double const scale = std::sqrt(nacre::test::inner(A.comm(), Mx, Mx) * nacre::test::inner(A.comm(), y, y));
  EXPECT_NEAR(nacre::test::inner(A.comm(), Mx, y), nacre::test::inner(A.comm(), x, Mty), tolerance * scale)
      << M.description();
}

TEST(Transpose, BelongsToEveryPreconditioner) {
  auto const A = windy();
  for (auto const& name : nacre::solvers::preconditioner_names()) {
    nacre::solvers::PreconditionerOptions options;
    options.amg.precision = AmgPrecision::same;
    for (int const sweeps : {1, 2}) {
      options.gauss_seidel.sweeps = options.amg.sweeps = sweeps;
      options.chebyshev.degree = 1 + sweeps;
      auto const M = nacre::solvers::make_preconditioner<double>(name, A, options);
      if (M == nullptr) continue;
      expect_transpose(*M, A);
      M->update(A);  // must not leave transposed data behind
      expect_transpose(*M, A);
    }
  }
}

TEST(Transpose, BelongsToEveryCycleAndSmootherOfAmg) {
  auto const A = windy();
  for (auto const smoother :
       {AmgSmoother::automatic, AmgSmoother::jacobi, AmgSmoother::chebyshev, AmgSmoother::spai0})
    for (auto const cycle : {AmgCycle::v, AmgCycle::vw, AmgCycle::w})
      for (int const sweeps : {1, 2})
        for (int const levels :
             {1, 3, 20}) {  // one: the last level is smoothed, being too large to be solved
          AmgOptions options;
          options.smoother = smoother;
          options.cycle = cycle;
          options.sweeps = sweeps;
          options.max_levels = levels;
          options.max_coarse_rows = 10;
          options.min_rows_per_rank = 50;
          options.precision = AmgPrecision::same;
          nacre::solvers::Amg<double> const M(A, options);

          expect_transpose(M, A);
        }
}

TEST(Transpose, OfAnAmgInSinglePrecisionIsOneUpToItsRounding) {
  auto const A = windy();
  AmgOptions options;
  options.precision = AmgPrecision::single;

  expect_transpose(nacre::solvers::Amg<double>(A, options), A, 1e-5);
}

}  // namespace
