#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include <nacre/core/coloring.hpp>
#include <nacre/core/columns.hpp>
#include <nacre/core/transpose.hpp>

/// \file
/// Strict triangles of the square part of a pattern, and their solves.
///
/// "Triangle" is meant up to a symmetric permutation: with respect to an order of the rows, a lower triangle
/// has the entries whose column comes before the row. The order is the natural one, or by colour.

namespace nacre::solvers::detail {

enum class RowOrder { natural, by_color };

/// Rows in the order in which a triangle is solved.
///
/// Where kernels run one after the other and the order is the natural one, rows are taken as they come;
/// elsewhere by levels: rows of a level depend only on rows of levels before.
template <class Device>
struct SolveSchedule {
  bool ascending = true;              ///< of the sequential sweep
  std::vector<Ordinal> level_ptr;     ///< [levels + 1], host; empty: one sequential sweep
  Vector<Ordinal const, Device> row;  ///< [n] rows, level by level
};

/// A strict triangle of the square part of a pattern.
template <class Device>
struct Triangle {
  CsrPattern<Device> pattern;           ///< n-by-n, without diagonal
  Vector<Offset const, Device> source;  ///< [entries] where each is in what the triangle was cut from
  SolveSchedule<Device> schedule;
};

/// Both strict triangles of the leading square part of a pattern.
template <class Device, RowOrder kOrder>
struct TrianglePair {
  Triangle<Device> lower, upper;
};
template <class Device, RowOrder kOrder>
struct TransposedTrianglePair {
  Triangle<Device> lower, upper;
};

/// Whether rows are swept one after the other.
template <class Device, RowOrder kOrder>
inline constexpr bool kSequential = kSerial<Device>&& kOrder == RowOrder::natural;

/// The schedule of a triangle whose rows may be solved in the given order.
/// \param order [n] each row after those it depends on
template <class Device>
SolveSchedule<Device> make_schedule(CsrPattern<Device> const& triangle, std::vector<Ordinal> const& order,
                                    bool sequential) {
  SolveSchedule<Device> schedule;
  schedule.ascending = order.empty() || order.front() <= order.back();
  if (sequential) return schedule;
  auto const row_ptr = host_view(triangle.row_ptr());
  auto const col = host_view(triangle.col());
  std::vector<Ordinal> level(order.size(), 0);
  Ordinal num_levels = 0;
  for (Ordinal const i : order) {
    Ordinal l = 0;
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
      l = std::max(l, level[static_cast<std::size_t>(col(k))] + 1);
    level[static_cast<std::size_t>(i)] = l;
    num_levels = std::max(num_levels, l + 1);
  }
  schedule.level_ptr.assign(static_cast<std::size_t>(num_levels) + 1, 0);
  for (Ordinal const l : level) ++schedule.level_ptr[static_cast<std::size_t>(l) + 1];
  std::partial_sum(schedule.level_ptr.begin(), schedule.level_ptr.end(), schedule.level_ptr.begin());
  std::vector<Ordinal> next(schedule.level_ptr.begin(), schedule.level_ptr.end() - 1), row(order.size());
  for (std::size_t i = 0; i < row.size(); ++i)
    row[static_cast<std::size_t>(next[static_cast<std::size_t>(level[i])]++)] = static_cast<Ordinal>(i);
  schedule.row = to_device<Device>("nacre::triangle::row", row);
  return schedule;
}

/// The order of the rows: natural or by colour, and ascending or descending.
template <class Device>
std::vector<Ordinal> row_order(CsrPattern<Device> const& pattern, RowOrder kind, bool ascending) {
  std::vector<Ordinal> order(static_cast<std::size_t>(pattern.num_rows()));
  std::iota(order.begin(), order.end(), 0);
  if (kind == RowOrder::by_color) {
    auto const& color = coloring(pattern).color;
    std::stable_sort(order.begin(), order.end(), [&color](Ordinal i, Ordinal j) {
      return color[static_cast<std::size_t>(i)] < color[static_cast<std::size_t>(j)];
    });
  }
  if (!ascending) std::reverse(order.begin(), order.end());
  return order;
}

template <class Device, RowOrder kOrder>
Triangle<Device> cut_triangle(CsrPattern<Device> const& pattern, bool lower) {
  Ordinal const n = pattern.num_rows();
  auto const row_ptr = host_view(pattern.row_ptr());
  auto const col = host_view(pattern.col());
  auto const order = row_order(pattern, kOrder, lower);
  std::vector<Ordinal> position(order.size());
  for (std::size_t s = 0; s < order.size(); ++s)
    position[static_cast<std::size_t>(order[s])] = static_cast<Ordinal>(s);
  std::vector<Offset> ptr{0}, source;
  std::vector<Ordinal> column;
  for (Ordinal i = 0; i < n; ++i) {
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
      if (col(k) < n && position[static_cast<std::size_t>(col(k))] < position[static_cast<std::size_t>(i)]) {
        column.push_back(col(k));
        source.push_back(k);
      }
    ptr.push_back(static_cast<Offset>(column.size()));
  }
  CsrPattern<Device> const triangle(n, n, to_device<Device>("nacre::triangle::row_ptr", ptr),
                                    to_device<Device>("nacre::triangle::col", column));
  return {triangle, to_device<Device>("nacre::triangle::source", source),
          make_schedule(triangle, order, kSequential<Device, kOrder>)};
}

/// The transpose; its source is where the entries are in what the triangle itself was cut from.
template <class Device, RowOrder kOrder>
Triangle<Device> transpose_triangle(CsrPattern<Device> const& whole, Triangle<Device> const& triangle,
                                    bool lower) {
  auto const& t = transposed(triangle.pattern);
  Vector<Offset, Device> const source("nacre::triangle::source", triangle.source.extent(0));
  gather(ExecOf<Device>(), t.entry, triangle.source, source);
  // the transpose of a lower triangle is solved from the last row to the first
  return {t.pattern, source,
          make_schedule(t.pattern, row_order(whole, kOrder, !lower), kSequential<Device, kOrder>)};
}

/// The triangles of `pattern`; cut on first use, kept with the pattern.
template <RowOrder kOrder, class Device>
TrianglePair<Device, kOrder> const& triangles(CsrPattern<Device> const& pattern) {
  using Pair = TrianglePair<Device, kOrder>;
  return pattern.template cached<Pair>([&pattern]() -> Pair {
    return {cut_triangle<Device, kOrder>(pattern, true), cut_triangle<Device, kOrder>(pattern, false)};
  });
}
/// Their transposes: `lower` is that of the upper triangle.
template <RowOrder kOrder, class Device>
TransposedTrianglePair<Device, kOrder> const& transposed_triangles(CsrPattern<Device> const& pattern) {
  using Pair = TransposedTrianglePair<Device, kOrder>;
  return pattern.template cached<Pair>([&pattern]() -> Pair {
    auto const& t = triangles<kOrder>(pattern);
    return {transpose_triangle<Device, kOrder>(pattern, t.upper, false),
            transpose_triangle<Device, kOrder>(pattern, t.lower, true)};
  });
}

/// x_i = (b_i - sum_j t_ij x_j) d_i for one row and `kWidth` columns; x may be b.
template <class T, class Device>
struct TriangleRow {
  Kokkos::View<Offset const*, Device> row_ptr;
  Kokkos::View<Ordinal const*, Device> col;
  Kokkos::View<T const*, Device> values, d;
  nacre::detail::Columns<T const> b;
  nacre::detail::Columns<T> x;

