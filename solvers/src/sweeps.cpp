#include <nacre/solvers/detail/sweeps.hpp>

#include "sweeps_by_node.hpp"

// This file is compiled without vectorisation: gcc turns the sums below into gathers, which take twice as long.

namespace nacre::solvers::detail {

namespace {

/// How far ahead entries are asked for: see core's kPrefetchEntries.
constexpr Offset kAhead = 512;

/// s[w] -= sum of a_k x_w(col_k) for k in [begin, end); sums of their own shorten the chain of additions.
template <int kWidth, class T>
KOKKOS_FORCEINLINE_FUNCTION void subtract_products(Ordinal const* col, T const* a, T* const* x, Offset begin,
                                                   Offset end, T* s) {
  Offset k = begin;
  if constexpr (kWidth == 1) {
    T const* const x0 = x[0];
    if (end - begin >= 4) {
      T sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
      for (; k + 4 <= end; k += 4) {
        sum0 += a[k] * x0[col[k]];
        sum1 += a[k + 1] * x0[col[k + 1]];
        sum2 += a[k + 2] * x0[col[k + 2]];
        sum3 += a[k + 3] * x0[col[k + 3]];
      }
      s[0] -= (sum0 + sum1) + (sum2 + sum3);
    }
  }
  for (; k < end; ++k)
    for (int w = 0; w < kWidth; ++w) s[w] -= a[k] * x[w][col[k]];
}

/// The same from the last entry to the first.
template <int kWidth, class T>
KOKKOS_FORCEINLINE_FUNCTION void subtract_products_backward(Ordinal const* col, T const* a, T* const* x,
                                                            Offset begin, Offset end, T* s) {
  Offset k = end;
  if constexpr (kWidth == 1) {
    T const* const x0 = x[0];
    T sum0 = 0, sum1 = 0;
    for (; k - begin > 2; k -= 2) {
      sum0 += a[k - 1] * x0[col[k - 1]];
      sum1 += a[k - 2] * x0[col[k - 2]];
    }
    s[0] -= sum0 + sum1;
  }
  while (k-- > begin)
    for (int w = 0; w < kWidth; ++w) s[w] -= a[k] * x[w][col[k]];
}

template <int kWidth, class T>
struct Pointers {
  T const* b[kWidth];
  T* x[kWidth];
  Pointers(SweepVectors<T> const& v, int c) {
    for (int w = 0; w < kWidth; ++w) {
      b[w] = v.b[c + w];
      x[w] = v.x[c + w];
    }
  }
};

template <class T>
T diagonal(SweepMatrix<T> const& A, Ordinal i, Offset k) {
  return k < A.row_ptr[i + 1] && A.col[k] == i ? A.values[k] : T(0);
}

template <int kWidth, class T>
void symmetric_columns(SweepMatrix<T> const& A, SweepVectors<T> const& v, nacre::detail::Columns<T> const& r,
                       int c) {
  Pointers<kWidth, T> const p(v, c);
  T* rs[kWidth];
  for (int w = 0; w < kWidth; ++w) rs[w] = r[c + w];
  for (Ordinal i = 0; i < A.num_rows; ++i) {
    Offset const begin = A.row_ptr[i], end = A.first_upper[i];
    __builtin_prefetch(A.values + begin + kAhead);
    __builtin_prefetch(A.col + begin + kAhead);
    T s[kWidth];
    for (int w = 0; w < kWidth; ++w) s[w] = p.b[w][i];
    subtract_products<kWidth>(A.col, A.values, p.x, begin, end, s);
    T const a_ii = diagonal(A, i, end);
    T xi[kWidth];
    for (int w = 0; w < kWidth; ++w) {
      xi[w] = A.scale[i] * s[w];
      p.x[w][i] = xi[w];
      rs[w][i] = s[w] - a_ii * xi[w];
    }
    for (Offset k = begin; k < end; ++k)
      for (int w = 0; w < kWidth; ++w) rs[w][A.col[k]] -= A.values[k] * xi[w];
  }
}

template <int kWidth, class T>
void from_zero_columns(SweepMatrix<T> const& A, SweepVectors<T> const& v, int c) {
  Pointers<kWidth, T> const p(v, c);
  for (Ordinal i = 0; i < A.num_rows; ++i) {
    T s[kWidth];
    for (int w = 0; w < kWidth; ++w) s[w] = p.b[w][i];
    subtract_products<kWidth>(A.col, A.values, p.x, A.row_ptr[i], A.first_upper[i], s);
    for (int w = 0; w < kWidth; ++w) p.x[w][i] = A.scale[i] * s[w];
  }
}

/// Row i: the products with the side that was visited in this sweep come last, the nearest last of all, because
/// they wait for the rows before.
template <int kWidth, bool kAscending, class T>
void visit_row(SweepMatrix<T> const& A, Pointers<kWidth, T> const& p, Ordinal i) {
  Offset const begin = A.row_ptr[i], middle = A.first_upper[i];
  Offset end = A.row_ptr[i + 1];
  if (A.has_ghosts)
    while (end > middle && A.col[end - 1] >= A.num_rows) --end;
  bool const has_diagonal = middle < end && A.col[middle] == i;
  Offset const above = middle + (has_diagonal ? 1 : 0);
  T const keep = has_diagonal ? T(1) - A.scale[i] * A.values[middle] : T(1);
  T s[kWidth];
  for (int w = 0; w < kWidth; ++w) s[w] = p.b[w][i];
  if constexpr (kAscending) {
    subtract_products_backward<kWidth>(A.col, A.values, p.x, above, end, s);
    subtract_products<kWidth>(A.col, A.values, p.x, begin, middle, s);
  } else {
    subtract_products<kWidth>(A.col, A.values, p.x, begin, middle, s);
    subtract_products_backward<kWidth>(A.col, A.values, p.x, above, end, s);
  }
  for (int w = 0; w < kWidth; ++w) p.x[w][i] = A.scale[i] * s[w] + keep * p.x[w][i];
}

template <int kWidth, class T>
void sweep_columns(SweepMatrix<T> const& A, SweepVectors<T> const& v, bool ascending, int c) {
  Pointers<kWidth, T> const p(v, c);
  if (ascending) {
    for (Ordinal i = 0; i < A.num_rows; ++i) {
      __builtin_prefetch(A.values + A.row_ptr[i] + kAhead);
      __builtin_prefetch(A.col + A.row_ptr[i] + kAhead);
      visit_row<kWidth, true>(A, p, i);
    }
  } else {
    for (Ordinal i = A.num_rows; i-- > 0;) {
      // each line of the entries that leave the window: rows are short or long
      for (Offset k = A.row_ptr[i]; k < A.row_ptr[i + 1]; k += 16) {
        __builtin_prefetch(A.values + k - kAhead);
        __builtin_prefetch(A.col + k - kAhead);
      }
      visit_row<kWidth, false>(A, p, i);
    }
  }
}

/// Calls f(std::integral_constant<int, width>(), first column) for groups of columns.
template <class F>
void for_groups(int num_columns, F const& f) {
  int c = 0;
  for (; c + 8 <= num_columns; c += 8) f(std::integral_constant<int, 8>(), c);
  for (; c + 4 <= num_columns; c += 4) f(std::integral_constant<int, 4>(), c);
  for (; c < num_columns; ++c) f(std::integral_constant<int, 1>(), c);
}

}  // namespace

template <class T>
void sweep_from_zero_symmetric(SweepMatrix<T> const& A, SweepVectors<T> const& v,
                               nacre::detail::Columns<T> const& r) {
  if (A.block_size > 1) return nodes_from_zero_symmetric(A, v, r);
  for_groups(v.num_columns, [&](auto width, int c) { symmetric_columns<width()>(A, v, r, c); });
}

template <class T>
void sweep_in_place(SweepMatrix<T> const& A, SweepVectors<T> const& v, bool ascending) {
  if (A.block_size > 1) return sweep_nodes(A, v, ascending);
  for_groups(v.num_columns, [&](auto width, int c) { sweep_columns<width()>(A, v, ascending, c); });
}

template <class T>
void sweep_from_zero(SweepMatrix<T> const& A, SweepVectors<T> const& v) {
  if (A.block_size > 1) return nodes_from_zero(A, v);
  for_groups(v.num_columns, [&](auto width, int c) { from_zero_columns<width()>(A, v, c); });
}

template void sweep_from_zero_symmetric(SweepMatrix<double> const&, SweepVectors<double> const&,
                                        nacre::detail::Columns<double> const&);
template void sweep_from_zero_symmetric(SweepMatrix<float> const&, SweepVectors<float> const&,
                                        nacre::detail::Columns<float> const&);
template void sweep_in_place(SweepMatrix<double> const&, SweepVectors<double> const&, bool);
template void sweep_in_place(SweepMatrix<float> const&, SweepVectors<float> const&, bool);
template void sweep_from_zero(SweepMatrix<double> const&, SweepVectors<double> const&);
template void sweep_from_zero(SweepMatrix<float> const&, SweepVectors<float> const&);

}  // namespace nacre::solvers::detail
