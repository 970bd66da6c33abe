#pragma once

#include <gtest/gtest.h>
#include <Kokkos_Core.hpp>

/// \file
/// Kokkos for the tests of a program that includes this.

namespace nacre::test {

/// Starts Kokkos when tests begin to run, not when they are listed.
struct KokkosForAll : testing::Environment {
  void SetUp() override { Kokkos::initialize(); }
  void TearDown() override { Kokkos::finalize(); }
};
inline testing::Environment* const kKokkosForAll = testing::AddGlobalTestEnvironment(new KokkosForAll);

}  // namespace nacre::test
