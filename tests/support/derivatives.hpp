#pragma once

#include <gtest/gtest.h>

#include <type_traits>

#include <nacre/autodiff/gradient_check.hpp>

/// \file
/// The test that every operation passes.

namespace nacre::test {

/// Expects all derivatives of `op` at these inputs to be right: \see nacre::ad::gradient_check.
/// \param difference_tolerance of comparisons with differences, relative
template <class Exec, class Op, class... In>
void expect_correct_derivatives_within(double difference_tolerance, Exec const& exec, Op const& op,
                                       In const&... in) {
  using T = std::common_type_t<typename In::non_const_value_type...>;
  double const identity_tolerance = std::is_same_v<T, double> ? 1e-12 : 2e-4;
  auto const errors = ad::gradient_check(exec, op, ad::GradientCheckOptions(), in...);
  EXPECT_LE(errors.adjoint, difference_tolerance) << Op::name << ": adjoint against differences";
  EXPECT_LE(errors.tangent, difference_tolerance) << Op::name << ": tangent against differences";
  EXPECT_LE(errors.identity, identity_tolerance) << Op::name << ": <y_bar, J v> against <J^T y_bar, v>";
  EXPECT_LE(errors.adjoint_tangent, difference_tolerance) << Op::name << ": derivative of the adjoint";
  EXPECT_LE(errors.unwanted, identity_tolerance) << Op::name << ": one cotangent alone against all";
}

/// The same at the tolerances of a smooth operation in double or single precision.
template <class Exec, class Op, class... In>
void expect_correct_derivatives(Exec const& exec, Op const& op, In const&... in) {
  using T = std::common_type_t<typename In::non_const_value_type...>;
  expect_correct_derivatives_within(std::is_same_v<T, double> ? 1e-6 : 3e-2, exec, op, in...);
}

}  // namespace nacre::test
