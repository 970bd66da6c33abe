// Whole computations on the tape against differences, and bit for bit against themselves.
#include <nacre/autodiff/functions.hpp>

#include <gtest/gtest.h>

#include <nacre/autodiff/gradient_check.hpp>

#include "autodiff/computation.hpp"
#include "support/backends.hpp"

namespace {

template <class Device>
struct Functions : testing::Test {};
TYPED_TEST_SUITE(Functions, nacre::test::Backends);

TYPED_TEST(Functions, GradientOfAComputationMatchesDifferences) {
  nacre::test::Computation<TypeParam> const f(40);
  nacre::ad::Tape<TypeParam> tape;
  auto const loss = [&](auto& t, auto const& a, auto const& x) { return f.loss(t, a, x); };

  EXPECT_LE(nacre::ad::gradient_check(tape, loss, {}, f.values, f.x), 1e-7);
}

TYPED_TEST(Functions, GradientIsTheSameInEveryBitInASecondRun) {
  nacre::test::Computation<TypeParam> const f(3000);
  nacre::ad::Tape<TypeParam> first, second;

  auto const a = f.gradient(first), b = f.gradient(second), c = f.gradient(first);

  EXPECT_EQ(a, b);
  EXPECT_EQ(a, c);
}

TYPED_TEST(Functions, ASecondStepCallsNoAllocator) {
  nacre::test::Computation<TypeParam> const f(3000);
  nacre::ad::Tape<TypeParam> tape;
  f.gradient(tape);
  int const calls = tape.num_allocator_calls();

  f.gradient(tape);

  EXPECT_EQ(tape.num_allocator_calls(), calls);
}

TYPED_TEST(Functions, HessianIsSymmetric) {
  nacre::test::Computation<TypeParam> const f(40);
  auto const nnz = f.values.extent(0);
  auto const u = nacre::test::Computation<TypeParam>::random(nnz, 11);
  auto const v = nacre::test::Computation<TypeParam>::random(nnz, 12);

  auto const Hu = f.hessian_times(u), Hv = f.hessian_times(v);

  auto const us = nacre::host_view(u), vs = nacre::host_view(v);
  double uHv = 0, vHu = 0;
  for (std::size_t k = 0; k < nnz; ++k) {
    uHv += us(k) * Hv[k];
    vHu += vs(k) * Hu[k];
  }
  EXPECT_GT(std::abs(uHv), 1e-3);
  EXPECT_NEAR(uHv, vHu, 1e-11 * std::abs(uHv));
}

}  // namespace
