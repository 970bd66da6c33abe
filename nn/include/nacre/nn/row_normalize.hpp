#pragma once

#include <nacre/core/csr_matrix.hpp>

/// \file
/// Features scaled so that every row sums to one.

namespace nacre::nn {

namespace detail {

template <class Scalar>
struct DivideRowBySum {
  Offset const* row_ptr;
  Scalar* values;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    Scalar sum = 0;
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) sum += values[k];
    if (sum == Scalar(0)) return;
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) values[k] /= sum;
  }
};

}  // namespace detail

/// A(i, j) /= sum over l of A(i, l), in place; rows whose sum is zero stay.
///
/// \param exec    where to run; asynchronous, ordered on this instance
/// \param[in,out] A n-by-m; other matrices on the pattern are not changed
/// \throws nacre::Error if an extent does not match
template <class Exec, class Scalar, class Device>
void row_normalize(Exec const& exec, CsrMatrix<Scalar, Device> const& A) {
  check_extent("row_normalize", A.values, 0, A.num_entries(), "the pattern's number of entries");
  Kokkos::parallel_for("nacre::row_normalize", range(exec, static_cast<std::size_t>(A.num_rows())),
                       detail::DivideRowBySum<Scalar>{A.pattern.row_ptr().data(), A.values.data()});
}

}  // namespace nacre::nn
