#include <nacre/core/spmm_adjoint.hpp>

#include <gtest/gtest.h>

#include "support/adjoints.hpp"
#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/message_of.hpp"

namespace {

using namespace nacre::test;
using Right = Kokkos::LayoutRight;

template <class Device>
struct SpmmAdjoint : testing::Test {};
TYPED_TEST_SUITE(SpmmAdjoint, Backends);

template <class Scalar, class Device>
void expect_masked_dense_gradients(int n, int m, std::size_t k, double tolerance) {
  SCOPED_TRACE(nacre::cat(n, " by ", m, ", ", k, " columns"));
  nacre::ExecOf<Device> const exec;
  auto const rows = static_cast<std::size_t>(n), cols = static_cast<std::size_t>(m);
  auto const A = random_with_zeros<Scalar, Device>(n, m, .2, 1);
  auto const a = to_dense(A);

  auto const x = random_dense<Right, Scalar, Device>(cols, k, 2);
  auto const dense_x = from_rows(numbers_of(x), cols, k);
  auto const found = run_adjoint(exec, nacre::SpmmOp<Device>{A.pattern}, A.values, x);
  auto const y_bar = from_rows(found.y_bar, rows, k);
  expect_equal_to(tolerance, found.x_bar[0], masked(A.pattern, product(y_bar, transposed(dense_x, k), cols)));
  expect_near<Scalar>(from_rows(found.x_bar[1], cols, k), product(transposed(a, cols), y_bar, k));

  auto const u = random_dense<Right, Scalar, Device>(rows, k, 3);
  auto const dense_u = from_rows(numbers_of(u), rows, k);
  nacre::SpmmTransposeOp<Device> const transpose{A.pattern};
  auto const other = run_adjoint(exec, transpose, A.values, u);
  auto const z_bar = from_rows(other.y_bar, cols, k);
  expect_equal_to(tolerance, other.x_bar[0], masked(A.pattern, product(dense_u, transposed(z_bar, k), cols)));
  expect_near<Scalar>(from_rows(other.x_bar[1], rows, k), product(a, z_bar, k));

  nacre::RowMajor<Scalar, Device> const z("z", cols, k);
  Kokkos::deep_copy(z, Scalar(1e30));
  nacre::spmm_transpose(exec, A.pattern, A.values, u, z);
  expect_near<Scalar>(from_rows(numbers_of(z), cols, k), product(transposed(a, cols), dense_u, k));
}

TYPED_TEST(SpmmAdjoint, IsTheDenseGradientOnThePattern) {
  for (auto const& [n, m] : {std::array<int, 2>{0, 0}, {1, 1}, {0, 3}, {3, 0}, {37, 23}, {23, 37}})
    for (std::size_t const k : {1, 3, 13, 32, 45}) {
      expect_masked_dense_gradients<double, TypeParam>(n, m, k, 1e-12);
      expect_masked_dense_gradients<float, TypeParam>(n, m, k, 1e-5);
    }
}

template <class Scalar, class Device>
void expect_derivatives(nacre::CsrMatrix<Scalar, Device> const& A, std::size_t k) {
  nacre::ExecOf<Device> const exec;
  nacre::SpmmOp<Device> const op{A.pattern};
  nacre::SpmmTransposeOp<Device> const transpose{A.pattern};
  auto const x = random_dense<Right, Scalar, Device>(static_cast<std::size_t>(A.num_cols()), k, 2),
             u = random_dense<Right, Scalar, Device>(static_cast<std::size_t>(A.num_rows()), k, 3);
  expect_correct_derivatives(exec, op, A.values, x);
  expect_correct_derivatives(exec, transpose, A.values, u);
  expect_reproducible(exec, op, A.values, x);
  expect_reproducible(exec, transpose, A.values, u);
}

TYPED_TEST(SpmmAdjoint, AgreesWithDifferences) {
  for (auto const& [n, m] : {std::array<int, 2>{0, 0}, {1, 1}, {37, 23}, {23, 37}}) {
    expect_derivatives(random_with_zeros<double, TypeParam>(n, m, .2, 1), 11);
    expect_derivatives(random_with_zeros<float, TypeParam>(n, m, .2, 1), 33);
  }
  expect_derivatives(large_random<double, TypeParam>(100000, 90000, 1), 2);
}

TYPED_TEST(SpmmAdjoint, TransposedForwardRejectsAShortX) {
  auto const A = random_sparse<double, TypeParam>(4, 5, .5, 1);
  nacre::RowMajor<double, TypeParam> const x("x", 5, 2), y("y", 5, 2);
  EXPECT_NE(message_of([&] {
              nacre::SpmmTransposeOp<TypeParam>{A.pattern}.forward(nacre::ExecOf<TypeParam>(), y, A.values,
                                                                   x);
            }).find("spmm_transpose: view 'x' has extent(0) = 5 but the pattern's number of rows is 4"),
            std::string::npos);
}

}  // namespace
