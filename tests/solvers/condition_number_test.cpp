#include <nacre/solvers/condition_number.hpp>

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include <nacre/solvers/detail/dense_symmetric.hpp>
#include <nacre/solvers/preconditioner_factory.hpp>

#include "solvers/problems.hpp"
#include "support/message_of.hpp"

namespace {

using namespace nacre;
using namespace nacre::solvers;
using nacre::test::from_rows;
using nacre::test::message_of;
using nacre::test::noise;
using nacre::test::Row;
using nacre::test::serial_poisson;
using Matrix = std::vector<std::vector<double>>;

double const kPi = std::acos(-1.);

/// Eigenvalues by Jacobi's rotations, ascending.
std::vector<double> by_rotations(Matrix a) {
  std::size_t const n = a.size();
  for (int sweep = 0; sweep < 12; ++sweep)
    for (std::size_t p = 0; p < n; ++p)
      for (std::size_t q = p + 1; q < n; ++q) {
        if (std::fabs(a[p][q]) < 1e-300) continue;
        double const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        double const t = std::copysign(1 / (std::fabs(theta) + std::hypot(theta, 1.)), theta);
        double const c = 1 / std::hypot(t, 1.), s = t * c;
        for (std::size_t k = 0; k < n; ++k) {
          double const kp = a[k][p], kq = a[k][q];
          a[k][p] = c * kp - s * kq;
          a[k][q] = s * kp + c * kq;
        }
        for (std::size_t k = 0; k < n; ++k) {
          double const pk = a[p][k], qk = a[q][k];
          a[p][k] = c * pk - s * qk;
          a[q][k] = s * pk + c * qk;
        }
      }
  std::vector<double> lambda(n);
  for (std::size_t i = 0; i < n; ++i) lambda[i] = a[i][i];
  std::sort(lambda.begin(), lambda.end());
  return lambda;
}

Matrix dense(Operator<double> const& M) {
  auto const n = static_cast<std::size_t>(M.num_local_rows());
  MultiVector<double> const x("x", n, n), y("y", n, n);
  auto const h = Kokkos::create_mirror_view(x);
  for (std::size_t i = 0; i < n; ++i) h(i, i) = 1;
  Kokkos::deep_copy(x, h);
  M.apply(ExecOf<DefaultDevice>(), x, y);
  auto const columns = host_view(y);
  Matrix m(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) m[i][j] = columns(i, j);
  return m;
}

/// C^T A C with M = C C^T.
Matrix by_factor_of_m(Matrix const& A, Matrix const& M) {
  std::size_t const n = A.size();
  std::vector<double> c(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) c[i * n + j] = M[i][j];
  EXPECT_EQ(solvers::detail::dense_cholesky(c, n), n);
  Matrix AC(n, std::vector<double>(n)), result = AC;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t j = 0; j <= k; ++j) AC[i][j] += A[i][k] * c[k * n + j];
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = i; k < n; ++k)
      for (std::size_t j = 0; j < n; ++j) result[i][j] += c[k * n + i] * AC[k][j];
  return result;
}

/// A stretched Laplacian whose rows are scaled very differently.
DistributedCsr<double> badly_scaled(GlobalOrdinal m) {
  auto const scale = [](GlobalOrdinal i) { return std::pow(10., noise(i, 3)); };
  return from_rows<double>(RowPartition(Comm::self(), static_cast<Ordinal>(m * m)), [&](GlobalOrdinal i) {
    Row row = nacre::test::poisson_row(m, i, .01);
    for (auto& [j, value] : row) value *= scale(i) * scale(j);
    return row;
  });
}

TEST(Eigenvalues, OfTheLaplacianAreKnown) {
  for (GlobalOrdinal const m : {1, 2, 7, 16}) {
    std::vector<double> expected;
    for (GlobalOrdinal i = 1; i <= m; ++i)
      for (GlobalOrdinal j = 1; j <= m; ++j) {
        double const h = kPi / static_cast<double>(m + 1);
        expected.push_back(4 - 2 * std::cos(static_cast<double>(i) * h) -
                           2 * std::cos(static_cast<double>(j) * h));
      }
    std::sort(expected.begin(), expected.end());
    auto const found = eigenvalues(serial_poisson<double>(m).local());
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], 1e-13) << m << ' ' << i;
  }
}

