#include <nacre/solvers/least_squares_op.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include <nacre/autodiff/gradient_check.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/transposed_operator.hpp>

#include "support/distributed.hpp"
#include "support/message_of.hpp"

namespace {

using nacre::Comm;
using nacre::GlobalOrdinal;
using nacre::RowPartition;
using nacre::solvers::LeastSquaresOp;
using nacre::solvers::LeastSquaresOptions;
using nacre::solvers::Lsmr;
using nacre::solvers::LsmrOptions;
using nacre::solvers::MatrixOperator;
using nacre::solvers::Status;
using nacre::test::message_of;
using nacre::test::scattered;
using Columns = nacre::MultiVector<double>;
using Matrix = nacre::DistributedCsr<double>;
nacre::ExecOf<nacre::DefaultDevice> const& exec() {
  static nacre::ExecOf<nacre::DefaultDevice> const instance;
  return instance;
}

/// N rows of which rank 0 has none where there are others.
RowPartition first_rank_without_rows(Comm const& comm, int n) {
  int const others = comm.size() - 1, r = comm.rank() - 1;
  if (others == 0) return RowPartition(comm, n);
  return RowPartition(comm, r < 0 ? 0 : n / others + (r < n % others ? 1 : 0));
}

/// n by m of full rank: two near-identities one below the other, and noise.
Matrix tall(RowPartition const& rows, RowPartition const& cols) {
  auto const m = cols.num_global();
  return nacre::test::from_function(rows, cols, [m](GlobalOrdinal i, GlobalOrdinal j) {
    double const noise = std::fabs(scattered(i, j, 5)) < .15 ? scattered(i, j, 6) : 0.;
    return (i % m == j ? 2. : 0.) + .5 * noise;
  });
}

/// ||A^T (b - A x) - damping^2 x|| / ||A^T b|| over all columns.
double normal_residual(Matrix const& A, Columns const& b, Columns const& x, double damping) {
  Columns const r("r", b.extent(0), b.extent(1)), g("g", x.extent(0), x.extent(1)),
      Atb("Atb", x.extent(0), x.extent(1));
  residual(exec(), A, b, x, r);
  spmv_transpose(exec(), A, r, g);
  nacre::axpby(exec(), -damping * damping, x, 1., g);
  spmv_transpose(exec(), A, b, Atb);
  return std::sqrt(nacre::test::inner(A.comm(), g, g) / nacre::test::inner(A.comm(), Atb, Atb));
}

LsmrOptions tight(double damping) {
  LsmrOptions options;
  options.tolerance = 1e-13;
  options.damping = damping;
  return options;
}

TEST(Lsmr, SolvesTheNormalEquations) {
  Comm const comm = Comm::world();
  for (double const damping : {0., .7}) {
    auto const rows = RowPartition::even(comm, 61), cols = RowPartition::even(comm, 23);
    auto const A = tall(rows, cols);
    auto const b = nacre::test::scattered_vectors(rows, 3, 1);
    Columns const x("x", static_cast<std::size_t>(cols.num_owned()), 3);

    auto const info = Lsmr<double>(tight(damping)).solve(exec(), MatrixOperator<double>(A), b, x);

    EXPECT_EQ(info.status, Status::converged);
    EXPECT_LE(normal_residual(A, b, x, damping), 1e-13);
    EXPECT_LE(info.iterations, 60);
    EXPECT_EQ(info.columns.size(), 3u);
    for (std::size_t i = 1; i < info.history.size(); ++i)
      EXPECT_LE(info.history[i], info.history[i - 1] * (1 + 1e-12)) << "the residual must fall";
  }
}

TEST(Lsmr, FindsTheSolutionOfLeastNormOfAWideSystem) {
  Comm const comm = Comm::world();
  auto const rows = RowPartition::even(comm, 61), cols = RowPartition::even(comm, 23);
  auto const A = tall(rows, cols);
  MatrixOperator<double> const op(A);
  nacre::solvers::TransposedOperator<double> const wide(op);
  auto const b = nacre::test::scattered_vectors(cols, 1, 1), z = nacre::test::scattered_vectors(cols, 1, 2);
  Columns const x("x", static_cast<std::size_t>(rows.num_owned()), 1), Ax("Ax", b.extent(0), 1),
      y("y", x.extent(0), 1);

  auto const info = Lsmr<double>(tight(0)).solve(exec(), wide, b, x);

  EXPECT_TRUE(info.converged());
  wide.apply(exec(), x, Ax);
  nacre::axpby(exec(), 1., b, -1., Ax);
  EXPECT_LE(std::sqrt(nacre::test::inner(comm, Ax, Ax)), 1e-11);
  // of least norm: in the range of the transpose, so its own least-squares fit by it is exact
  Columns const fit("fit", b.extent(0), 1);
  Lsmr<double>(tight(0)).solve(exec(), op, x, fit);
  op.apply(exec(), fit, y);
  nacre::axpby(exec(), 1., x, -1., y);
  EXPECT_LE(std::sqrt(nacre::test::inner(comm, y, y)), 1e-10);
}

TEST(Lsmr, StopsWhereItShould) {
  Comm const comm = Comm::world();
  auto const rows = RowPartition::even(comm, 61), cols = RowPartition::even(comm, 23);
  auto const A = tall(rows, cols);
  MatrixOperator<double> const op(A);
  Columns const b = nacre::test::scattered_vectors(rows, 2, 1),
                x("x", static_cast<std::size_t>(cols.num_owned()), 2);
  Kokkos::deep_copy(Kokkos::subview(b, Kokkos::ALL(), 1), 0.);
  auto options = tight(0);
  options.max_iterations = 3;

  auto const info = Lsmr<double>(options).solve(exec(), op, b, x);

  EXPECT_EQ(info.status, Status::max_iterations);
  EXPECT_EQ(info.columns[1].status, Status::converged);  // b = 0
  EXPECT_EQ(info.columns[1].iterations, 0);
  EXPECT_EQ(info.history.size(), 4u);
  options.tolerance = 0;
  options.max_iterations = 500;
  EXPECT_EQ(Lsmr<double>(options).solve(exec(), op, b, x).columns[0].status, Status::stagnated);
  if (b.extent(0) > 0) Kokkos::deep_copy(b, NAN);
  EXPECT_EQ(Lsmr<double>(options).solve(exec(), op, b, x).status, Status::not_finite);
}

TEST(Lsmr, RejectsWhatDoesNotFit) {
  Matrix const A = tall(RowPartition(Comm::self(), 9), RowPartition(Comm::self(), 4));
  Columns const b("b", 8, 1), x("x", 4, 1);
  LsmrOptions negative;
  negative.damping = -1;

  EXPECT_EQ(message_of([&] { Lsmr<double>().solve(exec(), MatrixOperator<double>(A), b, x); }),
            "lsmr: b has length 8 but the matrix has 9 rows on this rank");
  EXPECT_EQ(message_of([&] { Lsmr<double> solver(negative); }), "Lsmr: damping = -1, must not be negative");
}

TEST(LeastSquares, HasCorrectDerivatives) {
  Comm const comm = Comm::world();
  nacre::ad::GradientCheckOptions check;
  check.comm = comm;
  for (auto const& rows : {RowPartition::even(comm, 41), first_rank_without_rows(comm, 41)})
    for (double const damping : {0., .7}) {
      auto const A = tall(rows, RowPartition::even(comm, 17));
      LeastSquaresOptions options;
      options.lsmr = tight(damping);
      options.require_convergence = true;
      LeastSquaresOp<> const op(A.pattern, options);
      auto const b = nacre::test::scattered_vectors(rows, 2, 1);
      nacre::RowMajor<double> const by_rows("b", b.extent(0), 2);
      Kokkos::deep_copy(by_rows, b);

      for (auto const& errors : {nacre::ad::gradient_check(exec(), op, check, A.values, b),
                                 nacre::ad::gradient_check(exec(), op, check, A.values, by_rows)}) {
        EXPECT_LE(errors.adjoint, 1e-6);
        EXPECT_LE(errors.tangent, 1e-6);
        EXPECT_LE(errors.identity, 1e-11);
        EXPECT_LE(errors.adjoint_tangent, 1e-6);
        EXPECT_LE(errors.unwanted, 1e-11);
      }
    }
}

TEST(LeastSquares, GradientsDoNotDependOnTheNumberOfRanks) {
  auto const gradients = [](Comm const& comm) {
    auto const rows = RowPartition::even(comm, 41);
    auto const A = tall(rows, RowPartition::even(comm, 17));
    LeastSquaresOptions options;
    options.lsmr = tight(.1);
    LeastSquaresOp<> const op(A.pattern, options);
    auto const b = nacre::test::scattered_vectors(rows, 1, 1);
    Columns const x("x", static_cast<std::size_t>(A.pattern.num_owned_cols()), 1),
        b_bar("b_bar", b.extent(0), 1);
    nacre::Vector<double> const values_bar("values_bar", A.values.extent(0));
    op.forward(exec(), x, A.values, b);
    op.adjoint(exec(), x, x, A.values, b, values_bar, b_bar);
    auto all = nacre::test::gather_column(comm, b_bar);
    auto const dense = nacre::test::to_dense(Matrix{A.pattern, values_bar});
    all.insert(all.end(), dense.a.begin(), dense.a.end());
    return all;
  };

  auto const spread = gradients(Comm::world()), alone = gradients(Comm::self());

  double error = 0, norm = 0;
  ASSERT_EQ(spread.size(), alone.size());
  for (std::size_t i = 0; i < alone.size(); ++i) {
    error += (spread[i] - alone[i]) * (spread[i] - alone[i]);
    norm += alone[i] * alone[i];
  }
  EXPECT_LE(std::sqrt(error / norm), 1e-12);
}

TEST(LeastSquares, ReportsWhatDoesNotConverge) {
  auto const rows = RowPartition::even(Comm::world(), 41);
  auto const A = tall(rows, RowPartition::even(Comm::world(), 17));
  LeastSquaresOptions options;
  options.lsmr.max_iterations = 2;
  LeastSquaresOp<> const op(A.pattern, options);
  options.require_convergence = true;
  LeastSquaresOp<> const strict(A.pattern, options);
  auto const b = nacre::test::scattered_vectors(rows, 1, 1);
  Columns const x("x", static_cast<std::size_t>(A.pattern.num_owned_cols()), 1),
      b_bar("b_bar", b.extent(0), 1);

  op.forward(exec(), x, A.values, b);
  op.adjoint(exec(), x, x, A.values, b, nacre::Vector<double>(), b_bar);

  EXPECT_EQ(op.report().num_not_converged, 2);
  EXPECT_EQ(op.report().adjoint.status, Status::max_iterations);
  EXPECT_NE(
      message_of([&] { strict.forward(exec(), x, A.values, b); }).find("stopped as max_iterations after 2"),
      std::string::npos);
}

}  // namespace
