#include <nacre/solvers/solve_op.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include <nacre/core/problems.hpp>
#include <nacre/solvers/direct_engine.hpp>

#include "solvers/problems.hpp"
#include "support/derivatives.hpp"
#include "support/message_of.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::Comm;
using nacre::GlobalOrdinal;
using nacre::RowPartition;
using nacre::solvers::SolveOp;
using nacre::solvers::SolveOptions;
using nacre::solvers::Status;
using nacre::test::message_of;
using nacre::test::to_host;
using Device = nacre::DefaultDevice;
using Vector = nacre::Vector<double>;
using Matrix = nacre::DistributedCsr<double>;
nacre::ExecOf<Device> const& exec() {
  static nacre::ExecOf<Device> const instance;
  return instance;
}

SolveOptions options_of(std::string const& method, std::string const& preconditioner,
                        double tolerance = 1e-13) {
  SolveOptions options;
  options.method = method;
  options.preconditioner = preconditioner;
  options.krylov.tolerance = tolerance;
  return options;
}

Vector ones(std::size_t n) {
  Vector v("ones", n);
  Kokkos::deep_copy(v, 1.);
  return v;
}
Vector copy_of(Vector const& x) {
  Vector v("copy", x.extent(0));
  Kokkos::deep_copy(v, x);
  return v;
}
double norm(Vector const& x) { return std::sqrt(nacre::dot(exec(), x, x)[0]); }

/// One solve and its adjoint with the cotangent of ones.
struct Solved {
  Vector x, values_bar, b_bar;
};
template <class Op>
Solved solve(Op const& op, Vector const& values, Vector const& b) {
  Solved s{Vector("x", b.extent(0)), Vector("values_bar", values.extent(0)), Vector("b_bar", b.extent(0))};
  op.forward(exec(), s.x, values, b);
  op.adjoint(exec(), s.x, ones(b.extent(0)), values, b, s.values_bar, s.b_bar);
  return s;
}

TEST(Solve, HasTheGradientOfASmallSystem) {
  // A = [2 1; 0 4], b = (3, 8): x = (1/2, 2); of the sum of x: s = A^-T 1 = (1/2, 1/8)
  auto const A = nacre::test::from_dense<double, Device>({{2, 1}, {0, 4}}, 2);
  auto const b = nacre::to_device<Device>("b", std::vector<double>{3, 8});

  auto const s = solve(SolveOp<>(A.pattern, options_of("gmres", "none")), A.values, b);

  auto const x = to_host(s.x), b_bar = to_host(s.b_bar), values_bar = to_host(s.values_bar);
  EXPECT_NEAR(x(0), .5, 1e-14);
  EXPECT_NEAR(b_bar(0), .5, 1e-14);
  EXPECT_NEAR(b_bar(1), .125, 1e-14);
  EXPECT_NEAR(values_bar(0), -.25, 1e-14);  // - s(0) x(0)
  EXPECT_NEAR(values_bar(1), -1., 1e-14);   // - s(0) x(1)
  EXPECT_NEAR(values_bar(2), -.25, 1e-14);  // - s(1) x(1); (1, 0) is not on the pattern
}

TEST(Solve, SetsUpOncePerMatrix) {
  auto const A = nacre::test::serial_poisson<double>(12);
  SolveOp<> const op(A.pattern, options_of("pcg", "amg"));
  auto const b = ones(144), b2 = nacre::test::random_vector<double, Device>("b2", 144, 3);

  solve(op, A.values, b);
  solve(op, copy_of(A.values), b2);
  EXPECT_EQ(op.report().num_setups, 1);
  auto const other = copy_of(A.values);
  nacre::scale(exec(), 2., other);
  auto const twice = solve(op, other, b);

  EXPECT_EQ(op.report().num_setups, 2);
  EXPECT_EQ(op.report().num_forward, 3);
  EXPECT_EQ(op.report().num_adjoint, 3);
  EXPECT_TRUE(op.report().all_converged());
  EXPECT_NEAR(norm(twice.x), norm(solve(op, A.values, b).x) / 2, 1e-10);
}

