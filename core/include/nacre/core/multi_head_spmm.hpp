#pragma once

#include <nacre/core/entries.hpp>
#include <nacre/core/ordered_sum.hpp>
#include <nacre/core/spmm_adjoint.hpp>

/// \file
/// Products of several sparse matrices on one pattern with a dense matrix, each with columns of its own: the
/// aggregation of graph attention.

namespace nacre {

namespace detail {

/// One of several heads in a row of `heads width` numbers, and the entries of a pattern.
struct HeadShape {
  int heads, width;
  KOKKOS_FORCEINLINE_FUNCTION std::size_t row(Ordinal i) const {
    return static_cast<std::size_t>(i) * static_cast<std::size_t>(heads) * static_cast<std::size_t>(width);
  }
  KOKKOS_FORCEINLINE_FUNCTION std::size_t number(Offset k, int h) const {
    return static_cast<std::size_t>(k) * static_cast<std::size_t>(heads) + static_cast<std::size_t>(h);
  }
};

/// Requires rows of `heads` parts of equal length, whose length it gives.
template <class X>
HeadShape head_shape(char const* op, X const& x, int heads) {
  if (heads < 1 || x.extent(1) % static_cast<std::size_t>(heads) != 0)
    fail(cat(op, ": ", x.extent(1), " columns for ", heads, " heads, expected a multiple"));
  return {heads, static_cast<int>(x.extent(1)) / heads};
}

/// y(i, h D + c) = (or +=) sum over the entries k of row i of alpha(k, h) x(col(k), h D + c). With `entry`, of
/// the transposed pattern, whose entry t is entry(t) of the pattern.
template <bool kAdd, class A, class X, class Y>
struct MultiHeadProduct {
  Offset const *ptr, *entry;
  Ordinal const* col;
  A const* alpha;
  X const* x;
  Y* y;
  HeadShape shape;
  std::int64_t num_entries;

  /// A row on a host.
  void operator()(Ordinal i) const {
    for (int h = 0; h < shape.heads; ++h) {
      int c = 0;
      for (; c + 32 <= shape.width; c += 32) strip<32>(i, h, c);
      for (; c + 8 <= shape.width; c += 8) strip<8>(i, h, c);
      for (; c + 4 <= shape.width; c += 4) strip<4>(i, h, c);
      for (; c < shape.width; ++c) strip<1>(i, h, c);
    }
  }
  template <int kWidth>
  void strip(Ordinal i, int h, int c) const {
    Y sum[kWidth] = {};
    std::size_t const at = static_cast<std::size_t>(h * shape.width + c);
    for (Offset t = ptr[i]; t < ptr[i + 1]; ++t) {
      if (kWidth >= 8 && static_cast<std::int64_t>(t) + kPrefetchRows < num_entries)
        for (int j = 0; j < kWidth; j += 64 / static_cast<int>(sizeof(X)))
          prefetch(x + shape.row(col[t + kPrefetchRows]) + at + j);
      Y const a = static_cast<Y>(alpha[shape.number(entry == nullptr ? t : entry[t], h)]);
      X const* const from = x + shape.row(col[t]) + at;
      for (int j = 0; j < kWidth; ++j) sum[j] += a * static_cast<Y>(from[j]);
    }
    Y* const to = y + shape.row(i) + at;
    for (int j = 0; j < kWidth; ++j) to[j] = kAdd ? to[j] + sum[j] : sum[j];
  }

