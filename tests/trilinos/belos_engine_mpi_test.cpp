#include <nacre/trilinos/belos_engine.hpp>

#include <gtest/gtest.h>

#include <nacre/autodiff/gradient_check.hpp>
#include <nacre/solvers/solve_op.hpp>
#include <nacre/trilinos/muelu.hpp>

#include "solvers/problems.hpp"
#include "support/message_of.hpp"

namespace {

using nacre::Comm;
using nacre::RowPartition;
using nacre::solvers::SolveOp;
using nacre::test::message_of;
using nacre::trilinos::BelosEngine;
using Matrix = nacre::DistributedCsr<double>;
using Made = std::shared_ptr<nacre::solvers::Preconditioner<double>>;

Made muelu(Matrix const& A) { return std::make_shared<nacre::trilinos::MueLuPreconditioner>(A); }
Made ilu0(Matrix const& A) { return nacre::solvers::make_preconditioner<double>("ilu0", A); }

nacre::solvers::KrylovOptions tight() {
  nacre::solvers::KrylovOptions options;
  options.tolerance = 1e-13;
  return options;
}

TEST(BelosEngine, HasCorrectDerivativesOfANonsymmetricSolve) {
  auto const rows = RowPartition::even(Comm::world(), 64);
  auto const A = nacre::test::poisson<double>(rows, 8, 0.3, 0.7);
  auto const b = nacre::test::noise_vectors<double>(rows, 2);
  SolveOp<> const op(A.pattern, std::make_shared<BelosEngine>("Block GMRES", ilu0, tight()));
  nacre::ad::GradientCheckOptions options;
  options.comm = rows.comm();

  auto const errors =
      nacre::ad::gradient_check(nacre::ExecOf<nacre::DefaultDevice>(), op, options, A.values, b);

  EXPECT_LE(errors.adjoint, 1e-6);
  EXPECT_LE(errors.tangent, 1e-6);
  EXPECT_LE(errors.identity, 1e-11);
  EXPECT_LE(errors.adjoint_tangent, 1e-6);
  EXPECT_TRUE(op.report().all_converged());
  EXPECT_GT(op.report().adjoint.iterations, 0);
}

TEST(BelosEngine, SolvesSymmetricSystemsWithMueLu) {
  auto const rows = RowPartition::even(Comm::world(), 900);
  auto const A = nacre::test::poisson<double>(rows, 30);
  auto const b = nacre::test::noise_vectors<double>(rows, 1), x = nacre::test::vectors<double>(rows, 1),
             b_bar = nacre::test::vectors<double>(rows, 1);
  nacre::Vector<double> const values_bar("values_bar", A.values.extent(0));
  SolveOp<> const op(A.pattern, std::make_shared<BelosEngine>("Pseudoblock CG", muelu, tight(),
                                                              nacre::solvers::Symmetry::symmetric));
  nacre::ExecOf<nacre::DefaultDevice> const exec;

  op.forward(exec, x, A.values, b);
  op.adjoint(exec, x, b, A.values, b, values_bar, b_bar);

  // A is symmetric, and x_bar = b: the adjoint's solution is x
  nacre::axpby(exec, 1., x, -1., b_bar);
  EXPECT_LE(nacre::test::inner(rows.comm(), b_bar, b_bar), 1e-20 * nacre::test::inner(rows.comm(), x, x));
  EXPECT_TRUE(op.report().all_converged());
}

TEST(BelosEngine, SaysWhatItCannotDo) {
  auto const rows = RowPartition::even(Comm::world(), 64);
  auto const A = nacre::test::poisson<double>(rows, 8);
  auto const b = nacre::test::vectors<double>(rows, 1, 1.), x = nacre::test::vectors<double>(rows, 1);
  nacre::ExecOf<nacre::DefaultDevice> const exec;
  SolveOp<> const untransposable(A.pattern, std::make_shared<BelosEngine>("GMRES", muelu, tight()));
  SolveOp<> const unknown(A.pattern, std::make_shared<BelosEngine>("GNRES", nullptr, tight()));

  auto const no_transpose = message_of([&] { untransposable.forward(exec, x, A.values, b); });
  auto const no_solver = message_of([&] { unknown.forward(exec, x, A.values, b); });

  EXPECT_NE(no_transpose.find("cannot be applied transposed"), std::string::npos) << no_transpose;
  EXPECT_NE(no_solver.find("Belos has no solver 'GNRES'; did you mean"), std::string::npos) << no_solver;
}

}  // namespace
