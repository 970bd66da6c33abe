#include "sweeps_by_node.hpp"

#include <algorithm>
#include <vector>

#include "dot.hpp"

namespace nacre::solvers::detail {

namespace {

constexpr int kMostRows = 32;  // of a node

/// The rows of a node of kRows rows, or of A.block_size if that is 0.
template <class T, int kRows>
class Node {
 public:
  Node(SweepMatrix<T> const& A, std::vector<T>& gathered) : A_(A), gathered_(gathered) {}

  int rows() const { return kRows > 0 ? kRows : A_.block_size; }

  void move_to(Ordinal first) {
    first_ = first;
    begin_ = A_.row_ptr[first];
    left_ = A_.first_upper[first] - begin_;
    length_ = A_.row_ptr[first + 1] - begin_;
    if (A_.has_ghosts)
      while (length_ > left_ && A_.col[begin_ + length_ - 1] >= A_.num_rows) --length_;
    if (static_cast<std::size_t>(length_) > gathered_.size()) gathered_.resize(2 * length_);
    for (Offset k = 0; k < length_; k += 16 / sizeof(T) * 4) {  // once for each line and row
      for (int row = 0; row < rows(); ++row) __builtin_prefetch(entries(row) + k + ahead_);
    }
  }
  void look_ahead(Offset entries) { ahead_ = entries; }

  /// s[row] -= products with the columns left of the node.
  void subtract_left(T const* x, T* s) { subtract(x, 0, left_, s); }
  void subtract_right(T const* x, T* s) { subtract(x, left_ + rows(), length_, s); }

  T diagonal(int row, int other) const { return entries(row)[left_ + other]; }
  T scale(int row) const { return A_.scale[first_ + row]; }

  /// r -= L^T x of these rows.
  void scatter_left(T const* x, T* r) {
    T* const sum = gathered_.data();
    std::fill(sum, sum + left_, T(0));
    for (int row = 0; row < rows(); ++row) {
      T const* const a = entries(row);
      T const xi = x[first_ + row];
      for (Offset k = 0; k < left_; ++k) sum[k] += a[k] * xi;
    }
    for (Offset k = 0; k < left_; k += rows()) {
      T* const to = r + A_.col[begin_ + k];
      for (int c = 0; c < rows(); ++c) to[c] -= sum[k + c];
    }
  }

 private:
  T const* entries(int row) const { return A_.values + A_.row_ptr[first_ + row]; }

  void subtract(T const* x, Offset begin, Offset end, T* s) {
    T* const xs = gathered_.data();
    for (Offset k = begin; k < end; k += rows()) {
      T const* const from = x + A_.col[begin_ + k];
      for (int c = 0; c < rows(); ++c) xs[k + c] = from[c];
    }
    for (int row = 0; row < rows(); ++row) s[row] -= dot(entries(row) + begin, xs + begin, end - begin);
  }

