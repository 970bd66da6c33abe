#pragma once

#include <nacre/core/csr_matrix.hpp>
#include <nacre/core/distributed_csr.hpp>

/// \file
/// Sparse matrix-vector product.

namespace nacre {

/// y = A x.
///
/// \param exec    where to run; asynchronous, ordered on this instance
/// \param pattern n-by-m, nnz entries
/// \param values  [nnz] entries of A
/// \param x       [m]
/// \param[out] y  [n], overwritten; must not alias x
/// \throws nacre::Error if an extent does not match the pattern
template <class Exec, class Device, class Values, class X, class Y>
void spmv(Exec const& exec, CsrPattern<Device> const& pattern, Values const& values, X const& x, Y const& y) {
  check_extent("spmv", values, 0, pattern.num_entries(), "the pattern's number of entries");
  check_extent("spmv", x, 0, static_cast<std::size_t>(pattern.num_cols()), "the pattern's number of columns");
  check_extent("spmv", y, 0, static_cast<std::size_t>(pattern.num_rows()), "the pattern's number of rows");
  auto const row_ptr = pattern.row_ptr();
  auto const col = pattern.col();
  Kokkos::parallel_for(
      "nacre::spmv", range(exec, y.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
        typename Y::non_const_value_type sum = 0;
        for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) sum += values(k) * x(col(k));
        y(i) = sum;
      });
}

}  // namespace nacre
