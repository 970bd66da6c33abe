#pragma once

#include <nacre/core/entries.hpp>
#include <nacre/core/index_map.hpp>

/// \file
/// Differentiable gathers of numbers or rows by an index, and sums of those that belong together.

namespace nacre {

namespace detail {

/// out(k, j) = (or +=) in(source(k), j), zero where there is no source
template <bool kAdd, class In, class Out>
struct GatherRowsBody {
  Offset const* source;
  Strided<In> in;
  Strided<Out> out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k, std::int64_t j) const {
    Offset const s = source[k];
    Out const value = s == kNoEntry ? Out(0) : static_cast<Out>(in(static_cast<std::int64_t>(s), j));
    if constexpr (kAdd)
      out(k, j) += value;
    else
      out(k, j) = value;
  }
};

/// out(source(k), j) += in(k, j), no source twice
template <class In, class Out>
struct ScatterRowsBody {
  Offset const* source;
  Strided<In> in;
  Strided<Out> out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k, std::int64_t j) const {
    if (source[k] != kNoEntry) out(static_cast<std::int64_t>(source[k]), j) += static_cast<Out>(in(k, j));
  }
};

/// out(s, j) = (or +=) sum over the positions k of s of in(k, j), in ascending order
template <class Exec, bool kAdd, class In, class Out>
struct SumRows {
  Offset const *ptr, *position;  // position null: those of s are ptr(s) up to ptr(s + 1)
  Strided<In> in;
  Strided<Out> out;
  std::int64_t width;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at) const {
    if constexpr (kOnHost<typename Exec::device_type>) {
      if constexpr (!kAdd)
        for (std::int64_t j = 0; j < width; ++j) out(at, j) = 0;
      for (Offset t = ptr[at]; t < ptr[at + 1]; ++t)
        for (std::int64_t j = 0; j < width; ++j) out(at, j) += static_cast<Out>(in(row(t), j));
    } else {
      std::int64_t const s = at / width, j = at % width;
      Out sum = kAdd ? out(s, j) : Out(0);
      for (Offset t = ptr[s]; t < ptr[s + 1]; ++t) sum += static_cast<Out>(in(row(t), j));
      out(s, j) = sum;
    }
  }
  KOKKOS_FORCEINLINE_FUNCTION std::int64_t row(Offset t) const {
    return static_cast<std::int64_t>(position == nullptr ? t : position[t]);
  }
};

template <bool kAdd, class Exec, class Device, class In, class Out>
void gather_rows(Exec const& exec, char const* label, IndexMap<Device> const& map, In const& in,
                 Out const& out) {
  for_each_matrix_entry(exec, label, map.size(), num_columns(in),
                        GatherRowsBody<kAdd, typename In::value_type, typename Out::value_type>{
                            map.source().data(), strided(in), strided(out)});
}

/// The transpose of gather_rows.
template <bool kAdd, class Exec, class Device, class In, class Out>
void sum_rows(Exec const& exec, char const* label, IndexMap<Device> const& map, In const& in,
              Out const& out) {
  std::size_t const width = num_columns(in);
  if (map.injective()) {
    if (!kAdd) set_all(exec, out, 0);
    for_each_matrix_entry(exec, label, map.size(), width,
                          ScatterRowsBody<typename In::value_type, typename Out::value_type>{
                              map.source().data(), strided(in), strided(out)});
    return;
  }
  std::size_t const n = map.num_sources();
  if (n * width == 0) return;
  Kokkos::parallel_for(label, range_of_entries(exec, kOnHost<Device> ? n : n * width),
                       SumRows<Exec, kAdd, typename In::value_type, typename Out::value_type>{
                           map.ptr().data(), map.position().data(), strided(in), strided(out),
                           static_cast<std::int64_t>(width)});
}

template <class View>
std::array<std::size_t, compat::kRank<View>> with_rows(View const& x, std::size_t n) {
  auto extents = extents_of(x);
  extents[0] = n;
  return extents;
}

}  // namespace detail

/// y(k) = x(source(k)), or y(k, :) = x(source(k), :) for a matrix; zero where there is no source.
/// `x_bar(s) += sum of y_bar(k) over all k with source(k) = s`, in the order of k
template <class Device = DefaultDevice>
struct GatherOp {
  static constexpr char const* name = "nacre::gather";
  static constexpr Form form = Form::linear;
  IndexMap<Device> map;
  char const* caller = "gather";  ///< in messages

  GatherOp() = default;
  explicit GatherOp(IndexMap<Device> const& which, char const* op = "gather") : map(which), caller(op) {}

  template <class X>
  std::array<std::size_t, compat::kRank<X>> output_extents(X const& x) const {
    return detail::with_rows(x, map.size());
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    check_extent(caller, x, 0, map.num_sources(), "the number of sources");
    check_extent(caller, y, 0, map.size(), "the number of positions");
    detail::gather_rows<false>(exec, "nacre::gather", map, x, y);
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const&, XBar const& x_bar) const {
    if (is_given(x_bar)) detail::sum_rows<true>(exec, "nacre::gather_adjoint", map, y_bar, x_bar);
  }
};

/// y(s) = sum of x(k) over all k with source(k) = s, in the order of k, or of rows x(k, :) of a matrix: the
/// transpose of GatherOp. `x_bar(k) += y_bar(source(k))`
template <class Device = DefaultDevice>
struct ScatterAddOp {
  static constexpr char const* name = "nacre::scatter_add";
  static constexpr Form form = Form::linear;
  IndexMap<Device> map;
  char const* caller = "scatter_add";  ///< in messages

  ScatterAddOp() = default;
  explicit ScatterAddOp(IndexMap<Device> const& which, char const* op = "scatter_add")
      : map(which), caller(op) {}

  template <class X>
  std::array<std::size_t, compat::kRank<X>> output_extents(X const& x) const {
    return detail::with_rows(x, map.num_sources());
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    check_extent(caller, x, 0, map.size(), "the number of positions");
    check_extent(caller, y, 0, map.num_sources(), "the number of sums");
    detail::sum_rows<false>(exec, "nacre::scatter_add", map, x, y);
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const&, XBar const& x_bar) const {
    if (is_given(x_bar)) detail::gather_rows<true>(exec, "nacre::scatter_add_adjoint", map, y_bar, x_bar);
  }
};

/// The map that gathers rows index(0), index(1), ... of num_rows.
/// \throws nacre::Error if one is out of range
template <class Device = DefaultDevice>
IndexMap<Device> row_index(std::size_t num_rows, std::vector<Ordinal> const& index) {
  std::vector<Offset> source(index.size());
  for (std::size_t k = 0; k < index.size(); ++k) {
    if (index[k] < 0)
      fail(cat("row_index: index(", k, ") = ", index[k], ", but there are ", num_rows, " rows"));
    source[k] = static_cast<Offset>(index[k]);
  }
  return IndexMap<Device>("row_index", num_rows, source);
}

}  // namespace nacre
