#pragma once

#include <vector>

#include <nacre/core/row_products.hpp>
#include <nacre/core/transpose.hpp>

/// \file
/// Matrices of small dense blocks.

namespace nacre {

/// A matrix of b-by-b blocks: the pattern of the blocks, and their values, row-major, block after block.
template <class Scalar, class Device = DefaultDevice>
struct BsrMatrix {
  using scalar_type = Scalar;
  using device_type = Device;
  CsrPattern<Device> pattern;                                   ///< of the blocks
  Kokkos::View<Scalar***, Kokkos::LayoutRight, Device> values;  ///< [blocks, b, b]

  int block_size() const { return static_cast<int>(values.extent(1)); }
  Ordinal num_rows() const { return pattern.num_rows() * block_size(); }
  Ordinal num_cols() const { return pattern.num_cols() * block_size(); }
};

namespace detail {

struct HostBlocks {
  std::vector<Offset> row_ptr;
  std::vector<Ordinal> col;
  std::vector<Offset> entry;  ///< [blocks * b * b] where the values come from, kNoEntry for a zero
};
HostBlocks find_blocks_on_host(Ordinal num_rows, Offset const* row_ptr, Ordinal const* col, int block_size);

/// One row of blocks times x; kBlock > 0 is the block size, 0 means any.
template <int kBlock, class T, class TX, class TY>
struct BlockRowProduct {
  static constexpr int kStored = kBlock > 0 ? kBlock : 16;
  Offset const* row_ptr;
  Ordinal const* col;
  T const* values;
  Columns<TX> x;
  Columns<TY> y;
  int block_size, num_columns;

  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    int const b = kBlock > 0 ? kBlock : block_size;
    for (int c = 0; c < num_columns; ++c)
      for (int part = 0; part < b; part += kStored)
        rows(i, c, b, part, part + kStored < b ? kStored : b - part);
  }
  /// Rows [first, first + count) of the row of blocks.
  KOKKOS_INLINE_FUNCTION void rows(Ordinal i, int c, int b, int first, int count) const {
    TY sum[kStored] = {};
    int const used = kBlock > 0 ? kBlock : count;
    Offset const begin = row_ptr[i], end = row_ptr[i + 1];
    TX* const xc = x[c];
    for (Offset k = begin; k < end; ++k) {
      T const* const block =
          values + static_cast<std::size_t>(k) * static_cast<std::size_t>(b * b) + first * b;
      if (c == 0)
        for (int line = 0; line < used * b; line += 64 / static_cast<int>(sizeof(T)))
          prefetch(block + kPrefetchEntries + line);
      TX* const xk = xc + static_cast<std::size_t>(col[k]) * static_cast<std::size_t>(b);
      for (int r = 0; r < used; ++r)
        for (int s = 0; s < b; ++s) sum[r] += static_cast<TY>(block[r * b + s]) * static_cast<TY>(xk[s]);
    }
    TY* const yi = y[c] + static_cast<std::size_t>(i) * static_cast<std::size_t>(b) + first;
    for (int r = 0; r < used; ++r) yi[r] = sum[r];
  }
};

template <int kBlock, class Exec, class Scalar, class Device, class TX, class TY>
void block_spmv(Exec const& exec, BsrMatrix<Scalar, Device> const& A, Columns<TX> const& x,
                Columns<TY> const& y, int num_columns) {
  Kokkos::parallel_for(
      "nacre::spmv::bsr", range(exec, static_cast<std::size_t>(A.pattern.num_rows())),
      BlockRowProduct<kBlock, Scalar, TX, TY>{A.pattern.row_ptr().data(), A.pattern.col().data(),
                                              A.values.data(), x, y, A.block_size(), num_columns});
}

}  // namespace detail

