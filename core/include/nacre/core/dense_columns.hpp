#pragma once

#include <tuple>
#include <utility>

#include <nacre/core/entries.hpp>

/// \file
/// Differentiable concatenation and selection of columns of dense matrices, and their transposes.

namespace nacre {

namespace detail {

/// out(i, to + j) = (or +=) in(i, from + j), or with rows and columns of `in` exchanged
template <bool kAdd, bool kTranspose, class In, class Out>
struct MoveColumnsBody {
  Strided<In> in;
  Strided<Out> out;
  std::int64_t from, to;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t j) const {
    Out const value = static_cast<Out>(kTranspose ? in(from + j, i) : in(i, from + j));
    if constexpr (kAdd)
      out(i, to + j) += value;
    else
      out(i, to + j) = value;
  }
};

/// Moves `count` columns, from the one numbered `from` to the one numbered `to`.
template <bool kAdd, bool kTranspose = false, class Exec, class In, class Out>
void move_columns(Exec const& exec, char const* label, std::size_t count, In const& in, std::size_t from,
                  Out const& out, std::size_t to) {
  for_each_matrix_entry(
      exec, label, out.extent(0), count,
      MoveColumnsBody<kAdd, kTranspose, typename In::value_type, typename Out::value_type>{
          strided(in), strided(out), static_cast<std::int64_t>(from), static_cast<std::int64_t>(to)});
}

}  // namespace detail

/// y = [x_1 x_2 ...]: matrices side by side; each gets the cotangents of its columns.
///
/// [n, k_1], [n, k_2], ... -> [n, k_1 + k_2 + ...]
struct ConcatenateColumnsOp {
  static constexpr char const* name = "nacre::concatenate_columns";
  static constexpr Form form = Form::linear;

  template <class X, class... More>
  std::array<std::size_t, 2> output_extents(X const& x, More const&... more) const {
    return {{x.extent(0), (x.extent(1) + ... + more.extent(1))}};
  }
  template <class Exec, class Y, class... X>
  void forward(Exec const& exec, Y const& y, X const&... x) const {
    (check_extent("concatenate_columns", x, 0, y.extent(0), "the number of rows of the first matrix"), ...);
    std::size_t to = 0;
    ((detail::move_columns<false>(exec, name, x.extent(1), x, 0, y, to), to += x.extent(1)), ...);
  }
  template <class Exec, class Y, class YBar, class... InAndBars>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, InAndBars const&... in_and_bars) const {
    constexpr std::size_t half = sizeof...(InAndBars) / 2;
    add_all<half>(exec, y_bar, std::tie(in_and_bars...), std::make_index_sequence<half>());
  }

 private:
  template <std::size_t kHalf, class Exec, class YBar, class Tuple, std::size_t... I>
  static void add_all(Exec const& exec, YBar const& y_bar, Tuple const& in_and_bars,
                      std::index_sequence<I...>) {
    std::size_t from = 0;
    ((add(exec, y_bar, from, std::get<kHalf + I>(in_and_bars)), from += std::get<I>(in_and_bars).extent(1)),
     ...);
  }
  template <class Exec, class YBar, class XBar>
  static void add(Exec const& exec, YBar const& y_bar, std::size_t from, XBar const& x_bar) {
    if (is_given(x_bar))
      detail::move_columns<true>(exec, "nacre::concatenate_columns_adjoint", x_bar.extent(1), y_bar, from,
                                 x_bar, 0);
  }
};

/// y(i, j) = x(i, first + j), j < count; `x_bar(i, first + j) += y_bar(i, j)`.
///
/// [n, k] -> [n, count]
struct SliceColumnsOp {
  static constexpr char const* name = "nacre::slice_columns";
  static constexpr Form form = Form::linear;
  std::size_t first = 0, count = 0;

  template <class X>
  std::array<std::size_t, 2> output_extents(X const& x) const {
    return {{x.extent(0), count}};
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    if (first + count > x.extent(1))
      fail(cat("slice_columns: columns ", first, " up to ", first + count, " of view '", x.label(),
               "', which has ", x.extent(1)));
    detail::move_columns<false>(exec, name, count, x, first, y, 0);
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const&, XBar const& x_bar) const {
    if (is_given(x_bar))
      detail::move_columns<true>(exec, "nacre::slice_columns_adjoint", count, y_bar, 0, x_bar, first);
  }
};

/// y(i, j) = x(j, i), x dense; `x_bar(j, i) += y_bar(i, j)`.
///
/// [n, k] -> [k, n] in the same layout
struct DenseTransposeOp {
  static constexpr char const* name = "nacre::dense_transpose";
  static constexpr Form form = Form::linear;

  template <class X>
  std::array<std::size_t, 2> output_extents(X const& x) const {
    return {{x.extent(1), x.extent(0)}};
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    check_extent("dense_transpose", y, 0, x.extent(1), "the number of columns of x");
    check_extent("dense_transpose", y, 1, x.extent(0), "the number of rows of x");
    detail::move_columns<false, true>(exec, name, y.extent(1), x, 0, y, 0);
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const&, XBar const& x_bar) const {
    if (is_given(x_bar))
      detail::move_columns<true, true>(exec, "nacre::dense_transpose_adjoint", x_bar.extent(1), y_bar, 0,
                                       x_bar, 0);
  }
};

}  // namespace nacre
