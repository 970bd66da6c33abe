#pragma once

#include <Kokkos_Core.hpp>

#include <random>
#include <vector>

#include <nacre/core/types.hpp>

/// \file
/// Moving test data to and from devices.

namespace nacre::test {

/// A host copy that never aliases v. (create_mirror_view aliases when v is already on the host.)
template <class View>
auto to_host(View const& v) -> typename View::HostMirror {
  typename View::HostMirror h = Kokkos::create_mirror(v);
  Kokkos::deep_copy(h, v);
  return h;
}

/// The numbers of a contiguous view in the order of memory.
template <class View>
std::vector<double> to_vector(View const& v) {
  auto const h = to_host(v);
  return {h.data(), h.data() + h.size()};
}

/// Numbers uniform in [-1, 1], the same on every device.
template <class Scalar, class Device>
Vector<Scalar, Device> random_vector(std::string const& label, std::size_t n, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<Scalar> v(n);
  for (auto& e : v) e = static_cast<Scalar>(static_cast<double>(generator()) / 2147483648. - 1.);
  return to_device<Device>(label, v);
}

}  // namespace nacre::test
