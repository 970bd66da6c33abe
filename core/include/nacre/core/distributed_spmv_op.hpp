#pragma once

#include <algorithm>
#include <array>

#include <nacre/core/comm_ops.hpp>
#include <nacre/core/distributed_spmv.hpp>

/// \file
/// The product of a distributed matrix with distributed vectors as a differentiable operation.

namespace nacre {

namespace detail {

/// The matrix with these values, which are only read.
template <class Device, class Values>
DistributedCsr<typename Values::non_const_value_type, Device> borrow_matrix(
    DistributedPattern<Device> const& pattern, Values const& values) {
  using T = typename Values::non_const_value_type;
  return {pattern, Vector<T, Device>(const_cast<T*>(values.data()), values.extent(0))};
}

/// values_bar(e) += alpha sum over c of s(row(e), c) x(col(e), c): the outer product s x^T on the pattern.
template <class Device, class S, class X, class Ghosts, class ValuesBar>
struct AddOuterProduct {
  using T = typename ValuesBar::non_const_value_type;
  Kokkos::View<Offset const*, Device> row_ptr;
  Kokkos::View<Ordinal const*, Device> col;
  S s;
  X x;
  Ghosts ghosts;
  ValuesBar values_bar;
  T alpha;
  Ordinal owned, k;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    for (Offset e = row_ptr(i); e < row_ptr(i + 1); ++e) {
      Ordinal const j = col(e);
      T sum = 0;
      if (j < owned)
        for (Ordinal c = 0; c < k; ++c) sum += s(i, c) * x(j, c);
      else
        for (Ordinal c = 0; c < k; ++c) sum += s(i, c) * ghosts(j - owned, c);
      values_bar(e) += alpha * sum;
    }
  }
};

/// \param s      [rows, k]
/// \param x      [owned columns, k]
/// \param ghosts [ghosts, k]
template <class Exec, class Device, class S, class X, class Ghosts, class ValuesBar>
void add_outer_product(Exec const& exec, CsrPattern<Device> const& pattern, double alpha, S const& s,
                       X const& x, Ghosts const& ghosts, ValuesBar const& values_bar) {
  using T = typename ValuesBar::non_const_value_type;
  Kokkos::parallel_for("nacre::add_outer_product", range(exec, static_cast<std::size_t>(pattern.num_rows())),
                       AddOuterProduct<Device, S, X, Ghosts, ValuesBar>{
                           pattern.row_ptr(), pattern.col(), s, x, ghosts, values_bar, static_cast<T>(alpha),
                           static_cast<Ordinal>(x.extent(0)), static_cast<Ordinal>(x.extent(1))});
}

/// Both cotangents in one pass over the entries, row after row: values_bar as above with alpha = 1,
/// x_bar += A^T s over owned columns, ghosts_bar += A^T s over the others.
template <class Device, class Values, class S, class X, class Ghosts, class ValuesBar, class XBar,
          class GhostsBar>
struct SerialProductAdjoint {
  Kokkos::View<Offset const*, Device> row_ptr;
  Kokkos::View<Ordinal const*, Device> col;
  Values values;
  S s;
  X x;
  Ghosts ghosts;
  ValuesBar values_bar;
  XBar x_bar;
  GhostsBar ghosts_bar;
  Ordinal rows, owned, k;
  void operator()(int) const {
    using T = typename XBar::non_const_value_type;
    for (Ordinal i = 0; i < rows; ++i) {
      Offset const begin = row_ptr(i), end = row_ptr(i + 1);
      prefetch_entries(col.data(), values.data(), begin, end);
      for (Offset e = begin; e < end; ++e) {
        Ordinal const j = col(e);
        T const a = values(e);
        T sum = 0;
        if (j < owned)
          for (Ordinal c = 0; c < k; ++c) {
            sum += s(i, c) * x(j, c);
            x_bar(j, c) += a * s(i, c);
          }
        else
          for (Ordinal c = 0; c < k; ++c) {
            sum += s(i, c) * ghosts(j - owned, c);
            ghosts_bar(j - owned, c) += a * s(i, c);
          }
        values_bar(e) += sum;
      }
    }
  }
};

/// x_bar += A^T s over owned columns, ghosts_bar = A^T s over the others; columns gathered through the transpose.
template <class Device, class Values, class S, class XBar, class GhostsBar>
struct GatherProductAdjoint {
  Kokkos::View<Offset const*, Device> ptr, entry;
  Kokkos::View<Ordinal const*, Device> row;
  Values values;
  S s;
  XBar x_bar;
  GhostsBar ghosts_bar;
  Ordinal owned, k;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal j) const {
    for (Ordinal c = 0; c < k; ++c) {
      typename XBar::non_const_value_type sum = 0;
      for (Offset e = ptr(j); e < ptr(j + 1); ++e) sum += values(entry(e)) * s(row(e), c);
      if (j < owned)
        x_bar(j, c) += sum;
      else
        ghosts_bar(j - owned, c) = sum;
    }
  }
};

