#pragma once

#include <nacre/core/operation.hpp>
#include <nacre/core/transpose.hpp>
#include <nacre/core/vector_ops.hpp>

/// \file
/// Transposition as a differentiable operation of a matrix' values.

namespace nacre {

namespace detail {

/// out(k) = in(from(k)), or added; nothing overlaps, so that it vectorises.
template <bool kAdd, class TIn, class TOut>
KOKKOS_INLINE_FUNCTION void gather_block(std::int64_t begin, std::int64_t end,
                                         Offset const* KOKKOS_RESTRICT from, TIn const* KOKKOS_RESTRICT in,
                                         TOut* KOKKOS_RESTRICT out) {
  for (std::int64_t k = begin; k < end; ++k)
    out[k] = (kAdd ? out[k] : TOut(0)) + static_cast<TOut>(in[from[k]]);
}

template <bool kAdd, class TIn, class TOut>
struct PermuteBody {
  Offset const* from;
  TIn const* in;
  TOut* out;
  KOKKOS_INLINE_FUNCTION void operator()(int, std::int64_t begin, std::int64_t end) const {
    gather_block<kAdd>(begin, end, from, in, out);
  }
};

}  // namespace detail

/// The values of A^T on `transposed(pattern).pattern` as an operation of the values of A, and back:
/// `values_bar(k) += values_t_bar(position(k))`.
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
    using T = typename ValuesT::non_const_value_type;
    check_extent("transpose", values, 0, pattern.num_entries(), "the pattern's number of entries");
    check_extent("transpose", values_t, 0, pattern.num_entries(), "the pattern's number of entries");
    detail::launch(exec, "nacre::transpose", values_t.extent(0), 1,
                   detail::PermuteBody<false, typename Values::non_const_value_type, T>{
                       transposed(pattern).entry.data(), values.data(), values_t.data()});
  }
  template <class Exec, class ValuesT, class ValuesTBar, class Values, class ValuesBar>
  void adjoint(Exec const& exec, ValuesT const&, ValuesTBar const& values_t_bar, Values const&,
               ValuesBar const& values_bar) const {
    if (!is_given(values_bar)) return;
    using T = typename ValuesBar::non_const_value_type;
    detail::launch(exec, "nacre::transpose_adjoint", values_bar.extent(0), 1,
                   detail::PermuteBody<true, typename ValuesTBar::non_const_value_type, T>{
                       position_in_transpose(pattern).data(), values_t_bar.data(), values_bar.data()});
  }
};

}  // namespace nacre
