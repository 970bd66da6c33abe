#include <gtest/gtest.h>

#include <Tpetra_Operator.hpp>

#include <limits>

#include <nacre/core/problems.hpp>
#include <nacre/solvers/krylov.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/trilinos/preconditioner_operator.hpp>
#include <nacre/trilinos/tpetra_operator.hpp>
#include <nacre/trilinos/tpetra_view.hpp>
#include <support/tpetra_problems.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

using Exec = ExecOf<DefaultDevice>;
using trilinos::TpetraVectors;
constexpr Gid kRows = 37, kCols = 23;

/// An unsymmetric rectangular matrix by Tpetra, and the same as Nacre's operator in Tpetra's clothes.
struct Pair {
  explicit Pair(Numbering numbering)
      : rows(make_map(Comm::world(), kRows, numbering)),
        domain(make_map(Comm::world(), kCols, numbering)),
        A(make_matrix(rows, domain,
                      [](Gid g) {
                        return Row{{g % kCols, 1. + static_cast<double>(g)}, {(3 * g + 1) % kCols, -2.}};
                      })),
        op(trilinos::to_tpetra<double>(std::make_shared<solvers::MatrixOperator<double>>(trilinos::view(*A)),
                                       domain, rows)) {}
  MapPtr rows, domain;
  Teuchos::RCP<trilinos::TpetraMatrix<double>> A;
  Teuchos::RCP<trilinos::TpetraOperator<double> const> op;
};

}  // namespace

TEST(PreconditionerOperator, AppliesAsTpetraDoes) {
  for (auto const numbering : {Numbering::contiguous, Numbering::cyclic, Numbering::last_is_empty})
    for (auto const mode : {Teuchos::NO_TRANS, Teuchos::TRANS, Teuchos::CONJ_TRANS}) {
      Pair const p(numbering);
      bool const forward = mode == Teuchos::NO_TRANS;
      auto const& from = forward ? p.domain : p.rows;
      auto const& to = forward ? p.rows : p.domain;
      auto const x = make_vectors(from, 3);
      for (auto const& [alpha, beta] : {std::pair{1., 0.}, {2., 0.}, {1., 1.}, {-.5, 3.}, {0., 2.}}) {
        auto expected = make_vectors(to, 3), actual = make_vectors(to, 3);
        p.A->apply(x, expected, mode, alpha, beta);
        p.op->apply(x, actual, mode, alpha, beta);
        EXPECT_LE(relative_difference(actual, expected), 1e-14) << "alpha " << alpha << ", beta " << beta;
      }
      EXPECT_TRUE(p.op->hasTransposeApply());
    }
}

TEST(PreconditionerOperator, DoesNotReadTheResultIfBetaIsZero) {
  Pair const p(Numbering::contiguous);
  auto const x = make_vectors(p.domain, 1);
  for (double const alpha : {1., 2.}) {
    TpetraVectors<double> expected(p.rows, 1), actual(p.rows, 1);
    actual.putScalar(std::numeric_limits<double>::quiet_NaN());
    p.A->apply(x, expected, Teuchos::NO_TRANS, alpha, 0.);
    p.op->apply(x, actual, Teuchos::NO_TRANS, alpha, 0.);
    EXPECT_LE(relative_difference(actual, expected), 1e-14);
  }
}

TEST(PreconditionerOperator, TakesScatteredColumns) {
  Pair const p(Numbering::contiguous);
  auto const all = make_vectors(p.domain, 4);
  TpetraVectors<double> expected(p.rows, 2), four(p.rows, 4);
  Teuchos::Array<std::size_t> const columns = Teuchos::tuple<std::size_t>(0, 3);
  auto const x = all.subView(columns());
  auto const y = four.subViewNonConst(columns());

  p.A->apply(*x, expected);
  p.op->apply(*x, *y);

  EXPECT_LE(relative_difference(TpetraVectors<double>(*y, Teuchos::Copy), expected), 1e-14);
  EXPECT_EQ(four.getVector(1)->normInf(), 0.);
}

