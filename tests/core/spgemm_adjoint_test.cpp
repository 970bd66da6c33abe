#include <nacre/core/masked_spgemm.hpp>
#include <nacre/core/rap.hpp>

#include <gtest/gtest.h>

#include "support/adjoints.hpp"
#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/message_of.hpp"

namespace {

using namespace nacre::test;

template <class Device>
struct SpgemmAdjoint : testing::Test {};
TYPED_TEST_SUITE(SpgemmAdjoint, Backends);

template <class Device>
nacre::SpgemmOp<Device> make_product(nacre::CsrPattern<Device> const& A, nacre::CsrPattern<Device> const& B) {
  return {std::make_shared<nacre::SpgemmPlan<Device> const>(A, B)};
}
template <class Device>
nacre::MaskedSpgemmOp<Device> make_masked(nacre::CsrPattern<Device> const& A,
                                          nacre::CsrPattern<Device> const& B,
                                          nacre::CsrPattern<Device> const& C) {
  return {std::make_shared<nacre::MaskedSpgemmPlan<Device> const>(A, B, C)};
}
template <class Device>
nacre::TripleProductOp<Device> make_rap(nacre::CsrPattern<Device> const& R,
                                        nacre::CsrPattern<Device> const& A,
                                        nacre::CsrPattern<Device> const& P) {
  return {std::make_shared<nacre::RapPlan<Device> const>(R, A, P)};
}

/// The gradients of A B on the pattern of an operation's result.
template <class Op, class Scalar, class Device>
void expect_gradients_of_product(Op const& op, nacre::CsrMatrix<Scalar, Device> const& A,
                                 nacre::CsrMatrix<Scalar, Device> const& B, double tolerance) {
  auto const l = static_cast<std::size_t>(A.num_cols()), m = static_cast<std::size_t>(B.num_cols());
  for (int repetition = 0; repetition < 2; ++repetition) {  // scratch is as it was
    auto const found = run_adjoint(nacre::ExecOf<Device>(), op, A.values, B.values);
    auto const c_bar = to_dense(op.plan->pattern(), found.y_bar);
    expect_equal_to(tolerance, found.x_bar[0],
                    masked(A.pattern, product(c_bar, transposed(to_dense(B), m), l)));
    expect_equal_to(tolerance, found.x_bar[1],
                    masked(B.pattern, product(transposed(to_dense(A), l), c_bar, m)));
  }
}

TYPED_TEST(SpgemmAdjoint, IsTheDenseGradientOnThePatterns) {
  for (auto const& [n, l, m] : {std::array<int, 3>{0, 0, 0},
                                {1, 1, 1},
                                {0, 3, 2},
                                {3, 0, 2},
                                {3, 2, 0},
                                {37, 23, 50},
                                {50, 37, 23}}) {
    SCOPED_TRACE(nacre::cat(n, " by ", l, " by ", m));
    auto const A = random_with_zeros<double, TypeParam>(n, l, .1, 1),
               B = random_with_zeros<double, TypeParam>(l, m, .1, 2);
    auto const a = random_with_zeros<float, TypeParam>(n, l, .1, 1),
               b = random_with_zeros<float, TypeParam>(l, m, .1, 2);
    expect_gradients_of_product(make_product(A.pattern, B.pattern), A, B, 1e-12);
    expect_gradients_of_product(make_product(a.pattern, b.pattern), a, b, 1e-5);
    auto const C = random_sparse<double, TypeParam>(n, m, .2, 3);
    expect_gradients_of_product(make_masked(A.pattern, B.pattern, C.pattern), A, B, 1e-12);
    expect_gradients_of_product(make_masked(a.pattern, b.pattern, C.pattern), a, b, 1e-5);
  }
}

TYPED_TEST(SpgemmAdjoint, MaskedForwardIsTheProductOnThePattern) {
  nacre::ExecOf<TypeParam> const exec;
  for (auto const& [n, l, m] : {std::array<int, 3>{0, 0, 0}, {1, 1, 1}, {37, 23, 50}, {3, 0, 2}}) {
    auto const A = random_sparse<double, TypeParam>(n, l, .2, 1),
               B = random_sparse<double, TypeParam>(l, m, .2, 2);
    auto const C = random_sparse<double, TypeParam>(n, m, .2, 3);
    auto const op = make_masked(A.pattern, B.pattern, C.pattern);
    for (int repetition = 0; repetition < 2; ++repetition) {
      Kokkos::deep_copy(C.values, 1e300);
      op.forward(exec, C.values, A.values, B.values);
      expect_equal_to(1e-13, numbers_of(C.values),
                      masked(C.pattern, product(to_dense(A), to_dense(B), static_cast<std::size_t>(m))));
    }
  }
}

TYPED_TEST(SpgemmAdjoint, OfATripleProductIsTheDenseGradient) {
  for (auto const& [k, n, m, j] :
       {std::array<int, 4>{0, 0, 0, 0}, {1, 1, 1, 1}, {9, 37, 23, 12}, {0, 2, 3, 4}, {4, 0, 3, 2}}) {
    auto const R = random_with_zeros<double, TypeParam>(k, n, .2, 1),
               A = random_with_zeros<double, TypeParam>(n, m, .2, 2),
               P = random_with_zeros<double, TypeParam>(m, j, .3, 3);
    auto const op = make_rap(R.pattern, A.pattern, P.pattern);
    auto const found = run_adjoint(nacre::ExecOf<TypeParam>(), op, R.values, A.values, P.values);
    auto const c_bar = to_dense(op.plan->pattern(), found.y_bar);
    auto const size = [](auto const& matrix) { return static_cast<std::size_t>(matrix.num_cols()); };
    auto const rt_c = product(transposed(to_dense(R), size(R)), c_bar, size(P));
    auto const ap = product(to_dense(A), to_dense(P), size(P));
    expect_equal_to(1e-12, found.x_bar[0],
                    masked(R.pattern, product(c_bar, transposed(ap, size(P)), size(R))));
    expect_equal_to(1e-12, found.x_bar[1],
                    masked(A.pattern, product(rt_c, transposed(to_dense(P), size(P)), size(A))));
    expect_equal_to(1e-12, found.x_bar[2],
                    masked(P.pattern, product(transposed(to_dense(A), size(A)), rt_c, size(P))));
  }
}

template <class Op, class... Values>
void expect_all(Op const& op, Values const&... values) {
  typename std::tuple_element_t<0, std::tuple<Values...>>::execution_space const exec;
  expect_correct_derivatives(exec, op, values...);
  expect_reproducible(exec, op, values...);
}

TYPED_TEST(SpgemmAdjoint, AgreesWithDifferences) {
  auto const A = random_with_zeros<double, TypeParam>(37, 23, .1, 1),
             B = random_with_zeros<double, TypeParam>(23, 50, .1, 2);
  auto const a = random_with_zeros<float, TypeParam>(37, 23, .1, 1),
             b = random_with_zeros<float, TypeParam>(23, 50, .1, 2);
  auto const C = random_sparse<double, TypeParam>(37, 50, .2, 3),
             P = random_sparse<double, TypeParam>(50, 9, .2, 3);
  expect_all(make_product(A.pattern, B.pattern), A.values, B.values);
  expect_all(make_product(a.pattern, b.pattern), a.values, b.values);
  expect_all(make_masked(A.pattern, B.pattern, C.pattern), A.values, B.values);
  expect_all(make_masked(a.pattern, b.pattern, C.pattern), a.values, b.values);
  expect_all(make_rap(A.pattern, B.pattern, P.pattern), A.values, B.values, P.values);
}

TYPED_TEST(SpgemmAdjoint, OfLargeMatricesAgreesWithDifferences) {
  auto const A = large_random<double, TypeParam>(100000, 90000, 1),
             B = large_random<double, TypeParam>(90000, 80000, 2);
  expect_all(make_product(A.pattern, B.pattern), A.values, B.values);
  auto const mask = large_random<double, TypeParam>(100000, 80000, 3);
  expect_all(make_masked(A.pattern, B.pattern, mask.pattern), A.values, B.values);
}

TYPED_TEST(SpgemmAdjoint, AddsBothToOneCotangentOfASquare) {
  nacre::ExecOf<TypeParam> const exec;
  auto const A = random_sparse<double, TypeParam>(40, 40, .1, 1);
  auto const op = make_product(A.pattern, A.pattern);
  auto const apart = run_adjoint(exec, op, A.values, A.values);
  auto const c_bar = nacre::to_device<TypeParam>("c_bar", apart.y_bar);
  nacre::Vector<double, TypeParam> const c("c", c_bar.extent(0)), a_bar("a_bar", A.num_entries());
  op.adjoint(exec, c, c_bar, A.values, A.values, a_bar, a_bar);
  exec.fence();
  auto sum = apart.x_bar[0];
  for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += apart.x_bar[1][k];
  expect_equal_to(1e-13, numbers_of(a_bar), sum);
}

TYPED_TEST(SpgemmAdjoint, RejectsSizesThatDoNotMatch) {
  auto const A = random_sparse<double, TypeParam>(5, 4, .5, 1),
             B = random_sparse<double, TypeParam>(4, 6, .5, 1);
  EXPECT_EQ(message_of([&] { make_masked(A.pattern, B.pattern, A.pattern); }),
            "masked_spgemm: A is 5 by 4, B is 4 by 6 but the pattern of the result is 5 by 4");
  EXPECT_EQ(message_of([&] { make_rap(A.pattern, B.pattern, B.pattern); }),
            "rap: R is 5 by 4, A is 4 by 6, P is 4 by 6");
}

}  // namespace