  /// A number a thread.
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t at) const {
    int const h = static_cast<int>(at) / shape.width;
    auto const row = static_cast<Ordinal>(i);
    Y sum = 0;
    for (Offset t = ptr[row]; t < ptr[row + 1]; ++t)
      sum += static_cast<Y>(alpha[shape.number(entry == nullptr ? t : entry[t], h)]) *
             static_cast<Y>(x[shape.row(col[t]) + static_cast<std::size_t>(at)]);
    Y& to = y[shape.row(row) + static_cast<std::size_t>(at)];
    to = kAdd ? to + sum : sum;
  }
};

/// Row by row on a host, number by number on a device.
template <class Exec, class Body>
void for_each_row_or_number(Exec const& exec, char const* label, std::size_t n, std::size_t width,
                            Body const& body) {
  if constexpr (kOnHost<typename Exec::device_type>)
    Kokkos::parallel_for(label, range(exec, n), body);
  else
    for_each_matrix_entry(exec, label, n, width, body);
}

/// Entries ahead for which a host asks for the rows of their columns, where it reads and writes these: fewer
/// than in spmm, for the rows are whole.
inline constexpr std::int64_t kPrefetchEnds = 12;

/// Asks for `n` numbers.
template <class T>
KOKKOS_FORCEINLINE_FUNCTION void prefetch_numbers(T const* x, int n) {
  for (int j = 0; j < n; j += 64 / static_cast<int>(sizeof(T))) prefetch(x + j);
}

/// y += a x, as many numbers at once as one would like to vectorise whatever overlaps.
template <class T, class X, class Y>
KOKKOS_FORCEINLINE_FUNCTION void add_scaled_numbers(int n, T a, X const* x, Y* y) {
  constexpr int kWidth = 8;
  int c = 0;
  for (; c + kWidth <= n; c += kWidth) {
    Y terms[kWidth];
    for (int j = 0; j < kWidth; ++j) terms[j] = static_cast<Y>(a * static_cast<T>(x[c + j]));
    for (int j = 0; j < kWidth; ++j) y[c + j] += terms[j];
  }
  for (; c < n; ++c) y[c] += static_cast<Y>(a * static_cast<T>(x[c]));
}

template <class T, class A, class B>
struct NumbersProduct {
  A const* a;
  B const* b;
  KOKKOS_FORCEINLINE_FUNCTION T operator()(std::int64_t c) const {
    return static_cast<T>(a[c]) * static_cast<T>(b[c]);
  }
};

/// For the entries k of row i: alpha_bar(k, h) += y_bar(i, h, :) . x(col(k), h, :) and, where one thread has
/// all rows, x_bar(col(k), h, :) += alpha(k, h) y_bar(i, h, :).
template <class A, class X, class Y>
struct MultiHeadAdjointBody {
  Offset const* row_ptr;
  Ordinal const *row, *col;  // row: for devices
  A const* alpha;
  X const* x;
  Y const* y_bar;
  A* alpha_bar;  // null: not wanted
  X* x_bar;
  HeadShape shape;
  std::int64_t num_entries;

  /// A row on a host.
  void operator()(Ordinal i) const {
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) {
      if (static_cast<std::int64_t>(k) + kPrefetchEnds < num_entries) {
        std::size_t const ahead = shape.row(col[k + kPrefetchEnds]);
        prefetch_numbers(x + ahead, shape.heads * shape.width);
        if (x_bar != nullptr) prefetch_numbers(x_bar + ahead, shape.heads * shape.width);
      }
      for (int h = 0; h < shape.heads; ++h) {
        auto const part = static_cast<std::size_t>(h * shape.width);
        if (alpha_bar != nullptr) add_dot(k, i, h);
        if (x_bar != nullptr)
          add_scaled_numbers(shape.width, static_cast<Y>(alpha[shape.number(k, h)]),
                             y_bar + shape.row(i) + part, x_bar + shape.row(col[k]) + part);
      }
    }
  }
  /// A number of alpha_bar a thread.
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k, std::int64_t h) const {
    add_dot(static_cast<Offset>(k), row[k], static_cast<int>(h));
  }
  KOKKOS_FORCEINLINE_FUNCTION void add_dot(Offset k, Ordinal i, int h) const {
    auto const part = static_cast<std::size_t>(h * shape.width);
    alpha_bar[shape.number(k, h)] += static_cast<A>(sum_of_terms<Y>(
        NumbersProduct<Y, Y, X>{y_bar + shape.row(i) + part, x + shape.row(col[k]) + part}, 0, shape.width));
  }
};

}  // namespace detail

