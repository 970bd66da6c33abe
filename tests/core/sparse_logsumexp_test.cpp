#include <nacre/core/sparse_logsumexp.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/adjoints.hpp"
#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/matrices.hpp"

namespace {

using nacre::AbsentEntries;
using nacre::CsrMatrix;
using nacre::SparseBidirectionalLogsumexpOp;
using nacre::SparseLogsumexpOp;
using nacre::SumOver;
using nacre::Vector;
using nacre::test::expect_correct_derivatives;
using nacre::test::expect_error;
using nacre::test::from_dense;
using nacre::test::result_of;
using nacre::test::to_host;

double const kInfinity = std::numeric_limits<double>::infinity();

template <class Device>
struct SparseLogsumexp : testing::Test {};
TYPED_TEST_SUITE(SparseLogsumexp, nacre::test::Backends);

/// log(sum of exp) of the entries in each row (column, all), absent ones being 0 or left out, by plain sums.
template <class Scalar, class Device>
std::vector<double> expected_sums(CsrMatrix<Scalar, Device> const& A, SumOver over, AbsentEntries absent) {
  auto const n = static_cast<std::size_t>(A.pattern.num_rows()),
             m = static_cast<std::size_t>(A.pattern.num_cols());
  double const term = absent == AbsentEntries::zero ? 1 : 0;
  nacre::test::Dense exponentials(n, std::vector<double>(m, term));
  auto const row_ptr = to_host(A.pattern.row_ptr());
  auto const col = to_host(A.pattern.col());
  auto const values = to_host(A.values);
  for (std::size_t i = 0; i < n; ++i)
    for (auto k = row_ptr(i); k < row_ptr(i + 1); ++k)
      exponentials[i][static_cast<std::size_t>(col(k))] = std::exp(static_cast<double>(values(k)));
  std::vector<double> sums(over == SumOver::rows ? n : over == SumOver::columns ? m : 1, 0.);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < m; ++j)
      sums[over == SumOver::rows ? i : over == SumOver::columns ? j : 0] += exponentials[i][j];
  for (auto& s : sums) s = std::log(s);
  return sums;
}

void expect_same(std::vector<double> const& found, std::vector<double> const& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t g = 0; g < found.size(); ++g)
    if (std::isinf(expected[g])) {
      EXPECT_EQ(found[g], expected[g]) << g;
    } else {
      EXPECT_NEAR(found[g], expected[g], tolerance) << g;
    }
}

/// exp(v - y) summed with the cotangents, by a plain loop over entries.
template <class Scalar, class Device, class Op>
void expect_gradient(Op const& op, CsrMatrix<Scalar, Device> const& A, std::vector<SumOver> const& overs,
                     double tolerance) {
  auto const y = result_of<Scalar, Device>(op, A.values);
  auto const cotangents = nacre::test::run_adjoint(nacre::ExecOf<Device>(), op, A.values);
  auto const row = to_host(row_of_entry(A.pattern));
  auto const col = to_host(A.pattern.col());
  auto const values = to_host(A.values);
  for (std::size_t k = 0; k < values.extent(0); ++k) {
    double expected = 0;
    std::size_t first = 0;
    for (auto const over : overs) {
      auto const g = first + static_cast<std::size_t>(over == SumOver::rows      ? row(k)
                                                      : over == SumOver::columns ? col(k)
                                                                                 : 0);
      expected += cotangents.y_bar[g] * std::exp(static_cast<double>(values(k)) - y[g]);
      first += static_cast<std::size_t>(A.pattern.num_cols());
    }
    EXPECT_NEAR(cotangents.x_bar[0][k], expected, tolerance) << k;
  }
}

/// All reductions of A against plain sums and each other, and their gradients.
template <class Scalar, class Device>
void expect_logsumexp(CsrMatrix<Scalar, Device> const& A) {
  double const tolerance = 50 * std::numeric_limits<Scalar>::epsilon();
  for (auto const absent : {AbsentEntries::zero, AbsentEntries::masked}) {
    SCOPED_TRACE(absent == AbsentEntries::zero ? "zero" : "masked");
    for (auto const over : {SumOver::rows, SumOver::columns, SumOver::all}) {
      SCOPED_TRACE(static_cast<int>(over));
      SparseLogsumexpOp<Device> const op(A.pattern, over, absent);
      expect_same(result_of<Scalar, Device>(op, A.values), expected_sums(A, over, absent), tolerance);
      expect_gradient(op, A, {over}, tolerance);
    }
    SparseBidirectionalLogsumexpOp<Device> const both(A.pattern, absent);
    auto expected =
        result_of<Scalar, Device>(SparseLogsumexpOp<Device>(A.pattern, SumOver::columns, absent), A.values);
    auto const of_rows =
        result_of<Scalar, Device>(SparseLogsumexpOp<Device>(A.pattern, SumOver::rows, absent), A.values);
    expected.insert(expected.end(), of_rows.begin(), of_rows.end());
    EXPECT_EQ((result_of<Scalar, Device>(both, A.values)), expected);
    expect_gradient(both, A, {SumOver::columns, SumOver::rows}, tolerance);
  }
}

