#pragma once

#include <nacre/core/csr_matrix.hpp>
#include <nacre/core/row_products.hpp>

/// \file
/// Products of dense matrices, sampled on a sparsity pattern.

namespace nacre {

namespace detail {

/// out(k) = alpha x(i, :) . y(col(k), :) + beta out(k) for the entries k of row i, rows contiguous.
template <class TX, class TY, class TO>
struct SampledRowMajor {
  Offset const* row_ptr;
  Ordinal const* col;
  TX const* x;
  TY const* y;
  std::size_t x_stride, y_stride;
  int length;
  TO alpha, beta;
  TO* out;

  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    TX const* const xi = x + static_cast<std::size_t>(i) * x_stride;
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) {
      TO const product = dot(xi, y + static_cast<std::size_t>(col[k]) * y_stride);
      out[k] = beta == TO(0) ? alpha * product : alpha * product + beta * out[k];
    }
  }
  KOKKOS_INLINE_FUNCTION TO dot(TX const* a, TY const* b) const {
    constexpr int kWidth = 8;
    TO partial[kWidth] = {};
    int c = 0;
    for (; c + kWidth <= length; c += kWidth)
      for (int j = 0; j < kWidth; ++j) partial[j] += static_cast<TO>(a[c + j]) * static_cast<TO>(b[c + j]);
    TO sum = 0;
    for (; c < length; ++c) sum += static_cast<TO>(a[c]) * static_cast<TO>(b[c]);
    for (int step = kWidth / 2; step > 0; step /= 2)
      for (int j = 0; j < step; ++j) partial[j] += partial[j + step];
    return sum + partial[0];
  }
};

/// The same, columns contiguous.
template <class TX, class TY, class TO>
struct SampledColumns {
  Offset const* row_ptr;
  Ordinal const* col;
  Columns<TX> x;
  Columns<TY> y;
  int length;
  TO alpha, beta;
  TO* out;

  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) {
      TO sum = 0;
      for (int c = 0; c < length; ++c) sum += static_cast<TO>(x[c][i]) * static_cast<TO>(y[c][col[k]]);
      out[k] = beta == TO(0) ? alpha * sum : alpha * sum + beta * out[k];
    }
  }
};

}  // namespace detail

/// out(k) = alpha x(row(k), :) . y(col(k), :) + beta out(k) for every entry k of the pattern; with beta = 0,
/// out is not read. With alpha = beta = 1 this adds the cotangent of A's values in Y = A X: sddmm(y_bar, x,
/// values_bar).
///
/// \param exec        where to run; asynchronous, ordered on this instance
/// \param pattern     n-by-m, nnz entries
/// \param x           [n, d], rows or columns contiguous
/// \param y           [m, d], the same layout
/// \param[in,out] out [nnz]
/// \throws nacre::Error if an extent does not match
template <class Exec, class Device, class X, class Y, class Out>
void sddmm(Exec const& exec, CsrPattern<Device> const& pattern, X const& x, Y const& y, Out const& out,
           double alpha = 1, double beta = 0) {
  static_assert(compat::kRank<X> == 2 && compat::kRank<Y> == 2, "sddmm: X and Y have two dimensions");
  using TO = typename Out::non_const_value_type;
  check_extent("sddmm", x, 0, static_cast<std::size_t>(pattern.num_rows()), "the pattern's number of rows");
  check_extent("sddmm", y, 0, static_cast<std::size_t>(pattern.num_cols()),
               "the pattern's number of columns");
  check_extent("sddmm", y, 1, x.extent(1), "the number of columns of x");
  check_extent("sddmm", out, 0, pattern.num_entries(), "the pattern's number of entries");
  auto const rows = range(exec, static_cast<std::size_t>(pattern.num_rows()));
  auto const length = static_cast<int>(x.extent(1));
  if constexpr (std::is_same_v<typename X::array_layout, Kokkos::LayoutRight> &&
                std::is_same_v<typename Y::array_layout, Kokkos::LayoutRight>)
    Kokkos::parallel_for("nacre::sddmm", rows,
                         detail::SampledRowMajor<typename X::value_type, typename Y::value_type, TO>{
                             pattern.row_ptr().data(), pattern.col().data(), x.data(), y.data(),
                             static_cast<std::size_t>(x.stride(0)), static_cast<std::size_t>(y.stride(0)),
                             length, static_cast<TO>(alpha), static_cast<TO>(beta), out.data()});
  else
    Kokkos::parallel_for("nacre::sddmm", rows,
                         detail::SampledColumns<typename X::value_type, typename Y::value_type, TO>{
                             pattern.row_ptr().data(), pattern.col().data(),
                             detail::columns("sddmm", x, x.extent(0), x.extent(1)),
                             detail::columns("sddmm", y, y.extent(0), x.extent(1)), length,
                             static_cast<TO>(alpha), static_cast<TO>(beta), out.data()});
}

}  // namespace nacre
