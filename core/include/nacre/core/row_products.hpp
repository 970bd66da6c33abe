#pragma once

#include <nacre/core/columns.hpp>
#include <nacre/core/compact_rows.hpp>
#include <nacre/core/csr_matrix.hpp>

/// \file
/// The product of each row of a matrix with vectors, handed to a function: what sparse products, residuals
/// and smoothers are made of.

namespace nacre {

namespace detail {

/// Rows a host kernel looks at together; if they are equally long and short, their products are unrolled.
inline constexpr int kRowBlock = 8;
/// Rows up to this length are unrolled.
inline constexpr int kUnrolledRow = 16;
/// Rows a work item of a host kernel handles.
inline constexpr Ordinal kRowChunk = 512;
/// Rows it handles for a group of columns, before it turns to the next group.
inline constexpr Ordinal kRowsPerGroup = 64;
/// Columns whose sums are computed together.
inline constexpr int kColumnsAtOnce = 8;
/// Bytes of a matrix from which on its entries are asked for ahead: smaller ones stay in a cache, where that costs a
/// tenth of the time.
inline constexpr std::size_t kAskAheadFrom = std::size_t(4) << 20;
/// How far ahead of the entries in use the next ones are asked for. Hardware does not look beyond a page, and
/// a short row is over before it has seen a stream: on a core that reaches 15 GB/s in the STREAM triad this
/// made products 1.6 (27-point) to 2.4 times (tetrahedra) faster.
inline constexpr int kPrefetchEntries = 512;

template <class T>
KOKKOS_FORCEINLINE_FUNCTION void prefetch([[maybe_unused]] T const* p) {
#if defined(__GNUC__) && !defined(__CUDA_ARCH__) && !defined(__HIP_DEVICE_COMPILE__)
  __builtin_prefetch(p, 0, 3);
#endif
}

/// Asks for the entries that come kPrefetchEntries after [begin, end).
template <class T>
KOKKOS_FORCEINLINE_FUNCTION void prefetch_entries(Ordinal const* col, T const* values, Offset begin,
                                                  Offset end) {
  constexpr int kValuesPerLine = 64 / sizeof(T), kColsPerLine = 64 / sizeof(Ordinal);
  for (Offset e = begin; e < end; e += kValuesPerLine) prefetch(values + e + kPrefetchEntries);
  for (Offset e = begin; e < end; e += kColsPerLine) prefetch(col + e + kPrefetchEntries);
}

/// sum + a b, rounded once where the machine can: written out, as compilers choose differently in different loops.
template <class Sum, class T, class X>
KOKKOS_FORCEINLINE_FUNCTION Sum multiply_add(T a, X b, Sum sum) {
#if (defined(__FMA__) || defined(__ARM_FEATURE_FMA)) && !defined(__CUDA_ARCH__) && \
    !defined(__HIP_DEVICE_COMPILE__)
  if constexpr (std::is_same_v<Sum, double>)
    return __builtin_fma(static_cast<double>(a), static_cast<double>(b), sum);
  else if constexpr (std::is_same_v<Sum, float>)
    return __builtin_fmaf(static_cast<float>(a), static_cast<float>(b), sum);
  else
#endif
    return sum + a * b;
}

/// The product of `length` entries with x. The order of additions depends on the length alone, so that a row
/// has the same product wherever it is computed.
template <class Sum, class T, class X>
KOKKOS_INLINE_FUNCTION Sum row_product(Ordinal const* col, T const* values, X* x, Offset length) {
  if (length <= kUnrolledRow) {
    Sum sum = 0;
    for (Offset e = 0; e < length; ++e) sum = multiply_add(values[e], x[col[e]], sum);
    return sum;
  }
  Sum partial[4] = {};
  Offset e = 0;
  for (; e + 4 <= length; e += 4)
    for (int j = 0; j < 4; ++j) partial[j] = multiply_add(values[e + j], x[col[e + j]], partial[j]);
  for (; e < length; ++e) partial[0] = multiply_add(values[e], x[col[e]], partial[0]);
  return (partial[0] + partial[2]) + (partial[1] + partial[3]);
}

/// Products of `length` entries with kWidth columns of x: row_product() of each, read once.
template <int kWidth, class Sum, class T, class X>
KOKKOS_INLINE_FUNCTION void row_products_of_columns(Ordinal const* col, T const* values, Columns<X> const& x,
                                                    Offset length, Sum* sums) {
  if constexpr (kWidth == 1) {
    sums[0] = row_product<Sum>(col, values, x[0], length);
  } else if constexpr (kWidth > 4) {  // as many sums as there are registers
    row_products_of_columns<4>(col, values, x, length, sums);
    row_products_of_columns<kWidth - 4>(col, values, Columns<X>{x[4], x.stride}, length, sums + 4);
  } else {
    X* columns[kWidth];
    for (int w = 0; w < kWidth; ++w) columns[w] = x[w];
    Offset e = 0;
    Sum partial[4][kWidth] = {};
    if (length > kUnrolledRow)
      for (; e + 4 <= length; e += 4)
        for (int j = 0; j < 4; ++j)
          for (int w = 0; w < kWidth; ++w)
            partial[j][w] = multiply_add(values[e + j], columns[w][col[e + j]], partial[j][w]);
    for (; e < length; ++e)
      for (int w = 0; w < kWidth; ++w)
        partial[0][w] = multiply_add(values[e], columns[w][col[e]], partial[0][w]);
    // of short rows the others are zero
    for (int w = 0; w < kWidth; ++w)
      sums[w] = (partial[0][w] + partial[2][w]) + (partial[1][w] + partial[3][w]);
  }
}

/// Products of kRowBlock rows of `kLength` entries each, which follow one another, with kWidth columns of x.
template <int kLength, int kWidth, class Sum, class T, class X>
void equal_row_products(Ordinal const* col, T const* values, Columns<X> const& x, Sum (*sums)[kRowBlock]) {
  X* columns[kWidth];
  for (int w = 0; w < kWidth; ++w) columns[w] = x[w];
  for (int r = 0; r < kRowBlock; ++r) {
    Sum sum[kWidth] = {};
    for (int e = 0; e < kLength; ++e) {
      T const value = values[r * kLength + e];
      Ordinal const j = col[r * kLength + e];
      for (int w = 0; w < kWidth; ++w) sum[w] = multiply_add(value, columns[w][j], sum[w]);
    }
    for (int w = 0; w < kWidth; ++w) sums[w][r] = sum[w];
  }
}

/// Whether kRowBlock consecutive rows are equally long, and short enough to be unrolled; row_ptr points at the first
/// one's.
inline bool are_equally_short(Offset const* row_ptr) {
  Offset const length = row_ptr[1] - row_ptr[0];
  Offset unequal = 0;
  for (int r = 1; r < kRowBlock; ++r) unequal |= (row_ptr[r + 1] - row_ptr[r]) ^ length;
  return unequal == 0 && length <= kUnrolledRow;
}

/// Products of kRowBlock rows of `length` entries each with kWidth columns of x.
template <int kWidth, class Sum, class T, class X>
void equal_row_products(Offset length, Ordinal const* col, T const* values, Columns<X> const& x,
                        Sum (*sums)[kRowBlock]) {
  switch (length) {
    case 1:
      return equal_row_products<1, kWidth>(col, values, x, sums);
    case 2:
      return equal_row_products<2, kWidth>(col, values, x, sums);
    case 3:
      return equal_row_products<3, kWidth>(col, values, x, sums);
    case 4:
      return equal_row_products<4, kWidth>(col, values, x, sums);
    case 5:
      return equal_row_products<5, kWidth>(col, values, x, sums);
    case 6:
      return equal_row_products<6, kWidth>(col, values, x, sums);
    case 7:
      return equal_row_products<7, kWidth>(col, values, x, sums);
    case 8:
      return equal_row_products<8, kWidth>(col, values, x, sums);
    case 9:
      return equal_row_products<9, kWidth>(col, values, x, sums);
    case 10:
      return equal_row_products<10, kWidth>(col, values, x, sums);
    case 11:
      return equal_row_products<11, kWidth>(col, values, x, sums);
    case 12:
      return equal_row_products<12, kWidth>(col, values, x, sums);
    case 13:
      return equal_row_products<13, kWidth>(col, values, x, sums);
    case 14:
      return equal_row_products<14, kWidth>(col, values, x, sums);
    case 15:
      return equal_row_products<15, kWidth>(col, values, x, sums);
    case 16:
      return equal_row_products<16, kWidth>(col, values, x, sums);
    default:
      for (int w = 0; w < kWidth; ++w)
        for (int r = 0; r < kRowBlock; ++r) sums[w][r] = 0;
  }
}

/// Which rows: all of them.
struct AllRows {
  KOKKOS_INLINE_FUNCTION Ordinal operator()(Ordinal r) const { return r; }
};
/// Which rows: those of an ascending list.
struct ListedRows {
  Ordinal const* rows;
  KOKKOS_INLINE_FUNCTION Ordinal operator()(Ordinal r) const { return rows[r]; }
};

/// Whether products with these values and vectors can do without the columns of a pattern.
template <class T, class X>
inline constexpr bool kByCompactRows = std::is_same_v<std::remove_const_t<T>, std::remove_const_t<X>> &&
                                       (std::is_same_v<std::remove_const_t<T>, double> ||
                                        std::is_same_v<std::remove_const_t<T>, float>);

/// Where the sums of rows are until a store is given them: in a buffer, or, if the store has such a member, at
/// `place_of_sums(i, c)` for row i, column c and what follows. That is memory which the store is going to write, so
/// that it is not written in slow bursts, or null for the buffer. With `Store::kSumsAreResult` that is all there is to
/// do.
template <class Store, class Sum, class = void>
struct PlaceOfSums {
  static constexpr bool kIsResult = false;
  static Columns<Sum> get(Store const&, Ordinal, int) { return {nullptr, 0}; }
};
template <class Store, class Sum>
struct PlaceOfSums<Store, Sum,
                   std::enable_if_t<std::is_same_v<
                       decltype(std::declval<Store const&>().place_of_sums(Ordinal(), 0)), Columns<Sum>>>> {
  static constexpr bool kIsResult = Store::kSumsAreResult;
  static Columns<Sum> get(Store const& store, Ordinal i, int c) { return store.place_of_sums(i, c); }
};

/// Chunks of rows on a host.
template <class T, class X, class Rows, class Store>
struct RowProductsOnHost {
  using Sum = std::common_type_t<std::remove_const_t<T>, std::remove_const_t<X>>;
  Offset const* row_ptr;
  Ordinal const* col;
  T const* values;
  Columns<X> x;
  Rows rows;
  Ordinal num_rows;
  int num_columns;
  Store store;
  bool ahead;           // whether to ask for entries ahead
  CompactRows compact;  // what there is of the pattern
  Ordinal x_length;

