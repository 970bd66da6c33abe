#include <nacre/core/spmv_adjoint.hpp>

#include <gtest/gtest.h>

#include "support/adjoints.hpp"
#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/message_of.hpp"

namespace {

using namespace nacre::test;
using Left = Kokkos::LayoutLeft;

template <class Device>
struct SpmvAdjoint : testing::Test {};
TYPED_TEST_SUITE(SpmvAdjoint, Backends);

template <class Scalar, class Device>
void expect_masked_dense_gradients(int n, int m, std::size_t k, double density, double tolerance) {
  SCOPED_TRACE(nacre::cat(n, " by ", m, ", ", k, " columns"));
  nacre::ExecOf<Device> const exec;
  auto const rows = static_cast<std::size_t>(n), cols = static_cast<std::size_t>(m);
  auto const A = random_with_zeros<Scalar, Device>(n, m, density, 1);
  auto const a = to_dense(A);

  auto const x = random_dense<Left, Scalar, Device>(cols, k, 2);
  auto const dense_x = from_columns(numbers_of(x), cols, k);
  auto const found = run_adjoint(exec, nacre::SpmvOp<Device>{A.pattern}, A.values, x);
  auto const y_bar = from_columns(found.y_bar, rows, k);
  expect_equal_to(tolerance, found.x_bar[0], masked(A.pattern, product(y_bar, transposed(dense_x, k), cols)));
  auto const x_bar = product(transposed(a, cols), y_bar, k);
  EXPECT_NO_FATAL_FAILURE(expect_near<Scalar>(from_columns(found.x_bar[1], cols, k), x_bar));

  auto const u = random_dense<Left, Scalar, Device>(rows, k, 3);
  auto const dense_u = from_columns(numbers_of(u), rows, k);
  auto const other = run_adjoint(exec, nacre::SpmvTransposeOp<Device>{A.pattern}, A.values, u);
  auto const z_bar = from_columns(other.y_bar, cols, k);
  expect_equal_to(tolerance, other.x_bar[0], masked(A.pattern, product(dense_u, transposed(z_bar, k), cols)));
  EXPECT_NO_FATAL_FAILURE(expect_near<Scalar>(from_columns(other.x_bar[1], rows, k), product(a, z_bar, k)));
}

TYPED_TEST(SpmvAdjoint, IsTheDenseGradientOnThePattern) {
  for (auto const& [n, m] : {std::array<int, 2>{0, 0}, {1, 1}, {0, 3}, {3, 0}, {37, 23}, {23, 37}})
    for (std::size_t const k : {1, 3}) {
      expect_masked_dense_gradients<double, TypeParam>(n, m, k, .2, 1e-12);
      expect_masked_dense_gradients<float, TypeParam>(n, m, k, .2, 1e-5);
    }
  expect_masked_dense_gradients<double, TypeParam>(30, 9, 1, 1., 1e-12);
  for (int length = 2; length < 10; ++length)  // rows of one length
    expect_masked_dense_gradients<double, TypeParam>(1, length, 1, 1., 1e-12);
}

TYPED_TEST(SpmvAdjoint, OfEquallyLongRowsIsTheDenseGradient) {
  nacre::ExecOf<TypeParam> const exec;
  for (int length = 1; length <= 11; ++length) {
    Dense a(35, std::vector<double>(20, 0.));
    for (std::size_t i = 0; i < a.size(); ++i)
      for (int k = 0; k < length; ++k)
        a[i][(7 * i + static_cast<std::size_t>(k)) % 20] = 1. + static_cast<double>(i);
    auto const A = from_dense<double, TypeParam>(a, 20);
    auto const x = random_vector<double, TypeParam>("x", 20, 2);
    auto const found = run_adjoint(exec, nacre::SpmvOp<TypeParam>{A.pattern}, A.values, x);
    auto const y_bar = from_columns(found.y_bar, 35, 1), row = from_rows(numbers_of(x), 1, 20);
    expect_equal_to(1e-12, found.x_bar[0], masked(A.pattern, product(y_bar, row, 20)));
    expect_equal_to(1e-12, found.x_bar[1], product(transposed(y_bar, 1), a, 20)[0]);
  }
}

template <class Scalar, class Device>
void expect_derivatives(nacre::CsrMatrix<Scalar, Device> const& A) {
  nacre::ExecOf<Device> const exec;
  auto const n = static_cast<std::size_t>(A.num_rows()), m = static_cast<std::size_t>(A.num_cols());
  nacre::SpmvOp<Device> const op{A.pattern};
  nacre::SpmvTransposeOp<Device> const transpose{A.pattern};
  auto const x = random_vector<Scalar, Device>("x", m, 2), u = random_vector<Scalar, Device>("u", n, 3);
  expect_correct_derivatives(exec, op, A.values, x);
  expect_correct_derivatives(exec, transpose, A.values, u);
  expect_reproducible(exec, op, A.values, x);
  expect_reproducible(exec, transpose, A.values, u);
  if (n > 100) return;
  expect_correct_derivatives(exec, op, A.values, random_dense<Left, Scalar, Device>(m, 3, 4));
  expect_correct_derivatives(exec, transpose, A.values, random_dense<Left, Scalar, Device>(n, 3, 5));
}

TYPED_TEST(SpmvAdjoint, AgreesWithDifferences) {
  for (auto const& [n, m] : {std::array<int, 2>{0, 0}, {1, 1}, {0, 3}, {37, 23}, {23, 37}}) {
    expect_derivatives(random_with_zeros<double, TypeParam>(n, m, .2, 1));
    expect_derivatives(random_with_zeros<float, TypeParam>(n, m, .2, 1));
  }
  expect_derivatives(large_random<double, TypeParam>(100000, 90000, 1));
}

TYPED_TEST(SpmvAdjoint, GivesExplicitZerosAGradient) {
  auto const A = from_dense<double, TypeParam>({{1, 2}}, 2);
  Kokkos::deep_copy(A.values, 0.);
  auto const x = random_vector<double, TypeParam>("x", 2, 1);
  auto const found =
      run_adjoint(nacre::ExecOf<TypeParam>(), nacre::SpmvOp<TypeParam>{A.pattern}, A.values, x);
  EXPECT_EQ(found.x_bar[0][0], found.y_bar[0] * to_host(x)(0));
  EXPECT_NE(found.x_bar[0][0], 0.);
}

TYPED_TEST(SpmvAdjoint, ForwardRejectsAShortX) {
  auto const A = random_sparse<double, TypeParam>(4, 5, .5, 1);
  nacre::Vector<double, TypeParam> const x("x", 4), y("y", 4);
  EXPECT_NE(message_of([&] {
              nacre::SpmvOp<TypeParam>{A.pattern}.forward(nacre::ExecOf<TypeParam>(), y, A.values, x);
            }).find("spmv: view 'x' has extent(0) = 4 but the pattern's number of columns is 5"),
            std::string::npos);
}

}  // namespace
