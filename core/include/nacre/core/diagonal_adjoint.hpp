#pragma once

#include <nacre/core/operation.hpp>
#include <nacre/core/transpose.hpp>

/// \file
/// The adjoint of products with diagonal matrices.

namespace nacre {

namespace detail {

/// All cotangents in one pass over the rows; that of `right` only on one thread, since rows share columns.
/// Null pointers are identities among the inputs and unwanted among the cotangents.
template <class L, class V, class R, class Y>
struct ScaleAdjointByRows {
  Offset const* row_ptr;
  Ordinal const* col;
  L const* left;
  V const* values;
  R const* right;
  Y const* y_bar;
  L* left_bar;
  V* values_bar;
  R* right_bar;

  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    Y const l = left ? static_cast<Y>(left[i]) : Y(1);
    Y sum = 0;
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) {
      Y const r = right ? static_cast<Y>(right[col[k]]) : Y(1);
      Y const product = static_cast<Y>(values[k]) * y_bar[k];
      if (values_bar) values_bar[k] += static_cast<V>(l * r * y_bar[k]);
      if (right_bar) right_bar[col[k]] += static_cast<R>(l * product);
      sum += r * product;
    }
    if (left_bar) left_bar[i] += static_cast<L>(sum);
  }
};

/// The cotangent of `right` by the columns of the matrix.
template <class L, class V, class R, class Y>
struct ScaleAdjointByColumns {
  Offset const* col_ptr;
  Ordinal const* row;
  Offset const* entry;
  L const* left;
  V const* values;
  Y const* y_bar;
  R* right_bar;

  KOKKOS_INLINE_FUNCTION void operator()(Ordinal j) const {
    Y sum = 0;
    for (Offset t = col_ptr[j]; t < col_ptr[j + 1]; ++t) {
      Y const product = static_cast<Y>(values[entry[t]]) * y_bar[entry[t]];
      sum += left ? static_cast<Y>(left[row[t]]) * product : product;
    }
    right_bar[j] += static_cast<R>(sum);
  }
};

}  // namespace detail

/// Adjoint of scale_rows_and_columns: `left_bar(i) += sum of values(k) right(j) y_bar(k)` over row i,
/// `values_bar(k) += left(i) right(j) y_bar(k)`, `right_bar(j) += sum of left(i) values(k) y_bar(k)` over
/// column j.
///
/// \param left, right null views for identities; one may be the other, and then left_bar is right_bar
/// \param y_bar       [nnz]
template <class Exec, class Device, class L, class V, class R, class YBar, class LBar, class VBar, class RBar>
void scale_rows_and_columns_adjoint(Exec const& exec, CsrPattern<Device> const& pattern, L const& left,
                                    V const& values, R const& right, YBar const& y_bar, LBar const& left_bar,
                                    VBar const& values_bar, RBar const& right_bar) {
  using TL = typename L::non_const_value_type;
  using TV = typename V::non_const_value_type;
  using TR = typename R::non_const_value_type;
  using TY = typename YBar::non_const_value_type;
  bool const scatter = kSerial<Device> && is_given(right_bar);
  if (is_given(left_bar) || is_given(values_bar) || scatter)
    Kokkos::parallel_for(
        "nacre::scale_rows_and_columns_adjoint", range(exec, static_cast<std::size_t>(pattern.num_rows())),
        detail::ScaleAdjointByRows<TL, TV, TR, TY>{
            pattern.row_ptr().data(), pattern.col().data(), left.data(), values.data(), right.data(),
            y_bar.data(), left_bar.data(), values_bar.data(), scatter ? right_bar.data() : nullptr});
  if (is_given(right_bar) && !scatter) {
    auto const& t = transposed(pattern);
    Kokkos::parallel_for(
        "nacre::scale_rows_and_columns_adjoint", range(exec, static_cast<std::size_t>(pattern.num_cols())),
        detail::ScaleAdjointByColumns<TL, TV, TR, TY>{t.pattern.row_ptr().data(), t.pattern.col().data(),
                                                      t.entry.data(), left.data(), values.data(),
                                                      y_bar.data(), right_bar.data()});
  }
}

}  // namespace nacre