  template <int kWidth>
  KOKKOS_INLINE_FUNCTION void solve(Ordinal i, int first) const {
    T sum[kWidth];
    for (int c = 0; c < kWidth; ++c) sum[c] = b[first + c][i];
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) {
      T const t = values(k);
      Ordinal const j = col(k);
      for (int c = 0; c < kWidth; ++c) sum[c] -= t * x[first + c][j];
    }
    for (int c = 0; c < kWidth; ++c) x[first + c][i] = sum[c] * d(i);
  }
};

/// All rows one after the other, in groups of columns.
template <class T, class Device>
struct TriangleSweep {
  static constexpr int kGroup = 4;
  TriangleRow<T, Device> rows;
  Ordinal n;
  int k;
  bool ascending;

  template <int kWidth>
  KOKKOS_INLINE_FUNCTION void sweep(int first) const {
    if (ascending)
      for (Ordinal i = 0; i < n; ++i) rows.template solve<kWidth>(i, first);
    else
      for (Ordinal i = n; i-- > 0;) rows.template solve<kWidth>(i, first);
  }
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal) const {
    int c = 0;
    for (; c + kGroup <= k; c += kGroup) sweep<kGroup>(c);
    for (; c < k; ++c) sweep<1>(c);
  }
};

/// The rows of a level, one column at a time.
template <class T, class Device>
struct TriangleLevel {
  TriangleRow<T, Device> rows;
  Vector<Ordinal const, Device> row;
  Ordinal begin, num_rows;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal item) const {
    rows.template solve<1>(row(begin + item % num_rows), item / num_rows);
  }
};

