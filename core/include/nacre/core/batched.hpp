#pragma once

#include <nacre/core/spmv.hpp>

/// \file
/// Products of several matrices on one pattern.

namespace nacre {

namespace detail {

/// One row of one matrix a thread.
template <class T, class TX, class TY>
struct BatchedProduct {
  Offset const* row_ptr;
  Ordinal const* col;
  T const* values;
  TX const* x;
  TY* y;
  std::size_t values_stride, x_stride, y_stride;
  Ordinal num_rows;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at) const {
    auto const b = static_cast<std::size_t>(at / num_rows);
    auto const i = static_cast<Ordinal>(at % num_rows);
    Offset const begin = row_ptr[i];
    y[b * y_stride + static_cast<std::size_t>(i)] = row_product<TY>(
        col + begin, values + b * values_stride + begin, x + b * x_stride, row_ptr[i + 1] - begin);
  }
};

}  // namespace detail

/// y(b, :) = A_b x(b, :) for every matrix of the batch.
///
/// \param A      n-by-m matrices
/// \param x      [batch, m], rows contiguous
/// \param[out] y [batch, n], rows contiguous, overwritten; must not alias x
/// \throws nacre::Error if an extent does not match
template <class Exec, class Scalar, class Device, class X, class Y>
void spmv(Exec const& exec, BatchedCsrMatrix<Scalar, Device> const& A, X const& x, Y const& y) {
  static_assert(std::is_same_v<typename X::array_layout, Kokkos::LayoutRight> &&
                    std::is_same_v<typename Y::array_layout, Kokkos::LayoutRight>,
                "batched spmv: the vectors of a batch are rows");
  std::size_t const batch = A.values.extent(0);
  auto const n = static_cast<std::size_t>(A.pattern.num_rows());
  check_extent("spmv", A.values, 1, A.pattern.num_entries(), "the pattern's number of entries");
  check_extent("spmv", x, 0, batch, "the number of matrices");
  check_extent("spmv", x, 1, static_cast<std::size_t>(A.pattern.num_cols()),
               "the pattern's number of columns");
  check_extent("spmv", y, 0, batch, "the number of matrices");
  check_extent("spmv", y, 1, n, "the pattern's number of rows");
  if constexpr (kOnHost<Device>) {
    for (std::size_t b = 0; b < batch; ++b)
      spmv(exec, A.pattern, Kokkos::subview(A.values, b, Kokkos::ALL()), Kokkos::subview(x, b, Kokkos::ALL()),
           Kokkos::subview(y, b, Kokkos::ALL()));
  } else if (n > 0) {
    Kokkos::parallel_for(
        "nacre::spmv::batched", range_of_entries(exec, batch * n),
        detail::BatchedProduct<Scalar, typename X::non_const_value_type, typename Y::non_const_value_type>{
            A.pattern.row_ptr().data(), A.pattern.col().data(), A.values.data(), x.data(), y.data(),
            static_cast<std::size_t>(A.values.stride(0)), static_cast<std::size_t>(x.stride(0)),
            static_cast<std::size_t>(y.stride(0)), A.pattern.num_rows()});
  }
}

}  // namespace nacre
