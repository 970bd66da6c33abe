#pragma once

#include <Kokkos_Core.hpp>
#if KOKKOS_VERSION < 30700
#include <Kokkos_MathematicalFunctions.hpp>
#endif

/// \file
/// The one place that knows how versions of Kokkos (3.4 to 5.x) differ.

namespace nacre::compat {

#if KOKKOS_VERSION >= 30700
using Kokkos::cos;
using Kokkos::erfc;
using Kokkos::exp;
using Kokkos::expm1;
using Kokkos::fabs;
using Kokkos::log;
using Kokkos::log10;
using Kokkos::log1p;
using Kokkos::pow;
using Kokkos::sin;
using Kokkos::sqrt;
using Kokkos::tanh;
#else
using Kokkos::Experimental::cos;
using Kokkos::Experimental::erfc;
using Kokkos::Experimental::exp;
using Kokkos::Experimental::expm1;
using Kokkos::Experimental::fabs;
using Kokkos::Experimental::log;
using Kokkos::Experimental::log10;
using Kokkos::Experimental::log1p;
using Kokkos::Experimental::pow;
using Kokkos::Experimental::sin;
using Kokkos::Experimental::sqrt;
using Kokkos::Experimental::tanh;
#endif

/// Waits for what was launched on `exec`; Kokkos takes the label from 3.5 on.
template <class Exec>
void fence(Exec const& exec, [[maybe_unused]] char const* label) {
#if KOKKOS_VERSION >= 30500
  exec.fence(label);
#else
  exec.fence();
#endif
}

/// A View's number of dimensions: a plain value in 3.4, function-like later.
template <class View>
inline constexpr std::size_t kRank = static_cast<std::size_t>(View::rank);

}  // namespace nacre::compat
