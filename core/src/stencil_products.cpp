#include <nacre/core/row_products.hpp>

#include <algorithm>

#include "lanes.hpp"

/// \file
/// Products with rows that share stencils: several rows at once in the lanes of vector registers. Numbers of x that
/// consecutive rows meet follow one another; entries of a stencil's column are brought together by transpositions
/// within registers.

namespace nacre::detail {

namespace {

/// Consecutive rows with one stencil, or with that of the pattern; pointers are those of the first one.
template <class T>
struct StencilRows {
  T const* values;
  Ordinal const* offsets;
  std::size_t length;  // of the stencil
  Ordinal num_rows;
  Columns<T const> x;
  int num_columns;
  Columns<T> sums;

  StencilRows from(Ordinal r) const {
    return {values + static_cast<std::size_t>(r) * length,
            offsets,
            length,
            num_rows - r,
            {x.data + r, x.stride},
            num_columns,
            {sums.data + r, sums.stride}};
  }
};

/// Products of one row with each column of x.
template <class T>
void products_of_row(Ordinal const* col, T const* values, Offset length, Columns<T const> const& x,
                     int num_columns, Columns<T> const& out) {
  if (num_columns == 1) {
    out.data[0] = row_product<T>(col, values, x.data, length);
    return;
  }
  T sums[4];
  int c = 0;
  for (; c + 4 <= num_columns; c += 4) {
    row_products_of_columns<4>(col, values, from_column(x, static_cast<std::size_t>(c)), length, sums);
    for (int w = 0; w < 4; ++w) out[c + w][0] = sums[w];
  }
  for (; c < num_columns; ++c) out[c][0] = row_product<T>(col, values, x[c], length);
}
template <class T>
void products_of_row(StencilRows<T> const& row) {
  products_of_row(row.offsets, row.values, static_cast<Offset>(row.length), row.x, row.num_columns, row.sums);
}

/// Bytes of x ahead of the last ones in use, the only ones that are new: the others were met with earlier rows.
constexpr std::size_t kBytesOfXAhead = 512;

template <class T, int kLanes>
[[gnu::always_inline]] inline void ask_ahead(T const* values, std::size_t length) {
  for (std::size_t k = 0; k < kLanes * length; k += 64 / sizeof(T))
    prefetch(values + k + kBytesAhead / sizeof(T));
}

/// Products of kLanes rows with one vector, where `length` is kRest beyond a multiple of kStencilColumns. The order
/// of additions is that of row_product().
template <class T, int kLanes, int kRest, bool kLong>
[[gnu::always_inline]] inline void block_product(T const* values, std::size_t length, Ordinal const* offsets,
                                                 T const* x, T* sums) {
  constexpr int kPartial = kLong ? 4 : 1;
  Lanes<T, kLanes> partial[kPartial] = {}, columns[kStencilColumns];
  std::size_t k = 0;
  for (; k + kStencilColumns <= length; k += kStencilColumns) {
    load_columns<T, kLanes>(values + k, length, columns);
    for (int j = 0; j < kStencilColumns; ++j)
      partial[j % kPartial] = multiply_add<T, kLanes>(
          columns[j], load<T, kLanes>(x + offsets[k + static_cast<std::size_t>(j)]), partial[j % kPartial]);
  }
  if constexpr (kRest > 0) {
    load_columns<T, kLanes>(values + k, length, columns);
    for (int j = 0; j < kRest; ++j)
      partial[0] = multiply_add<T, kLanes>(
          columns[j], load<T, kLanes>(x + offsets[k + static_cast<std::size_t>(j)]), partial[0]);
  }
  if constexpr (kLong) partial[0] = (partial[0] + partial[2]) + (partial[1] + partial[3]);
  store<T, kLanes>(sums, partial[0]);
}

/// Entries of several blocks of kLanes rows, each column after column of the stencil.
template <class T, int kLanes>
struct TransposedBlocks {
  static constexpr std::size_t kRoom =
      2048;  // numbers, so that x and results find room in the nearest cache, too
  alignas(64) T entries[kRoom + (RowStencils::kLongest + kStencilOverrun) * kLanes];