  void operator()(Ordinal chunk) const {
    Ordinal const begin = chunk * kRowChunk;
    Ordinal const end = begin + kRowChunk < num_rows ? begin + kRowChunk : num_rows;
    if constexpr (kByCompactRows<T, X>)
      if (compact) return by_compact_rows(begin, end);
    // with several groups of columns, a piece of the matrix stays in cache while it meets one after the other
    Ordinal const piece =
        num_columns == 1 || num_columns == 4 || num_columns == 8 ? kRowChunk : kRowsPerGroup;
    for (Ordinal r = begin; r < end; r += piece) {
      Ordinal const stop = r + piece < end ? r + piece : end;
      int c = 0;
      for (; c + kColumnsAtOnce <= num_columns; c += kColumnsAtOnce) some_columns<kColumnsAtOnce>(c, r, stop);
      for (; c + 4 <= num_columns; c += 4) some_columns<4>(c, r, stop);
      for (; c < num_columns; ++c) some_columns<1>(c, r, stop);
    }
  }

  void by_compact_rows(Ordinal r, Ordinal end) const {
    while (r < end) {  // of the listed rows, those that follow one another
      Ordinal const first = rows(r);
      Ordinal stop = end;
      while (rows(stop - 1) - first != stop - 1 - r) stop = r + (stop - r + 1) / 2;
      for (; stop < end && rows(stop) - first == stop - r; ++stop) {
      }
      consecutive_rows(first, first + stop - r);
      r = stop;
    }
  }