/// The same row after row, onto ghosts_bar that is zero.
template <class Device, class Values, class S, class XBar, class GhostsBar>
struct ScatterProductAdjoint {
  Kokkos::View<Offset const*, Device> row_ptr;
  Kokkos::View<Ordinal const*, Device> col;
  Values values;
  S s;
  XBar x_bar;
  GhostsBar ghosts_bar;
  Ordinal rows, owned, k;
  void operator()(int) const {
    for (Ordinal i = 0; i < rows; ++i)
      for (Offset e = row_ptr(i); e < row_ptr(i + 1); ++e) {
        Ordinal const j = col(e);
        auto const a = values(e);
        if (j < owned)
          for (Ordinal c = 0; c < k; ++c) x_bar(j, c) += a * s(i, c);
        else
          for (Ordinal c = 0; c < k; ++c) ghosts_bar(j - owned, c) += a * s(i, c);
      }
  }
};

template <class Exec, class Device, class Values, class S, class XBar, class GhostsBar>
void add_transposed_product(Exec const& exec, CsrPattern<Device> const& pattern, Values const& values,
                            S const& s, XBar const& x_bar, GhostsBar const& ghosts_bar) {
  auto const owned = static_cast<Ordinal>(x_bar.extent(0)), k = static_cast<Ordinal>(s.extent(1));
  if constexpr (kSerial<typename Exec::device_type>) {
    Kokkos::deep_copy(exec, ghosts_bar, typename GhostsBar::non_const_value_type(0));
    Kokkos::parallel_for(
        "nacre::distributed_spmv_adjoint::x", Kokkos::RangePolicy<Exec, Kokkos::IndexType<int>>(exec, 0, 1),
        ScatterProductAdjoint<Device, Values, S, XBar, GhostsBar>{
            pattern.row_ptr(), pattern.col(), values, s, x_bar, ghosts_bar, pattern.num_rows(), owned, k});
  } else {
    auto const& t = transposed(pattern);
    Kokkos::parallel_for(
        "nacre::distributed_spmv_adjoint::x", range(exec, static_cast<std::size_t>(t.pattern.num_rows())),
        GatherProductAdjoint<Device, Values, S, XBar, GhostsBar>{
            t.pattern.row_ptr(), t.entry, t.pattern.col(), values, s, x_bar, ghosts_bar, owned, k});
  }
}

}  // namespace detail

/// y = A x of a distributed matrix, x and y owned; multilinear in (values, x).
///
/// x_bar += A^T y_bar, what belongs to ghosts being sent to their owners, and
/// values_bar(e) += y_bar(row(e)) . x(col(e)), with the ghosts of x imported anew (Giles 2008, "Collected matrix
/// derivative results", sec. 2.2.2). The forward product overlaps with its messages.
///
/// values [local nnz]; x [owned columns] or [owned columns, k]; y [owned rows] or [owned rows, k] in the layout
/// of x.
template <class Device = DefaultDevice>
class DistributedSpmvOp {
 public:
  static constexpr char const* name = "nacre::distributed_spmv";
  static constexpr Form form = Form::multilinear;
  static constexpr bool collective = true;

  /// Collective.
  explicit DistributedSpmvOp(DistributedPattern<Device> pattern)
      : pattern_(std::move(pattern)),
        always_communicate_(detail::some_rank_owns_nothing(pattern_.cols()) ||
                            pattern_.comm().min(pattern_.local().num_entries() == 0 ? 0 : 1) == 0) {}

  DistributedPattern<Device> const& pattern() const { return pattern_; }

