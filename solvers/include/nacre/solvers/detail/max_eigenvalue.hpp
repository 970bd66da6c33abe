#pragma once

#include <algorithm>
#include <cmath>

#include <nacre/core/distributed_spmv.hpp>

/// \file
/// Bounds of the largest eigenvalue of D^-1 A.

namespace nacre::solvers::detail {

// The reductions are named functors, because several translation units instantiate them: see MakeDiagonal.

template <class Device, class Values, class Diagonal>
struct RowSumBound {
  typename CsrPattern<Device>::OffsetView row_ptr;
  Values values;
  Diagonal inverse_diagonal;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i, double& most) const {
    double sum = 0;
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) sum += compat::fabs(static_cast<double>(values(k)));
    sum *= compat::fabs(static_cast<double>(inverse_diagonal(i)));
    most = sum > most ? sum : most;
  }
};

/// max_i sum_j |a_ij| / |d_i| over this rank's rows.
template <class Exec, class Device, class Values, class Diagonal>
double row_sum_bound(Exec const& exec, CsrPattern<Device> const& pattern, Values const& values,
                     Diagonal const& inverse_diagonal) {
  double bound = 0;
  Kokkos::parallel_reduce("nacre::max_eigenvalue::row_sums",
                          range(exec, static_cast<std::size_t>(pattern.num_rows())),
                          RowSumBound<Device, Values, Diagonal>{pattern.row_ptr(), values, inverse_diagonal},
                          Kokkos::Max<double>(bound));
  return bound;
}

/// x = pseudo-random in [-1, 1], a function of the row's global number alone.
template <class Exec, class X>
void fill_by_row_number(Exec const& exec, GlobalOrdinal first, X const& x) {
  Kokkos::parallel_for(
      "nacre::max_eigenvalue::start", range(exec, x.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
        std::uint64_t h = static_cast<std::uint64_t>(first + i) * 0x9E3779B97F4A7C15ull;
        h = (h ^ (h >> 32)) * 0xD6E8FEB86659FD93ull;
        h ^= h >> 32;
        x(i, 0) = static_cast<typename X::value_type>(static_cast<double>(h >> 11) / 4503599627370496. - 1.);
      });
}

template <class Diagonal, class Y>
struct ScaleRowsAndNorm2 {
  using T = typename Y::non_const_value_type;
  Diagonal d;
  Y y;
  T factor;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i, double& sum) const {
    T const v = y(i, 0) * d(i) * factor;
    y(i, 0) = v;
    sum += static_cast<double>(v) * static_cast<double>(v);
  }
};

/// y(i) *= factor d(i). \return this rank's part of |y|^2
template <class Exec, class Diagonal, class Y>
double scale_rows_and_norm2(Exec const& exec, Diagonal const& d, double factor, Y const& y) {
  using T = typename Y::non_const_value_type;
  double sum = 0;
  Kokkos::parallel_reduce("nacre::max_eigenvalue::scale", range(exec, y.extent(0)),
                          ScaleRowsAndNorm2<Diagonal, Y>{d, y, static_cast<T>(factor)}, sum);
  return sum;
}

/// An estimate, from below, of the largest eigenvalue of D^-1 A by the power method. Collective.
/// \param inverse_diagonal [owned rows]
template <class Exec, class T, class Device>
double power_method(Exec const& exec, DistributedCsr<T, Device> const& A,
                    Vector<T, Device> const& inverse_diagonal, int iterations) {
  MultiVector<T, Device> x("nacre::max_eigenvalue::x", static_cast<std::size_t>(A.pattern.num_owned_rows()),
                           1),
      y("nacre::max_eigenvalue::y", static_cast<std::size_t>(A.pattern.num_owned_rows()), 1);
  fill_by_row_number(exec, A.pattern.rows().begin(), x);
  double estimate = 0, scale = 1;
  for (int it = 0; it < iterations; ++it) {
    spmv(exec, A, x, y);
    double const norm = std::sqrt(A.comm().sum(scale_rows_and_norm2(exec, inverse_diagonal, scale, y)));
    if (!(norm > 0) || !std::isfinite(norm)) return estimate;
    if (it > 0) estimate = norm;  // x had norm 1 once scaled
    scale = 1 / norm;
    std::swap(x, y);
  }
  return estimate;
}

/// A bound of the largest eigenvalue of D^-1 A that is safe to build on. Collective.
///
/// Gershgorin's row sums, where they are nearly sharp (at most 2.5: M-matrices have 2); else the power method
/// with a margin of 10 %, never more than the row sums.
template <class Exec, class T, class Device>
double bound_max_eigenvalue(Exec const& exec, DistributedCsr<T, Device> const& A,
                            Vector<T, Device> const& inverse_diagonal) {
  double const rows = A.comm().max(row_sum_bound(exec, A.pattern.local(), A.values, inverse_diagonal));
  if (rows <= 2.5) return rows;
  return std::min(rows, 1.1 * power_method(exec, A, inverse_diagonal, 12));
}

}  // namespace nacre::solvers::detail
