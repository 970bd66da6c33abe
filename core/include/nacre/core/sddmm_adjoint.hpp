#pragma once

#include <nacre/core/sddmm.hpp>
#include <nacre/core/spmm_adjoint.hpp>

/// \file
/// Sampled products of dense matrices as differentiable operations.

namespace nacre {

namespace detail {

/// alpha s(k) out_bar(k), with s the values that scale the samples, or ones.
template <class T>
struct SampleWeight {
  T const* out_bar;
  T const* scale;  // null: ones
  T alpha;
  KOKKOS_FORCEINLINE_FUNCTION T operator()(Offset k) const {
    return scale == nullptr ? alpha * out_bar[k] : alpha * scale[k] * out_bar[k];
  }
};

/// own_bar(i, :) += sum over the entries k of row i of weight(k) other(col(k), :), a number a thread. With
/// `entry`, of the transposed pattern, whose entry k is entry(k) of the pattern.
template <class T, class Other, class OwnBar>
struct AddWeightedRows {
  Offset const *row_ptr, *entry;
  Ordinal const* col;
  SampleWeight<T> weight;
  Other other;
  OwnBar own_bar;
  std::int64_t num_columns;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at) const {
    auto const i = at / num_columns, c = at % num_columns;
    T sum = 0;
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k)
      sum += weight(entry == nullptr ? k : entry[k]) * static_cast<T>(other(col[k], c));
    own_bar(i, c) += sum;
  }
};

/// scale_bar(k) += alpha out_bar(k) x(row(k), :) . y(col(k), :), an entry a thread.
template <class T, class X, class Y>
struct AddSamples {
  Ordinal const *row, *col;
  T const* out_bar;
  X x;
  Y y;
  T* scale_bar;
  T alpha;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k) const {
    T sum = 0;
    for (std::size_t c = 0; c < x.extent(1); ++c)
      sum += static_cast<T>(x(row[k], c)) * static_cast<T>(y(col[k], c));
    scale_bar[k] += alpha * out_bar[k] * sum;
  }
};

/// Everything in one work item, row after row: x_bar gathers, y_bar is scattered to.
template <class T, class X, class Y, class XBar, class YBar>
struct SerialSddmmAdjoint {
  Offset const* row_ptr;
  Ordinal const* col;
  SampleWeight<T> weight;
  X x;
  Y y;
  T* scale_bar;
  XBar x_bar;
  YBar y_bar;
  Ordinal num_rows;
  void operator()(int) const {
    std::size_t const length = x.extent(1);
    for (Ordinal i = 0; i < num_rows; ++i)
      for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) {
        Ordinal const j = col[k];
        T const w = weight(k);
        if (scale_bar != nullptr) {
          T sum = 0;
          for (std::size_t c = 0; c < length; ++c) sum += static_cast<T>(x(i, c)) * static_cast<T>(y(j, c));
          scale_bar[k] += weight.alpha * weight.out_bar[k] * sum;
        }
        if (x_bar.data() != nullptr)
          for (std::size_t c = 0; c < length; ++c) x_bar(i, c) += w * static_cast<T>(y(j, c));
        if (y_bar.data() != nullptr)
          for (std::size_t c = 0; c < length; ++c) y_bar(j, c) += w * static_cast<T>(x(i, c));
      }
  }
};

/// \param scale, scale_bar the values of the entries and their cotangent, or null
template <class Exec, class Device, class OutBar, class X, class Y, class XBar, class YBar, class T>
void sddmm_adjoint(Exec const& exec, CsrPattern<Device> const& pattern, double alpha, OutBar const& out_bar,
                   T const* scale, X const& x, Y const& y, T* scale_bar, XBar const& x_bar,
                   YBar const& y_bar) {
  SampleWeight<T> const weight{out_bar.data(), scale, static_cast<T>(alpha)};
  if constexpr (kSerial<typename Exec::device_type>) {
    Kokkos::parallel_for(
        "nacre::sddmm_adjoint", Kokkos::RangePolicy<Exec, Kokkos::IndexType<int>>(exec, 0, 1),
        SerialSddmmAdjoint<T, X, Y, XBar, YBar>{pattern.row_ptr().data(), pattern.col().data(), weight, x, y,
                                                scale_bar, x_bar, y_bar, pattern.num_rows()});
  } else {
    if (scale_bar != nullptr)
      Kokkos::parallel_for("nacre::sddmm_adjoint::values", range_of_entries(exec, pattern.num_entries()),
                           AddSamples<T, X, Y>{row_of_entry(pattern).data(), pattern.col().data(),
                                               out_bar.data(), x, y, scale_bar, static_cast<T>(alpha)});
    auto const d = static_cast<std::int64_t>(x.extent(1));
    if (x_bar.data() != nullptr)
      Kokkos::parallel_for("nacre::sddmm_adjoint::x", range_of_entries(exec, x.size()),
                           AddWeightedRows<T, Y, XBar>{pattern.row_ptr().data(), nullptr,
                                                       pattern.col().data(), weight, y, x_bar, d});
    if (y_bar.data() != nullptr) {
      auto const& t = transposed(pattern);
      Kokkos::parallel_for("nacre::sddmm_adjoint::y", range_of_entries(exec, y.size()),
                           AddWeightedRows<T, X, YBar>{t.pattern.row_ptr().data(), t.entry.data(),
                                                       t.pattern.col().data(), weight, x, y_bar, d});
    }
  }
}