/// Solves (D + T) x = b, T the triangle.
///
/// \param values           [entries of the triangle]
/// \param inverse_diagonal [n] of D
/// \param b                [n, k]
/// \param[out] x           [n, k], overwritten; may be b
template <class Exec, class T, class Device>
void solve_triangle(Exec const& exec, Triangle<Device> const& triangle, Vector<T, Device> const& values,
                    Vector<T, Device> const& inverse_diagonal, MultiVector<T const, Device> const& b,
                    MultiVector<T, Device> const& x) {
  auto const& pattern = triangle.pattern;
  std::size_t const n = x.extent(0), k = x.extent(1);
  if (n == 0 || k == 0) return;
  TriangleRow<T, Device> const rows{pattern.row_ptr(),
                                    pattern.col(),
                                    values,
                                    inverse_diagonal,
                                    nacre::detail::columns("solve_triangle", b, n, k),
                                    nacre::detail::columns("solve_triangle", x, n, k)};
  auto const& schedule = triangle.schedule;
  if (schedule.level_ptr.empty()) {
    Kokkos::parallel_for(
        "nacre::solve_triangle::sweep", range(exec, 1),
        TriangleSweep<T, Device>{rows, static_cast<Ordinal>(n), static_cast<int>(k), schedule.ascending});
    return;
  }
  for (std::size_t l = 0; l + 1 < schedule.level_ptr.size(); ++l) {
    Ordinal const begin = schedule.level_ptr[l], in_level = schedule.level_ptr[l + 1] - begin;
    Kokkos::parallel_for("nacre::solve_triangle::level", range(exec, static_cast<std::size_t>(in_level) * k),
                         TriangleLevel<T, Device>{rows, schedule.row, begin, in_level});
  }
}

/// Runs `body(i)` for every row i after the rows it depends on in the lower triangle.
template <class Exec, class Device, class Body>
struct ForRowsInOrder {
  Body body;
  Vector<Ordinal const, Device> row;
  Ordinal begin;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal s) const { body(row.extent(0) == 0 ? s : row(begin + s)); }
};
template <class Exec, class Device, class Body>
void for_rows_in_order(Exec const& exec, char const* label, SolveSchedule<Device> const& schedule,
                       std::size_t n, Body const& body) {
  if (schedule.level_ptr.empty()) {
    Kokkos::parallel_for(label, range(exec, n), ForRowsInOrder<Exec, Device, Body>{body, {}, 0});
    return;
  }
  for (std::size_t l = 0; l + 1 < schedule.level_ptr.size(); ++l)
    Kokkos::parallel_for(
        label, range(exec, static_cast<std::size_t>(schedule.level_ptr[l + 1] - schedule.level_ptr[l])),
        ForRowsInOrder<Exec, Device, Body>{body, schedule.row, schedule.level_ptr[l]});
}

}  // namespace nacre::solvers::detail
