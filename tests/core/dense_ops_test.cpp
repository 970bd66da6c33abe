#include <nacre/core/dense_columns.hpp>
#include <nacre/core/dense_rows.hpp>
#include <nacre/core/gemm.hpp>
#include <nacre/core/softmax.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/matrices.hpp"

// Operations on dense matrices.

namespace {

using nacre::MultiVector;
using nacre::RowMajor;
using nacre::Transposed;
using nacre::Vector;
using nacre::test::expect_correct_derivatives;
using nacre::test::random_vector;
using nacre::test::to_host;

template <class Device>
struct DenseOps : testing::Test {};
TYPED_TEST_SUITE(DenseOps, nacre::test::Backends);

template <template <class, class> class Matrix, class Device, class Scalar = double>
Matrix<Scalar, Device> random_matrix(std::size_t n, std::size_t m, unsigned seed) {
  auto const v = random_vector<Scalar, Device>("v", n * m, seed);
  Matrix<Scalar, Device> const x("x", n, m);
  Kokkos::deep_copy(Vector<Scalar, Device>(x.data(), n * m), v);
  return x;
}

/// What a matrix operation computes, as the matrix type of the last input.
template <class Op, class X, class... In>
auto matrix_result(Op const& op, X const& like, In const&... in) -> typename X::HostMirror {
  auto const extents = op.output_extents(in...);
  X const y("y", extents[0], extents[1]);
  Kokkos::deep_copy(y, 99);
  op.forward(typename X::execution_space(), y, in...);
  static_cast<void>(like);
  return to_host(y);
}

template <template <class, class> class MA, template <class, class> class MB, class Scalar, class Device>
void expect_product(std::size_t n, std::size_t k, std::size_t m) {
  nacre::ExecOf<Device> const exec;
  double const tolerance = 50 * std::numeric_limits<Scalar>::epsilon();
  for (auto const ta : {Transposed::no, Transposed::yes})
    for (auto const tb : {Transposed::no, Transposed::yes}) {
      bool const at = ta == Transposed::yes, bt = tb == Transposed::yes;
      SCOPED_TRACE(nacre::cat(n, ' ', k, ' ', m, " transposed ", at, ' ', bt));
      auto const a = random_matrix<MA, Device, Scalar>(at ? k : n, at ? n : k, 1);
      auto const b = random_matrix<MB, Device, Scalar>(bt ? m : k, bt ? k : m, 2);
      auto const ah = to_host(a);
      auto const bh = to_host(b);
      nacre::MatmulOp const op{ta, tb};
      auto const y = matrix_result(op, b, a, b);
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < m; ++j) {
          double sum = 0;
          for (std::size_t l = 0; l < k; ++l)
            sum +=
                static_cast<double>(at ? ah(l, i) : ah(i, l)) * static_cast<double>(bt ? bh(j, l) : bh(l, j));
          ASSERT_NEAR(static_cast<double>(y(i, j)), sum, tolerance);
        }
      expect_correct_derivatives(exec, op, a, b);
    }
}

template <class Scalar, class Device>
void expect_products() {
  for (auto const& s :
       {std::array<std::size_t, 3>{0, 0, 0}, {1, 1, 1}, {5, 7, 3}, {4, 0, 3}, {0, 3, 2}, {37, 20, 11}}) {
    expect_product<RowMajor, RowMajor, Scalar, Device>(s[0], s[1], s[2]);
    expect_product<MultiVector, RowMajor, Scalar, Device>(s[0], s[1], s[2]);
    expect_product<RowMajor, MultiVector, Scalar, Device>(s[0], s[1], s[2]);
  }
}

TYPED_TEST(DenseOps, ProductsAndTheirDerivativesAreRight) { expect_products<double, TypeParam>(); }
TYPED_TEST(DenseOps, ProductsAndTheirDerivativesAreRightInFloat) { expect_products<float, TypeParam>(); }

// null where BLAS is not OpenBLAS
extern "C" __attribute__((weak)) void openblas_set_num_threads(int num_threads);