/// The set-up of the last forward solve is that of another matrix when the first one's adjoint comes.
TEST(Solve, AdjointOfAnEarlierMatrixIsRight) {
  auto const A = nacre::test::serial_poisson<double>(6, 0.5, 0.5);
  auto const b = ones(36), other = nacre::test::random_vector<double, Device>("other", A.values.extent(0), 3);
  nacre::axpby(exec(), 1., A.values, .1, other);
  std::vector<SolveOptions> all{options_of("gmres", "ilu0")};
  if (nacre::solvers::have_direct_solver()) all.push_back(options_of("direct", ""));
  for (auto const& options : all) {
    auto const expected = solve(SolveOp<>(A.pattern, options), A.values, b);
    SolveOp<> const op(A.pattern, options);
    Vector const x("x", 36), y("y", 36), values_bar("values_bar", A.values.extent(0)), b_bar("b_bar", 36);

    op.forward(exec(), x, A.values, b);
    op.forward(exec(), y, other, b);
    op.adjoint(exec(), x, ones(36), A.values, b, values_bar, b_bar);

    nacre::axpby(exec(), 1., expected.values_bar, -1., values_bar);
    EXPECT_LE(norm(values_bar), 1e-11 * norm(expected.values_bar)) << options.method;
  }
}

TEST(Solve, LaggedPreconditionersSolveTheRightSystem) {
  auto const A = nacre::test::serial_poisson<double>(12);
  auto options = options_of("pcg", "ic0");
  options.setup_every = 3;
  SolveOp<> const op(A.pattern, options);
  auto const b = ones(144);
  auto const first = solve(op, A.values, b);
  auto const values = copy_of(A.values);
  for (int step = 1; step <= 6; ++step) {
    nacre::scale(exec(), 2., values);

    auto const s = solve(op, values, b);

    EXPECT_NEAR(norm(s.x), norm(first.x) / std::pow(2., step), 1e-10 * norm(first.x));
  }
  EXPECT_EQ(op.report().num_setups, 3);
  EXPECT_TRUE(op.report().all_converged());
}

TEST(Solve, ReportsWhatDoesNotConverge) {
  auto const A = nacre::test::serial_poisson<double>(12);
  auto options = options_of("pcg", "jacobi");
  options.krylov.max_iterations = 3;
  SolveOp<> const op(A.pattern, options);

  solve(op, A.values, ones(144));

  EXPECT_EQ(op.report().forward.status, Status::max_iterations);
  EXPECT_EQ(op.report().adjoint.status, Status::max_iterations);
  EXPECT_GT(op.report().adjoint.relative_residual, 1e-3);
  EXPECT_EQ(op.report().num_not_converged, 2);
  op.reset_report();
  EXPECT_TRUE(op.report().all_converged());
}

TEST(Solve, MakesAnAdjointThatDoesNotConvergeAnError) {
  auto const A = nacre::test::serial_poisson<double>(12);
  auto options = options_of("pcg", "jacobi", 1e-4);
  options.adjoint_tolerance = 1e-12;
  options.krylov.max_iterations = 18;
  options.require_convergence = true;
  SolveOp<> const op(A.pattern, options);

  auto const message = message_of([&] { solve(op, A.values, ones(144)); });

  EXPECT_NE(message.find("the adjoint solve (pcg with Jacobi) stopped as max_iterations after 18 iterations"),
            std::string::npos)
      << message;
  EXPECT_TRUE(op.report().forward.converged());
}

TEST(Solve, RefusesAMatrixThatIsNotSymmetricAsDeclared) {
  auto const A = nacre::test::serial_poisson<double>(30);
  SolveOp<> const op(A.pattern, options_of("pcg", "jacobi"));
  Vector const b = ones(900), x("x", 900);
  EXPECT_NO_THROW(op.forward(exec(), x, A.values, b));
  auto const values = to_host(A.values);
  values(1) *= 1.0001;  // one entry of 4380
  Kokkos::deep_copy(A.values, values);

  auto const message = message_of([&] { op.forward(exec(), x, A.values, b); });

  EXPECT_NE(message.find("the matrix is declared symmetric"), std::string::npos) << message;
  EXPECT_NE(message.find("declare it general"), std::string::npos) << message;
}

