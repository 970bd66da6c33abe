#include <nacre/core/row_blocks.hpp>

#include <algorithm>

#include <nacre/core/row_products.hpp>

#include "lanes.hpp"

namespace nacre::detail {

namespace {

/// Whether rows [i, i + size) are a row of blocks.
bool is_block_row(int size, Ordinal i, Offset const* row_ptr, Ordinal const* col) {
  Offset const length = row_ptr[i + 1] - row_ptr[i];
  if (length % size != 0) return false;
  for (int r = 1; r < size; ++r)
    if (row_ptr[i + r + 1] - row_ptr[i + r] != length) return false;
  Ordinal const* const c = col + row_ptr[i];
  Ordinal unlike = 0;
  for (Offset k = 0; k < length; k += size)
    for (int j = 1; j < size; ++j) unlike |= c[k + j] ^ (c[k] + j);
  for (int r = 1; r < size; ++r)
    for (Offset k = 0; k < length; ++k) unlike |= c[k] ^ c[r * length + k];
  return unlike == 0;
}

bool is_made_of_blocks(int size, Ordinal num_rows, Offset const* row_ptr, Ordinal const* col) {
  if (num_rows % size != 0) return false;
  Ordinal const middle =
      num_rows / size / 2 * size;  // where there are less boundaries that could look like blocks
  if (!is_block_row(size, middle, row_ptr, col)) return false;
  for (Ordinal i = 0; i < num_rows; i += size)
    if (!is_block_row(size, i, row_ptr, col)) return false;
  return true;
}

/// Numbers that are copied or multiplied at once.
constexpr int kChunk = 4;
/// Blocks whose numbers of x are gathered at a time; a multiple of kChunk, so that sums of chunks go on.
constexpr Offset kBlocksAtOnce = 32;

/// Gathers the numbers of x that some blocks of a row meet, in the order of its entries.
template <int kSize, class T>
[[gnu::always_inline]] inline void gather_blocks(Ordinal const* col, Offset num_blocks, T const* x,
                                                 Ordinal x_length, T* to) {
  constexpr int kCopied = (kSize + kChunk - 1) / kChunk * kChunk;  // the last ones perhaps in vain
  for (Offset k = 0; k < num_blocks; ++k, to += kSize) {
    if (col[k] + kCopied <= x_length)
      for (int j = 0; j < kCopied; j += kChunk) store<T, kChunk>(to + j, load<T, kChunk>(x + col[k] + j));
    else
      std::copy_n(x + col[k], kSize, to);
  }
}

/// Products of kSize rows, which follow one another, with one vector, in the order of row_product().
template <int kSize, class T>
void product_of_block_row(Ordinal const* col, T const* values, Offset length, T const* x, Ordinal x_length,
                          T* sums) {
  alignas(64) T gathered[kBlocksAtOnce * kSize + kChunk];
  if (length <= kUnrolledRow) {
    gather_blocks<kSize>(col, length / kSize, x, x_length, gathered);
    for (int r = 0; r < kSize; ++r) sums[r] = 0;
    for (Offset k = 0; k < length; ++k)
      for (int r = 0; r < kSize; ++r) sums[r] = multiply_add(values[r * length + k], gathered[k], sums[r]);
    return;
  }
  Lanes<T, kChunk> lanes[kSize] = {};
  Offset done = 0, stop = 0;
  for (; done < length; done = stop) {
    stop = std::min(length, done + kBlocksAtOnce * kSize);
    gather_blocks<kSize>(col + done / kSize, (stop - done) / kSize, x, x_length, gathered);
    Offset k = 0;
    for (; done + k + kChunk <= stop; k += kChunk) {
      auto const xk = load<T, kChunk>(gathered + k);
      for (int r = 0; r < kSize; ++r)
        lanes[r] = multiply_add<T, kChunk>(load<T, kChunk>(values + r * length + done + k), xk, lanes[r]);
    }
    if (stop < length) continue;
    for (int r = 0; r < kSize; ++r) {
      T partial[kChunk] = {};
      store<T, kChunk>(partial, lanes[r]);
      for (Offset e = k; done + e < length; ++e)
        partial[0] = multiply_add(values[r * length + done + e], gathered[e], partial[0]);
      sums[r] = (partial[0] + partial[2]) + (partial[1] + partial[3]);
    }
  }
}

/// Gathers the numbers of kWidth columns of x that some blocks of a row meet, those of an entry side by side.
template <int kSize, int kWidth, class T>
[[gnu::always_inline]] inline void gather_blocks_of_columns(Ordinal const* col, Offset num_blocks,
                                                            Columns<T const> const& x, Ordinal x_length,
                                                            T* to) {
  constexpr int kCopied = (kSize + kStencilColumns - 1) / kStencilColumns * kStencilColumns;
  for (Offset k = 0; k < num_blocks; ++k, to += kSize * kWidth) {
    if (col[k] + kCopied <= x_length) {
      Lanes<T, kWidth> numbers[kCopied];
      for (int j = 0; j < kCopied; j += kStencilColumns)
        load_columns<T, kWidth>(x.data + col[k] + j, x.stride, numbers + j);
      for (int j = 0; j < kSize; ++j) store<T, kWidth>(to + j * kWidth, numbers[j]);
    } else {
      for (int j = 0; j < kSize; ++j)
        for (int w = 0; w < kWidth; ++w) to[j * kWidth + w] = x[w][col[k] + j];
    }
  }
}

/// Products of kSize rows with kWidth columns of x, in the lanes of registers; sums[r * kWidth + w] is that of row r
/// and column w.
template <int kSize, int kWidth, bool kLong, class T>
void products_of_block_row(Ordinal const* col, T const* values, Offset length, Columns<T const> const& x,
                           Ordinal x_length, T* sums) {
  constexpr int kPartial = kLong ? 4 : 1;
  alignas(64) T gathered[kBlocksAtOnce * kSize * kWidth];
  Lanes<T, kWidth> partial[kPartial][kSize] = {};
  auto const add = [&](Offset entry, T const* numbers, Lanes<T, kWidth>* to) {
    auto const xk = load<T, kWidth>(numbers);
    for (int r = 0; r < kSize; ++r)
      to[r] = multiply_add<T, kWidth>(spread<T, kWidth>(values[r * length + entry]), xk, to[r]);
  };
  for (Offset done = 0, stop = 0; done < length; done = stop) {
    stop = std::min(length, done + kBlocksAtOnce * kSize);
    gather_blocks_of_columns<kSize, kWidth>(col + done / kSize, (stop - done) / kSize, x, x_length, gathered);
    Offset e = done;
    for (; e + kPartial <= stop; e += kPartial)
      for (int j = 0; j < kPartial; ++j) add(e + j, gathered + (e + j - done) * kWidth, partial[j]);
    for (; e < stop; ++e) add(e, gathered + (e - done) * kWidth, partial[0]);
  }
  for (int r = 0; r < kSize; ++r) {
    if constexpr (kLong) partial[0][r] = (partial[0][r] + partial[2][r]) + (partial[1][r] + partial[3][r]);
    store<T, kWidth>(sums + r * kWidth, partial[0][r]);
  }
}

/// Rows [begin, end) of a matrix of blocks.
template <class T>
struct RowsOfBlocks {
  Offset const* row_ptr;
  Ordinal const* col;  // of blocks
  T const* values;
  Columns<T const> x;
  Ordinal x_length;
  int num_columns;
  Ordinal begin, end;
  Columns<T> sums;