  /// How many blocks of that length there is room for.
  static Ordinal most(std::size_t length) {
    return static_cast<Ordinal>(std::max(kRoom / (length * kLanes), std::size_t(1)));
  }
  void set(std::size_t block, T const* values, std::size_t length) {
    Lanes<T, kLanes> columns[kStencilColumns];
    T* const to = entries + block * length * kLanes;
    for (std::size_t k = 0; k < length; k += kStencilColumns) {
      load_columns<T, kLanes>(values + k, length, columns);
      for (std::size_t j = 0; j < kStencilColumns; ++j) store<T, kLanes>(to + (k + j) * kLanes, columns[j]);
    }
  }
};

/// Products of kLanes rows, transposed, with columns [c, c + kWidth) of x.
template <class T, int kLanes, bool kLong, int kWidth>
[[gnu::always_inline]] inline void block_products(StencilRows<T> const& rows, T const* entries, Ordinal first,
                                                  int c) {
  constexpr std::size_t kPartial = kLong ? 4 : 1;
  T const* x[kWidth];
  for (int w = 0; w < kWidth; ++w) x[w] = rows.x[c + w] + first;
  Lanes<T, kLanes> partial[kWidth][kPartial] = {};
  std::size_t k = 0;
  for (; k + kPartial <= rows.length; k += kPartial)
    for (std::size_t j = 0; j < kPartial; ++j) {
      auto const column = load<T, kLanes>(entries + (k + j) * kLanes);
      for (int w = 0; w < kWidth; ++w)
        partial[w][j] =
            multiply_add<T, kLanes>(column, load<T, kLanes>(x[w] + rows.offsets[k + j]), partial[w][j]);
    }
  for (; k < rows.length; ++k) {
    auto const column = load<T, kLanes>(entries + k * kLanes);
    for (int w = 0; w < kWidth; ++w)
      partial[w][0] = multiply_add<T, kLanes>(column, load<T, kLanes>(x[w] + rows.offsets[k]), partial[w][0]);
  }
  for (int w = 0; w < kWidth; ++w) {
    if constexpr (kLong) partial[w][0] = (partial[w][0] + partial[w][2]) + (partial[w][1] + partial[w][3]);
    store<T, kLanes>(rows.sums[c + w] + first, partial[w][0]);
  }
}

/// Where the blocks of a stretch begin; the last one may overlap the one before.
template <int kLanes>
struct Blocks {
  Ordinal num_rows;

  Ordinal size() const { return (num_rows + kLanes - 1) / kLanes; }
  Ordinal operator[](Ordinal b) const { return std::min(b * kLanes, num_rows - kLanes); }
};

/// Offsets of a stencil that meet numbers of x which no block before has met lately: those with a wide gap to the next.
struct FarOffsets {
  Ordinal offset[RowStencils::kLongest];
  int size = 0;

