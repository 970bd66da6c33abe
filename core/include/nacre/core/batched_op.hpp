#pragma once

#include <tuple>
#include <utility>

#include <nacre/core/entries.hpp>

/// \file
/// Any operation on every slice of a batch.

namespace nacre {

/// Whether an input of a batched operation has a leading batch dimension or is the same for all slices.
enum class InBatch : bool { shared, sliced };

namespace detail {

/// One dimension fewer than `View`: what a slice of it is to the operation.
template <class View>
using SliceOf = OpView<typename View::value_type, compat::kRank<View> - 1, Kokkos::LayoutRight,
                       typename View::device_type>;

/// Slice `b` of a contiguous [batch, ...], null if `v` is.
template <InBatch kIs, class View>
auto slice(View const& v, std::size_t b) {
  if constexpr (kIs == InBatch::shared) {
    return v;
  } else {
    static_assert(compat::kRank<View> >= 2, "batched: a sliced input has a leading batch dimension");
    static_assert(std::is_same_v<typename View::array_layout, Kokkos::LayoutRight>,
                  "batched: slices lie one after the other (LayoutRight)");
    std::array<std::size_t, compat::kRank<View> - 1> extents{};
    std::size_t size = 1;
    for (std::size_t d = 0; d < extents.size(); ++d) size *= extents[d] = v.extent(d + 1);
    auto* const data = v.data() == nullptr ? nullptr : v.data() + b * size;
    return make_op_view<SliceOf<View>>(const_cast<typename View::non_const_value_type*>(data), extents);
  }
}

/// The types of arguments that come in groups of one for each input.
template <InBatch... kMask>
struct Slicer {
  static constexpr std::size_t kInputs = sizeof...(kMask);
  static constexpr InBatch kOf[] = {kMask...};

  /// The slices of one or several groups of arguments.
  template <std::size_t... I, class Tuple>
  static auto slices(Tuple const& all, std::size_t b, std::index_sequence<I...>) {
    return std::make_tuple(slice<kOf[I % kInputs]>(std::get<I>(all), b)...);
  }
  template <class Tuple>
  static auto slices(Tuple const& all, std::size_t b) {
    return slices(all, b, std::make_index_sequence<std::tuple_size_v<Tuple>>());
  }

  /// The extent of the batch: the leading one of the first sliced input.
  template <class... In>
  static std::size_t batch(In const&... in) {
    std::size_t extent = 0, i = 0;
    bool found = false;
    auto const look = [&](auto const& x) {
      if (kOf[i++] == InBatch::sliced && !found) {
        extent = x.extent(0);
        found = true;
      }
    };
    (look(in), ...);
    return extent;
  }
};

}  // namespace detail

/// y(b, ...) = op(x_1(b, ...), x_2, ...) for every slice b of a batch.
///
/// Inputs marked `sliced` have a leading batch dimension and lie slice after slice (LayoutRight); those marked
/// `shared` are the same for all slices, and their cotangents are summed over the slices in ascending order. So
/// `BatchedOp<SpmvOp<>, InBatch::sliced, InBatch::sliced>` multiplies matrices `[batch, nnz]` on one pattern
/// with vectors `[batch, m]`, and with `shared` first, one matrix with many vectors.
///
/// The op must not have more than three dimensions in any argument. The form, and whether ranks communicate,
/// are the op's.
template <class Op, InBatch... kMask>
struct BatchedOp {
  static_assert(((kMask == InBatch::sliced) || ...), "batched: at least one input must be sliced");
  using Slicer = detail::Slicer<kMask...>;
  static constexpr char const* name = Op::name;
  static constexpr Form form = kForm<Op>;
  static constexpr bool collective = kIsCollective<Op>;
  Op op;

  template <class... In>
  auto output_extents(In const&... in) const {
    auto const one = std::apply([&](auto const&... x) { return op.output_extents(x...); },
                                Slicer::slices(std::tie(in...), 0));
    std::array<std::size_t, std::tuple_size_v<std::decay_t<decltype(one)>> + 1> extents{};
    extents[0] = Slicer::batch(in...);
    for (std::size_t d = 0; d < one.size(); ++d) extents[d + 1] = one[d];
    return extents;
  }

  template <class Exec, class Y, class... In>
  void forward(Exec const& exec, Y const& y, In const&... in) const {
    static_assert(sizeof...(In) == sizeof...(kMask), "batched: one mark for each input");
    std::size_t const batch = Slicer::batch(in...);
    std::size_t i = 0;
    auto const check = [&](auto const& x) {
      if (Slicer::kOf[i++] == InBatch::sliced)
        check_extent("batched", x, 0, batch, "the number of slices of the first sliced input");
    };
    (check(in), ...);
    check_extent("batched", y, 0, batch, "the number of slices");
    for (std::size_t b = 0; b < batch; ++b)
      std::apply([&](auto const&... x) { op.forward(exec, detail::slice<InBatch::sliced>(y, b), x...); },
                 Slicer::slices(std::tie(in...), b));
  }

  template <class Exec, class Y, class YBar, class... InAndBars>
  void adjoint(Exec const& exec, Y const& y, YBar const& y_bar, InAndBars const&... in_and_bars) const {
    for (std::size_t b = 0; b < y.extent(0); ++b)
      std::apply(
          [&](auto const&... v) {
            op.adjoint(exec, detail::slice<InBatch::sliced>(y, b), detail::slice<InBatch::sliced>(y_bar, b),
                       v...);
          },
          Slicer::slices(std::tie(in_and_bars...), b));
  }

  template <class Exec, class Y, class YDot, class... InAndDots>
  void tangent(Exec const& exec, Y const& y, YDot const& y_dot, InAndDots const&... in_and_dots) const {
    for (std::size_t b = 0; b < y.extent(0); ++b)
      std::apply(
          [&](auto const&... v) {
            op.tangent(exec, detail::slice<InBatch::sliced>(y, b), detail::slice<InBatch::sliced>(y_dot, b),
                       v...);
          },
          Slicer::slices(std::tie(in_and_dots...), b));
  }

  template <class Exec, class Y, class YDot, class YBar, class YBarDot, class... Args>
  void adjoint_tangent(Exec const& exec, Y const& y, YDot const& y_dot, YBar const& y_bar,
                       YBarDot const& y_bar_dot, Args const&... args) const {
    for (std::size_t b = 0; b < y.extent(0); ++b)
      std::apply(
          [&](auto const&... v) {
            op.adjoint_tangent(
                exec, detail::slice<InBatch::sliced>(y, b), detail::slice<InBatch::sliced>(y_dot, b),
                detail::slice<InBatch::sliced>(y_bar, b), detail::slice<InBatch::sliced>(y_bar_dot, b), v...);
          },
          Slicer::slices(std::tie(args...), b));
  }
};

/// The operation on slices: `batched<InBatch::sliced, InBatch::shared>(op)`.
template <InBatch... kMask, class Op>
BatchedOp<Op, kMask...> batched(Op const& op) {
  return {op};
}

}  // namespace nacre