TEST(PreconditionerOperator, MayWriteOverItsArgument) {
  auto const map = make_map(Comm::world(), kRows, Numbering::cyclic);
  auto const A = make_matrix(map, map, [](Gid g) { return unsymmetric_row(g, kRows); });
  auto const op = trilinos::to_tpetra<double>(
      std::make_shared<solvers::MatrixOperator<double>>(trilinos::view(*A)), map, map);
  auto const x = make_vectors(map, 2);
  TpetraVectors<double> expected(map, 2), actual(x, Teuchos::Copy);
  A->apply(x, expected);
  op->apply(actual, actual);
  EXPECT_LE(relative_difference(actual, expected), 1e-14);
}

TEST(PreconditionerOperator, RejectsMapsOfOtherLengths) {
  Pair const p(Numbering::contiguous);
  auto const op = std::make_shared<solvers::MatrixOperator<double>>(trilinos::view(*p.A));
  try {
    trilinos::to_tpetra<double>(op, p.rows, p.rows);
    ADD_FAILURE() << "accepted";
  } catch (Error const& e) {
    EXPECT_NE(std::string(e.what()).find("the domain map has"), std::string::npos) << e.what();
  }
}

TEST(TpetraOperator, AppliesAsItself) {
  for (auto const numbering : {Numbering::contiguous, Numbering::descending, Numbering::last_is_empty}) {
    Pair const p(numbering);
    auto const op = trilinos::to_nacre<double>(Teuchos::RCP<trilinos::TpetraOperator<double> const>(p.A));
    auto const x = make_vectors(p.domain, 3), z = make_vectors(p.rows, 3);
    TpetraVectors<double> expected(p.rows, 3), expected_t(p.domain, 3), actual(p.rows, 3),
        actual_t(p.domain, 3);
    p.A->apply(x, expected);
    p.A->apply(z, expected_t, Teuchos::TRANS);

    op->apply(Exec(), trilinos::view(x), trilinos::view(actual));
    op->apply_transpose(Exec(), trilinos::view(z), trilinos::view(actual_t));

    EXPECT_EQ(op->num_local_rows(), static_cast<Ordinal>(actual.getLocalLength()));
    EXPECT_EQ(op->num_local_cols(), static_cast<Ordinal>(x.getLocalLength()));
    EXPECT_EQ(relative_difference(actual, expected), 0.);
    EXPECT_EQ(relative_difference(actual_t, expected_t), 0.);
    EXPECT_NE(op->description().find("Tpetra::CrsMatrix"), std::string::npos) << op->description();
  }
}

TEST(TpetraOperator, TakesNewValuesOnlyIfToldHow) {
  Pair const p(Numbering::contiguous);
  auto const mine = trilinos::view(*p.A);
  Teuchos::RCP<trilinos::TpetraOperator<double> const> const A = p.A;
  EXPECT_THROW(trilinos::to_nacre<double>(A)->update(mine), Error);
  int calls = 0;
  auto const op = trilinos::to_nacre<double>(A, {"mine", [&](DistributedCsr<double> const&) { ++calls; }});
  op->update(mine);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(op->description(), "mine");
}

TEST(TpetraOperator, IsAnOperatorOfNacresKrylovMethods) {
  auto const map = make_map(Comm::world(), 64, Numbering::cyclic);
  auto const A = make_matrix(map, map, [](Gid g) { return laplacian_row(g, 8); });
  auto const b = make_vectors(map, 2);
  TpetraVectors<double> x(map, 2), r(b, Teuchos::Copy);
  auto const op = trilinos::to_nacre<double>(Teuchos::RCP<trilinos::TpetraOperator<double> const>(A));

  auto const info = solvers::make_krylov_solver<double>("pcg")->solve(Exec(), *op, nullptr, trilinos::view(b),
                                                                      trilinos::view(x));

  EXPECT_TRUE(info.converged()) << to_string(info.status);
  A->apply(x, r, Teuchos::NO_TRANS, -1., 1.);
  EXPECT_LE(r.getVector(0)->norm2(), 1e-8 * b.getVector(0)->norm2());
  EXPECT_LE(r.getVector(1)->norm2(), 1e-8 * b.getVector(1)->norm2());
}