/// How a CSR matrix becomes one of blocks: the constructor finds the blocks, convert() is one gather, so that
/// new values on the old pattern cost little. A block is there if any of its entries is; its other entries
/// are zero.
template <class Device = DefaultDevice>
class BsrConversion {
 public:
  /// \param pattern    n-by-m, n and m multiples of the block size
  /// \param block_size 1, 2, ...
  /// \throws nacre::Error if the sizes are no multiples
  BsrConversion(CsrPattern<Device> const& pattern, int block_size)
      : block_size_(block_size), num_entries_(pattern.num_entries()) {
    if (block_size < 1 || pattern.num_rows() % block_size != 0 || pattern.num_cols() % block_size != 0)
      fail(cat("bsr: a ", pattern.num_rows(), " by ", pattern.num_cols(), " matrix has no blocks of size ",
               block_size));
    auto const row_ptr = host_view(pattern.row_ptr());
    auto const col = host_view(pattern.col());
    auto const blocks =
        detail::find_blocks_on_host(pattern.num_rows(), row_ptr.data(), col.data(), block_size);
    pattern_ = CsrPattern<Device>(pattern.num_rows() / block_size, pattern.num_cols() / block_size,
                                  to_device<Device>("nacre::bsr::row_ptr", blocks.row_ptr),
                                  to_device<Device>("nacre::bsr::col", blocks.col));
    entry_ = to_device<Device>("nacre::bsr::entry", blocks.entry);
  }

  /// Of the blocks.
  CsrPattern<Device> const& pattern() const { return pattern_; }

  /// \param values   [nnz] of the CSR matrix
  /// \param[out] out [blocks, b, b], overwritten
  /// \throws nacre::Error if an extent does not match
  template <class Exec, class Values, class Scalar>
  void convert(Exec const& exec, Values const& values,
               Kokkos::View<Scalar***, Kokkos::LayoutRight, Device> const& out) const {
    check_extent("bsr", values, 0, num_entries_, "the number of entries of the CSR pattern");
    check_extent("bsr", out, 0, pattern_.num_entries(), "the number of blocks");
    check_extent("bsr", out, 1, static_cast<std::size_t>(block_size_), "the block size");
    check_extent("bsr", out, 2, static_cast<std::size_t>(block_size_), "the block size");
    gather(exec, entry_, values, Vector<Scalar, Device>(out.data(), out.size()));
  }
  template <class Exec, class Scalar>
  BsrMatrix<Scalar, Device> convert(Exec const& exec, Kokkos::View<Scalar*, Device> const& values) const {
    auto const b = static_cast<std::size_t>(block_size_);
    BsrMatrix<Scalar, Device> const A{
        pattern_, Kokkos::View<Scalar***, Kokkos::LayoutRight, Device>(
                      Kokkos::view_alloc("nacre::bsr::values", Kokkos::WithoutInitializing),
                      pattern_.num_entries(), b, b)};
    convert(exec, values, A.values);
    return A;
  }

 private:
  int block_size_;
  std::size_t num_entries_;
  CsrPattern<Device> pattern_;
  Vector<Offset const, Device> entry_;
};

/// y = A x for a matrix of blocks; block sizes 1 to 6 have kernels of their own.
///
/// \param x      [m] or [m, k], each column contiguous
/// \param[out] y [n] or [n, k], overwritten; must not alias x
/// \throws nacre::Error if an extent does not match
template <class Exec, class Scalar, class Device, class X, class Y>
void spmv(Exec const& exec, BsrMatrix<Scalar, Device> const& A, X const& x, Y const& y) {
  check_extent("spmv", A.values, 0, A.pattern.num_entries(), "the number of blocks of the pattern");
  check_extent("spmv", x, 0, static_cast<std::size_t>(A.num_cols()), "the matrix' number of columns");
  check_extent("spmv", y, 0, static_cast<std::size_t>(A.num_rows()), "the matrix' number of rows");
  auto const k = static_cast<int>(detail::num_columns(x));
  auto const xs = detail::columns("spmv", x, x.extent(0), detail::num_columns(x));
  auto const ys = detail::columns("spmv", y, y.extent(0), detail::num_columns(x), "the product");
  switch (A.block_size()) {
    case 1:
      return detail::block_spmv<1>(exec, A, xs, ys, k);
    case 2:
      return detail::block_spmv<2>(exec, A, xs, ys, k);
    case 3:
      return detail::block_spmv<3>(exec, A, xs, ys, k);
    case 4:
      return detail::block_spmv<4>(exec, A, xs, ys, k);
    case 5:
      return detail::block_spmv<5>(exec, A, xs, ys, k);
    case 6:
      return detail::block_spmv<6>(exec, A, xs, ys, k);
    default:
      return detail::block_spmv<0>(exec, A, xs, ys, k);
  }
}

}  // namespace nacre