TEST(Solve, KeepsAnUnsymmetricAdjointApartFromASymmetricOne) {
  auto const A = nacre::test::serial_poisson<double>(8, 0, 1);
  auto options = options_of("gmres", "ilu0");
  auto const right = solve(SolveOp<>(A.pattern, options), A.values, ones(64));
  options.symmetry = nacre::solvers::Symmetry::symmetric;
  options.check_symmetry = false;

  auto const wrong = solve(SolveOp<>(A.pattern, options), A.values, ones(64));

  nacre::axpby(exec(), 1., right.b_bar, -1., wrong.b_bar);
  EXPECT_GT(norm(wrong.b_bar), 1e-2 * norm(right.b_bar));
}

TEST(Solve, WarmStartSavesIterations) {
  auto const A = nacre::test::serial_poisson<double>(20);
  auto options = options_of("pcg", "jacobi", 1e-10);
  options.warm_start = true;
  SolveOp<> const op(A.pattern, options);
  auto const b = ones(400);
  solve(op, A.values, b);
  int const cold = op.report().forward.iterations;
  auto const near = copy_of(A.values);
  nacre::scale(exec(), 1.0001, near);

  solve(op, near, b);

  EXPECT_LT(op.report().forward.iterations, cold);
  EXPECT_LT(op.report().adjoint.iterations, cold);
  EXPECT_TRUE(op.report().all_converged());
}

TEST(Solve, TakesAPreconditionerOfTheCaller) {
  auto const A = nacre::test::serial_poisson<double>(8, 0.2, 0.5);
  std::shared_ptr<nacre::solvers::Preconditioner<double>> const M =
      nacre::solvers::make_preconditioner<double>("gauss_seidel", A);
  auto options = options_of("gmres", "");
  options.krylov.restart = 64;

  nacre::test::expect_correct_derivatives(exec(), SolveOp<>(A.pattern, M, options), A.values, ones(64));
}

TEST(Solve, WorksInSinglePrecisionAndForTinySystems) {
  auto const A = nacre::test::serial_poisson<float>(5, 1, 0.5);
  nacre::Vector<float> const b("b", 25);
  Kokkos::deep_copy(b, 1.f);
  nacre::test::expect_correct_derivatives(
      exec(), SolveOp<float>(A.pattern, options_of("gmres", "jacobi", 1e-6)), A.values, b);

  auto const one = nacre::test::from_dense<double, Device>({{2}}, 1);
  nacre::test::expect_correct_derivatives(exec(), SolveOp<>(one.pattern, options_of("pcg", "amg")),
                                          one.values, ones(1));
  SolveOp<> const none(nacre::CsrPattern<>(), options_of("pcg", "amg"));
  EXPECT_NO_THROW(solve(none, Vector("values", 0), Vector("b", 0)));
}

TEST(Solve, HasTheDerivativesOfALargeRandomSystem) {
  auto const A = nacre::random_spd(Comm::self(), 100000, {6, 2., 1}).A;

  nacre::test::expect_correct_derivatives(
      exec(), SolveOp<>(A.pattern, options_of("bicgstab", "jacobi", 1e-14)), A.values, ones(100000));
}

TEST(Solve, RejectsWhatDoesNotFit) {
  auto const A = nacre::test::serial_poisson<double>(4);
  SolveOp<> const op(A.pattern, options_of("pcg", "jacobi"));
  Vector const x("x", 16), b("b", 15);

  EXPECT_EQ(message_of([&] { op.forward(exec(), x, A.values, b); }),
            "nacre::solve: view 'b' has extent(0) = 15 but the number of rows this rank owns is 16");
  EXPECT_NE(message_of([&] {
              SolveOp<>(A.pattern, options_of("steepest", "jacobi"));
            }).find("no method 'steepest'"),
            std::string::npos);
  auto const wide = nacre::test::random_sparse<double, Device>(3, 5, 0.5, 1);
  EXPECT_EQ(message_of([&] { SolveOp<>(wide.pattern, options_of("gmres", "none")); }),
            "nacre::solve: the matrix must be square with rows and columns partitioned alike; it is 3 by 5");
}

}  // namespace