  SweepMatrix<T> const& A_;
  std::vector<T>& gathered_;
  Ordinal first_ = 0;
  Offset begin_ = 0, left_ = 0, length_ = 0, ahead_ = 0;
};

template <int kRows, class T>
void symmetric(SweepMatrix<T> const& A, SweepVectors<T> const& v, nacre::detail::Columns<T> const& r) {
  std::vector<T> gathered;
  Node<T, kRows> node(A, gathered);
  int const b = node.rows();
  T s[kMostRows];
  node.look_ahead(1024);
  for (Ordinal i = 0; i < A.num_rows; i += b) {
    node.move_to(i);
    for (int c = 0; c < v.num_columns; ++c) {
      T* const x = v.x[c];
      for (int row = 0; row < b; ++row) s[row] = v.b[c][i + row];
      node.subtract_left(x, s);
      for (int row = 0; row < b; ++row) {
        for (int other = 0; other < row; ++other) s[row] -= node.diagonal(row, other) * x[i + other];
        x[i + row] = node.scale(row) * s[row];
      }
      for (int row = 0; row < b; ++row) {
        for (int other = row; other < b; ++other) s[row] -= node.diagonal(row, other) * x[i + other];
        r[c][i + row] = s[row];
      }
      node.scatter_left(x, r[c]);
    }
  }
}

template <int kRows, class T>
void from_zero(SweepMatrix<T> const& A, SweepVectors<T> const& v) {
  std::vector<T> gathered;
  Node<T, kRows> node(A, gathered);
  int const b = node.rows();
  T s[kMostRows];
  for (Ordinal i = 0; i < A.num_rows; i += b) {
    node.move_to(i);
    for (int c = 0; c < v.num_columns; ++c) {
      T* const x = v.x[c];
      for (int row = 0; row < b; ++row) s[row] = v.b[c][i + row];
      node.subtract_left(x, s);
      for (int row = 0; row < b; ++row) {
        for (int other = 0; other < row; ++other) s[row] -= node.diagonal(row, other) * x[i + other];
        x[i + row] = node.scale(row) * s[row];
      }
    }
  }
}

template <int kRows, class T>
void in_place(SweepMatrix<T> const& A, SweepVectors<T> const& v, bool ascending) {
  std::vector<T> gathered;
  Node<T, kRows> node(A, gathered);
  int const b = node.rows();
  node.look_ahead(ascending ? 1024 : -1024);
  T s[kMostRows];
  for (Ordinal n = 0; n < A.num_rows; n += b) {
    Ordinal const i = ascending ? n : A.num_rows - b - n;
    node.move_to(i);
    for (int c = 0; c < v.num_columns; ++c) {
      T* const x = v.x[c];
      for (int row = 0; row < b; ++row) s[row] = v.b[c][i + row];
      node.subtract_left(x, s);
      node.subtract_right(x, s);
      for (int step = 0; step < b; ++step) {
        int const row = ascending ? step : b - 1 - step;
        T sum = s[row];
        for (int other = 0; other < b; ++other) sum -= node.diagonal(row, other) * x[i + other];
        x[i + row] += node.scale(row) * sum;
      }
    }
  }
}

/// Calls f with the number of rows of a node as a constant, where it is one of those that elasticity has.
template <class F>
void for_node_size(int rows, F const& f) {
  if (rows == 3)
    f(std::integral_constant<int, 3>());
  else if (rows == 6)
    f(std::integral_constant<int, 6>());
  else
    f(std::integral_constant<int, 0>());
}

}  // namespace

template <class T>
void nodes_from_zero_symmetric(SweepMatrix<T> const& A, SweepVectors<T> const& v,
                               nacre::detail::Columns<T> const& r) {
  for_node_size(A.block_size, [&](auto rows) { symmetric<rows()>(A, v, r); });
}

template <class T>
void sweep_nodes(SweepMatrix<T> const& A, SweepVectors<T> const& v, bool ascending) {
  for_node_size(A.block_size, [&](auto rows) { in_place<rows()>(A, v, ascending); });
}

template <class T>
void nodes_from_zero(SweepMatrix<T> const& A, SweepVectors<T> const& v) {
  for_node_size(A.block_size, [&](auto rows) { from_zero<rows()>(A, v); });
}

template void nodes_from_zero_symmetric(SweepMatrix<double> const&, SweepVectors<double> const&,
                                        nacre::detail::Columns<double> const&);
template void nodes_from_zero_symmetric(SweepMatrix<float> const&, SweepVectors<float> const&,
                                        nacre::detail::Columns<float> const&);
template void sweep_nodes(SweepMatrix<double> const&, SweepVectors<double> const&, bool);
template void sweep_nodes(SweepMatrix<float> const&, SweepVectors<float> const&, bool);
template void nodes_from_zero(SweepMatrix<double> const&, SweepVectors<double> const&);
template void nodes_from_zero(SweepMatrix<float> const&, SweepVectors<float> const&);

}  // namespace nacre::solvers::detail
