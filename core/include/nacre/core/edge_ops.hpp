#pragma once

#include <nacre/core/gather_scatter.hpp>
#include <nacre/core/transpose.hpp>

/// \file
/// What the two ends of each edge of a graph have together, as differentiable operations. The edges are the
/// entries k of a pattern, from col(k) to row(k).

namespace nacre {

namespace detail {

/// z(k, :) = a(i, :) + b(col(k), :) for the entries k of row i.
template <class A, class B, class Z>
struct EdgeSumOfRow {
  Offset const* row_ptr;
  Ordinal const* col;
  Strided<A> a;
  Strided<B> b;
  Strided<Z> z;
  std::int64_t width;
  void operator()(Ordinal i) const {
    for (auto k = static_cast<std::int64_t>(row_ptr[i]); k < static_cast<std::int64_t>(row_ptr[i + 1]); ++k) {
      Ordinal const j = col[k];
      for (std::int64_t c = 0; c < width; ++c) z(k, c) = static_cast<Z>(a(i, c)) + static_cast<Z>(b(j, c));
    }
  }
};

/// The same, a number a thread.
template <class A, class B, class Z>
struct EdgeSumByThread {
  Ordinal const *row, *col;
  Strided<A> a;
  Strided<B> b;
  Strided<Z> z;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k, std::int64_t c) const {
    z(k, c) = static_cast<Z>(a(row[k], c)) + static_cast<Z>(b(col[k], c));
  }
};

/// Everything in one work item, row after row: a_bar(row(k), :) += z_bar(k, :), b_bar(col(k), :) += z_bar(k, :).
template <class Z, class ABar, class BBar>
struct SerialEdgeSumAdjoint {
  Offset const* row_ptr;
  Ordinal const* col;
  Strided<Z> z_bar;
  Strided<ABar> a_bar;  // null: not wanted
  Strided<BBar> b_bar;
  Ordinal num_rows;
  std::int64_t width;
  void operator()(int) const {
    for (Ordinal i = 0; i < num_rows; ++i)
      for (auto k = static_cast<std::int64_t>(row_ptr[i]); k < static_cast<std::int64_t>(row_ptr[i + 1]);
           ++k) {
        // one after the other: a and b, and so their cotangents, may be the same
        if (a_bar.data != nullptr)
          for (std::int64_t c = 0; c < width; ++c) a_bar(i, c) += static_cast<ABar>(z_bar(k, c));
        if (b_bar.data != nullptr)
          for (std::int64_t c = 0; c < width; ++c) b_bar(col[k], c) += static_cast<BBar>(z_bar(k, c));
      }
  }
};

}  // namespace detail

/// z(k, :) = a(row(k), :) + b(col(k), :) for every entry k: `a_bar(i, :) += sum of z_bar(k, :) over the entries
/// of row i`, `b_bar(j, :) += sum of z_bar(k, :) over those of column j`, in the order of k.
///
/// a [n, d], b [m, d] -> [nnz, d]
template <class Device = DefaultDevice>
struct EdgeSumOp {
  static constexpr char const* name = "nacre::edge_sum";
  static constexpr Form form = Form::linear;
  CsrPattern<Device> pattern;  ///< n-by-m

  template <class A, class B>
  std::array<std::size_t, 2> output_extents(A const& a, B const&) const {
    return {{pattern.num_entries(), a.extent(1)}};
  }
  template <class Exec, class Z, class A, class B>
  void forward(Exec const& exec, Z const& z, A const& a, B const& b) const {
    using TA = typename A::value_type;
    using TB = typename B::value_type;
    using TZ = typename Z::value_type;
    auto const n = static_cast<std::size_t>(pattern.num_rows());
    check_extent("edge_sum", a, 0, n, "the pattern's number of rows");
    check_extent("edge_sum", b, 0, static_cast<std::size_t>(pattern.num_cols()),
                 "the pattern's number of columns");
    check_extent("edge_sum", b, 1, a.extent(1), "the number of columns of a");
    check_extent("edge_sum", z, 0, pattern.num_entries(), "the pattern's number of entries");
    check_extent("edge_sum", z, 1, a.extent(1), "the number of columns of a");
    auto const as = detail::strided(a);
    auto const bs = detail::strided(b);
    auto const zs = detail::strided(z);
    auto const col = pattern.col().data();
    if constexpr (kOnHost<Device>)
      Kokkos::parallel_for(name, range(exec, n),
                           detail::EdgeSumOfRow<TA, TB, TZ>{pattern.row_ptr().data(), col, as, bs, zs,
                                                            static_cast<std::int64_t>(a.extent(1))});
    else
      detail::for_each_matrix_entry(
          exec, name, z.extent(0), z.extent(1),
          detail::EdgeSumByThread<TA, TB, TZ>{row_of_entry(pattern).data(), col, as, bs, zs});
  }
  template <class Exec, class Z, class ZBar, class A, class B, class ABar, class BBar>
  void adjoint(Exec const& exec, Z const&, ZBar const& z_bar, A const&, B const&, ABar const& a_bar,
               BBar const& b_bar) const {
    if constexpr (kSerial<typename Exec::device_type>) {
      if (!is_given(a_bar) && !is_given(b_bar)) return;
      Kokkos::parallel_for(
          "nacre::edge_sum_adjoint", Kokkos::RangePolicy<Exec, Kokkos::IndexType<int>>(exec, 0, 1),
          detail::SerialEdgeSumAdjoint<typename ZBar::value_type, typename ABar::value_type,
                                       typename BBar::value_type>{
              pattern.row_ptr().data(), pattern.col().data(), detail::strided(z_bar), detail::strided(a_bar),
              detail::strided(b_bar), pattern.num_rows(), static_cast<std::int64_t>(z_bar.extent(1))});
    } else {
      if (is_given(a_bar)) sum(exec, "nacre::edge_sum_adjoint::a", pattern, nullptr, z_bar, a_bar);
      if (!is_given(b_bar)) return;
      auto const& t = transposed(pattern);
      sum(exec, "nacre::edge_sum_adjoint::b", t.pattern, t.entry.data(), z_bar, b_bar);
    }
  }

 private:
  template <class Exec, class ZBar, class Bar>
  static void sum(Exec const& exec, char const* label, CsrPattern<Device> const& rows, Offset const* position,
                  ZBar const& z_bar, Bar const& bar) {
    Kokkos::parallel_for(label, range_of_entries(exec, kOnHost<Device> ? bar.extent(0) : bar.size()),
                         detail::SumRows<Exec, true, typename ZBar::value_type, typename Bar::value_type>{
                             rows.row_ptr().data(), position, detail::strided(z_bar), detail::strided(bar),
                             static_cast<std::int64_t>(z_bar.extent(1))});
  }
};

}  // namespace nacre