  void consecutive_rows(Ordinal i, Ordinal end) const {
    using Place = PlaceOfSums<Store, Sum>;
    Ordinal const piece = Place::kIsResult && num_columns == 1 ? kRowChunk : kRowsPerGroup;
    Sum room[Place::kIsResult ? 1 : kRowsPerGroup * kColumnsAtOnce];
    for (Ordinal stop = end; i < end; i = stop) {
      stop = i + piece < end ? (i + piece) / compact.alignment() * compact.alignment() : end;
      for (int c = 0; c < num_columns; c += kColumnsAtOnce) {
        int const width = c + kColumnsAtOnce < num_columns ? kColumnsAtOnce : num_columns - c;
        Columns<Sum> sums = Place::get(store, i, c);
        if (sums.data == nullptr) sums = {room, static_cast<std::size_t>(kRowsPerGroup)};
        products_of_compact_rows(c, width, i, stop, sums);
        if constexpr (!Place::kIsResult)
          for (int w = 0; w < width; ++w) {
            Sum const* const of_column = sums[w];
            for (Ordinal r = i; r < stop; ++r) store(r, c + w, of_column[r - i]);
          }
      }
    }
  }

  void products_of_compact_rows(int c, int width, Ordinal begin, Ordinal end,
                                Columns<Sum> const& sums) const {
    Columns<Sum const> const xs{x[c], x.stride};
    if (compact.stencils != nullptr)
      stencil_products<Sum>(*compact.stencils, row_ptr, col, values, xs, width, begin, end, sums);
    else
      row_block_products<Sum>(*compact.blocks, row_ptr, values, xs, x_length, width, begin, end, sums);
  }

