#pragma once

#include <memory>

#include <nacre/core/spgemm.hpp>
#include <nacre/core/spmv_adjoint.hpp>

/// \file
/// Products of sparse matrices as differentiable operations of both.

namespace nacre {

namespace detail {

/// The patterns of C = A B as kernels see them; C may have fewer entries than the product.
struct ProductPatterns {
  Offset const *a_ptr, *b_ptr, *c_ptr;
  Ordinal const *a_col, *b_col, *c_col;
  Ordinal num_rows, num_cols;

  /// The entry of row i of C in column j, at `from` or later; `end` if there is none.
  KOKKOS_FORCEINLINE_FUNCTION Offset find(Offset from, Offset end, Ordinal j) const {
    Offset low = from, high = end;
    while (low < high) {
      Offset const middle = low + (high - low) / 2;
      if (c_col[middle] < j)
        low = middle + 1;
      else
        high = middle;
    }
    return low < end && c_col[low] == j ? low : end;
  }
};

template <class Device>
ProductPatterns product_patterns(CsrPattern<Device> const& A, CsrPattern<Device> const& B,
                                 CsrPattern<Device> const& C) {
  return {A.row_ptr().data(), B.row_ptr().data(), C.row_ptr().data(), A.col().data(),
          B.col().data(),     C.col().data(),     C.num_rows(),       C.num_cols()};
}

/// Both cotangents row after row, in one work item. A row of C_bar lies open in a dense row, which is zero
/// elsewhere and between rows, so that products outside of C's pattern add nothing.
template <class Want, class TA, class TB, class TC>
struct SerialSpgemmAdjoint {
  ProductPatterns p;
  TA const* a;
  TB const* b;
  TC const* c_bar;
  TA* a_bar;
  TB* b_bar;
  TC* row;  // [num_cols]

  void operator()(int) const {
    for (Ordinal i = 0; i < p.num_rows; ++i) {
      Offset const c_begin = p.c_ptr[i], c_end = p.c_ptr[i + 1];
      for (Offset k = c_begin; k < c_end; ++k) row[p.c_col[k]] = c_bar[k];
      for (Offset k = p.a_ptr[i]; k < p.a_ptr[i + 1]; ++k) {
        TC const factor = static_cast<TC>(a[k]);
        Ordinal const j = p.a_col[k];
        TC sum = 0;
        for (Offset l = p.b_ptr[j]; l < p.b_ptr[j + 1]; ++l) {
          TC const g = row[p.b_col[l]];
          if constexpr (Want::first) sum += g * static_cast<TC>(b[l]);
          if constexpr (Want::second) b_bar[l] += static_cast<TB>(factor * g);
        }
        if constexpr (Want::first) a_bar[k] += static_cast<TA>(sum);
      }
      for (Offset k = c_begin; k < c_end; ++k) row[p.c_col[k]] = 0;
    }
  }
};

/// A_bar += C_bar B^T on the pattern of A, a row a thread; entries of C are searched.
template <class TA, class TB, class TC>
struct AddLeftCotangent {
  ProductPatterns p;
  TB const* b;
  TC const* c_bar;
  TA* a_bar;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    Offset const end = p.c_ptr[i + 1];
    for (Offset k = p.a_ptr[i]; k < p.a_ptr[i + 1]; ++k) {
      Ordinal const j = p.a_col[k];
      TC sum = 0;
      for (Offset l = p.b_ptr[j]; l < p.b_ptr[j + 1]; ++l) {
        Offset const at = p.find(p.c_ptr[i], end, p.b_col[l]);
        if (at != end) sum += c_bar[at] * static_cast<TC>(b[l]);
      }
      a_bar[k] += static_cast<TA>(sum);
    }
  }
};

/// B_bar += A^T C_bar on the pattern of B, a row j of B a thread: gathered through the column j of A.
template <class TA, class TB, class TC>
struct AddRightCotangent {
  ProductPatterns p;
  Offset const *at_ptr, *at_entry;  // of the transpose of A
  Ordinal const* at_row;
  TA const* a;
  TC const* c_bar;
  TB* b_bar;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal j) const {
    for (Offset l = p.b_ptr[j]; l < p.b_ptr[j + 1]; ++l) {
      TC sum = 0;
      for (Offset k = at_ptr[j]; k < at_ptr[j + 1]; ++k) {
        Ordinal const i = at_row[k];
        Offset const at = p.find(p.c_ptr[i], p.c_ptr[i + 1], p.b_col[l]);
        if (at != p.c_ptr[i + 1]) sum += static_cast<TC>(a[at_entry[k]]) * c_bar[at];
      }
      b_bar[l] += static_cast<TB>(sum);
    }
  }
};

