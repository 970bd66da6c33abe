#include <nacre/core/spmv.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include "support/backends.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::test::Dense;
using nacre::test::random_sparse;
using nacre::test::random_vector;
using nacre::test::to_dense;
using nacre::test::to_host;

template <class Device>
struct Spmv : testing::Test {};
TYPED_TEST_SUITE(Spmv, nacre::test::Backends);

template <class Device>
nacre::CsrMatrix<double, Device> small_matrix() {  // [1 . 2; . . .; . 3 .; 4 . 5]
  return {nacre::CsrPattern<Device>(
              4, 3, nacre::to_device<Device>("row_ptr", std::vector<nacre::Offset>{0, 2, 2, 3, 5}),
              nacre::to_device<Device>("col", std::vector<nacre::Ordinal>{0, 2, 1, 0, 2})),
          nacre::to_device<Device>("values", std::vector<double>{1, 2, 3, 4, 5})};
}

TYPED_TEST(Spmv, MatchesAProductByHand) {
  auto const A = small_matrix<TypeParam>();
  auto const x = nacre::to_device<TypeParam>("x", std::vector<double>{1, 10, 100});
  nacre::Vector<double, TypeParam> y("y", 4);

  nacre::spmv(nacre::ExecOf<TypeParam>(), A.pattern, A.values, x, y);

  auto const h = to_host(y);
  EXPECT_EQ(h(0), 201);
  EXPECT_EQ(h(1), 0);
  EXPECT_EQ(h(2), 30);
  EXPECT_EQ(h(3), 504);
}

TYPED_TEST(Spmv, RejectsAShortX) {
  auto const A = small_matrix<TypeParam>();
  nacre::Vector<double, TypeParam> x("x", 2), y("y", 4);

  try {
    nacre::spmv(nacre::ExecOf<TypeParam>(), A.pattern, A.values, x, y);
    FAIL() << "expected nacre::Error";
  } catch (nacre::Error const& e) {
    EXPECT_NE(std::string(e.what()).find("view 'x' has extent(0) = 2"), std::string::npos) << e.what();
  }
}

/// Requires y(:, c) = alpha A x(:, c) + beta y0(:, c); A^T if `transposed`.
template <class Scalar, class X, class Y, class Y0>
void expect_product(Dense const& a, std::size_t num_cols, bool transposed, double alpha, X const& x,
                    double beta, Y0 const& y0, Y const& y) {
  auto const xh = to_host(x);
  auto const yh = to_host(y);
  std::size_t const n = transposed ? num_cols : a.size(), m = transposed ? a.size() : num_cols;
  ASSERT_EQ(yh.extent(0), n);
  for (std::size_t c = 0; c < yh.extent(1); ++c)
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0, size = 1;
      for (std::size_t j = 0; j < m; ++j) {
        double const product = (transposed ? a[j][i] : a[i][j]) * static_cast<double>(xh(j, c));
        sum += product;
        size += std::fabs(product);
      }
      double const expected = alpha * sum + (beta == 0 ? 0 : beta * static_cast<double>(y0(i, c)));
      ASSERT_NEAR(yh(i, c), expected, 10 * size * std::numeric_limits<Scalar>::epsilon())
          << "row " << i << ", column " << c;
    }
}

template <class Scalar, class Device>
nacre::MultiVector<Scalar, Device> random_columns(std::string const& label, int n, int k, unsigned seed) {
  auto const flat = random_vector<Scalar, Device>(label, static_cast<std::size_t>(n * k), seed);
  nacre::MultiVector<Scalar, Device> v(label, static_cast<std::size_t>(n), static_cast<std::size_t>(k));
  Kokkos::deep_copy(nacre::Vector<Scalar, Device>(v.data(), v.size()), flat);
  return v;
}

template <class Scalar, class Device>
void expect_all_products(int n, int m, double density, int k) {
  SCOPED_TRACE(nacre::cat(n, " by ", m, ", density ", density, ", ", k, " columns"));
  nacre::ExecOf<Device> const exec;
  auto const A = random_sparse<Scalar, Device>(n, m, density, 1);
  auto const dense = to_dense(A);
  auto const cols = static_cast<std::size_t>(m);
  auto const x = random_columns<Scalar, Device>("x", m, k, 2);
  auto const xt = random_columns<Scalar, Device>("xt", n, k, 3);
  auto const b = random_columns<Scalar, Device>("b", n, k, 4);
  auto const y = random_columns<Scalar, Device>("y", n, k, 5);
  auto const yt = random_columns<Scalar, Device>("yt", m, k, 6);
  auto const b0 = to_host(b), y0 = to_host(y);

  nacre::spmv(exec, -2., A.pattern, A.values, x, .5, y);
  expect_product<Scalar>(dense, cols, false, -2., x, .5, y0, y);
  Kokkos::deep_copy(y, std::numeric_limits<Scalar>::quiet_NaN());
  nacre::spmv(exec, A.pattern, A.values, x, y);
  expect_product<Scalar>(dense, cols, false, 1., x, 0., y0, y);
  nacre::residual(exec, A.pattern, A.values, x, b, b);
  expect_product<Scalar>(dense, cols, false, -1., x, 1., b0, b);
  Kokkos::deep_copy(yt, std::numeric_limits<Scalar>::quiet_NaN());
  nacre::spmv_transpose(exec, A.pattern, A.values, xt, yt);
  expect_product<Scalar>(dense, cols, true, 1., xt, 0., y0, yt);
}