  FarOffsets(Ordinal const* offsets, std::size_t length, Ordinal gap) {
    for (std::size_t k = 0; k < length; ++k)
      if (k + 1 == length || offsets[k + 1] - offsets[k] > gap) offset[size++] = offsets[k];
  }
};

/// Products of some blocks, transposed, with columns [c, c + kWidth) of x.
template <class T, int kLanes, bool kLong, int kWidth>
void products_of_blocks(StencilRows<T> const& rows, Blocks<kLanes> const& blocks, Ordinal begin, Ordinal end,
                        T const* entries, FarOffsets const& far, int c) {
  constexpr Ordinal kAhead = kBytesOfXAhead / sizeof(T);
  for (Ordinal b = begin; b < end; ++b, entries += rows.length * kLanes) {
    Ordinal const first = blocks[b];
    for (int w = 0; w < kWidth; ++w) {
      for (int f = 0; f < far.size; ++f) prefetch(rows.x[c + w] + first + far.offset[f] + kAhead);
      prefetch(rows.sums[c + w] + first + kAhead);
    }
    block_products<T, kLanes, kLong, kWidth>(rows, entries, first, c);
  }
}

/// Products with several columns of x, one after the other for as many blocks as are transposed at once: then a column
/// is read and written in longer pieces.
template <class T, int kLanes, bool kLong>
void products_with_columns(StencilRows<T> const& rows, Blocks<kLanes> const& blocks) {
  TransposedBlocks<T, kLanes> transposed;
  FarOffsets const far(rows.offsets, rows.length, 512 / rows.num_columns);
  Ordinal const at_once = TransposedBlocks<T, kLanes>::most(rows.length);
  for (Ordinal begin = 0, end = 0; begin < blocks.size(); begin = end) {
    end = std::min(blocks.size(), begin + at_once);
    for (Ordinal b = begin; b < end; ++b) {
      T const* const values = rows.values + static_cast<std::size_t>(blocks[b]) * rows.length;
      ask_ahead<T, kLanes>(values, rows.length);
      transposed.set(static_cast<std::size_t>(b - begin), values, rows.length);
    }
    int c = 0;
    for (; c + 2 <= rows.num_columns; c += 2)
      products_of_blocks<T, kLanes, kLong, 2>(rows, blocks, begin, end, transposed.entries, far, c);
    for (; c < rows.num_columns; ++c)
      products_of_blocks<T, kLanes, kLong, 1>(rows, blocks, begin, end, transposed.entries, far, c);
  }
}

template <class T, int kLanes, int kRest, bool kLong>
void products_of_rows(StencilRows<T> const& rows) {
  if (rows.num_rows < kLanes) {
    if constexpr (kLanes > 4)
      products_of_rows<T, kLanes / 2, kRest, kLong>(rows);
    else
      for (Ordinal r = 0; r < rows.num_rows; ++r) products_of_row(rows.from(r));
    return;
  }
  Blocks<kLanes> const blocks{rows.num_rows};
  if (rows.num_columns > 1) return products_with_columns<T, kLanes, kLong>(rows, blocks);
  for (Ordinal b = 0; b < blocks.size(); ++b) {
    Ordinal const first = blocks[b];
    T const* const values = rows.values + static_cast<std::size_t>(first) * rows.length;
    T const* const x = rows.x.data + first;
    ask_ahead<T, kLanes>(values, rows.length);
    prefetch(x + rows.offsets[rows.length - 1] + kBytesOfXAhead / sizeof(T));
    block_product<T, kLanes, kRest, kLong>(values, rows.length, rows.offsets, x, rows.sums.data + first);
  }
}

template <class T, bool kLong>
void products_of_stretch(StencilRows<T> const& rows) {
  constexpr int kLanes = kLanesOf<T>;
  switch (rows.length % kStencilColumns) {
    case 0:
      return products_of_rows<T, kLanes, 0, kLong>(rows);
    case 1:
      return products_of_rows<T, kLanes, 1, kLong>(rows);
    case 2:
      return products_of_rows<T, kLanes, 2, kLong>(rows);
    default:
      return products_of_rows<T, kLanes, 3, kLong>(rows);
  }
}

template <class T>
void products_without_stencil(Offset const* row_ptr, Ordinal const* col, T const* values,
                              StencilRows<T> const& rows) {
  for (Ordinal r = 0; r < rows.num_rows; ++r) {
    Offset const begin = row_ptr[r], length = row_ptr[r + 1] - begin;
    prefetch_entries(col, values, begin, begin + length);
    products_of_row(col + begin, values + begin, length, rows.x, rows.num_columns,
                    Columns<T>{rows.sums.data + r, rows.sums.stride});
  }
}

}  // namespace

template <class T>
void stencil_products(RowStencils const& stencils, Offset const* row_ptr, Ordinal const* col, T const* values,
                      Columns<T const> const& x, int num_columns, Ordinal begin, Ordinal end,
                      Columns<T> const& sums) {
  if (begin >= end) return;
  RowStretch const* stretch =
      stencils.stretches.data() +
      stencils.first_stretch[static_cast<std::size_t>(begin / RowStencils::kRowsPerMark)];
  while (stretch[1].first_row <= begin) ++stretch;
  for (Ordinal i = begin; i < end; ++stretch) {
    Ordinal const stop = std::min(end, stretch[1].first_row);
    Columns<T> const out{sums.data + (i - begin), sums.stride};
    if (stretch->stencil == kNoStencil) {
      products_without_stencil(row_ptr + i, col, values,
                               StencilRows<T>{nullptr, nullptr, 0, stop - i, x, num_columns, out});
    } else {
      auto const stencil = static_cast<std::size_t>(stretch->stencil);
      Ordinal const first = stencils.begin[stencil];
      auto const length = static_cast<std::size_t>(stencils.begin[stencil + 1] - first);
      std::size_t const entry = static_cast<std::size_t>(stretch->first_entry) +
                                static_cast<std::size_t>(i - stretch->first_row) * length;
      StencilRows<T> const rows{values + entry,
                                stencils.offsets.data() + first,
                                length,
                                stop - i,
                                {x.data + i, x.stride},
                                num_columns,
                                out};
      if (rows.num_rows == 1)
        products_of_row(rows);
      else if (length > kUnrolledRow)
        products_of_stretch<T, true>(rows);
      else
        products_of_stretch<T, false>(rows);
    }
    i = stop;
  }
}

template void stencil_products(RowStencils const&, Offset const*, Ordinal const*, double const*,
                               Columns<double const> const&, int, Ordinal, Ordinal, Columns<double> const&);
template void stencil_products(RowStencils const&, Offset const*, Ordinal const*, float const*,
                               Columns<float const> const&, int, Ordinal, Ordinal, Columns<float> const&);

}  // namespace nacre::detail
