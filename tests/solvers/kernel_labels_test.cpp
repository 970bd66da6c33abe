// The style of launches, tested: every kernel is named nacre::..., and a repeated solve allocates nothing.
#include <gtest/gtest.h>

#include <nacre/core/problems.hpp>
#include <nacre/solvers/amg.hpp>
#include <nacre/solvers/krylov.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/preconditioner_factory.hpp>

#include "support/watch.hpp"

namespace {

using nacre::test::Watch;

TEST(KernelLabels, AllStartWithNacre) {
  auto const problem = nacre::poisson_3d(nacre::Comm::self(), {8, 8, 8});
  nacre::solvers::MatrixOperator<double> const A(problem.A);
  nacre::MultiVector<double> const b("b", 512, 1), x("x", 512, 1);
  Kokkos::deep_copy(b, 1.);

  {
    Watch const watch;
    for (auto const& name : nacre::solvers::preconditioner_names()) {
      auto const M = nacre::solvers::make_preconditioner(name, problem.A);
      auto const solver = nacre::solvers::make_krylov_solver<double>("pcg");
      Kokkos::deep_copy(x, 0.);
      solver->solve({}, A, M.get(), b, x);
    }
  }

  EXPECT_GT(Watch::seen().kernels, 100);
  for (auto const& label : Watch::seen().bad_labels)
    ADD_FAILURE() << "kernel '" << label << "' lacks the nacre:: prefix";
}

TEST(Pcg, WithAmgAllocatesNothingInASecondSolve) {
  auto const problem = nacre::poisson_3d(nacre::Comm::self(), {12, 12, 12});
  nacre::solvers::MatrixOperator<double> const A(problem.A);
  nacre::solvers::Amg<double> const M(problem.A);
  nacre::MultiVector<double> const b("b", 1728, 1), x("x", 1728, 1);
  Kokkos::deep_copy(b, 1.);
  auto const solver = nacre::solvers::make_krylov_solver<double>("pcg");
  solver->solve({}, A, &M, b, x);
  Kokkos::deep_copy(x, 0.);

  {
    Watch const watch;
    solver->solve({}, A, &M, b, x);
  }

  EXPECT_GT(Watch::seen().kernels, 10);
  EXPECT_EQ(Watch::seen().allocations, 0);
}

}  // namespace
