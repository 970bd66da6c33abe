#include <nacre/core/block_assembly.hpp>
#include <nacre/core/hadamard.hpp>
#include <nacre/core/kronecker.hpp>
#include <nacre/core/selection_ops.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/matrices.hpp"

// Operations that move entries between patterns.

namespace {

using nacre::CsrMatrix;
using nacre::CsrPattern;
using nacre::Triangle;
using nacre::Vector;
using nacre::test::Dense;
using nacre::test::expect_correct_derivatives;
using nacre::test::large_sparse;
using nacre::test::random_sparse;
using nacre::test::to_dense;

template <class Device>
struct StructureOps : testing::Test {};
TYPED_TEST_SUITE(StructureOps, nacre::test::Backends);

/// The result of an operation as a dense matrix.
template <class Device, class Op, class... In>
Dense dense_result(CsrPattern<Device> const& pattern, Op const& op, In const&... in) {
  nacre::test::expect_well_formed(pattern);
  auto const values = nacre::test::result_of<double, Device>(op, in...);
  return nacre::test::to_dense(pattern, nacre::to_device<Device>("values", values));
}

Dense zeros(std::size_t n, std::size_t m) { return Dense(n, std::vector<double>(m, 0.)); }

template <class Device>
void expect_selections(CsrMatrix<double, Device> const& A) {
  nacre::ExecOf<Device> const exec;
  auto const a = nacre::test::to_dense(A);
  auto const n = a.size(), m = static_cast<std::size_t>(A.num_cols());
  for (int const k : {-2, 0, 1}) {
    auto lower = zeros(n, m), upper = zeros(n, m);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < m; ++j) {
        int const diagonal = static_cast<int>(j) - static_cast<int>(i);
        if (diagonal <= k) lower[i][j] = a[i][j];
        if (diagonal >= k) upper[i][j] = a[i][j];
      }
    auto const l = nacre::triangular_part_op(A.pattern, Triangle::lower, k);
    auto const u = nacre::triangular_part_op(A.pattern, Triangle::upper, k);
    nacre::test::expect_near(dense_result(l.pattern, l, A.values), lower, 0);
    nacre::test::expect_near(dense_result(u.pattern, u, A.values), upper, 0);
    expect_correct_derivatives(exec, l, A.values);
  }
  std::vector<nacre::Ordinal> rows, cols;  // the last row twice, every other column, backwards
  for (int i = A.num_rows() - 1; i >= 0; i -= 3) rows.push_back(i);
  if (n > 0) rows.push_back(A.num_rows() - 1);
  for (int j = A.num_cols() - 1; j >= 0; j -= 2) cols.push_back(j);
  auto const part = nacre::submatrix_op(A.pattern, rows, cols);
  auto expected = zeros(rows.size(), cols.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < cols.size(); ++j)
      expected[i][j] = a[static_cast<std::size_t>(rows[i])][static_cast<std::size_t>(cols[j])];
  nacre::test::expect_near(dense_result(part.pattern, part, A.values), expected, 0);
  expect_correct_derivatives(exec, part, A.values);
}

TYPED_TEST(StructureOps, SelectionsAndTheirDerivativesAreRight) {
  nacre::test::for_each_small_matrix<double, TypeParam>([](auto const& A) { expect_selections(A); });
}

TYPED_TEST(StructureOps, APermutationAndItsDerivativesAreRight) {
  auto const A = nacre::test::from_dense<double, TypeParam>({{1, 0, 2}, {0, 3, 0}}, 3);
  auto const op = nacre::permute_op(A.pattern, {1, 0}, {2, 0, 1});
  nacre::test::expect_near(dense_result(op.pattern, op, A.values), {{0, 0, 3}, {2, 1, 0}}, 0);
  expect_correct_derivatives(nacre::ExecOf<TypeParam>(), op, A.values);
}

