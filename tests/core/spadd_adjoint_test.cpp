#include <nacre/core/spadd_adjoint.hpp>
#include <nacre/core/transpose_adjoint.hpp>

#include <gtest/gtest.h>

#include "support/adjoints.hpp"
#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/message_of.hpp"

namespace {

using namespace nacre::test;

template <class Device>
struct SpaddAdjoint : testing::Test {};
TYPED_TEST_SUITE(SpaddAdjoint, Backends);

template <class Scalar, class Device>
nacre::Vector<Scalar, Device> factor(double value) {
  nacre::Vector<Scalar, Device> const v("factor", 1);
  Kokkos::deep_copy(v, static_cast<Scalar>(value));
  return v;
}

double dot(std::vector<double> const& a, std::vector<double> const& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}
std::vector<double> times(double factor, std::vector<double> v) {
  for (auto& e : v) e *= factor;
  return v;
}

template <class Device>
void expect_masked_dense_gradients(nacre::CsrMatrix<double, Device> const& A,
                                   nacre::CsrMatrix<double, Device> const& B) {
  nacre::ExecOf<Device> const exec;
  auto const plan = std::make_shared<nacre::SpaddPlan<Device> const>(A.pattern, B.pattern);
  auto const found = run_adjoint(exec, nacre::SpaddOp<Device>{plan}, factor<double, Device>(2), A.values,
                                 factor<double, Device>(-3), B.values);
  auto const c_bar = to_dense(plan->pattern(), found.y_bar);
  auto const on_a = masked(A.pattern, c_bar), on_b = masked(B.pattern, c_bar);
  EXPECT_NEAR(found.x_bar[0][0], dot(on_a, numbers_of(A.values)), 1e-12);
  expect_equal_to(1e-12, found.x_bar[1], times(2, on_a));
  EXPECT_NEAR(found.x_bar[2][0], dot(on_b, numbers_of(B.values)), 1e-12);
  expect_equal_to(1e-12, found.x_bar[3], times(-3, on_b));
  auto const plain = run_adjoint(exec, nacre::PlainSpaddOp<Device>{plan, 2, -3}, A.values, B.values);
  EXPECT_TRUE(plain.x_bar[0] == found.x_bar[1]);
  EXPECT_TRUE(plain.x_bar[1] == found.x_bar[3]);
}

TYPED_TEST(SpaddAdjoint, IsTheDenseGradientOnThePatterns) {
  for (auto const& [n, m] : {std::array<int, 2>{0, 0}, {1, 1}, {3, 0}, {37, 23}, {23, 37}, {200, 150}}) {
    auto const A = random_with_zeros<double, TypeParam>(n, m, .1, 1),
               B = random_with_zeros<double, TypeParam>(n, m, .2, 2);
    expect_masked_dense_gradients(A, B);
    expect_masked_dense_gradients(A, A);  // one pattern
    expect_masked_dense_gradients(
        from_dense<double, TypeParam>(
            Dense(static_cast<std::size_t>(n), std::vector<double>(static_cast<std::size_t>(m), 1.)), m),
        B);
  }
}

template <class Scalar, class Device>
void expect_derivatives(nacre::CsrMatrix<Scalar, Device> const& A,
                        nacre::CsrMatrix<Scalar, Device> const& B) {
  nacre::ExecOf<Device> const exec;
  auto const plan = std::make_shared<nacre::SpaddPlan<Device> const>(A.pattern, B.pattern);
  nacre::SpaddOp<Device> const op{plan};
  nacre::PlainSpaddOp<Device> const plain{plan, 2, -3};
  nacre::TransposeOp<Device> const transpose{A.pattern};
  auto const alpha = factor<Scalar, Device>(.7), beta = factor<Scalar, Device>(-1.3);
  expect_correct_derivatives(exec, op, alpha, A.values, beta, B.values);
  expect_correct_derivatives(exec, plain, A.values, B.values);
  expect_correct_derivatives(exec, transpose, A.values);
  expect_reproducible(exec, op, alpha, A.values, beta, B.values);
  expect_reproducible(exec, plain, A.values, B.values);
  expect_reproducible(exec, transpose, A.values);
}

TYPED_TEST(SpaddAdjoint, AgreesWithDifferences) {
  for (auto const& [n, m] : {std::array<int, 2>{0, 0}, {1, 1}, {37, 23}}) {
    auto const A = random_with_zeros<double, TypeParam>(n, m, .2, 1),
               B = random_with_zeros<double, TypeParam>(n, m, .1, 2);
    expect_derivatives(A, B);
    expect_derivatives(A, A);
    expect_derivatives(random_with_zeros<float, TypeParam>(n, m, .2, 1),
                       random_with_zeros<float, TypeParam>(n, m, .1, 2));
  }
  expect_derivatives(large_random<double, TypeParam>(100000, 90000, 1),
                     large_random<double, TypeParam>(100000, 90000, 2));
}

TYPED_TEST(SpaddAdjoint, OfATransposePutsTheCotangentBack) {
  for (auto const& [n, m] : {std::array<int, 2>{0, 0}, {1, 1}, {37, 23}}) {
    auto const A = random_with_zeros<double, TypeParam>(n, m, .2, 1);
    auto const found =
        run_adjoint(nacre::ExecOf<TypeParam>(), nacre::TransposeOp<TypeParam>{A.pattern}, A.values);
    auto const t_bar = to_dense(nacre::transposed(A.pattern).pattern, found.y_bar);
    EXPECT_TRUE(found.x_bar[0] == masked(A.pattern, transposed(t_bar, static_cast<std::size_t>(n))));
  }
}

TYPED_TEST(SpaddAdjoint, ForwardRejectsAFactorOfTwoNumbers) {
  auto const A = random_sparse<double, TypeParam>(5, 4, .5, 1);
  nacre::SpaddOp<TypeParam> const op{
      std::make_shared<nacre::SpaddPlan<TypeParam> const>(A.pattern, A.pattern)};
  nacre::Vector<double, TypeParam> const alpha("alpha", 2), beta("beta", 1), c("c", A.num_entries());
  EXPECT_EQ(message_of([&] { op.forward(nacre::ExecOf<TypeParam>(), c, alpha, A.values, beta, A.values); }),
            "spadd: view 'alpha' has extent(0) = 2 but the extent of a factor is 1");
}

}  // namespace
