#pragma once

#include <Kokkos_Core.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

/// \file
/// The one place that knows how versions of Tpetra (Trilinos 13.2 to 16) differ. Each function asks the class
/// it is given which name it has, so nothing here depends on version macros.

namespace nacre::trilinos::compat {

namespace detail {
template <class Map, class = void>
struct HasLocalNames : std::false_type {};  // up to 13.2: getNodeNumElements, ...
template <class Map>
struct HasLocalNames<Map, std::void_t<decltype(std::declval<Map const&>().getLocalNumElements())>>
    : std::true_type {};

template <class Matrix, class = void>
struct HasDeviceMatrix : std::false_type {};  // up to 13.0: getLocalMatrix
template <class Matrix>
struct HasDeviceMatrix<Matrix, std::void_t<decltype(std::declval<Matrix const&>().getLocalMatrixDevice())>>
    : std::true_type {};
}  // namespace detail

/// How many elements of the map this rank has.
template <class Map>
std::size_t num_local_elements(Map const& map) {
  if constexpr (detail::HasLocalNames<Map>::value)
    return map.getLocalNumElements();
  else
    return map.getNodeNumElements();
}

/// Their global numbers, in local order.
template <class Map>
auto local_elements(Map const& map) {
  if constexpr (detail::HasLocalNames<Map>::value)
    return map.getLocalElementList();
  else
    return map.getNodeElementList();
}

/// This rank's part as a KokkosSparse::CrsMatrix on the device.
template <class Matrix>
auto local_matrix(Matrix const& A) {
  if constexpr (detail::HasDeviceMatrix<Matrix>::value)
    return A.getLocalMatrixDevice();
  else
    return A.getLocalMatrix();
}

/// v with a writable value type, as Tpetra wants the columns of its graphs (which it does not write once they
/// are fill-complete): the same memory, kept alive by both. A copy where v does not own its memory, which
/// Tpetra refuses, and where this Kokkos cannot make one view share ownership with another of another value
/// type.
template <class View>
auto writable_and_owning(View const& v) {
  using Writable = Kokkos::View<typename View::non_const_value_type*, typename View::device_type>;
  if constexpr (std::is_same_v<typename View::value_type, typename View::non_const_value_type>) {
    if (v.use_count() > 0 || v.data() == nullptr) return Writable(v);
  } else {
    Writable const unowned(const_cast<typename View::non_const_value_type*>(v.data()), v.extent(0));
    if constexpr (std::is_constructible_v<Writable, decltype(v.impl_track()), decltype(unowned.impl_map())>)
      if (v.use_count() > 0) return Writable(v.impl_track(), unowned.impl_map());
  }
  Writable copy(Kokkos::view_alloc(v.label(), Kokkos::WithoutInitializing), v.extent(0));
  Kokkos::deep_copy(copy, v);
  return copy;
}

}  // namespace nacre::trilinos::compat