  template <class V, class X>
  std::array<std::size_t, compat::kRank<X>> output_extents(V const&, X const& x) const {
    auto n = extents_of(x);
    n[0] = static_cast<std::size_t>(pattern_.num_owned_rows());
    return n;
  }

  /// \throws nacre::Error if an extent does not match the pattern
  template <class Exec, class Y, class V, class X>
  void forward(Exec const& exec, Y const& y, V const& values, X const& x) const {
    check_extent(name, values, 0, pattern_.local().num_entries(), "the pattern's number of entries");
    check_extent(name, x, 0, static_cast<std::size_t>(pattern_.num_owned_cols()),
                 "the number of columns this rank owns");
    spmv(exec, detail::borrow_matrix(pattern_, values), detail::two_dimensional(x),
         detail::two_dimensional(y));
  }

  template <class Exec, class Y, class YBar, class V, class X, class VBar, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, V const& values, X const& x,
               VBar const& values_bar, XBar const& x_bar) const {
    using T = typename X::non_const_value_type;
    bool const wants_values = is_given(values_bar), wants_x = is_given(x_bar);
    bool const imports = wants_values || always_communicate_, exports = wants_x || always_communicate_;
    auto const s = detail::two_dimensional(y_bar);
    auto const xs = detail::two_dimensional(x);
    auto const& halo = pattern_.halo();
    auto const& local = pattern_.local();
    auto const k = static_cast<Ordinal>(s.extent(1));
    auto const num_ghosts = static_cast<std::size_t>(halo.num_ghosts()), width = static_cast<std::size_t>(k);

    RowMajor<T const, Device> ghosts;
    if (imports) ghosts = halo.import_ghosts(exec, xs);
    // the messages back use the memory of those here
    RowMajor<T, Device> const ghosts_bar(work_.template get<T>(num_ghosts * width), num_ghosts, width);
    bool done = false;
    if constexpr (kSerial<Device>) {
      done = wants_values && wants_x;
      if (done) both(exec, values, s, xs, ghosts, values_bar, detail::two_dimensional(x_bar), ghosts_bar);
    }
    if (!done && wants_values) detail::add_outer_product(exec, local, 1., s, xs, ghosts, values_bar);
    if (!done && wants_x)
      detail::add_transposed_product(exec, local, values, s, detail::two_dimensional(x_bar), ghosts_bar);
    if (!wants_x && exports) Kokkos::deep_copy(exec, ghosts_bar, T(0));
    if (!exports) return;
    if (num_ghosts > 0) Kokkos::deep_copy(exec, halo.template export_buffer<T>(k), ghosts_bar);
    halo.template start_export<T>(exec, k);
    if (wants_x) {
      halo.finish_export(exec, detail::two_dimensional(x_bar));
    } else {  // received all the same: some rank could not know
      auto const n = static_cast<std::size_t>(pattern_.num_owned_cols());
      halo.finish_export(exec, MultiVector<T, Device>(nowhere_.template get<T>(n * width), n, width));
    }
  }

 private:
  template <class Exec, class V, class S, class X, class G, class VBar, class XBar, class GBar>
  void both(Exec const& exec, V const& values, S const& s, X const& x, G const& ghosts,
            VBar const& values_bar, XBar const& x_bar, GBar const& ghosts_bar) const {
    auto const& local = pattern_.local();
    Kokkos::deep_copy(exec, ghosts_bar, typename GBar::non_const_value_type(0));
    Kokkos::parallel_for(
        "nacre::distributed_spmv_adjoint", Kokkos::RangePolicy<Exec, Kokkos::IndexType<int>>(exec, 0, 1),
        detail::SerialProductAdjoint<Device, V, S, X, G, VBar, XBar, GBar>{
            local.row_ptr(), local.col(), values, s, x, ghosts, values_bar, x_bar, ghosts_bar,
            local.num_rows(), static_cast<Ordinal>(x.extent(0)), static_cast<Ordinal>(s.extent(1))});
  }

  DistributedPattern<Device> pattern_;
  bool always_communicate_;  // some rank cannot tell an unwanted cotangent from an empty one
  detail::SharedBuffer<typename Device::memory_space> work_, nowhere_;
};

/// Y = A X of a distributed matrix: the same operation, with X [owned columns, k].
template <class Device = DefaultDevice>
using DistributedSpmmOp = DistributedSpmvOp<Device>;

}  // namespace nacre