template <class Device>
void expect_entrywise(CsrMatrix<double, Device> const& A, CsrMatrix<double, Device> const& B) {
  nacre::ExecOf<Device> const exec;
  auto const a = nacre::test::to_dense(A), b = nacre::test::to_dense(B);
  auto const at_b = nacre::test::to_dense(B.pattern, [&] {
    Vector<double, Device> const ones("ones", B.num_entries());
    Kokkos::deep_copy(ones, 1.);
    return ones;
  }());
  auto product = zeros(a.size(), static_cast<std::size_t>(A.num_cols())), taken = product;
  double inner = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < product[i].size(); ++j) {
      product[i][j] = a[i][j] * b[i][j];
      taken[i][j] = a[i][j] * at_b[i][j];
      inner += product[i][j];
    }
  nacre::HadamardOp<Device> const hadamard(A.pattern, B.pattern);
  nacre::FrobeniusInnerOp<Device> const frobenius(A.pattern, B.pattern);
  nacre::EntriesAtOp<Device> const entries(A.pattern, B.pattern);
  nacre::test::expect_near(dense_result(hadamard.common.pattern, hadamard, A.values, B.values), product, 1);
  nacre::test::expect_near(dense_result(entries.pattern, entries, A.values), taken, 0);
  EXPECT_NEAR((nacre::test::result_of<double, Device>(frobenius, A.values, B.values)[0]), inner, 1e-13);
  expect_correct_derivatives(exec, hadamard, A.values, B.values);
  expect_correct_derivatives(exec, frobenius, A.values, B.values);
  expect_correct_derivatives(exec, entries, A.values);
}

TYPED_TEST(StructureOps, EntryWiseProductsAndTheirDerivativesAreRight) {
  for (auto const& [n, m] : {std::pair<int, int>{0, 0}, {1, 1}, {23, 17}, {11, 29}}) {
    SCOPED_TRACE(nacre::cat(n, " by ", m));
    auto const A = random_sparse<double, TypeParam>(n, m, n == 1 ? 1.1 : .3, 1);
    expect_entrywise(nacre::test::with_explicit_zeros(A), random_sparse<double, TypeParam>(n, m, .4, 2));
    expect_entrywise(A, A);
  }
}

TYPED_TEST(StructureOps, OfLargeMatrices) {
  nacre::ExecOf<TypeParam> const exec;
  auto const A = large_sparse<double, TypeParam>(100000, 500, 1),
             B = large_sparse<double, TypeParam>(100000, 500, 2);
  nacre::HadamardOp<TypeParam> const hadamard(A.pattern, B.pattern);
  EXPECT_GT(hadamard.common.pattern.num_entries(), 1000u);
  expect_correct_derivatives(exec, hadamard, A.values, B.values);
  expect_correct_derivatives(exec, nacre::EntriesAtOp<TypeParam>(A.pattern, B.pattern), A.values);
  expect_correct_derivatives(exec, nacre::block_diagonal<TypeParam>({A.pattern, B.pattern}), A.values,
                             B.values);
  auto const small = random_sparse<double, TypeParam>(3, 2, .7, 1);
  expect_correct_derivatives(exec, nacre::KroneckerOp<TypeParam>(small.pattern, A.pattern), small.values,
                             A.values);
}

TYPED_TEST(StructureOps, AssemblySumsEntriesOfOnePlace) {
  nacre::AssembleOp<TypeParam> const op(3, 2, {2, 0, 2, 0, 2}, {1, 0, 0, 0, 1});
  auto const entries = nacre::to_device<TypeParam>("entries", std::vector<double>{1, 2, 3, 4, 5});
  nacre::test::expect_near(dense_result(op.pattern, op, entries), {{6, 0}, {0, 0}, {3, 6}}, 0);
  expect_correct_derivatives(nacre::ExecOf<TypeParam>(), op, entries);
  nacre::AssembleOp<TypeParam> const empty(0, 0, {}, {});
  expect_correct_derivatives(nacre::ExecOf<TypeParam>(), empty, Vector<double, TypeParam>("none", 0));
}

