#pragma once

#include <nacre/core/axis_sums.hpp>
#include <nacre/core/shared_buffer.hpp>

/// \file
/// Sums over rows that a host makes while it does other work on the rows, always in the same order.

namespace nacre::detail {

/// Parts that rows are cut into, whatever the number of threads, and how many rows make one worth its while.
inline constexpr std::int64_t kMostRowParts = 64, kRowsOfPart = 16;

template <class Body>
struct RowPart {
  Body body;
  double* sums;
  std::int64_t n, num_parts, width;
  void operator()(std::int64_t part) const {
    Body const local = body;
    double* const sum = sums + part * width;
    for (std::int64_t j = 0; j < width; ++j) sum[j] = 0;
    std::int64_t const end = n * (part + 1) / num_parts;
    for (std::int64_t i = n * part / num_parts; i < end; ++i) local(i, sum);
  }
};

/// The sum of sums[j] over the parts, in their order.
struct TotalOfParts {
  double const* sums;
  std::int64_t num_parts, width;
  double operator()(std::int64_t j) const {
    double sum = 0;
    for (std::int64_t part = 0; part < num_parts; ++part) sum += sums[part * width + j];
    return sum;
  }
};

/// store(j, total): out(j) += total(j).
template <class T>
struct AddTotal {
  T* out;
  void operator()(std::int64_t j, TotalOfParts const& total) const { out[j] += static_cast<T>(total(j)); }
};

template <class Store>
struct StoreTotal {
  Store store;
  TotalOfParts total;
  void operator()(std::int64_t j) const { store(j, total); }
};

/// On a host: calls `body(i, sums)` for i in [0, n), which may add to sums[0], ..., sums[width - 1], and then
/// `store(j, total)` for j in [0, num_stores), where total(j) is what sums[j] came to.
template <class Exec, class Space, class Body, class Store>
void for_each_row_with_sums(Exec const& exec, char const* label, SharedBuffer<Space> const& buffer,
                            std::size_t n, std::size_t width, Body const& body, std::size_t num_stores,
                            Store const& store) {
  static_assert(kOnHost<typename Exec::device_type>, "devices sum column by column");
  auto const rows = static_cast<std::int64_t>(n);
  std::int64_t const enough = (rows + kRowsOfPart - 1) / kRowsOfPart;
  TotalOfParts const total{nullptr, enough < kMostRowParts ? enough : kMostRowParts,
                           static_cast<std::int64_t>(width)};
  auto const num_parts = static_cast<std::size_t>(total.num_parts);
  auto const sums = buffer.template get<double>(num_parts * width);
  Kokkos::parallel_for(label, range_of_entries(exec, num_parts),
                       RowPart<Body>{body, sums, rows, total.num_parts, total.width});
  Kokkos::parallel_for(label, range_of_entries(exec, num_stores),
                       StoreTotal<Store>{store, {sums, total.num_parts, total.width}});
}

}  // namespace nacre::detail