  template <int kSize>
  void multiply() const {
    for (Ordinal i = begin / kSize * kSize; i < end; i += kSize) {
      Offset const first = row_ptr[i], length = row_ptr[i + 1] - first;
      for (Offset k = 0; k < kSize * length; k += 64 / static_cast<int>(sizeof(T)))
        prefetch(values + first + k + kBytesAhead / sizeof(T));
      int c = 0;
      for (; c + 8 <= num_columns; c += 8) several<kSize, 8>(i, first, length, c);
      for (; c + 4 <= num_columns; c += 4) several<kSize, 4>(i, first, length, c);
      for (; c < num_columns; ++c) {
        T all[kSize];
        product_of_block_row<kSize>(col + first / (kSize * kSize), values + first, length, x[c], x_length,
                                    all);
        for (int r = 0; r < kSize; ++r)
          if (i + r >= begin && i + r < end) sums[c][i + r - begin] = all[r];
      }
    }
  }

  /// Block row i, whose entries begin at `first`, times columns [c, c + kWidth).
  template <int kSize, int kWidth>
  void several(Ordinal i, Offset first, Offset length, int c) const {
    T all[kSize * kWidth];
    Ordinal const* const blocks = col + first / (kSize * kSize);
    Columns<T const> const xs = from_column(x, static_cast<std::size_t>(c));
    if (length > kUnrolledRow)
      products_of_block_row<kSize, kWidth, true>(blocks, values + first, length, xs, x_length, all);
    else
      products_of_block_row<kSize, kWidth, false>(blocks, values + first, length, xs, x_length, all);
    for (int w = 0; w < kWidth; ++w)
      for (int r = 0; r < kSize; ++r)
        if (i + r >= begin && i + r < end) sums[c + w][i + r - begin] = all[r * kWidth + w];
  }
};

}  // namespace

RowBlocks find_row_blocks(Ordinal num_rows, Offset const* row_ptr, Ordinal const* col) {
  RowBlocks blocks;
  if (!kHaveLanes || num_rows == 0) return blocks;
  for (int size = RowBlocks::kLargest; size > 1 && blocks.size == 0; --size)
    if (is_made_of_blocks(size, num_rows, row_ptr, col)) blocks.size = size;
  if (blocks.size == 0) return blocks;
  blocks.col.reserve(static_cast<std::size_t>(row_ptr[num_rows] / (blocks.size * blocks.size)));
  for (Ordinal i = 0; i < num_rows; i += blocks.size)
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; k += blocks.size) blocks.col.push_back(col[k]);
  return blocks;
}

template <class T>
void row_block_products(RowBlocks const& blocks, Offset const* row_ptr, T const* values,
                        Columns<T const> const& x, Ordinal x_length, int num_columns, Ordinal begin,
                        Ordinal end, Columns<T> const& sums) {
  RowsOfBlocks<T> const rows{row_ptr, blocks.col.data(), values, x, x_length, num_columns, begin, end, sums};
  switch (blocks.size) {
    case 2:
      return rows.template multiply<2>();
    case 3:
      return rows.template multiply<3>();
    case 4:
      return rows.template multiply<4>();
    case 5:
      return rows.template multiply<5>();
    default:
      return rows.template multiply<6>();
  }
}

template void row_block_products(RowBlocks const&, Offset const*, double const*, Columns<double const> const&,
                                 Ordinal, int, Ordinal, Ordinal, Columns<double> const&);
template void row_block_products(RowBlocks const&, Offset const*, float const*, Columns<float const> const&,
                                 Ordinal, int, Ordinal, Ordinal, Columns<float> const&);

}  // namespace nacre::detail
