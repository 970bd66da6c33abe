#pragma once

#include <gtest/gtest.h>
#include <Kokkos_Core.hpp>

/// \file
/// The back ends this build has, for typed tests.

namespace nacre::test {

namespace detail {
template <class... Enabled>
struct Join;
template <class... Types>
struct Join<testing::Types<Types...>> {
  using type = testing::Types<Types...>;
};
template <class... A, class... B, class... Rest>
struct Join<testing::Types<A...>, testing::Types<B...>, Rest...> : Join<testing::Types<A..., B...>, Rest...> {
};
}  // namespace detail

/// Every enabled back end, as devices. A typed test over it runs once for each.
using Backends = typename detail::Join<testing::Types<>
#ifdef KOKKOS_ENABLE_SERIAL
                                       ,
                                       testing::Types<Kokkos::Serial::device_type>
#endif
#ifdef KOKKOS_ENABLE_OPENMP
                                       ,
                                       testing::Types<Kokkos::OpenMP::device_type>
#endif
#ifdef KOKKOS_ENABLE_CUDA
                                       ,
                                       testing::Types<Kokkos::Cuda::device_type>
#endif
                                       >::type;

}  // namespace nacre::test
