#pragma once

#include <algorithm>

#include <nacre/core/detail/edge_perceptron_host.hpp>

/// \file
/// What a tile of edges is worked on with: memory in pieces, parts of matrices, their products on one thread, and
/// loops over single rows.

namespace nacre::detail {

/// Edges that are worked on at once, nodes, and edges that make a part of its own worth its while.
inline constexpr std::int64_t kTileSize = 256, kNodesOfChunk = 256, kEdgesOfPart = 1024, kMostParts = 64;

/// Numbers that loops work on at once: their number is known, so they become vectors without a remainder.
inline constexpr std::int64_t kLanes = 8;

/// Memory cut into arrays; without memory only their size is found.
class Cutter {
 public:
  explicit Cutter(unsigned char* memory) : memory_(memory) {}
  template <class U>
  U* take(std::int64_t n) {
    used_ = (used_ + 63) / 64 * 64;
    std::size_t const at = used_;
    used_ += static_cast<std::size_t>(n) * sizeof(U);
    return memory_ == nullptr ? nullptr : reinterpret_cast<U*>(memory_ + at);
  }
  std::size_t used() const { return (used_ + 63) / 64 * 64; }

 private:
  unsigned char* memory_;
  std::size_t used_ = 0;
};

template <class U>
DenseRef<U> block(DenseRef<U> const& X, std::int64_t first_row, std::int64_t rows, std::int64_t first_col,
                  std::int64_t cols) {
  return {X.data + (X.by_rows ? first_row * X.leading + first_col : first_row + first_col * X.leading), rows,
          cols, X.leading, X.by_rows};
}
template <class U>
DenseRef<U> some_rows(DenseRef<U> const& X, std::int64_t first, std::int64_t rows) {
  return block(X, first, rows, 0, X.cols);
}
template <class T>
DenseRef<T> by_rows(T* data, std::int64_t rows, std::int64_t cols, std::int64_t leading) {
  return {data, rows, cols, leading, true};
}
template <class T>
DenseRef<T const> constant(DenseRef<T> const& X) {
  return {X.data, X.rows, X.cols, X.leading, X.by_rows};
}

/// C = A B, or C += A B, on this thread.
template <class T, class A, class B>
void product(bool accumulate, A const& a, B const& b, DenseRef<T> const& C) {
  if (C.rows == 0 || C.cols == 0) return;
  DenseRef<T const> const left{a.data, a.rows, a.cols, a.leading, a.by_rows},
      right{b.data, b.rows, b.cols, b.leading, b.by_rows};
  if (left.cols > 0 && can_use_blas(std::max({C.rows, C.cols, left.cols, left.leading, right.leading}))) {
    blas_gemm(accumulate, left, right, C);
    return;
  }
  GemmKernel<Kokkos::DefaultHostExecutionSpace, T const, T const, T> const rows{left, right, C, accumulate};
  for (std::int64_t i = 0; i < C.rows; ++i) rows(i);
}

/// One row of a matrix of either layout.
template <class U>
struct Row {
  U* data;
  std::int64_t stride;
  U& operator[](std::int64_t c) const { return data[c * stride]; }
};
template <class U>
Row<U> row(DenseRef<U> const& X, std::int64_t i) {
  return X.by_rows ? Row<U>{X.data + i * X.leading, 1} : Row<U>{X.data + i, X.leading};
}

/// y(c) += x(c)
template <class T>
void add(T const* x, T* y, std::int64_t n) {
  std::int64_t c = 0;
  for (; c + kLanes <= n; c += kLanes) {
    T sum[kLanes];
    for (std::int64_t i = 0; i < kLanes; ++i) sum[i] = y[c + i] + x[c + i];
    for (std::int64_t i = 0; i < kLanes; ++i) y[c + i] = sum[i];
  }
  for (; c < n; ++c) y[c] += x[c];
}
/// y(c) = a (p(c) + q(c) + y(c)) + v(c)
template <class T>
void add_scaled(T a, T const* p, T const* q, T const* v, T* y, std::int64_t n) {
  std::int64_t c = 0;
  for (; c + kLanes <= n; c += kLanes) {
    T sum[kLanes];
    for (std::int64_t i = 0; i < kLanes; ++i) sum[i] = a * (p[c + i] + q[c + i] + y[c + i]) + v[c + i];
    for (std::int64_t i = 0; i < kLanes; ++i) y[c + i] = sum[i];
  }
  for (; c < n; ++c) y[c] = a * (p[c] + q[c] + y[c]) + v[c];
}
template <class T, class U>
void add(Row<U> const& x, Row<T> const& y, std::int64_t n) {
  if (x.stride == 1 && y.stride == 1) return add<T>(x.data, y.data, n);
  for (std::int64_t c = 0; c < n; ++c) y[c] += x[c];
}
template <class T>
void scale(T a, T* y, std::int64_t n) {
  for (std::int64_t c = 0; c < n; ++c) y[c] *= a;
}
/// y(c) += a x(c) + b
template <class T, class U>
void add_affine(T a, Row<U> const& x, T b, Row<T> const& y, std::int64_t n) {
  if (x.stride == 1 && y.stride == 1)
    for (std::int64_t c = 0; c < n; ++c) y.data[c] += a * x.data[c] + b;
  else
    for (std::int64_t c = 0; c < n; ++c) y[c] += a * x[c] + b;
}
template <class T, class U>
void copy(Row<U> const& x, Row<T> const& y, std::int64_t n) {
  if (x.stride == 1 && y.stride == 1)
    std::copy_n(x.data, n, y.data);
  else
    for (std::int64_t c = 0; c < n; ++c) y[c] = x[c];
}

template <class U>
U sum_of_lanes(U* sums) {
  for (std::int64_t width = kLanes / 2; width > 0; width /= 2)
    for (std::int64_t i = 0; i < width; ++i) sums[i] += sums[i + width];
  return sums[0];
}

/// y(c) = b(c) + x(c)
template <class T, class U>
void set_sum(T const* b, Row<U> const& x, Row<T> const& y, std::int64_t n) {
  if (x.stride == 1 && y.stride == 1)
    for (std::int64_t c = 0; c < n; ++c) y.data[c] = b[c] + x.data[c];
  else
    for (std::int64_t c = 0; c < n; ++c) y[c] = b[c] + x[c];
}

/// Sums in double precision.
struct Moments {
  double sum = 0, sum_of_squares = 0;
  template <class U>
  Moments(Row<U> const& x, std::int64_t n) {
    double sums[kLanes] = {}, squares[kLanes] = {};
    std::int64_t c = 0;
    if (x.stride == 1)
      for (; c + kLanes <= n; c += kLanes)
        for (std::int64_t i = 0; i < kLanes; ++i) {
          auto const value = static_cast<double>(x.data[c + i]);
          sums[i] += value;
          squares[i] += value * value;
        }
    for (; c < n; ++c) {
      auto const value = static_cast<double>(x[c]);
      sums[0] += value;
      squares[0] += value * value;
    }
    sum = sum_of_lanes(sums);
    sum_of_squares = sum_of_lanes(squares);
  }
};

/// The sum of x(c) (y(c) - z(c)).
template <class T>
T product_with_deviation(T const* x, T const* y, T const* z, std::int64_t n) {
  T sums[kLanes] = {};
  std::int64_t c = 0;
  for (; c + kLanes <= n; c += kLanes)
    for (std::int64_t i = 0; i < kLanes; ++i) sums[i] += x[c + i] * (y[c + i] - z[c + i]);
  for (; c < n; ++c) sums[0] += x[c] * (y[c] - z[c]);
  return sum_of_lanes(sums);
}

/// sums(c) += sum over rows t of x(t, c)
template <class T>
void add_column_sums(DenseRef<T const> const& X, T* sums) {
  for (std::int64_t t = 0; t < X.rows; ++t) add(row(X, t), Row<T>{sums, 1}, X.cols);
}

template <class T>
void set_zero(T* x, std::int64_t n) {
  std::fill(x, x + n, T(0));
}

/// What belongs to a tile of edges: memory of the part, reused from tile to tile.
template <class T>
struct EdgePerceptronPass<T>::Tile {
  std::int64_t first, count, row;  // row: where to look for the row of the first entry
  Ordinal* row_of;                 // [count]
  T *rstd, *mean, *slope;          // [count]
  T* a;                            // [count, hidden] what the first layer gives
  T *z, *derivative;               // [hidden layers] of [tile size, widest]
  T *g, *g_next;                   // [count, widest]
  T *h_copy, *h_bar;               // [count, edge width]
  DenseRef<T const> h;
  T* bars;  // of the part
  T* z_of(int layer, std::int64_t widest) const { return z + layer * kTileSize * widest; }
  T* derivative_of(int layer, std::int64_t widest) const { return derivative + layer * kTileSize * widest; }
};

}  // namespace nacre::detail
