// The operation that CONTRIBUTING.md shows, word for word.
#include "autodiff/own_operation.hpp"

#include <gtest/gtest.h>

#include "autodiff/operations.hpp"
#include "support/derivatives.hpp"
#include "support/message_of.hpp"

namespace {

TEST(OwnOperation, HasTheRightAdjoint) {
  nacre::Vector<double> const x("x", 37);
  Kokkos::deep_copy(x, .7);
  nacre::test::expect_correct_derivatives(nacre::ExecOf<nacre::DefaultDevice>(), CubeOp(), x);
}

TEST(OwnOperation, RunsOnATape) {
  nacre::Vector<double> const x("x", 3);
  Kokkos::deep_copy(x, 2.);
  nacre::ad::Tape<> tape;
  auto const leaf = tape.leaf(x);

  auto const loss = tape.apply(nacre::test::TotalOp(), tape.apply(CubeOp(), leaf));
  tape.backward(loss);

  EXPECT_EQ(nacre::host_view(loss.value)(0), 24);
  EXPECT_EQ(nacre::host_view(tape.gradient(leaf))(2), 12);
}

TEST(OwnOperation, WithoutATangentRefusesForwardMode) {
  nacre::Vector<double> const x("x", 3);
  nacre::ad::Tape<> tape;
  auto const leaf = tape.leaf(x);
  tape.apply(CubeOp(), leaf);
  tape.set_tangent(leaf, x);

  EXPECT_EQ(nacre::test::message_of([&] { tape.push_forward(); }),
            "my::cube: has no tangent, which forward mode needs");
}

}  // namespace
