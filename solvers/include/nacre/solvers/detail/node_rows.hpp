#pragma once

#include <nacre/core/csr_matrix.hpp>

/// \file
/// What sweeps want to know about a pattern. For hosts.

namespace nacre::solvers::detail {

/// Whether the rows of every node of `b` rows have the same columns, in groups of b one of which are the node's own.
template <class Device>
bool shares_columns(CsrPattern<Device> const& pattern, int b) {
  constexpr int kMostRows = 32;
  if (b <= 1 || b > kMostRows || pattern.num_rows() % b != 0) return false;
  auto const ptr = host_view(pattern.row_ptr());
  auto const col = host_view(pattern.col());
  for (Ordinal i = 0; i < pattern.num_rows(); i += b) {
    Offset const length = ptr(i + 1) - ptr(i);
    if (length % b != 0) return false;
    bool has_own = false;
    for (Offset k = 0; k < length; k += b) {
      Ordinal const j = col(ptr(i) + k);
      has_own = has_own || j == i;
      if (col(ptr(i) + k + b - 1) != j + b - 1) return false;  // they ascend
    }
    if (!has_own) return false;
    for (int row = 1; row < b; ++row) {
      if (ptr(i + row + 1) - ptr(i + row) != length) return false;
      for (Offset k = 0; k < length; ++k)
        if (col(ptr(i + row) + k) != col(ptr(i) + k)) return false;
    }
  }
  return true;
}

/// The first entry of each row that is not left of the row's node of `b` rows.
template <class Device>
Kokkos::View<Offset const*, Kokkos::HostSpace> find_first_upper(CsrPattern<Device> const& pattern, int b) {
  auto const ptr = host_view(pattern.row_ptr());
  auto const col = host_view(pattern.col());
  Kokkos::View<Offset*, Kokkos::HostSpace> const first(
      Kokkos::view_alloc(std::string("nacre::level_smoother::first_upper"), Kokkos::WithoutInitializing),
      static_cast<std::size_t>(pattern.num_rows()));
  for (Ordinal i = 0; i < pattern.num_rows(); ++i) {
    Ordinal const node = i - i % b;
    Offset k = ptr(i);
    while (k < ptr(i + 1) && col(k) < node) ++k;
    first(i) = k;
  }
  return first;
}

/// Whether the block of owned columns is symmetric, up to rounding in T: A x and A^T x of a pseudo-random x are
/// compared row by row, which an unsymmetric matrix passes with probability zero.
template <class T, class Device>
bool is_symmetric_locally(CsrMatrix<T, Device> const& A) {
  Ordinal const n = A.pattern.num_rows();
  auto const ptr = host_view(A.pattern.row_ptr());
  auto const col = host_view(A.pattern.col());
  auto const values = host_view(A.values);
  auto const x = [](Ordinal i) {  // in (-1, 1), far from 0 for all but a few
    std::uint32_t h = static_cast<std::uint32_t>(i) * 0x9E3779B1u;
    h ^= h >> 15;
    h *= 0x85EBCA77u;
    return static_cast<T>(static_cast<std::int32_t>(h)) * T(4.656612873077393e-10);
  };
  std::vector<T> difference(static_cast<std::size_t>(n), 0), size(static_cast<std::size_t>(n), 0);
  for (Ordinal i = 0; i < n; ++i) {
    T const xi = x(i);
    T product = 0, most = 0;
    for (Offset k = ptr(i); k < ptr(i + 1); ++k) {
      Ordinal const j = col(k);
      if (j >= n) break;
      T const a = values(k);
      product += a * x(j);
      difference[j] -= a * xi;
      most += compat::fabs(a);
    }
    difference[i] += product;
    size[i] = most;
  }
  T const tolerance = T(64) * std::numeric_limits<T>::epsilon();
  for (Ordinal i = 0; i < n; ++i)
    if (!(compat::fabs(difference[i]) <= tolerance * size[i])) return false;
  return true;
}

}  // namespace nacre::solvers::detail