template <class T>
struct ScaleSamples {
  T const* values;
  T* out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k) const { out[k] *= values[k]; }
};

}  // namespace detail

/// out(k) = alpha X(row(k), :) . Y(col(k), :) as an operation of (X, Y): X is [n, d], Y [m, d], rows or
/// columns contiguous in both, out [nnz].
///
/// Adjoint, with G the matrix of the values alpha out_bar: `X_bar += G Y`, `Y_bar += G^T X`.
template <class Device = DefaultDevice>
struct SddmmOp {
  static constexpr char const* name = "nacre::sddmm";
  static constexpr Form form = Form::multilinear;
  CsrPattern<Device> pattern;  ///< n-by-m
  double alpha = 1;

  template <class X, class Y>
  std::array<std::size_t, 1> output_extents(X const&, Y const&) const {
    return {{pattern.num_entries()}};
  }
  template <class Exec, class Out, class X, class Y>
  void forward(Exec const& exec, Out const& out, X const& x, Y const& y) const {
    sddmm(exec, pattern, x, y, out, alpha);
  }
  template <class Exec, class Out, class OutBar, class X, class Y, class XBar, class YBar>
  void adjoint(Exec const& exec, Out const&, OutBar const& out_bar, X const& x, Y const& y, XBar const& x_bar,
               YBar const& y_bar) const {
    using T = typename OutBar::non_const_value_type;
    detail::sddmm_adjoint(exec, pattern, alpha, out_bar, static_cast<T const*>(nullptr), x, y,
                          static_cast<T*>(nullptr), x_bar, y_bar);
  }
};

/// out(k) = alpha values(k) X(row(k), :) . Y(col(k), :) as an operation of (values, X, Y): A o (X Y^T), the
/// matrices as for SddmmOp.
///
/// Adjoint: as that of SddmmOp with G = alpha A o out_bar, and
/// `values_bar(k) += alpha out_bar(k) X(row(k), :) . Y(col(k), :)`.
template <class Device = DefaultDevice>
struct ScaledSddmmOp {
  static constexpr char const* name = "nacre::scaled_sddmm";
  static constexpr Form form = Form::multilinear;
  CsrPattern<Device> pattern;  ///< n-by-m
  double alpha = 1;

  template <class Values, class X, class Y>
  std::array<std::size_t, 1> output_extents(Values const&, X const&, Y const&) const {
    return {{pattern.num_entries()}};
  }
  template <class Exec, class Out, class Values, class X, class Y>
  void forward(Exec const& exec, Out const& out, Values const& values, X const& x, Y const& y) const {
    using T = typename Out::non_const_value_type;
    check_extent("scaled_sddmm", values, 0, pattern.num_entries(), "the pattern's number of entries");
    sddmm(exec, pattern, x, y, out, alpha);
    Kokkos::parallel_for("nacre::scaled_sddmm", range_of_entries(exec, out.extent(0)),
                         detail::ScaleSamples<T>{values.data(), out.data()});
  }
  template <class Exec, class Out, class OutBar, class Values, class X, class Y, class ValuesBar, class XBar,
            class YBar>
  void adjoint(Exec const& exec, Out const&, OutBar const& out_bar, Values const& values, X const& x,
               Y const& y, ValuesBar const& values_bar, XBar const& x_bar, YBar const& y_bar) const {
    detail::sddmm_adjoint(exec, pattern, alpha, out_bar, values.data(), x, y, values_bar.data(), x_bar,
                          y_bar);
  }
};

}  // namespace nacre
