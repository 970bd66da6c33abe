#include <nacre/core/dense_conversion.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/matrices.hpp"

namespace {

using nacre::test::expect_correct_derivatives;
using nacre::test::random_vector;
using nacre::test::to_host;

template <class Device>
struct DenseConversion : testing::Test {};
TYPED_TEST_SUITE(DenseConversion, nacre::test::Backends);

template <template <class, class> class Matrix, class Scalar, class Device>
void expect_conversions(nacre::CsrMatrix<Scalar, Device> const& A) {
  nacre::ExecOf<Device> const exec;
  auto const a = nacre::test::to_dense(A);
  auto const n = a.size(), m = static_cast<std::size_t>(A.num_cols());
  auto const data = random_vector<Scalar, Device>("x", n * m, 3);
  Matrix<Scalar const, Device> const x(data.data(), n, m);
  auto const xh = to_host(x);
  auto const ptr = to_host(A.pattern.row_ptr());
  auto const col = to_host(A.pattern.col());
  auto const v = to_host(A.values);
  std::vector<double> taken, times;
  for (std::size_t i = 0; i < n; ++i)
    for (auto k = ptr(i); k < ptr(i + 1); ++k) {
      taken.push_back(xh(i, static_cast<std::size_t>(col(k))));
      times.push_back(v(k) * xh(i, static_cast<std::size_t>(col(k))));
    }
  nacre::FromDenseOp<Device> const from{A.pattern};
  nacre::HadamardDenseOp<Device> const hadamard{A.pattern};
  nacre::ToDenseOp<Device> const to{A.pattern};
  EXPECT_EQ((nacre::test::result_of<Scalar, Device>(from, x)), taken);
  nacre::test::expect_near<Scalar>(nacre::test::result_of<Scalar, Device>(hadamard, A.values, x), times, 1);
  Matrix<Scalar, Device> const y("y", n, m);
  Kokkos::deep_copy(y, Scalar(9));
  to.forward(exec, y, A.values);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < m; ++j) EXPECT_EQ(static_cast<double>(to_host(y)(i, j)), a[i][j]);
  expect_correct_derivatives(exec, from, x);
  expect_correct_derivatives(exec, hadamard, A.values, x);
  expect_correct_derivatives(exec, to, A.values);
}

TYPED_TEST(DenseConversion, ValuesAndDerivativesAreRight) {
  nacre::test::for_each_small_matrix<double, TypeParam>([](auto const& A) {
    expect_conversions<nacre::RowMajor>(A);
    expect_conversions<nacre::MultiVector>(A);
  });
  nacre::test::for_each_small_matrix<float, TypeParam>(
      [](auto const& A) { expect_conversions<nacre::RowMajor>(A); });
}

TYPED_TEST(DenseConversion, RejectsAMatrixOfAnotherSize) {
  auto const A = nacre::test::random_sparse<double, TypeParam>(3, 4, .5, 1);
  nacre::Vector<double, TypeParam> const y("y", A.num_entries());
  nacre::RowMajor<double, TypeParam> const x("x", 3, 5);
  nacre::test::expect_error("from_dense: view 'x' has extent(1) = 5 but the number of columns is 4", [&] {
    nacre::FromDenseOp<TypeParam>{A.pattern}.forward(nacre::ExecOf<TypeParam>(), y, x);
  });
}

}  // namespace
