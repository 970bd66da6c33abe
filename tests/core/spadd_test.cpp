#include <nacre/core/spadd.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::test::random_sparse;
using nacre::test::to_dense;

template <class Device>
struct Spadd : testing::Test {};
TYPED_TEST_SUITE(Spadd, nacre::test::Backends);

template <class Scalar, class Device>
void expect_sum(int n, int m) {
  SCOPED_TRACE(nacre::cat(n, " by ", m));
  auto const A = random_sparse<Scalar, Device>(n, m, .1, 1);
  auto const B = random_sparse<Scalar, Device>(n, m, .2, 2);
  auto const C = nacre::spadd(nacre::ExecOf<Device>(), 2., A, -.5, B);
  nacre::test::expect_well_formed(C.pattern);
  auto const a = to_dense(A), b = to_dense(B);
  auto expected = a;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < a[i].size(); ++j) expected[i][j] = 2 * a[i][j] - .5 * b[i][j];
  nacre::test::expect_near<Scalar>(to_dense(C), expected, 4);
}

TYPED_TEST(Spadd, MatchesAPlainLoop) {
  for (auto const& [n, m] : {std::pair<int, int>{0, 0}, {0, 3}, {3, 0}, {1, 1}, {37, 23}, {1023, 17}}) {
    expect_sum<double, TypeParam>(n, m);
    expect_sum<float, TypeParam>(n, m);
  }
}

TYPED_TEST(Spadd, RepeatsWithNewValues) {
  nacre::ExecOf<TypeParam> const exec;
  auto const A = random_sparse<double, TypeParam>(30, 30, .2, 1);
  nacre::SpaddPlan<TypeParam> const plan(A.pattern, A.pattern);
  ASSERT_EQ(plan.pattern().num_entries(), A.num_entries());
  nacre::Vector<double, TypeParam> const c("c", A.num_entries());
  for (double const beta : {1., -1.}) {
    plan.numeric(exec, 1., A.values, beta, A.values, c);
    auto const v = nacre::test::to_host(A.values), h = nacre::test::to_host(c);
    for (std::size_t k = 0; k < h.extent(0); ++k) EXPECT_EQ(h(k), v(k) + beta * v(k));
  }
}

TYPED_TEST(Spadd, RejectsDifferentSizes) {
  auto const A = random_sparse<double, TypeParam>(4, 3, .5, 1),
             B = random_sparse<double, TypeParam>(4, 4, .5, 1);
  nacre::test::expect_error("spadd: A is 4 by 3 but B is 4 by 4",
                            [&] { nacre::SpaddPlan<TypeParam>(A.pattern, B.pattern); });
}

}  // namespace
