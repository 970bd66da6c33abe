#pragma once

#include <cstdint>

#include <nacre/core/operation.hpp>

/// \file
/// A value on a tape.

namespace nacre::ad {

/// A value and the number of its cotangent on the tape that made it. A handle: copying it copies no data.
///
/// Valid until that tape's clear(). \tparam View an OpInput
template <class View>
struct Var {
  using view_type = View;
  View value;
  std::int32_t slot = -1;      ///< -1: a constant, nothing flows back to it
  void const* tape = nullptr;  ///< whose: compared, never followed
  std::uint32_t epoch = 0;     ///< how often that tape had been cleared

  bool is_constant() const { return slot < 0; }
};

template <class T>
inline constexpr bool kIsVar = false;
template <class View>
inline constexpr bool kIsVar<Var<View>> = true;

}  // namespace nacre::ad
