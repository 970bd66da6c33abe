#pragma once

#include <nacre/core/config.hpp>
#include <nacre/core/kokkos_compat.hpp>

#include <type_traits>

/// \file
/// Devices and the views everything is made of.

namespace nacre {

/// Where things run unless a program says otherwise: an execution space with its memory space.
using DefaultDevice = Kokkos::DefaultExecutionSpace::device_type;
/// The same for data that only the host reads.
using HostDevice = Kokkos::DefaultHostExecutionSpace::device_type;

/// The execution space of a device.
template <class Device>
using ExecOf = typename Device::execution_space;

/// A vector, `[n]`.
template <class T, class Device = DefaultDevice>
using Vector = Kokkos::View<T*, Device>;

/// Several vectors side by side, `[n, k]`, each contiguous: the layout of a Tpetra::MultiVector.
template <class T, class Device = DefaultDevice>
using MultiVector = Kokkos::View<T**, Kokkos::LayoutLeft, Device>;

/// Rows of `k` numbers, `[n, k]`, each row contiguous: the layout of halo messages and node features.
template <class T, class Device = DefaultDevice>
using RowMajor = Kokkos::View<T**, Kokkos::LayoutRight, Device>;

/// Whether code on the host may dereference views of this device.
template <class Device>
inline constexpr bool kOnHost =
    Kokkos::SpaceAccessibility<Kokkos::HostSpace, typename Device::memory_space>::accessible;

/// Whether kernels of this device run one after the other on one thread.
template <class Device>
inline constexpr bool kSerial =
#ifdef KOKKOS_ENABLE_SERIAL
    std::is_same_v<typename Device::execution_space, Kokkos::Serial>;
#else
    false;
#endif

/// The policy of a loop over `[0, n)` on `exec`.
template <class Exec>
Kokkos::RangePolicy<Exec, Kokkos::IndexType<Ordinal>> range(Exec const& exec, std::size_t n) {
  return Kokkos::RangePolicy<Exec, Kokkos::IndexType<Ordinal>>(exec, 0, static_cast<Ordinal>(n));
}

/// The policy of a loop over `[0, n)` matrix entries on `exec`; n may exceed what an Ordinal holds.
template <class Exec>
Kokkos::RangePolicy<Exec, Kokkos::IndexType<std::int64_t>> range_of_entries(Exec const& exec, std::size_t n) {
  return Kokkos::RangePolicy<Exec, Kokkos::IndexType<std::int64_t>>(exec, 0, static_cast<std::int64_t>(n));
}

/// A view of the same data as `v` that host code may read: `v` itself where the host can, else a copy.
template <class View>
auto host_view(View const& v) -> decltype(Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), v)) {
  return Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), v);
}

/// One vector seen as several: `[n]` as `[n, 1]`, the same data.
template <class T, class... Properties>
MultiVector<T, typename Kokkos::View<T*, Properties...>::device_type> as_columns(
    Kokkos::View<T*, Properties...> const& v) {
  return MultiVector<T, typename Kokkos::View<T*, Properties...>::device_type>(v.data(), v.extent(0), 1);
}

/// A copy of `n` numbers at `data` (host memory) on the device.
template <class T, class Device = DefaultDevice>
Vector<T, Device> to_device(std::string const& label, T const* data, std::size_t n) {
  Vector<T, Device> v(Kokkos::view_alloc(label, Kokkos::WithoutInitializing), n);
  Kokkos::deep_copy(v, Kokkos::View<T const*, Kokkos::HostSpace, Kokkos::MemoryUnmanaged>(data, n));
  return v;
}
template <class Device, class Container>
auto to_device(std::string const& label, Container const& c)
    -> Vector<typename Container::value_type, Device> {
  return to_device<typename Container::value_type, Device>(label, c.data(), c.size());
}

}  // namespace nacre