TYPED_TEST(Spmv, MatchesAPlainLoop) {
  for (int const k : {1, 3, 13}) {
    for (auto const& [n, m] :
         {std::pair<int, int>{0, 0}, {0, 5}, {5, 0}, {1, 1}, {37, 23}, {23, 37}, {1023, 100}}) {
      expect_all_products<double, TypeParam>(n, m, .1, k);
      expect_all_products<float, TypeParam>(n, m, .1, k);
    }
    expect_all_products<double, TypeParam>(100, 100, .4, k);  // long rows
    expect_all_products<double, TypeParam>(600, 200, .02, k);
  }
}

/// Every row has `length` entries, except one in a hundred.
template <class Device>
nacre::CsrMatrix<double, Device> regular_matrix(int n, int length) {
  Dense rows(static_cast<std::size_t>(n), std::vector<double>(40, 0.));
  for (int i = 0; i < n; ++i)
    for (int e = 0; e < length + (i % 100 == 50 ? 1 : 0); ++e)
      rows[static_cast<std::size_t>(i)][static_cast<std::size_t>((i + 7 * e) % 40)] = 1. / (1 + i + 3 * e);
  return nacre::test::from_dense<double, Device>(rows, 40);
}

TYPED_TEST(Spmv, MatchesAPlainLoopWhereRowsAreEquallyLong) {
  nacre::ExecOf<TypeParam> const exec;
  for (int length = 0; length < 30; ++length) {
    SCOPED_TRACE(length);
    auto const A = regular_matrix<TypeParam>(301, length);
    auto const x = random_columns<double, TypeParam>("x", 40, 13, 2);
    nacre::MultiVector<double, TypeParam> const y("y", 301, 13);
    nacre::spmv(exec, A.pattern, A.values, x, y);
    expect_product<double>(to_dense(A), 40, false, 1., x, 0., to_host(y), y);
  }
}

TYPED_TEST(Spmv, OfListedRowsIsTheSameToTheLastBit) {
  nacre::ExecOf<TypeParam> const exec;
  auto const A = regular_matrix<TypeParam>(301, 20);
  auto const B = random_sparse<double, TypeParam>(301, 40, .3, 5);
  std::vector<nacre::Ordinal> list;
  for (int i = 0; i < 301; ++i)
    if (i % 37 != 5) list.push_back(i);
  auto const rows = nacre::to_device<TypeParam>("rows", list);
  auto const x = random_columns<double, TypeParam>("x", 40, 1, 2);
  for (auto const& M : {A, B}) {
    nacre::MultiVector<double, TypeParam> const all("all", 301, 1), some("some", 301, 1);
    nacre::spmv(exec, M.pattern, M.values, x, all);
    nacre::for_each_listed_row_product(exec, "nacre::test", M.pattern, rows, M.values, x,
                                       nacre::detail::StoreProduct<double>{{some.data(), 301}});
    auto const a = to_host(all), s = to_host(some);
    for (int i = 0; i < 301; ++i) EXPECT_EQ(s(i, 0), i % 37 == 5 ? 0. : a(i, 0)) << i;
  }
}

template <class Device>
void expect_product_by_vector(nacre::CsrMatrix<double, Device> const& A) {
  nacre::ExecOf<Device> const exec;
  auto const x = random_columns<double, Device>("x", A.num_cols(), 2, 2);
  nacre::MultiVector<double, Device> const y("y", static_cast<std::size_t>(A.num_rows()), 2);
  int const lanes = nacre::kOnHost<Device> ? 1 : 8;
  nacre::detail::row_products_by_vector(
      exec, "nacre::test", A.pattern.row_ptr().data(), A.pattern.col().data(), A.values.data(),
      nacre::detail::Columns<double const>{x.data(), x.extent(0)}, nacre::detail::AllRows{}, A.num_rows(), 2,
      lanes, nacre::detail::StoreProduct<double>{{y.data(), y.extent(0)}});
  expect_product<double>(to_dense(A), static_cast<std::size_t>(A.num_cols()), false, 1., x, 0., to_host(y),
                         y);
}

TYPED_TEST(Spmv, ByVectorMatchesAPlainLoop) {
  expect_product_by_vector(random_sparse<double, TypeParam>(301, 90, .3, 5));
  expect_product_by_vector(random_sparse<double, TypeParam>(0, 90, .3, 5));
}

TYPED_TEST(Spmv, RejectsOutputsThatDoNotFit) {
  nacre::ExecOf<TypeParam> const exec;
  auto const A = small_matrix<TypeParam>();
  nacre::MultiVector<double, TypeParam> const x("x", 3, 2), y("y", 4, 1), b("b", 4, 2);
  nacre::test::expect_error("view 'y' is [4, 1] but the product is [4, 2]",
                            [&] { nacre::spmv(exec, A.pattern, A.values, x, y); });
  nacre::test::expect_error("residual: view 'y' is [4, 1] but the product is [4, 2]",
                            [&] { nacre::residual(exec, A.pattern, A.values, x, b, y); });
  nacre::test::expect_error("spmv_transpose: view 'x' has extent(0) = 3",
                            [&] { nacre::spmv_transpose(exec, A.pattern, A.values, x, y); });
}

}  // namespace