TEST(Eigenvalues, OfAnyDenseMatrixAreThoseOfRotations) {
  for (std::size_t const n : {1, 2, 3, 8, 37, 60}) {
    Matrix a(n, std::vector<double>(n));
    std::vector<double> flat(n * n);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j <= i; ++j)  // indefinite, with rows of zeros
        flat[i * n + j] = a[i][j] = a[j][i] =
            i % 5 == 3 || j % 5 == 3 ? 0 : noise(static_cast<GlobalOrdinal>(i), static_cast<std::int64_t>(j));
    auto const found = solvers::detail::dense_eigenvalues(flat, n), expected = by_rotations(a);
    for (std::size_t i = 0; i < n; ++i)
      ASSERT_NEAR(found[i], expected[i], 1e-13 * static_cast<double>(n)) << i;
  }
}

TEST(ConditionNumbers, AreThoseOfThePencil) {
  for (GlobalOrdinal const m : {5, 14}) {
    auto const A = badly_scaled(m);
    Matrix const a = dense(MatrixOperator<double>(A));
    for (std::string const name : {"jacobi", "ic0", "fsai0", "ainv", "chebyshev"}) {
      auto const M = make_preconditioner(name, A);
      auto const expected = by_rotations(by_factor_of_m(a, dense(*M)));
      auto const lambda = eigenvalues(A.local(), M.get());
      for (std::size_t i = 0; i < lambda.size(); ++i)
        ASSERT_NEAR(lambda[i], expected[i], 1e-8 * expected[i]) << name << ' ' << i;
      auto const numbers = condition_numbers(A.local(), M.get());
      EXPECT_NEAR(numbers.condition, expected.back() / expected.front(), 1e-8 * numbers.condition) << name;
    }
  }
}

TEST(ConditionNumbers, AreMadeOfExtremesAndMeans) {
  // eigenvalues 1, 2, 4, 8
  auto const A = from_rows<double>(RowPartition(Comm::self(), 4), [](GlobalOrdinal i) {
    return Row{{i, std::ldexp(1., static_cast<int>(i))}};
  });
  auto const numbers = condition_numbers(A.local());
  EXPECT_DOUBLE_EQ(numbers.smallest, 1);
  EXPECT_DOUBLE_EQ(numbers.largest, 8);
  EXPECT_DOUBLE_EQ(numbers.condition, 8);
  EXPECT_DOUBLE_EQ(numbers.kaporin, 15. / 4 / std::sqrt(8.));
  auto const scaled = condition_numbers(A.local(), make_preconditioner("jacobi", A).get());
  EXPECT_NEAR(scaled.condition, 1, 1e-15);
  EXPECT_NEAR(scaled.kaporin, 1, 1e-15);
  EXPECT_EQ(condition_numbers(CsrMatrix<double>{}).condition, 0);
}

TEST(ConditionNumbers, RejectWhatHasNone) {
  auto const A = serial_poisson<double>(3), larger = serial_poisson<double>(4);
  auto const negative = from_rows<double>(RowPartition(Comm::self(), 3), [](GlobalOrdinal i) {
    return Row{{i, i == 1 ? -1. : 1.}};
  });
  auto const expect_refusal = [](std::string const& problem, auto const& f) {
    auto const message = message_of(f);
    EXPECT_NE(message.find(problem), std::string::npos) << message;
  };
  expect_refusal("its smallest eigenvalue is -1", [&] { condition_numbers(negative.local()); });
  MatrixOperator<double> const identity_like(negative);
  expect_refusal("the pivot of row 1 is not positive",
                 [&] { condition_numbers(negative.local(), &identity_like); });
  auto const M = make_preconditioner("jacobi", larger);
  expect_refusal("the preconditioner is 16 by 16", [&] { condition_numbers(A.local(), M.get()); });
  MatrixOperator<double> const skew(serial_poisson<double>(3, 0, .5));
  expect_refusal("the preconditioner is not symmetric", [&] { condition_numbers(A.local(), &skew); });
  auto const nothing = from_rows<double>(RowPartition(Comm::self(), 2), [](GlobalOrdinal i) {
    return Row{{i, std::nan("")}};
  });
  expect_refusal("entry (0, 0) is nan", [&] { condition_numbers(nothing.local()); });
}

}  // namespace
