#pragma once

#include <nacre/core/row_parts.hpp>
#include <nacre/core/segments.hpp>

/// \file
/// Sums over the rows of a matrix that belong together, such as the nodes of a graph in a batch.

namespace nacre {

namespace detail {

/// A segment's sums, all its rows one after the other.
template <class Body, class Store>
struct SegmentSumsOnHost {
  Offset const* ptr;
  Body body;
  Store store;
  double* sums;
  std::int64_t width;
  void operator()(std::int64_t g) const {
    Body const local = body;
    double* const sum = sums + g * width;
    for (std::int64_t s = 0; s < width; ++s) sum[s] = 0;
    for (auto i = static_cast<std::int64_t>(ptr[g]); i < static_cast<std::int64_t>(ptr[g + 1]); ++i)
      local(i, sum);
    for (std::int64_t s = 0; s < width; ++s) store(g * width + s, sum[s]);
  }
};

/// One sum a thread; neighbours read neighbours.
template <class Body, class Store>
struct SegmentSumByThread {
  Offset const* ptr;
  Body body;
  Store store;
  std::int64_t width;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at) const {
    std::int64_t const g = at / width, s = at % width;
    double sum = 0;
    for (auto i = static_cast<std::int64_t>(ptr[g]); i < static_cast<std::int64_t>(ptr[g + 1]); ++i)
      sum += body.term(i, s);
    store(at, sum);
  }
};

template <class Body>
struct TermOfBody {
  Body body;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t i, std::int64_t s) const { return body.term(i, s); }
};

template <class Store>
struct StoreThisTotal {
  Store store;
  void operator()(std::int64_t s, TotalOfParts const& total) const { store(s, total(s)); }
};

/// \pre segments lie in order
/// Calls `store(g width + s, sum over rows i of segment g of body.term(i, s))` for each segment g and each s in
/// [0, width); on a host `body(i, sums)` adds the terms of a row all at once. Sums are in double precision.
template <class Exec, class Device, class Body, class Store>
void for_each_segment_sum(Exec const& exec, char const* label, Segments<Device> const& segments,
                          SharedBuffer<typename Device::memory_space> const& buffer, std::size_t width,
                          Body const& body, Store const& store) {
  std::size_t const G = segments.num_segments(), n = segments.size();
  auto const k = static_cast<std::int64_t>(width);
  if (G * width == 0) return;
  if constexpr (kOnHost<Device>) {
    if (G == 1)
      for_each_row_with_sums(exec, label, buffer, n, width, body, width, StoreThisTotal<Store>{store});
    else
      Kokkos::parallel_for(label, range_of_entries(exec, G),
                           SegmentSumsOnHost<Body, Store>{segments.ptr().data(), body, store,
                                                          buffer.template get<double>(G * width), k});
  } else {
    if (G == 1)
      for_each_column_sum(exec, label, n, width, TermOfBody<Body>{body}, store);
    else
      Kokkos::parallel_for(label, range_of_entries(exec, G * width),
                           SegmentSumByThread<Body, Store>{segments.ptr().data(), body, store, k});
  }
}

}  // namespace detail

}  // namespace nacre