TYPED_TEST(SparseLogsumexp, IsThatOfTheDenseMatrix) {
  nacre::test::for_each_small_matrix<double, TypeParam>([](auto const& A) { expect_logsumexp(A); });
  nacre::test::for_each_small_matrix<float, TypeParam>([](auto const& A) { expect_logsumexp(A); });
  // a row and a column without entries, and a whole one
  expect_logsumexp(from_dense<double, TypeParam>(
      {{1, 0, -2, .5}, {0, 0, 0, 0}, {0, 0, 3, 0}, {-1, 0, .1, -4}, {2, 0, 1, 0}}, 4));
}

/// The derivatives where all results are finite: differences of infinite ones say nothing.
template <class Scalar, class Device>
void expect_derivatives() {
  nacre::ExecOf<Device> const exec;
  auto const A = nacre::test::random_sparse<Scalar, Device>(23, 17, .2, 1);
  auto const full = from_dense<Scalar, Device>({{1, 0, -2}, {.5, 3, 0}}, 3);
  for (auto const over : {SumOver::rows, SumOver::columns, SumOver::all}) {
    expect_correct_derivatives(exec, SparseLogsumexpOp<Device>(A.pattern, over), A.values);
    expect_correct_derivatives(exec, SparseLogsumexpOp<Device>(full.pattern, over, AbsentEntries::masked),
                               full.values);
  }
  expect_correct_derivatives(exec, SparseBidirectionalLogsumexpOp<Device>(A.pattern), A.values);
  expect_correct_derivatives(
      exec, SparseBidirectionalLogsumexpOp<Device>(full.pattern, AbsentEntries::masked), full.values);
}

TYPED_TEST(SparseLogsumexp, DerivativesAreRight) { expect_derivatives<double, TypeParam>(); }
TYPED_TEST(SparseLogsumexp, DerivativesAreRightInFloat) { expect_derivatives<float, TypeParam>(); }

TYPED_TEST(SparseLogsumexp, OfAMatrixWithoutRowsOrColumns) {
  auto const no_columns = from_dense<double, TypeParam>({{}, {}}, 0);
  auto const sums = [](auto const& A, SumOver over) {
    return result_of<double, TypeParam>(SparseLogsumexpOp<TypeParam>(A.pattern, over), A.values);
  };
  EXPECT_EQ(sums(no_columns, SumOver::rows), (std::vector<double>{-kInfinity, -kInfinity}));
  EXPECT_EQ(sums(no_columns, SumOver::columns), std::vector<double>());
  EXPECT_EQ(sums(no_columns, SumOver::all), std::vector<double>{-kInfinity});
}

/// Entries that are there, zeros included.
template <class Device>
CsrMatrix<double, Device> full_matrix(nacre::test::Dense const& rows) {
  auto ones = rows;
  std::vector<double> values;
  for (auto& row : ones)
    for (auto& v : row) {
      values.push_back(v);
      v = 1;
    }
  return {from_dense<double, Device>(ones, static_cast<nacre::Ordinal>(rows[0].size())).pattern,
          nacre::to_device<Device>("values", values)};
}

TYPED_TEST(SparseLogsumexp, LargeNumbersNeitherOverflowNorVanish) {
  auto const rows = [](CsrMatrix<double, TypeParam> const& A, AbsentEntries absent) {
    return result_of<double, TypeParam>(SparseLogsumexpOp<TypeParam>(A.pattern, SumOver::rows, absent),
                                        A.values);
  };
  auto const A = full_matrix<TypeParam>({{-1000, -5, 0}, {-3, -900, -2}, {0, 0, 0}, {1000, 999, 0}});
  std::vector<double> const expected{std::log1p(std::exp(-5.)), -2 + std::log1p(std::exp(-1.)), std::log(3.),
                                     1000 + std::log1p(std::exp(-1.))};
  expect_same(rows(A, AbsentEntries::zero), expected, 1e-12);
  expect_same(rows(A, AbsentEntries::masked), expected, 1e-12);
  auto const lonely = from_dense<double, TypeParam>({{-1000, 0}}, 2);
  EXPECT_EQ(rows(lonely, AbsentEntries::zero), std::vector<double>{0});
  EXPECT_EQ(rows(lonely, AbsentEntries::masked), std::vector<double>{-1000});
  auto const all = [](CsrMatrix<double, TypeParam> const& B, AbsentEntries absent) {
    return result_of<double, TypeParam>(SparseLogsumexpOp<TypeParam>(B.pattern, SumOver::all, absent),
                                        B.values);
  };
  EXPECT_EQ(all(lonely, AbsentEntries::zero), std::vector<double>{0});
  EXPECT_EQ(all(lonely, AbsentEntries::masked), std::vector<double>{-1000});
  EXPECT_NEAR(all(A, AbsentEntries::masked)[0], 1000 + std::log1p(std::exp(-1.)), 1e-12);
}