  /// Rows from r to end times columns [c, c + kWidth).
  template <int kWidth>
  void some_columns(int c, Ordinal r, Ordinal end) const {
    for (; r + kRowBlock <= end; r += kRowBlock) {
      Ordinal const first = rows(r);
      if (rows(r + kRowBlock - 1) - first == kRowBlock - 1)
        block<kWidth>(c, first);
      else
        for (int s = 0; s < kRowBlock; ++s) row<kWidth>(c, rows(r + s));
    }
    for (; r < end; ++r) row<kWidth>(c, rows(r));
  }

  template <int kWidth>
  void block(int c, Ordinal i) const {
    Offset const* const ptr = row_ptr + i;
    if (!are_equally_short(ptr)) {
      for (int s = 0; s < kRowBlock; ++s) row<kWidth>(c, i + s);
      return;
    }
    if (ahead && c == 0) prefetch_entries(col, values, ptr[0], ptr[kRowBlock]);
    Sum sums[kWidth][kRowBlock];
    equal_row_products<kWidth>(ptr[1] - ptr[0], col + ptr[0], values + ptr[0], Columns<X>{x[c], x.stride},
                               sums);
    for (int w = 0; w < kWidth; ++w)
      for (int s = 0; s < kRowBlock; ++s) store(i + s, c + w, sums[w][s]);
  }

