#include <nacre/solvers/detail/wide_kernels.hpp>

#include <algorithm>

namespace nacre::solvers::detail {

namespace {

constexpr Offset kAhead = 256;     // entries that are asked for before they are needed
constexpr Offset kAheadRows = 16;  // rows of a vector that are

template <class T>
struct Wide {
  T of[kWide];
  void load(T const* x) {
    for (int w = 0; w < kWide; ++w) of[w] = x[w];
  }
  void store(T* x) const {
    for (int w = 0; w < kWide; ++w) x[w] = of[w];
  }
  void add(T a, T const* x) {
    for (int w = 0; w < kWide; ++w) of[w] += a * x[w];
  }
};

template <class T>
T* at(T* x, Ordinal i) {
  return x + static_cast<std::size_t>(i) * kWide;
}

/// The first entry of row i that is not left of the diagonal: the rows of a node have the node's columns.
template <class T>
Offset end_of_lower(SweepMatrix<T> const& A, Ordinal i) {
  return A.first_upper[i] + i % A.block_size;
}

template <class T>
bool has_diagonal(SweepMatrix<T> const& A, Ordinal i, Offset k) {
  return k < A.row_ptr[i + 1] && A.col[k] == i;
}

/// s -= sum of a_k x(col_k) for k in [begin, end); two sums, which do not wait for one another.
template <class T>
KOKKOS_FORCEINLINE_FUNCTION void subtract(SweepMatrix<T> const& A, Offset begin, Offset end, T const* x,
                                          Wide<T>& s) {
  Wide<T> other = {};
  Offset k = begin;
  for (; k + 2 <= end; k += 2) {
    s.add(-A.values[k], at(x, A.col[k]));
    other.add(-A.values[k + 1], at(x, A.col[k + 1]));
  }
  if (k < end) s.add(-A.values[k], at(x, A.col[k]));
  for (int w = 0; w < kWide; ++w) s.of[w] += other.of[w];
}

template <class T>
void prefetch_row(SweepMatrix<T> const& A, Ordinal i, Offset ahead) {
  __builtin_prefetch(A.values + A.row_ptr[i] + ahead);
  __builtin_prefetch(A.col + A.row_ptr[i] + ahead);
}

}  // namespace

template <class T>
void wide_sweep_from_zero_symmetric(SweepMatrix<T> const& A, T const* b, T* x, T* r) {
  for (Ordinal i = 0; i < A.num_rows; ++i) {
    prefetch_row(A, i, kAhead);
    Offset const begin = A.row_ptr[i], end = end_of_lower(A, i);
    Wide<T> s, xi;
    s.load(at(b, i));
    subtract(A, begin, end, x, s);
    T const a_ii = has_diagonal(A, i, end) ? A.values[end] : T(0);
    T const scale = A.scale[i];
    for (int w = 0; w < kWide; ++w) xi.of[w] = scale * s.of[w];
    s.add(-a_ii, xi.of);
    xi.store(at(x, i));
    s.store(at(r, i));
    for (Offset k = begin; k < end; ++k) {
      T* const to = at(r, A.col[k]);
      Wide<T> sum;
      sum.load(to);
      sum.add(-A.values[k], xi.of);
      sum.store(to);
    }
  }
}

template <class T>
void wide_sweep_descending(SweepMatrix<T> const& A, T const* b, T* x) {
  for (Ordinal i = A.num_rows; i-- > 0;) {
    prefetch_row(A, i, -kAhead);
    Offset const middle = end_of_lower(A, i);
    bool const diagonal = has_diagonal(A, i, middle);
    Wide<T> s;
    s.load(at(b, i));
    subtract(A, A.row_ptr[i], middle, x, s);
    subtract(A, middle + (diagonal ? 1 : 0), A.row_ptr[i + 1], x, s);
    T const keep = diagonal ? T(1) - A.scale[i] * A.values[middle] : T(1);
    T const scale = A.scale[i];
    Wide<T> xi;
    xi.load(at(x, i));
    for (int w = 0; w < kWide; ++w) xi.of[w] = scale * s.of[w] + keep * xi.of[w];
    xi.store(at(x, i));
  }
}

template <class T>
void wide_residual(SweepMatrix<T> const& A, T const* b, T const* x, T* r) {
  for (Ordinal i = 0; i < A.num_rows; ++i) {
    prefetch_row(A, i, kAhead);
    Wide<T> s;
    s.load(at(b, i));
    subtract(A, A.row_ptr[i], A.row_ptr[i + 1], x, s);
    s.store(at(r, i));
  }
}

template <class T>
void wide_restrict(Restriction<T> const& R, T const* r, T* b) {
  Offset const end = R.row_ptr[R.num_rows];
  for (Ordinal i = 0; i < R.num_rows; ++i) {
    Wide<T> s = {};
    for (Offset k = R.row_ptr[i]; k < R.row_ptr[i + 1]; ++k) {
      if (k + kAheadRows < end) __builtin_prefetch(at(r, R.col[k + kAheadRows]));
      s.add(R.values[k], at(r, R.col[k]));
    }
    s.store(at(b, i));
  }
}

template <class T>
void wide_interpolate(Restriction<T> const& R, T const* e, T* x) {
  for (Ordinal i = 0; i < R.num_rows; ++i) {
    Wide<T> ei;
    ei.load(at(e, i));
    for (Offset k = R.row_ptr[i]; k < R.row_ptr[i + 1]; ++k) {
      T* const to = at(x, R.col[k]);
      Wide<T> sum;
      sum.load(to);
      sum.add(R.values[k], ei.of);
      sum.store(to);
    }
  }
}

template <class T>
void wide_multiply(Ordinal n, T const* M, T const* b, T* x) {
  for (Ordinal i = 0; i < n; ++i) {
    T const* const row = M + static_cast<std::size_t>(i) * static_cast<std::size_t>(n);
    Wide<T> s = {};
    for (Ordinal j = 0; j < n; ++j) s.add(row[j], at(b, j));
    s.store(at(x, i));
  }
}

template <class From, class To>
void interleave(Ordinal n, nacre::detail::Columns<From const> const& from, int first, int count, To* to) {
  constexpr Ordinal kRows = 64;  // at a time, so that lines are written while they are in the cache
  for (Ordinal begin = 0; begin < n; begin += kRows) {
    Ordinal const end = std::min(begin + kRows, n);
    for (int w = 0; w < kWide; ++w) {
      if (w < count) {
        From const* const column = from[first + w];
        for (Ordinal i = begin; i < end; ++i) at(to, i)[w] = static_cast<To>(column[i]);
      } else {
        for (Ordinal i = begin; i < end; ++i) at(to, i)[w] = To(0);
      }
    }
  }
}

template <class From, class To>
void separate(Ordinal n, From const* from, nacre::detail::Columns<To> const& to, int first, int count) {
  constexpr Ordinal kRows = 64;
  for (Ordinal begin = 0; begin < n; begin += kRows) {
    Ordinal const end = std::min(begin + kRows, n);
    for (int w = 0; w < count; ++w) {
      To* const column = to[first + w];
      for (Ordinal i = begin; i < end; ++i) column[i] = static_cast<To>(at(from, i)[w]);
    }
  }
}

template void wide_sweep_from_zero_symmetric(SweepMatrix<float> const&, float const*, float*, float*);
template void wide_sweep_descending(SweepMatrix<float> const&, float const*, float*);
template void wide_residual(SweepMatrix<float> const&, float const*, float const*, float*);
template void wide_restrict(Restriction<float> const&, float const*, float*);
template void wide_interpolate(Restriction<float> const&, float const*, float*);
template void wide_multiply(Ordinal, float const*, float const*, float*);
template void wide_sweep_from_zero_symmetric(SweepMatrix<double> const&, double const*, double*, double*);
template void wide_sweep_descending(SweepMatrix<double> const&, double const*, double*);
template void wide_residual(SweepMatrix<double> const&, double const*, double const*, double*);
template void wide_restrict(Restriction<double> const&, double const*, double*);
template void wide_interpolate(Restriction<double> const&, double const*, double*);
template void wide_multiply(Ordinal, double const*, double const*, double*);
template void interleave(Ordinal, nacre::detail::Columns<double const> const&, int, int, double*);
template void interleave(Ordinal, nacre::detail::Columns<double const> const&, int, int, float*);
template void interleave(Ordinal, nacre::detail::Columns<float const> const&, int, int, float*);
template void separate(Ordinal, double const*, nacre::detail::Columns<double> const&, int, int);
template void separate(Ordinal, float const*, nacre::detail::Columns<double> const&, int, int);
template void separate(Ordinal, float const*, nacre::detail::Columns<float> const&, int, int);

}  // namespace nacre::solvers::detail
