#pragma once

#include <nacre/core/operation.hpp>
#include <nacre/core/transpose.hpp>
#include <nacre/core/vector_ops.hpp>

/// \file
/// Transposition as a differentiable operation of a matrix' values.

namespace nacre {

namespace detail {

/// values_bar(entry(k)) += values_t_bar(k): each entry is met once, so nothing collides.
template <class T>
struct AddTransposedValues {
  Offset const* entry;
  T const* values_t_bar;
  T* values_bar;
  KOKKOS_INLINE_FUNCTION void operator()(int, std::int64_t begin, std::int64_t end) const {
    for (std::int64_t k = begin; k < end; ++k) values_bar[entry[k]] += values_t_bar[k];
  }
};

}  // namespace detail

/// The values of A^T on `transposed(pattern).pattern` as an operation of the values of A, and back:
/// `values_bar(entry(k)) += values_t_bar(k)`.
template <class Device = DefaultDevice>
struct TransposeOp {
  static constexpr char const* name = "nacre::transpose";
  static constexpr Form form = Form::linear;
  CsrPattern<Device> pattern;  ///< of A

  template <class Values>
  std::array<std::size_t, 1> output_extents(Values const&) const {
    return {{pattern.num_entries()}};
  }
  template <class Exec, class ValuesT, class Values>
  void forward(Exec const& exec, ValuesT const& values_t, Values const& values) const {
    transpose_values(exec, pattern, values, values_t);
  }
  template <class Exec, class ValuesT, class ValuesTBar, class Values, class ValuesBar>
  void adjoint(Exec const& exec, ValuesT const&, ValuesTBar const& values_t_bar, Values const&,
               ValuesBar const& values_bar) const {
    if (!is_given(values_bar)) return;
    using T = typename ValuesBar::non_const_value_type;
    detail::launch(exec, "nacre::transpose_adjoint", values_bar.extent(0), 1,
                   detail::AddTransposedValues<T>{transposed(pattern).entry.data(), values_t_bar.data(),
                                                  values_bar.data()});
  }
};

}  // namespace nacre