  template <int kWidth>
  void row(int c, Ordinal i) const {
    Offset const begin = row_ptr[i], end = row_ptr[i + 1];
    if (ahead && c == 0) prefetch_entries(col, values, begin, end);
    Sum sums[kWidth];
    row_products_of_columns<kWidth>(col + begin, values + begin, Columns<X>{x[c], x.stride}, end - begin,
                                    sums);
    for (int w = 0; w < kWidth; ++w) store(i, c + w, sums[w]);
  }
};

/// One row a thread.
template <class T, class X, class Rows, class Store>
struct RowProductsByThread {
  using Sum = std::common_type_t<std::remove_const_t<T>, std::remove_const_t<X>>;
  Offset const* row_ptr;
  Ordinal const* col;
  T const* values;
  Columns<X> x;
  Rows rows;
  int num_columns;
  Store store;

  KOKKOS_INLINE_FUNCTION void operator()(Ordinal r) const {
    Ordinal const i = rows(r);
    Offset const begin = row_ptr[i], end = row_ptr[i + 1];
    for (int c = 0; c < num_columns; ++c) {
      X* const xc = x[c];
      Sum sum = 0;
      for (Offset e = begin; e < end; ++e) sum += values[e] * xc[col[e]];
      store(i, c, sum);
    }
  }
};

/// The sum of a row's products by the lanes of a vector.
template <class Sum, class T, class X>
struct LaneProduct {
  Ordinal const* col;
  T const* values;
  X const* x;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t e, Sum& sum) const { sum += values[e] * x[col[e]]; }
};

/// One row for the lanes of a vector: for long rows on a device.
template <class Exec, class T, class X, class Rows, class Store>
struct RowProductsByVector {
  using Sum = std::common_type_t<std::remove_const_t<T>, std::remove_const_t<X>>;
  using Member = typename Kokkos::TeamPolicy<Exec>::member_type;
  Offset const* row_ptr;
  Ordinal const* col;
  T const* values;
  Columns<X> x;
  Rows rows;
  Ordinal num_rows;
  int num_columns;
  Store store;

  KOKKOS_INLINE_FUNCTION void operator()(Member const& team) const {
    auto const r = static_cast<Ordinal>(team.league_rank() * team.team_size() + team.team_rank());
    if (r >= num_rows) return;
    Ordinal const i = rows(r);
    Offset const begin = row_ptr[i];
    auto const length = static_cast<std::int64_t>(row_ptr[i + 1] - begin);
    for (int c = 0; c < num_columns; ++c) {
      Sum sum = 0;
      Kokkos::parallel_reduce(Kokkos::ThreadVectorRange(team, length),
                              LaneProduct<Sum, T, std::remove_const_t<X>>{col + begin, values + begin, x[c]},
                              sum);
      Kokkos::single(Kokkos::PerThread(team), StoreOnce{store, i, c, sum});
    }
  }