/// y(i, h D + c) = sum over the entries k of row i of alpha(k, h) x(col(k), h D + c), for each of the heads h:
/// the product of a sparse matrix of its own with D columns of x.
///
/// `alpha_bar(k, h) += sum over c of y_bar(row(k), h D + c) x(col(k), h D + c)`, `x_bar(j, h D + c) += sum over
/// the entries k of column j of alpha(k, h) y_bar(row(k), h D + c)`. Velickovic, Cucurull, Casanova, Romero, Lio
/// and Bengio (2018), "Graph attention networks", equation 5.
///
/// alpha [nnz, heads], x [m, heads D] -> [n, heads D], contiguous rows
template <class Device = DefaultDevice>
struct MultiHeadSpmmOp {
  static constexpr char const* name = "nacre::multi_head_spmm";
  static constexpr Form form = Form::multilinear;
  CsrPattern<Device> pattern;  ///< n-by-m
  int heads;

  template <class A, class X>
  std::array<std::size_t, 2> output_extents(A const&, X const& x) const {
    return {{static_cast<std::size_t>(pattern.num_rows()), x.extent(1)}};
  }
  template <class Exec, class Y, class A, class X>
  void forward(Exec const& exec, Y const& y, A const& alpha, X const& x) const {
    detail::require_row_major<A>();
    detail::require_row_major<X>();
    auto const shape = detail::head_shape("multi_head_spmm", x, heads);
    auto const n = static_cast<std::size_t>(pattern.num_rows());
    check_extent("multi_head_spmm", alpha, 0, pattern.num_entries(), "the pattern's number of entries");
    check_extent("multi_head_spmm", alpha, 1, static_cast<std::size_t>(heads), "the number of heads");
    check_extent("multi_head_spmm", x, 0, static_cast<std::size_t>(pattern.num_cols()),
                 "the pattern's number of columns");
    check_extent("multi_head_spmm", y, 0, n, "the pattern's number of rows");
    check_extent("multi_head_spmm", y, 1, x.extent(1), "the number of columns of x");
    detail::for_each_row_or_number(
        exec, name, n, x.extent(1),
        detail::MultiHeadProduct<false, typename A::non_const_value_type, typename X::non_const_value_type,
                                 typename Y::value_type>{
            pattern.row_ptr().data(), nullptr, pattern.col().data(), alpha.data(), x.data(), y.data(), shape,
            static_cast<std::int64_t>(pattern.num_entries())});
  }
  template <class Exec, class Y, class YBar, class A, class X, class ABar, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, A const& alpha, X const& x,
               ABar const& alpha_bar, XBar const& x_bar) const {
    using TA = typename A::non_const_value_type;
    using TX = typename X::non_const_value_type;
    using TY = typename YBar::non_const_value_type;
    auto const shape = detail::head_shape("multi_head_spmm", x, heads);
    constexpr bool serial = kSerial<typename Exec::device_type>;
    if (is_given(alpha_bar) || (serial && is_given(x_bar))) {
      Ordinal const* row = nullptr;
      if constexpr (!kOnHost<Device>) row = row_of_entry(pattern).data();
      detail::MultiHeadAdjointBody<TA, TX, TY> const body{pattern.row_ptr().data(),
                                                          row,
                                                          pattern.col().data(),
                                                          alpha.data(),
                                                          x.data(),
                                                          y_bar.data(),
                                                          alpha_bar.data(),
                                                          serial ? x_bar.data() : nullptr,
                                                          shape,
                                                          static_cast<std::int64_t>(pattern.num_entries())};
      if constexpr (kOnHost<Device>)
        Kokkos::parallel_for("nacre::multi_head_spmm_adjoint", range(exec, y_bar.extent(0)), body);
      else
        detail::for_each_matrix_entry(exec, "nacre::multi_head_spmm_adjoint::alpha", alpha.extent(0),
                                      alpha.extent(1), body);
    }
    if constexpr (!serial) {
      if (!is_given(x_bar)) return;
      auto const& t = transposed(pattern);
      detail::for_each_row_or_number(
          exec, "nacre::multi_head_spmm_adjoint::x", x_bar.extent(0), x_bar.extent(1),
          detail::MultiHeadProduct<true, TA, TY, TX>{
              t.pattern.row_ptr().data(), t.entry.data(), t.pattern.col().data(), alpha.data(), y_bar.data(),
              x_bar.data(), shape, static_cast<std::int64_t>(pattern.num_entries())});
    }
  }
};

}  // namespace nacre
