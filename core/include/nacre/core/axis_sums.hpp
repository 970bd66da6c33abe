#pragma once

#include <nacre/core/entries.hpp>

/// \file
/// Sums along rows or columns of a dense matrix, always in the same order.

namespace nacre::detail {

/// Columns that one work item of a host sums together: a cache line of a row-major matrix.
inline constexpr std::int64_t kColumnsPerSum = 8;

template <class Term, class Store>
struct ColumnSumsOnHost {
  Term term;
  Store store;
  std::int64_t n, width;
  void operator()(std::int64_t group) const {
    std::int64_t const first = group * kColumnsPerSum;
    std::int64_t const count = width - first < kColumnsPerSum ? width - first : kColumnsPerSum;
    double sums[kColumnsPerSum] = {};
    if (count == kColumnsPerSum)
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t c = 0; c < kColumnsPerSum; ++c) sums[c] += static_cast<double>(term(i, first + c));
    else
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t c = 0; c < count; ++c) sums[c] += static_cast<double>(term(i, first + c));
    for (std::int64_t c = 0; c < count; ++c) store(first + c, sums[c]);
  }
};

template <class Term>
struct OneColumn {
  Term term;
  std::int64_t j;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, double& sum) const {
    sum += static_cast<double>(term(i, j));
  }
};

template <class Store>
struct StoreColumn {
  Store store;
  std::int64_t j;
  double sum;
  KOKKOS_INLINE_FUNCTION void operator()() const { store(j, sum); }
};

/// One team for a column; Kokkos finds its size from the kernel and the device, so the order of the sum is
/// always the same.
template <class Exec, class Term, class Store>
struct ColumnSumsByTeam {
  using Member = typename Kokkos::TeamPolicy<Exec>::member_type;
  Term term;
  Store store;
  std::int64_t n;
  KOKKOS_INLINE_FUNCTION void operator()(Member const& team) const {
    std::int64_t const j = team.league_rank();
    double sum = 0;
    Kokkos::parallel_reduce(Kokkos::TeamThreadRange(team, n), OneColumn<Term>{term, j}, sum);
    Kokkos::single(Kokkos::PerTeam(team), StoreColumn<Store>{store, j, sum});
  }
};

/// Calls `store(j, sum over i of term(i, j))` for each of the `width` columns; sums are in double precision.
template <class Exec, class Term, class Store>
void for_each_column_sum(Exec const& exec, char const* label, std::size_t n, std::size_t width,
                         Term const& term, Store const& store) {
  if (width == 0) return;
  auto const rows = static_cast<std::int64_t>(n), columns = static_cast<std::int64_t>(width);
  if constexpr (kOnHost<typename Exec::device_type>)
    Kokkos::parallel_for(
        label,
        range_of_entries(exec, static_cast<std::size_t>((columns + kColumnsPerSum - 1) / kColumnsPerSum)),
        ColumnSumsOnHost<Term, Store>{term, store, rows, columns});
  else
    Kokkos::parallel_for(label, Kokkos::TeamPolicy<Exec>(exec, static_cast<int>(width), Kokkos::AUTO),
                         ColumnSumsByTeam<Exec, Term, Store>{term, store, rows});
}

template <class Term, class Store>
struct RowSums {
  Term term;
  Store store;
  std::int64_t width;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    double sum = 0;
    for (std::int64_t j = 0; j < width; ++j) sum += static_cast<double>(term(i, j));
    store(i, sum);
  }
};

/// Calls `store(i, sum over j of term(i, j))` for each of the n rows; sums are in double precision.
template <class Exec, class Term, class Store>
void for_each_row_sum(Exec const& exec, char const* label, std::size_t n, std::size_t width, Term const& term,
                      Store const& store) {
  if (n == 0) return;
  Kokkos::parallel_for(label, range_of_entries(exec, n),
                       RowSums<Term, Store>{term, store, static_cast<std::int64_t>(width)});
}

/// One of the two.
template <bool kByColumn, class Exec, class Term, class Store>
void for_each_axis_sum(Exec const& exec, char const* label, std::size_t n, std::size_t width,
                       Term const& term, Store const& store) {
  if constexpr (kByColumn)
    for_each_column_sum(exec, label, n, width, term, store);
  else
    for_each_row_sum(exec, label, n, width, term, store);
}

/// store(i, sum): out(i) = sum.
template <class T>
struct SetTo {
  T* out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, double sum) const { out[i] = static_cast<T>(sum); }
};
/// store(i, sum): out(i) += sum.
template <class T>
struct AddTo {
  T* out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, double sum) const { out[i] += static_cast<T>(sum); }
};

/// term(i, j) = x(i, j)
template <class T>
struct EntryTerm {
  Strided<T> x;
  KOKKOS_INLINE_FUNCTION T operator()(std::int64_t i, std::int64_t j) const { return x(i, j); }
};
/// term(i, j) = x(i, j) y(i, j)
template <class T, class U>
struct ProductTerm {
  Strided<T> x;
  Strided<U> y;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t i, std::int64_t j) const {
    return static_cast<double>(x(i, j)) * static_cast<double>(y(i, j));
  }
};

}  // namespace nacre::detail
