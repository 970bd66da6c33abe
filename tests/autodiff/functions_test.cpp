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

/// A graph convolution as one writes it: log-softmax of A tanh(A X W + b), its entries weighted.
template <class Device>
double error_of_a_graph_convolution() {
  nacre::test::Computation<Device> const f(30);
  auto const random = [](std::size_t n, std::size_t k, std::uint64_t seed) {
    nacre::RowMajor<double, Device> const m("m", n, k);
    auto const v = nacre::test::Computation<Device>::random(n * k, seed);
    nacre::add_to(nacre::ExecOf<Device>(), v, m);
    return m;
  };
  auto const features = random(30, 5, 21), weights = random(5, 4, 22), chosen = random(30, 4, 23);
  nacre::ad::Tape<Device> tape;
  auto const loss = [&](auto& t, auto const& a, auto const& w, auto const& b) {
    namespace ad = nacre::ad;
    auto const A = ad::sparse(f.pattern, a);
    auto const hidden = ad::bias(t, ad::spmm(t, A, ad::matmul(t, features, w)), b);
    return ad::dot(t, ad::log_softmax(t, ad::spmm(t, A, ad::map(t, nacre::Tanh(), hidden))), chosen);
  };
  return nacre::ad::gradient_check(tape, loss, {}, f.values, weights,
                                   nacre::test::Computation<Device>::random(4, 24));
}

TYPED_TEST(Functions, GradientOfAGraphConvolutionMatchesDifferences) {
  EXPECT_LE(error_of_a_graph_convolution<TypeParam>(), 1e-7);
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
