#include <nacre/core/batched.hpp>
#include <nacre/core/sddmm.hpp>
#include <nacre/core/spmm.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::test::Dense;
using nacre::test::random_sparse;
using nacre::test::to_dense;
using nacre::test::to_host;

template <class Device>
struct Spmm : testing::Test {};
TYPED_TEST_SUITE(Spmm, nacre::test::Backends);

/// A dense matrix of either layout; element (i, j) does not depend on the layout.
template <class View>
View random_matrix(std::string const& label, int n, int k, unsigned seed) {
  View const v(label, static_cast<std::size_t>(n), static_cast<std::size_t>(k));
  auto const h = Kokkos::create_mirror_view(v);
  std::mt19937 generator(seed);
  for (std::size_t i = 0; i < h.extent(0); ++i)
    for (std::size_t j = 0; j < h.extent(1); ++j)
      h(i, j) = static_cast<typename View::value_type>(static_cast<double>(generator()) / 2147483648. - 1.);
  Kokkos::deep_copy(v, h);
  return v;
}

template <class View>
Dense dense_of(View const& v) {
  auto const h = to_host(v);
  Dense d(h.extent(0), std::vector<double>(h.extent(1)));
  for (std::size_t i = 0; i < h.extent(0); ++i)
    for (std::size_t j = 0; j < h.extent(1); ++j) d[i][j] = static_cast<double>(h(i, j));
  return d;
}

template <template <class, class> class Layout, class Scalar, class Device>
void expect_products(int n, int m, int k) {
  SCOPED_TRACE(nacre::cat(n, " by ", m, ", ", k, " columns"));
  nacre::ExecOf<Device> const exec;
  using Matrix = Layout<Scalar, Device>;
  auto const A = random_sparse<Scalar, Device>(n, m, .1, 1);
  auto const x = random_matrix<Matrix>("x", m, k, 2);
  auto const y = random_matrix<Matrix>("y", n, k, 3);
  auto const a = to_dense(A), xd = dense_of(x), y_before = dense_of(y);

  // values_bar += alpha y_bar x^T on the pattern
  auto const out = nacre::test::random_vector<Scalar, Device>("out", A.num_entries(), 4);
  auto const before = to_dense(A.pattern, out);
  nacre::sddmm(exec, A.pattern, y, x, out, 2., .5);
  auto const after = to_dense(A.pattern, out);
  nacre::sddmm(exec, A.pattern, y, x, out);
  auto const alone = to_dense(A.pattern, out);
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < a[i].size(); ++j) {
      if (a[i][j] == 0) continue;
      double sum = 0;
      for (std::size_t c = 0; c < static_cast<std::size_t>(k); ++c) sum += y_before[i][c] * xd[j][c];
      double const tolerance = 20 * (k + 1) * std::numeric_limits<Scalar>::epsilon();
      ASSERT_NEAR(after[i][j], 2 * sum + .5 * before[i][j], tolerance);
      ASSERT_NEAR(alone[i][j], sum, tolerance);
    }

  nacre::spmm(exec, A.pattern, A.values, x, y);
  Dense expected(a.size(), std::vector<double>(static_cast<std::size_t>(k), 0.));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < a[i].size(); ++j)
      for (std::size_t c = 0; c < static_cast<std::size_t>(k); ++c) expected[i][c] += a[i][j] * xd[j][c];
  nacre::test::expect_near<Scalar>(dense_of(y), expected, 200);
}

TYPED_TEST(Spmm, AndSddmmMatchPlainLoops) {
  for (auto const& [n, m] : {std::pair<int, int>{0, 0}, {0, 3}, {3, 0}, {1, 1}, {37, 23}, {1023, 60}})
    for (int const k : {0, 1, 5, 32, 47}) {
      expect_products<nacre::RowMajor, double, TypeParam>(n, m, k);
      expect_products<nacre::MultiVector, double, TypeParam>(n, m, k);
    }
  expect_products<nacre::RowMajor, float, TypeParam>(37, 23, 77);
  expect_products<nacre::MultiVector, float, TypeParam>(37, 23, 77);
}

TYPED_TEST(Spmm, RejectsSizesThatDoNotMatch) {
  nacre::ExecOf<TypeParam> const exec;
  auto const A = random_sparse<double, TypeParam>(5, 4, .5, 1);
  nacre::RowMajor<double, TypeParam> const x("x", 4, 3), y("y", 5, 2);
  nacre::test::expect_error("spmm: view 'y' has extent(1) = 2 but the number of columns of x is 3",
                            [&] { nacre::spmm(exec, A.pattern, A.values, x, y); });
  nacre::test::expect_error("sddmm: view 'x' has extent(1) = 3",
                            [&] { nacre::sddmm(exec, A.pattern, y, x, A.values); });
}

template <class Scalar, class Device>
void expect_batched(int batch, int n, int m) {
  nacre::ExecOf<Device> const exec;
  auto const A = random_sparse<Scalar, Device>(n, m, .2, 1);
  nacre::BatchedCsrMatrix<Scalar, Device> const batched{
      A.pattern,
      random_matrix<nacre::RowMajor<Scalar, Device>>("values", batch, static_cast<int>(A.num_entries()), 2)};
  auto const x = random_matrix<nacre::RowMajor<Scalar, Device>>("x", batch, m, 3);
  auto const y = random_matrix<nacre::RowMajor<Scalar, Device>>("y", batch, n, 4);
  nacre::spmv(exec, batched, x, y);
  auto const yd = dense_of(y), xd = dense_of(x);
  for (int b = 0; b < batch; ++b) {
    auto const a = to_dense(A.pattern, batched[b].values);
    for (std::size_t i = 0; i < a.size(); ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < a[i].size(); ++j) sum += a[i][j] * xd[static_cast<std::size_t>(b)][j];
      ASSERT_NEAR(yd[static_cast<std::size_t>(b)][i], sum, 200 * std::numeric_limits<Scalar>::epsilon());
    }
  }
}

TYPED_TEST(Spmm, OfABatchMatchesAPlainLoop) {
  for (auto const& [batch, n, m] :
       {std::array<int, 3>{0, 5, 5}, {1, 0, 0}, {1, 1, 1}, {4, 37, 23}, {3, 0, 5}}) {
    expect_batched<double, TypeParam>(batch, n, m);
    expect_batched<float, TypeParam>(batch, n, m);
  }
}

}  // namespace