/// \param scratch [num_cols] zeros, and left so; used on the serial back end only
template <class Exec, class Device, class CBar, class A, class B, class ABar, class BBar>
void spgemm_adjoint(Exec const& exec, CsrPattern<Device> const& A_pattern,
                    CsrPattern<Device> const& B_pattern, CsrPattern<Device> const& C_pattern,
                    CBar const& c_bar, A const& a, B const& b, ABar const& a_bar, BBar const& b_bar,
                    [[maybe_unused]] double* scratch) {
  using TA = typename ABar::non_const_value_type;
  using TB = typename BBar::non_const_value_type;
  using TC = typename CBar::non_const_value_type;
  auto const patterns = product_patterns(A_pattern, B_pattern, C_pattern);
  if constexpr (kSerial<typename Exec::device_type>) {
    auto* const row = reinterpret_cast<TC*>(scratch);
    launch_wanted(a_bar, b_bar, [&](auto want) {
      Kokkos::parallel_for("nacre::spgemm_adjoint",
                           Kokkos::RangePolicy<Exec, Kokkos::IndexType<int>>(exec, 0, 1),
                           SerialSpgemmAdjoint<decltype(want), TA, TB, TC>{
                               patterns, a.data(), b.data(), c_bar.data(), a_bar.data(), b_bar.data(), row});
    });
  } else {
    if (a_bar.data() != nullptr)
      Kokkos::parallel_for("nacre::spgemm_adjoint::a",
                           range(exec, static_cast<std::size_t>(A_pattern.num_rows())),
                           AddLeftCotangent<TA, TB, TC>{patterns, b.data(), c_bar.data(), a_bar.data()});
    if (b_bar.data() != nullptr) {
      auto const& t = transposed(A_pattern);
      Kokkos::parallel_for(
          "nacre::spgemm_adjoint::b", range(exec, static_cast<std::size_t>(B_pattern.num_rows())),
          AddRightCotangent<TA, TB, TC>{patterns, t.pattern.row_ptr().data(), t.entry.data(),
                                        t.pattern.col().data(), a.data(), c_bar.data(), b_bar.data()});
    }
  }
}

}  // namespace detail

/// C = A B as an operation of (a, b), the values of A and B; c are the values on `plan->pattern()`.
///
/// Adjoint: `A_bar += C_bar B^T` and `B_bar += A^T C_bar`, each on the pattern it belongs to and computed
/// nowhere else; Giles (2008), Collected matrix derivative results, section 2.2.2. One pass over the products
/// on the serial back end. Uses scratch of the plan: one call at a time.
template <class Device = DefaultDevice>
struct SpgemmOp {
  static constexpr char const* name = "nacre::spgemm";
  static constexpr Form form = Form::multilinear;
  std::shared_ptr<SpgemmPlan<Device> const> plan;

  template <class A, class B>
  std::array<std::size_t, 1> output_extents(A const&, B const&) const {
    return {{plan->pattern().num_entries()}};
  }
  template <class Exec, class C, class A, class B>
  void forward(Exec const& exec, C const& c, A const& a, B const& b) const {
    plan->numeric(exec, a, b, c);
  }
  template <class Exec, class C, class CBar, class A, class B, class ABar, class BBar>
  void adjoint(Exec const& exec, C const&, CBar const& c_bar, A const& a, B const& b, ABar const& a_bar,
               BBar const& b_bar) const {
    detail::spgemm_adjoint(exec, plan->a_pattern(), plan->b_pattern(), plan->pattern(), c_bar, a, b, a_bar,
                           b_bar, plan->scratch());
  }
};

}  // namespace nacre