TYPED_TEST(DenseOps, ProductsDoNotDependOnTheThreadsOfBlas) {
  if (openblas_set_num_threads == nullptr) GTEST_SKIP() << "not OpenBLAS";
  auto const a = random_matrix<RowMajor, TypeParam>(1433, 700, 1),
             b = random_matrix<RowMajor, TypeParam>(700, 7, 2);
  openblas_set_num_threads(1);
  auto const one = matrix_result(nacre::MatmulOp{}, b, a, b);
  openblas_set_num_threads(2);
  auto const two = matrix_result(nacre::MatmulOp{}, b, a, b);
  for (std::size_t i = 0; i < one.extent(0); ++i)
    for (std::size_t j = 0; j < one.extent(1); ++j) ASSERT_EQ(one(i, j), two(i, j)) << i << ' ' << j;
}

/// The kernel that stands in where there is no BLAS, against plain loops.
template <class Device>
void expect_own_product(bool accumulate) {
  auto const a = random_matrix<RowMajor, Device>(5, 4, 1), b = random_matrix<RowMajor, Device>(4, 3, 2),
             c = random_matrix<RowMajor, Device>(5, 3, 3);
  auto const ah = to_host(a), bh = to_host(b), before = to_host(c);
  using Kernel = nacre::detail::GemmKernel<nacre::ExecOf<Device>, double, double, double>;
  std::size_t const count = nacre::kOnHost<Device> ? 5 : 15;
  Kokkos::parallel_for("nacre::test", nacre::range_of_entries(nacre::ExecOf<Device>(), count),
                       Kernel{nacre::detail::dense_ref(a), nacre::detail::dense_ref(b),
                              nacre::detail::dense_ref(c), accumulate});
  auto const ch = to_host(c);
  for (int i = 0; i < 5; ++i)
    for (int j = 0; j < 3; ++j) {
      double sum = accumulate ? before(i, j) : 0;
      for (int k = 0; k < 4; ++k) sum += ah(i, k) * bh(k, j);
      EXPECT_NEAR(ch(i, j), sum, 1e-14);
    }
}

TYPED_TEST(DenseOps, TheirOwnProductIsRight) {
  expect_own_product<TypeParam>(false);
  expect_own_product<TypeParam>(true);
}

template <template <class, class> class Matrix, class Device>
void expect_softmax(std::size_t n, std::size_t k) {
  SCOPED_TRACE(nacre::cat(n, " by ", k));
  nacre::ExecOf<Device> const exec;
  auto const x = random_matrix<Matrix, Device>(n, k, 1);
  auto const xh = to_host(x);
  auto const y = matrix_result(nacre::SoftmaxOp{}, x, x);
  auto const log_y = matrix_result(nacre::LogSoftmaxOp{}, x, x);
  for (std::size_t i = 0; i < n; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < k; ++j) sum += std::exp(xh(i, j));
    for (std::size_t j = 0; j < k; ++j) {
      EXPECT_NEAR(y(i, j), std::exp(xh(i, j)) / sum, 1e-14);
      EXPECT_NEAR(log_y(i, j), xh(i, j) - std::log(sum), 1e-14);
    }
  }
  expect_correct_derivatives(exec, nacre::SoftmaxOp{}, x);
  expect_correct_derivatives(exec, nacre::LogSoftmaxOp{}, x);
}

TYPED_TEST(DenseOps, SoftmaxAndItsDerivativesAreRight) {
  for (auto const& [n, k] : {std::pair<std::size_t, std::size_t>{0, 0}, {0, 3}, {3, 0}, {2, 2}, {37, 5}}) {
    expect_softmax<RowMajor, TypeParam>(n, k);
    expect_softmax<MultiVector, TypeParam>(n, k);
  }
}

TYPED_TEST(DenseOps, SoftmaxDoesNotOverflow) {
  RowMajor<double, TypeParam> const x("x", 1, 2);
  auto const h = Kokkos::create_mirror(x);
  h(0, 0) = 1e4;
  h(0, 1) = -1e4;
  Kokkos::deep_copy(x, h);
  EXPECT_EQ(matrix_result(nacre::SoftmaxOp{}, x, x)(0, 0), 1);
  EXPECT_EQ(matrix_result(nacre::LogSoftmaxOp{}, x, x)(0, 1), -2e4);
}

