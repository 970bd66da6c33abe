#include <nacre/core/spgemm.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::test::Dense;
using nacre::test::random_sparse;
using nacre::test::to_dense;

template <class Device>
struct Spgemm : testing::Test {};
TYPED_TEST_SUITE(Spgemm, nacre::test::Backends);

Dense product(Dense const& a, Dense const& b, std::size_t num_cols) {
  Dense c(a.size(), std::vector<double>(num_cols, 0.));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t k = 0; k < b.size(); ++k)
      if (a[i][k] != 0)
        for (std::size_t j = 0; j < num_cols; ++j) c[i][j] += a[i][k] * b[k][j];
  return c;
}

template <class Scalar, class Device>
void expect_product(int n, int l, int m, double density) {
  SCOPED_TRACE(nacre::cat(n, " by ", l, " times ", l, " by ", m));
  auto const A = random_sparse<Scalar, Device>(n, l, density, 1);
  auto const B = random_sparse<Scalar, Device>(l, m, density, 2);
  auto const C = nacre::spgemm(nacre::ExecOf<Device>(), A, B);
  ASSERT_EQ(C.num_rows(), n);
  ASSERT_EQ(C.num_cols(), m);
  nacre::test::expect_well_formed(C.pattern);
  nacre::test::expect_near<Scalar>(to_dense(C),
                                   product(to_dense(A), to_dense(B), static_cast<std::size_t>(m)));
}

TYPED_TEST(Spgemm, MatchesAPlainLoop) {
  for (auto const& [n, l, m] : {std::array<int, 3>{0, 0, 0},
                                {0, 3, 2},
                                {3, 0, 2},
                                {3, 2, 0},
                                {1, 1, 1},
                                {37, 23, 200},
                                {200, 37, 23},
                                {1023, 65, 64},
                                {5, 1023, 1023}}) {
    expect_product<double, TypeParam>(n, l, m, .1);
    expect_product<float, TypeParam>(n, l, m, .1);
  }
  expect_product<double, TypeParam>(60, 60, 60, 1.);    // full rows
  expect_product<double, TypeParam>(20, 40, 4000, .3);  // more than 32 words of columns
}

TYPED_TEST(Spgemm, RepeatsWithNewValues) {
  nacre::ExecOf<TypeParam> const exec;
  auto const A = random_sparse<double, TypeParam>(50, 40, .1, 1);
  auto const B = random_sparse<double, TypeParam>(40, 60, .1, 2);
  nacre::SpgemmPlan<TypeParam> const plan(A.pattern, B.pattern);
  nacre::Vector<double, TypeParam> const c("c", plan.pattern().num_entries());
  for (unsigned seed = 3; seed < 6; ++seed) {
    auto const a = nacre::test::random_vector<double, TypeParam>("a", A.num_entries(), seed);
    Kokkos::deep_copy(c, 1e300);
    plan.numeric(exec, a, B.values, c);
    nacre::test::expect_near(to_dense(plan.pattern(), c), product(to_dense(A.pattern, a), to_dense(B), 60));
  }
}

TYPED_TEST(Spgemm, KeepsEntriesThatCancel) {
  auto const A = nacre::test::from_dense<double, TypeParam>({{1, 1}}, 2);
  auto const B = nacre::test::from_dense<double, TypeParam>({{1}, {-1}}, 1);
  auto const C = nacre::spgemm(nacre::ExecOf<TypeParam>(), A, B);
  ASSERT_EQ(C.num_entries(), 1u);
  EXPECT_EQ(nacre::test::to_host(C.values)(0), 0.);
}

TYPED_TEST(Spgemm, RejectsSizesThatDoNotMatch) {
  auto const A = random_sparse<double, TypeParam>(5, 4, .5, 1);
  nacre::test::expect_error("spgemm: A is 5 by 4 but B is 5 by 4",
                            [&] { nacre::SpgemmPlan<TypeParam>(A.pattern, A.pattern); });
  auto const B = random_sparse<double, TypeParam>(4, 5, .5, 1);
  nacre::SpgemmPlan<TypeParam> const plan(A.pattern, B.pattern);
  nacre::Vector<double, TypeParam> const c("c", 1);
  nacre::test::expect_error("spgemm: view 'c' has extent(0) = 1 but the number of entries of C is",
                            [&] { plan.numeric(nacre::ExecOf<TypeParam>(), A.values, B.values, c); });
}

template <class Device>
void expect_search_matches(nacre::CsrMatrix<double, Device> const& A,
                           nacre::CsrMatrix<double, Device> const& B) {
  nacre::ExecOf<Device> const exec;
  auto const C = nacre::spgemm(exec, A, B);
  nacre::Vector<double, Device> const c("c", C.num_entries());
  Kokkos::parallel_for("nacre::test::spgemm", nacre::range(exec, static_cast<std::size_t>(A.num_rows())),
                       nacre::detail::SpgemmBySearch<double, double, double>{
                           A.pattern.row_ptr().data(), B.pattern.row_ptr().data(), C.pattern.row_ptr().data(),
                           A.pattern.col().data(), B.pattern.col().data(), C.pattern.col().data(),
                           A.values.data(), B.values.data(), c.data()});
  nacre::test::expect_near(to_dense(C.pattern, c), to_dense(C));
}

TYPED_TEST(Spgemm, BySearchAndByScratchAgree) {
  expect_search_matches(random_sparse<double, TypeParam>(70, 50, .1, 1),
                        random_sparse<double, TypeParam>(50, 80, .1, 2));
}

}  // namespace