TYPED_TEST(SparseLogsumexp, InfinitiesGiveInfinitiesAndNoGradient) {
  auto const A = full_matrix<TypeParam>({{kInfinity, 1}, {-kInfinity, -kInfinity}, {-kInfinity, 2}});
  SparseLogsumexpOp<TypeParam> const rows(A.pattern), columns(A.pattern, SumOver::columns),
      all(A.pattern, SumOver::all);
  EXPECT_EQ((result_of<double, TypeParam>(rows, A.values)), (std::vector<double>{kInfinity, -kInfinity, 2}));
  EXPECT_EQ((result_of<double, TypeParam>(columns, A.values)),
            (std::vector<double>{kInfinity, 2 + std::log1p(std::exp(-1.))}));
  EXPECT_EQ((result_of<double, TypeParam>(all, A.values)), std::vector<double>{kInfinity});
  auto const cotangents = nacre::test::run_adjoint(nacre::ExecOf<TypeParam>(), rows, A.values);
  EXPECT_EQ(cotangents.x_bar[0], (std::vector<double>{0, 0, 0, 0, 0, cotangents.y_bar[2]}));
}

/// The kernel of several threads, run where the others are, over columns.
template <class Device>
void expect_gathered_columns() {
  auto const A = nacre::test::random_sparse<double, Device>(23, 17, .2, 1);
  auto const columns = column_segments(A.pattern);
  Vector<double, Device> const y("y", 17);
  Kokkos::parallel_for(
      "nacre::test", nacre::range_of_entries(nacre::ExecOf<Device>(), 17),
      nacre::detail::SegmentLogsumexpBody<double, double>{columns.list(), A.values.data(), y.data(), 23,
                                                          nacre::detail::logsumexp_scale<double>()});
  expect_same(nacre::test::numbers_of(y), expected_sums(A, SumOver::columns, AbsentEntries::zero), 1e-13);
}

TYPED_TEST(SparseLogsumexp, TheKernelOfSeveralThreadsIsRight) { expect_gathered_columns<TypeParam>(); }

TYPED_TEST(SparseLogsumexp, OfALargeMatrix) {
  auto const A = nacre::test::large_sparse<double, TypeParam>(40000, 30000, 1);
  SparseLogsumexpOp<TypeParam> const all(A.pattern, SumOver::all, AbsentEntries::masked);
  SparseBidirectionalLogsumexpOp<TypeParam> const both(A.pattern);
  nacre::ExecOf<TypeParam> const exec;
  expect_correct_derivatives(exec, all, A.values);
  // weights are about 1 / 30000 here, and differences have the rounding error of results of about 10
  nacre::test::expect_correct_derivatives_within(1e-5, exec, both, A.values);
  nacre::test::expect_reproducible(exec, both, A.values);
}

TYPED_TEST(SparseLogsumexp, RejectsWrongLengths) {
  auto const A = from_dense<double, TypeParam>({{1, 2, 0}, {0, 3, 0}}, 3);
  nacre::ExecOf<TypeParam> const exec;
  Vector<double, TypeParam> const values("values", 4), y("y", 3);
  expect_error("sparse_logsumexp: view 'values' has extent(0) = 4 but the pattern's number of entries is 3",
               [&] { SparseLogsumexpOp<TypeParam>(A.pattern).forward(exec, y, values); });
  expect_error("sparse_logsumexp: view 'y' has extent(0) = 3 but the number of sums is 2",
               [&] { SparseLogsumexpOp<TypeParam>(A.pattern).forward(exec, y, A.values); });
  expect_error("sparse_bidirectional_logsumexp: view 'y' has extent(0) = 3",
               [&] { SparseBidirectionalLogsumexpOp<TypeParam>(A.pattern).forward(exec, y, A.values); });
}

}  // namespace
