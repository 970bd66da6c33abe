#pragma once

#include <type_traits>
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

/// One column of blocks, transposed, times x, gathered through the order of the transpose.
template <int kBlock, class T, class TX, class TY>
struct BlockColumnProduct {
  static constexpr int kStored = kBlock > 0 ? kBlock : 16;
  Offset const *ptr, *entry;
  Ordinal const* row;
  T const* values;
  Columns<TX> x;
  Columns<TY> y;
  int block_size, num_columns;

  KOKKOS_INLINE_FUNCTION void operator()(Ordinal j) const {
    int const b = kBlock > 0 ? kBlock : block_size;
    for (int c = 0; c < num_columns; ++c)
      for (int part = 0; part < b; part += kStored)
        columns(j, c, b, part, part + kStored < b ? kStored : b - part);
  }
  /// Columns [first, first + count) of the column of blocks.
  KOKKOS_INLINE_FUNCTION void columns(Ordinal j, int c, int b, int first, int count) const {
    TY sum[kStored] = {};
    int const used = kBlock > 0 ? kBlock : count;
    for (Offset k = ptr[j]; k < ptr[j + 1]; ++k) {
      T const* const block =
          values + static_cast<std::size_t>(entry[k]) * static_cast<std::size_t>(b * b) + first;
      TX* const xk = x[c] + static_cast<std::size_t>(row[k]) * static_cast<std::size_t>(b);
      for (int r = 0; r < b; ++r)
        for (int s = 0; s < used; ++s) sum[s] += static_cast<TY>(block[r * b + s]) * static_cast<TY>(xk[r]);
    }
    TY* const yj = y[c] + static_cast<std::size_t>(j) * static_cast<std::size_t>(b) + first;
    for (int s = 0; s < used; ++s) yj[s] = sum[s];
  }
};

/// The whole transposed product in one work item, row after row of blocks.
template <int kBlock, class T, class TX, class TY>
struct SerialBlockTransposedProduct {
  Offset const* row_ptr;
  Ordinal const* col;
  T const* values;
  Columns<TX> x;
  Columns<TY> y;
  Ordinal num_rows;
  int block_size, num_columns;

  void operator()(int) const {
    int const b = kBlock > 0 ? kBlock : block_size;
    auto const size = static_cast<std::size_t>(b), square = size * size;
    for (Ordinal i = 0; i < num_rows; ++i)
      for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) {
        T const* const block = values + static_cast<std::size_t>(k) * square;
        for (std::size_t line = 0; line < square; line += 64 / sizeof(T))
          prefetch(block + kPrefetchEntries + line);
        for (int c = 0; c < num_columns; ++c) {
          TX* const xi = x[c] + static_cast<std::size_t>(i) * size;
          TY* const yj = y[c] + static_cast<std::size_t>(col[k]) * size;
          for (int r = 0; r < b; ++r)
            for (int s = 0; s < b; ++s) yj[s] += static_cast<TY>(block[r * b + s]) * static_cast<TY>(xi[r]);
        }
      }
  }
};

template <int kBlock, class Exec, class Scalar, class Device, class TX, class TY>
void block_spmv_transpose(Exec const& exec, BsrMatrix<Scalar, Device> const& A, Columns<TX> const& x,
                          Columns<TY> const& y, int num_columns) {
  if constexpr (kSerial<Device>) {
    Kokkos::parallel_for("nacre::spmv_transpose::bsr",
                         Kokkos::RangePolicy<Exec, Kokkos::IndexType<int>>(exec, 0, 1),
                         SerialBlockTransposedProduct<kBlock, Scalar, TX, TY>{
                             A.pattern.row_ptr().data(), A.pattern.col().data(), A.values.data(), x, y,
                             A.pattern.num_rows(), A.block_size(), num_columns});
  } else {
    auto const& t = transposed(A.pattern);
    Kokkos::parallel_for(
        "nacre::spmv_transpose::bsr", range(exec, static_cast<std::size_t>(A.pattern.num_cols())),
        BlockColumnProduct<kBlock, Scalar, TX, TY>{t.pattern.row_ptr().data(), t.entry.data(),
                                                   t.pattern.col().data(), A.values.data(), x, y,
                                                   A.block_size(), num_columns});
  }
}

/// Calls `f` with the block size as a constant if it is 1 to 6, else with 0.
template <class F>
void with_block_size(int block_size, F const& f) {
  switch (block_size) {
    case 1:
      return f(std::integral_constant<int, 1>());
    case 2:
      return f(std::integral_constant<int, 2>());
    case 3:
      return f(std::integral_constant<int, 3>());
    case 4:
      return f(std::integral_constant<int, 4>());
    case 5:
      return f(std::integral_constant<int, 5>());
    case 6:
      return f(std::integral_constant<int, 6>());
    default:
      return f(std::integral_constant<int, 0>());
  }
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
  detail::with_block_size(A.block_size(), [&](auto b) { detail::block_spmv<b()>(exec, A, xs, ys, k); });
}

/// y = A^T x for a matrix of blocks, in a fixed order: rows of blocks one after the other on the serial back end, else
/// each column gathered through the cached transpose of the pattern.
///
/// \param x      [n] or [n, k], each column contiguous
/// \param[out] y [m] or [m, k], overwritten; must not alias x
/// \throws nacre::Error if an extent does not match
template <class Exec, class Scalar, class Device, class X, class Y>
void spmv_transpose(Exec const& exec, BsrMatrix<Scalar, Device> const& A, X const& x, Y const& y) {
  check_extent("spmv_transpose", A.values, 0, A.pattern.num_entries(), "the number of blocks of the pattern");
  check_extent("spmv_transpose", x, 0, static_cast<std::size_t>(A.num_rows()), "the matrix' number of rows");
  check_extent("spmv_transpose", y, 0, static_cast<std::size_t>(A.num_cols()),
               "the matrix' number of columns");
  auto const k = static_cast<int>(detail::num_columns(x));
  auto const xs = detail::columns("spmv_transpose", x, x.extent(0), detail::num_columns(x));
  auto const ys = detail::columns("spmv_transpose", y, y.extent(0), detail::num_columns(x), "the product");
  if constexpr (kSerial<Device>) Kokkos::deep_copy(exec, y, typename Y::non_const_value_type(0));
  detail::with_block_size(A.block_size(),
                          [&](auto b) { detail::block_spmv_transpose<b()>(exec, A, xs, ys, k); });
}

}  // namespace nacre