TYPED_TEST(StructureOps, BlocksAndTheirDerivativesAreRight) {
  nacre::ExecOf<TypeParam> const exec;
  auto const A = random_sparse<double, TypeParam>(3, 4, .5, 1),
             B = random_sparse<double, TypeParam>(2, 5, .5, 2),
             C = random_sparse<double, TypeParam>(3, 5, .5, 3);
  nacre::BlockAssemblyOp<TypeParam> const grid(
      {{A.pattern, C.pattern}, {CsrPattern<TypeParam>(), B.pattern}});
  auto const a = to_dense(A), b = to_dense(B), c = to_dense(C);
  auto expected = zeros(5, 9), diagonal = zeros(5, 9);
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = 0; j < 9; ++j) {
      diagonal[i][j] = i < 3 && j < 4 ? a[i][j] : i >= 3 && j >= 4 ? b[i - 3][j - 4] : 0;
      expected[i][j] = i < 3 && j >= 4 ? c[i][j - 4] : diagonal[i][j];
    }
  nacre::test::expect_near(dense_result(grid.pattern(), grid, A.values, C.values, B.values), expected, 0);
  expect_correct_derivatives(exec, grid, A.values, C.values, B.values);
  auto const along = nacre::block_diagonal<TypeParam>({A.pattern, B.pattern});
  nacre::test::expect_near(dense_result(along.pattern(), along, A.values, B.values), diagonal, 0);
  auto const beside = nacre::side_by_side<TypeParam>({A.pattern, C.pattern});
  EXPECT_EQ(beside.pattern().num_cols(), 9);
  expect_correct_derivatives(exec, beside, A.values, C.values);
  auto const above = nacre::stacked<TypeParam>({B.pattern, C.pattern});
  EXPECT_EQ(above.pattern().num_rows(), 5);
  expect_correct_derivatives(exec, above, B.values, C.values);
}

TYPED_TEST(StructureOps, AKroneckerProductAndItsDerivativesAreRight) {
  for (int const n : {0, 1, 7}) {
    auto const A = random_sparse<double, TypeParam>(n, n + 2, .5, 1),
               B = random_sparse<double, TypeParam>(4, 3, .6, 2);
    nacre::KroneckerOp<TypeParam> const op(A.pattern, B.pattern);
    auto const a = to_dense(A), b = to_dense(B);
    auto expected = zeros(4 * a.size(), 3 * static_cast<std::size_t>(n + 2));
    for (std::size_t i = 0; i < expected.size(); ++i)
      for (std::size_t j = 0; j < expected[i].size(); ++j) expected[i][j] = a[i / 4][j / 3] * b[i % 4][j % 3];
    nacre::test::expect_near(dense_result(op.pattern, op, A.values, B.values), expected, 1);
    expect_correct_derivatives(nacre::ExecOf<TypeParam>(), op, A.values, B.values);
  }
}

TYPED_TEST(StructureOps, RejectWhatDoesNotFit) {
  using nacre::test::expect_error;
  nacre::ExecOf<TypeParam> const exec;
  auto const A = random_sparse<double, TypeParam>(3, 4, .5, 1),
             B = random_sparse<double, TypeParam>(2, 5, .5, 2);
  Vector<double, TypeParam> const y("y", A.num_entries() + B.num_entries());
  expect_error("common_entries: A is 3 by 4 but B is 2 by 5",
               [&] { nacre::HadamardOp<TypeParam>(A.pattern, B.pattern); });
  expect_error("entries_at: A is 3 by 4 but B is 2 by 5",
               [&] { nacre::EntriesAtOp<TypeParam>(A.pattern, B.pattern); });
  expect_error("blocks of 3 and of 2 rows in row of blocks 0", [&] {
    nacre::side_by_side<TypeParam>({A.pattern, B.pattern});
  });
  expect_error("every block in column of blocks 1 is missing", [&] {
    nacre::BlockAssemblyOp<TypeParam>({{A.pattern, CsrPattern<TypeParam>()}});
  });
  expect_error("block_assembly: values of 1 blocks, but there are 2", [&] {
    nacre::block_diagonal<TypeParam>({A.pattern, B.pattern}).forward(exec, y, A.values);
  });
  CsrPattern<TypeParam> const wide(1, 100000, nacre::Vector<nacre::Offset, TypeParam>("row_ptr", 2), {});
  expect_error("kronecker: the product would be 1 by 10000000000",
               [&] { nacre::KroneckerOp<TypeParam>(wide, wide); });
}

}  // namespace
