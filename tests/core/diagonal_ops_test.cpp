#include <nacre/core/diagonal_ops.hpp>
#include <nacre/core/matrix_sums.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/matrices.hpp"

// Diagonals, products with diagonal matrices, sums of rows, columns and diagonals.

namespace {

using nacre::Vector;
using nacre::test::Dense;
using nacre::test::expect_correct_derivatives;
using nacre::test::random_vector;
using nacre::test::result_of;
using nacre::test::to_host;

template <class Device>
struct DiagonalOps : testing::Test {};
TYPED_TEST_SUITE(DiagonalOps, nacre::test::Backends);

template <class Scalar, class Device>
void expect_sums_and_diagonal(nacre::CsrMatrix<Scalar, Device> const& A, bool derivatives) {
  nacre::ExecOf<Device> const exec;
  auto const n = static_cast<std::size_t>(A.num_rows()), m = static_cast<std::size_t>(A.num_cols());
  std::vector<double> rows(n), columns(m), diagonal(std::min(n, m)), trace{0};
  auto const ptr = to_host(A.pattern.row_ptr());
  auto const col = to_host(A.pattern.col());
  auto const v = to_host(A.values);
  for (std::size_t i = 0; i < n; ++i)
    for (auto k = ptr(i); k < ptr(i + 1); ++k) {
      auto const j = static_cast<std::size_t>(col(k));
      rows[i] += v(k);
      columns[j] += v(k);
      if (i == j) diagonal[i] = v(k);
      if (i == j) trace[0] += v(k);
    }
  nacre::RowSumsOp<Device> const row_sums{A.pattern};
  nacre::ColumnSumsOp<Device> const column_sums{A.pattern};
  nacre::TraceOp<Device> const trace_op(A.pattern);
  nacre::DiagonalOp<Device> const diagonal_op(A.pattern);
  nacre::test::expect_near<Scalar>(result_of<Scalar, Device>(row_sums, A.values), rows);
  nacre::test::expect_near<Scalar>(result_of<Scalar, Device>(column_sums, A.values), columns);
  nacre::test::expect_near<Scalar>(result_of<Scalar, Device>(diagonal_op, A.values), diagonal);
  nacre::test::expect_near<Scalar>(result_of<Scalar, Device>(trace_op, A.values), trace, 1e4);
  if (!derivatives) return;
  expect_correct_derivatives(exec, row_sums, A.values);
  expect_correct_derivatives(exec, column_sums, A.values);
  expect_correct_derivatives(exec, diagonal_op, A.values);
  expect_correct_derivatives(exec, trace_op, A.values);
}

TYPED_TEST(DiagonalOps, SumsAndDiagonalsAndTheirDerivativesAreRight) {
  nacre::test::for_each_small_matrix<double, TypeParam>(
      [](auto const& A) { expect_sums_and_diagonal(A, true); });
  nacre::test::for_each_small_matrix<float, TypeParam>(
      [](auto const& A) { expect_sums_and_diagonal(A, true); });
}
TYPED_TEST(DiagonalOps, SumsAndDiagonalsOfALargeMatrix) {
  expect_sums_and_diagonal(nacre::test::large_sparse<double, TypeParam>(100000, 90000, 1), true);
}

template <class Scalar, class Device>
void expect_scaling(nacre::CsrMatrix<Scalar, Device> const& A) {
  nacre::ExecOf<Device> const exec;
  auto const n = static_cast<std::size_t>(A.num_rows()), m = static_cast<std::size_t>(A.num_cols());
  auto const left = random_vector<Scalar, Device>("left", n, 2),
             right = random_vector<Scalar, Device>("right", m, 3);
  std::vector<double> by_rows, by_columns, by_both;
  auto const ptr = to_host(A.pattern.row_ptr());
  auto const col = to_host(A.pattern.col());
  auto const v = to_host(A.values), l = to_host(left), r = to_host(right);
  for (std::size_t i = 0; i < n; ++i)
    for (auto k = ptr(i); k < ptr(i + 1); ++k) {
      by_rows.push_back(l(i) * v(k));
      by_columns.push_back(v(k) * r(col(k)));
      by_both.push_back(l(i) * v(k) * r(col(k)));
    }
  nacre::ScaleRowsOp<Device> const rows{A.pattern};
  nacre::ScaleColumnsOp<Device> const columns{A.pattern};
  nacre::ScaleRowsAndColumnsOp<Device> const both{A.pattern};
  nacre::test::expect_near<Scalar>(result_of<Scalar, Device>(rows, left, A.values), by_rows);
  nacre::test::expect_near<Scalar>(result_of<Scalar, Device>(columns, A.values, right), by_columns);
  nacre::test::expect_near<Scalar>(result_of<Scalar, Device>(both, left, A.values, right), by_both);
  expect_correct_derivatives(exec, rows, left, A.values);
  expect_correct_derivatives(exec, columns, A.values, right);
  expect_correct_derivatives(exec, both, left, A.values, right);
}

TYPED_TEST(DiagonalOps, ProductsWithDiagonalMatricesAndTheirDerivativesAreRight) {
  nacre::test::for_each_small_matrix<double, TypeParam>([](auto const& A) { expect_scaling(A); });
  nacre::test::for_each_small_matrix<float, TypeParam>([](auto const& A) { expect_scaling(A); });
}
TYPED_TEST(DiagonalOps, ProductsWithDiagonalMatricesOfALargeMatrix) {
  expect_scaling(nacre::test::large_sparse<double, TypeParam>(100000, 90000, 1));
}

TYPED_TEST(DiagonalOps, OneDiagonalMatrixOnBothSidesGetsBothCotangents) {
  nacre::ExecOf<TypeParam> const exec;
  auto const A = nacre::test::random_sparse<double, TypeParam>(19, 19, .3, 1);
  auto const d = random_vector<double, TypeParam>("d", 19, 2);
  auto const y_bar = random_vector<double, TypeParam>("y_bar", A.num_entries(), 3);
  nacre::ScaleRowsAndColumnsOp<TypeParam> const op{A.pattern};
  Vector<double, TypeParam> const y("y", A.num_entries()), d_bar("d_bar", 19), l_bar("l", 19), r_bar("r", 19),
      none;
  op.adjoint(exec, y, y_bar, d, A.values, d, d_bar, none, d_bar);
  op.adjoint(exec, y, y_bar, d, A.values, d, l_bar, none, none);
  op.adjoint(exec, y, y_bar, d, A.values, d, none, none, r_bar);
  auto const both = to_host(d_bar), l = to_host(l_bar), r = to_host(r_bar);
  for (int i = 0; i < 19; ++i) EXPECT_NEAR(both(i), l(i) + r(i), 1e-14);
}

TYPED_TEST(DiagonalOps, ADiagonalMatrixHasItsDiagonal) {
  for (int const n : {0, 1, 5}) {
    nacre::DiagonalMatrixOp<TypeParam> const op(n);
    auto const d = random_vector<double, TypeParam>("d", static_cast<std::size_t>(n), 1);
    nacre::test::expect_well_formed(op.pattern);
    auto const values = result_of<double, TypeParam>(op, d);
    for (int i = 0; i < n; ++i) EXPECT_EQ(values[static_cast<std::size_t>(i)], to_host(d)(i));
    expect_correct_derivatives(nacre::ExecOf<TypeParam>(), op, d);
  }
}

TYPED_TEST(DiagonalOps, RejectWrongLengths) {
  nacre::ExecOf<TypeParam> const exec;
  auto const A = nacre::test::from_dense<double, TypeParam>({{4, 1, 0}, {1, 0, 2}}, 3);
  Vector<double, TypeParam> const shorter("shorter", 1), y("y", 4);
  nacre::test::expect_error("row_sums: view 'shorter' has extent(0) = 1",
                            [&] { nacre::RowSumsOp<TypeParam>{A.pattern}.forward(exec, y, shorter); });
  nacre::test::expect_error("diagonal: view 'shorter' has extent(0) = 1",
                            [&] { nacre::DiagonalOp<TypeParam>(A.pattern).forward(exec, y, shorter); });
  nacre::test::expect_error("scale_rows: view 'shorter' has extent(0) = 1", [&] {
    nacre::ScaleRowsOp<TypeParam>{A.pattern}.forward(exec, y, shorter, A.values);
  });
}

}  // namespace