  struct StoreOnce {
    Store const& store;
    Ordinal i;
    int c;
    Sum sum;
    KOKKOS_INLINE_FUNCTION void operator()() const { store(i, c, sum); }
  };
};

template <class Exec, class T, class X, class Rows, class Store>
void row_products_by_vector(Exec const& exec, char const* label, Offset const* row_ptr, Ordinal const* col,
                            T const* values, Columns<X> const& x, Rows const& rows, Ordinal num_rows,
                            int num_columns, int vector_length, Store const& store) {
  int const team_size = kOnHost<typename Exec::device_type> ? 1 : 256 / vector_length;
  int const league_size = static_cast<int>((num_rows + team_size - 1) / team_size);
  if (league_size == 0) return;
  Kokkos::parallel_for(label, Kokkos::TeamPolicy<Exec>(exec, league_size, team_size, vector_length),
                       RowProductsByVector<Exec, T, X, Rows, Store>{row_ptr, col, values, x, rows, num_rows,
                                                                    num_columns, store});
}

template <class Exec, class Device, class Values, class X, class Rows, class Store>
void row_products(Exec const& exec, char const* label, CsrPattern<Device> const& pattern,
                  Values const& values, Columns<X> const& x, std::size_t x_length, int num_columns,
                  Rows const& rows, Ordinal num_rows, Store const& store) {
  using T = typename Values::non_const_value_type;
  Offset const* const row_ptr = pattern.row_ptr().data();
  Ordinal const* const col = pattern.col().data();
  T const* const v = values.data();
  if constexpr (kOnHost<typename Exec::device_type>) {
    CompactRows compact;
    if constexpr (kByCompactRows<T, X>) compact = compact_rows(pattern);
    bool const ahead = pattern.num_entries() * (sizeof(T) + sizeof(Ordinal)) >= kAskAheadFrom;
    Kokkos::parallel_for(
        label, range(exec, static_cast<std::size_t>((num_rows + kRowChunk - 1) / kRowChunk)),
        RowProductsOnHost<T, X, Rows, Store>{row_ptr, col, v, x, rows, num_rows, num_columns, store, ahead,
                                             compact, static_cast<Ordinal>(x_length)});
  } else {
    std::size_t const mean = pattern.num_entries() / (static_cast<std::size_t>(pattern.num_rows()) + 1);
    if (mean > 12)
      row_products_by_vector(exec, label, row_ptr, col, v, x, rows, num_rows, num_columns,
                             mean > 48   ? 32
                             : mean > 24 ? 16
                                         : 8,
                             store);
    else
      Kokkos::parallel_for(
          label, range(exec, static_cast<std::size_t>(num_rows)),
          RowProductsByThread<T, X, Rows, Store>{row_ptr, col, v, x, rows, num_columns, store});
  }
}

template <class Device, class Values, class X>
Columns<typename X::value_type const> check_product(char const* label, CsrPattern<Device> const& pattern,
                                                    Values const& values, X const& x) {
  check_extent(label, values, 0, pattern.num_entries(), "the pattern's number of entries");
  check_extent(label, x, 0, static_cast<std::size_t>(pattern.num_cols()), "the pattern's number of columns");
  auto const c = columns(label, x, x.extent(0), num_columns(x));
  return {c.data, c.stride};
}

}  // namespace detail

/// Calls `store(i, c, sum)` with sum = row i of A times x(:, c), for every row i and column c of x.
///
/// \param exec    where to run; asynchronous, ordered on this instance
/// \param label   of the kernel, and in messages
/// \param pattern n-by-m, nnz entries
/// \param values  [nnz] entries of A, contiguous
/// \param x       [m] or [m, k], each column contiguous
/// \param store   a functor `(Ordinal i, int c, sum) const`, called once for each (i, c), in any order; what
///                it writes must not alias x
/// \throws nacre::Error if an extent does not match the pattern
template <class Exec, class Device, class Values, class X, class Store>
void for_each_row_product(Exec const& exec, char const* label, CsrPattern<Device> const& pattern,
                          Values const& values, X const& x, Store const& store) {
  auto const xs = detail::check_product(label, pattern, values, x);
  detail::row_products(exec, label, pattern, values, xs, x.extent(0),
                       static_cast<int>(detail::num_columns(x)), detail::AllRows{}, pattern.num_rows(),
                       store);
}

/// The same for some rows only.
/// \param rows [r] ascending, contiguous
/// \param x    [m'] or [m', k]: only the columns that these rows touch are read, so m' may be smaller than m
template <class Exec, class Device, class Rows, class Values, class X, class Store>
void for_each_listed_row_product(Exec const& exec, char const* label, CsrPattern<Device> const& pattern,
                                 Rows const& rows, Values const& values, X const& x, Store const& store) {
  check_extent(label, values, 0, pattern.num_entries(), "the pattern's number of entries");
  auto const c = detail::columns(label, x, x.extent(0), detail::num_columns(x));
  detail::Columns<typename X::value_type const> const xs{c.data, c.stride};
  detail::row_products(exec, label, pattern, values, xs, x.extent(0),
                       static_cast<int>(detail::num_columns(x)), detail::ListedRows{rows.data()},
                       static_cast<Ordinal>(rows.extent(0)), store);
}

}  // namespace nacre