template <template <class, class> class Matrix, class Device>
void expect_rows_and_columns(std::size_t n, std::size_t k) {
  SCOPED_TRACE(nacre::cat(n, " by ", k));
  nacre::ExecOf<Device> const exec;
  auto const x = random_matrix<Matrix, Device>(n, k, 1), z = random_matrix<Matrix, Device>(n, 2, 2);
  auto const b = random_vector<double, Device>("b", k, 3), d = random_vector<double, Device>("d", n, 4);
  auto const c = random_vector<double, Device>("c", k, 5);
  auto const xh = to_host(x), zh = to_host(z);
  auto const bh = to_host(b), ch = to_host(c), dh = to_host(d);
  auto const biased = matrix_result(nacre::BiasOp{}, x, x, b);
  auto const affine = matrix_result(nacre::AffineColumnsOp{}, x, x, b, c);
  auto const scaled = matrix_result(nacre::ScaleDenseRowsOp{}, x, d, x);
  auto const both = matrix_result(nacre::ConcatenateColumnsOp{}, x, x, z, x);
  auto const turned = matrix_result(nacre::DenseTransposeOp{}, x, x);
  std::size_t const first = k / 3, count = k - 2 * first;
  auto const slice = matrix_result(nacre::SliceColumnsOp{first, count}, x, x);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < k; ++j) {
      EXPECT_EQ(biased(i, j), xh(i, j) + bh(j));
      EXPECT_NEAR(affine(i, j), bh(j) * xh(i, j) + ch(j), 1e-15);
      EXPECT_EQ(scaled(i, j), dh(i) * xh(i, j));
      EXPECT_EQ(both(i, j), xh(i, j));
      EXPECT_EQ(both(i, k + 2 + j), xh(i, j));
      EXPECT_EQ(both(i, k + j % 2), zh(i, j % 2));
      EXPECT_EQ(turned(j, i), xh(i, j));
      if (j >= first && j < first + count) {
        EXPECT_EQ(slice(i, j - first), xh(i, j));
      }
    }
  expect_correct_derivatives(exec, nacre::BiasOp{}, x, b);
  expect_correct_derivatives(exec, nacre::AffineColumnsOp{}, x, b, c);
  expect_correct_derivatives(exec, nacre::ScaleDenseRowsOp{}, d, x);
  expect_correct_derivatives(exec, nacre::ConcatenateColumnsOp{}, x, z, x);
  expect_correct_derivatives(exec, nacre::DenseTransposeOp{}, x);
  expect_correct_derivatives(exec, nacre::SliceColumnsOp{first, count}, x);
}

TYPED_TEST(DenseOps, RowsAndColumnsAndTheirDerivativesAreRight) {
  for (auto const& [n, k] : {std::pair<std::size_t, std::size_t>{0, 0}, {0, 3}, {3, 0}, {1, 1}, {37, 19}}) {
    expect_rows_and_columns<RowMajor, TypeParam>(n, k);
    expect_rows_and_columns<MultiVector, TypeParam>(n, k);
  }
}

TYPED_TEST(DenseOps, OfManyRows) {
  nacre::ExecOf<TypeParam> const exec;
  auto const x = random_matrix<RowMajor, TypeParam>(100000, 5, 1),
             w = random_matrix<RowMajor, TypeParam>(5, 3, 2);
  expect_correct_derivatives(exec, nacre::MatmulOp{}, x, w);
  expect_correct_derivatives(exec, nacre::BiasOp{}, x, random_vector<double, TypeParam>("b", 5, 3));
  expect_correct_derivatives(exec, nacre::LogSoftmaxOp{}, x);
}

TYPED_TEST(DenseOps, RejectWhatDoesNotFit) {
  using nacre::test::expect_error;
  nacre::ExecOf<TypeParam> const exec;
  RowMajor<double, TypeParam> const x("x", 3, 4), w("w", 5, 2), y("y", 3, 2);
  Vector<double, TypeParam> const b("b", 3);
  expect_error("matmul: view 'w' has extent(0) = 5 but the number of columns of the left factor is 4",
               [&] { nacre::MatmulOp{}.forward(exec, y, x, w); });
  expect_error("bias: view 'b' has extent(0) = 3 but the number of columns of x is 4",
               [&] { nacre::BiasOp{}.forward(exec, x, x, b); });
  expect_error("affine_columns: view 'b' has extent(0) = 3 but the number of columns of x is 4",
               [&] { nacre::AffineColumnsOp{}.forward(exec, x, x, b, b); });
  expect_error("slice_columns: columns 2 up to 5 of view 'x', which has 4", [&] {
    nacre::SliceColumnsOp{2, 3}.forward(exec, y, x);
  });
  expect_error("concatenate_columns: view 'w' has extent(0) = 5",
               [&] { nacre::ConcatenateColumnsOp{}.forward(exec, x, x, w); });
}

}  // namespace
