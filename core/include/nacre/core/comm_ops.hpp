#pragma once

#include <array>
#include <climits>

#include <nacre/core/halo_exchange.hpp>
#include <nacre/core/operation.hpp>
#include <nacre/core/shared_buffer.hpp>

/// \file
/// Communication as differentiable operations.
///
/// A distributed value is *owned*, each of its entries on one rank, or *replicated*, the same on every rank.
/// A third kind lives between operations only: *local* values, which belong to one rank and mean something to
/// it alone (its part of a sum, its copy of a parameter, its owned entries with their ghosts).
///
/// Every inner product counts an owned or local entry once and a replicated one once for all ranks together.
/// So the cotangent of a replicated value is replicated, and nothing is left to choose:
///
///   operation       from         to           forward                         adjoint
///   SumOverRanksOp  local        replicated   add up over the ranks           every rank takes a copy
///   ReplicateOp     replicated   local        every rank takes its copy       add up over the ranks
///   ImportGhostsOp  owned        local        ghosts come from their owners   cotangents of ghosts go back to
///                                                                             the owners, who add them
///
/// A parameter enters the work of a rank through ReplicateOp; a loss leaves it through SumOverRanksOp. Each is
/// the adjoint of the other. A program that forgets one, or adds up in the adjoint of the sum, is right on one
/// rank and off by the number of ranks on more.
///
/// All ranks apply the same sequence of these operations, also those that have no rows, and want the same
/// cotangents; then no rank is left waiting. (A view of no entries looks like an unwanted one; so where some rank
/// owns nothing, messages are sent whether they are wanted or not.) Sums over ranks are the same bits in two runs
/// on as many ranks.

namespace nacre {

namespace detail {

/// Adds up over the ranks, in place. \param data contiguous, on the device
template <class Exec, class T>
void sum_over_ranks(Exec const& exec, Comm const& comm, SharedBuffer<Kokkos::HostSpace> const& staging,
                    T* data, std::size_t n) {
  if (comm.size() == 1) return;
  if (n > static_cast<std::size_t>(INT_MAX))
    fail(cat("sum over ranks: ", n, " numbers, more than MPI counts"));
  using Device = typename Exec::device_type;
  if constexpr (kOnHost<Device>) {
    compat::fence(exec, "nacre::sum_over_ranks: before MPI");
    comm.all_reduce(data, static_cast<int>(n), ReduceOp::sum);
  } else {
    Kokkos::View<T*, Device, Kokkos::MemoryUnmanaged> const on_device(data, n);
    Kokkos::View<T*, Kokkos::HostSpace, Kokkos::MemoryUnmanaged> const on_host(staging.template get<T>(n), n);
    Kokkos::deep_copy(exec, on_host, on_device);
    compat::fence(exec, "nacre::sum_over_ranks: before MPI");
    comm.all_reduce(on_host.data(), static_cast<int>(n), ReduceOp::sum);
    Kokkos::deep_copy(exec, on_device, on_host);
    compat::fence(exec, "nacre::sum_over_ranks: the staged numbers have been read");
  }
}

}  // namespace detail

/// y = sum over the ranks of x, x local, y replicated; x_bar += y_bar. Collective forward.
///
/// \param x [n] or [n, k], of the same extents on every rank
class SumOverRanksOp {
 public:
  static constexpr char const* name = "nacre::sum_over_ranks";
  static constexpr Form form = Form::linear;
  static constexpr bool collective = true;

  explicit SumOverRanksOp(Comm comm) : comm_(std::move(comm)) {}

  template <class X>
  std::array<std::size_t, compat::kRank<X>> output_extents(X const& x) const {
    return extents_of(x);
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    Kokkos::deep_copy(exec, y, x);
    detail::sum_over_ranks(exec, comm_, staging_, y.data(), y.size());
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const&, XBar const& x_bar) const {
    if (is_given(x_bar)) add_to(exec, y_bar, x_bar);
  }

 private:
  Comm comm_;
  detail::SharedBuffer<Kokkos::HostSpace> staging_;
};

/// y = x, x replicated, y this rank's copy; x_bar += sum over the ranks of y_bar. Collective adjoint.
///
/// \param x [n] or [n, k], the same on every rank
template <class Device = DefaultDevice>
class ReplicateOp {
 public:
  static constexpr char const* name = "nacre::replicate";
  static constexpr Form form = Form::linear;
  static constexpr bool collective = true;

  explicit ReplicateOp(Comm comm) : comm_(std::move(comm)) {}

  template <class X>
  std::array<std::size_t, compat::kRank<X>> output_extents(X const& x) const {
    return extents_of(x);
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    Kokkos::deep_copy(exec, y, x);
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const&, XBar const& x_bar) const {
    if (!is_given(x_bar)) return;
    using T = typename XBar::non_const_value_type;
    std::size_t const n = y_bar.size();
    using Numbers = Kokkos::View<T*, Device, Kokkos::MemoryUnmanaged>;
    using Given = Kokkos::View<T const*, Device, Kokkos::MemoryUnmanaged>;
    Numbers const total(total_.template get<T>(n), n);
    Kokkos::deep_copy(exec, total, Given(y_bar.data(), n));
    detail::sum_over_ranks(exec, comm_, staging_, total.data(), n);
    add_to(exec, total, x_bar);
  }

 private:
  Comm comm_;
  detail::SharedBuffer<typename Device::memory_space> total_;
  detail::SharedBuffer<Kokkos::HostSpace> staging_;
};

namespace detail {

/// A vector [n] or [n, k] seen as [n, k], the same data and layout.
template <class V>
auto two_dimensional(V const& v) {
  if constexpr (compat::kRank<V> == 1)
    return as_columns(v);
  else
    return v;
}

/// to(first + i, c) = from(i, c).
template <class Exec, class From, class To>
void copy_rows_to(Exec const& exec, char const* label, From const& from, Ordinal first, To const& to) {
  auto const k = static_cast<Ordinal>(to.extent(1));
  Kokkos::parallel_for(
      label, range(exec, from.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
        for (Ordinal c = 0; c < k; ++c) to(first + i, c) = from(i, c);
      });
}

/// to(i, c) = from(first + i, c).
template <class Exec, class From, class To>
void copy_rows_from(Exec const& exec, char const* label, From const& from, Ordinal first, To const& to) {
  auto const k = static_cast<Ordinal>(to.extent(1));
  Kokkos::parallel_for(
      label, range(exec, to.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
        for (Ordinal c = 0; c < k; ++c) to(i, c) = from(first + i, c);
      });
}

/// to(i, c) += from(i, c) for the rows of `to`.
template <class Exec, class From, class To>
void add_first_rows(Exec const& exec, char const* label, From const& from, To const& to) {
  auto const k = static_cast<Ordinal>(to.extent(1));
  Kokkos::parallel_for(
      label, range(exec, to.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
        for (Ordinal c = 0; c < k; ++c) to(i, c) += from(i, c);
      });
}

/// Whether some rank owns nothing. The same on all ranks, without communication.
inline bool some_rank_owns_nothing(RowPartition const& partition) {
  for (int r = 0; r < partition.comm().size(); ++r)
    if (partition.begin(r) == partition.begin(r + 1)) return true;
  return false;
}

}  // namespace detail

/// y = [x | ghosts of x]; x_bar += the owned part of y_bar and, from every other rank, what its ghosts hold for
/// this rank's entries. Collective forward and adjoint; owned entries are copied while messages travel.
///
/// \param x      [owned] or [owned, k]
/// \param[out] y [owned + ghosts] or [owned + ghosts, k], the column numbering of a DistributedPattern
template <class Device = DefaultDevice>
class ImportGhostsOp {
 public:
  static constexpr char const* name = "nacre::import_ghosts";
  static constexpr Form form = Form::linear;
  static constexpr bool collective = true;

  explicit ImportGhostsOp(HaloExchange<Device> halo) : halo_(std::move(halo)) {}

  template <class X>
  std::array<std::size_t, compat::kRank<X>> output_extents(X const& x) const {
    auto n = extents_of(x);
    n[0] = static_cast<std::size_t>(halo_.num_owned()) + static_cast<std::size_t>(halo_.num_ghosts());
    return n;
  }
  /// \throws nacre::Error if x has not as many rows as this rank owns
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    using T = typename X::non_const_value_type;
    check_extent(name, x, 0, static_cast<std::size_t>(halo_.num_owned()), "the number of owned entries");
    check_extent(name, y, 0, output_extents(x)[0], "the number of owned entries and ghosts");
    auto const xs = detail::two_dimensional(x);
    auto const ys = detail::two_dimensional(y);
    halo_.start_import(exec, xs);
    detail::copy_rows_to(exec, "nacre::import_ghosts::owned", xs, 0, ys);
    auto const ghosts = halo_.template finish_import<T>(exec, static_cast<Ordinal>(xs.extent(1)));
    detail::copy_rows_to(exec, "nacre::import_ghosts::ghosts", ghosts, halo_.num_owned(), ys);
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const&, XBar const& x_bar) const {
    using T = typename XBar::non_const_value_type;
    bool const wanted = is_given(x_bar);
    if (!wanted && !detail::some_rank_owns_nothing(halo_.partition())) return;
    auto const ys = detail::two_dimensional(y_bar);
    auto const k = static_cast<Ordinal>(ys.extent(1));
    if (halo_.num_ghosts() > 0)
      detail::copy_rows_from(exec, "nacre::import_ghosts_adjoint::ghosts", ys, halo_.num_owned(),
                             halo_.template export_buffer<T>(k));
    halo_.template start_export<T>(exec, k);
    if (wanted) {
      auto const xs = detail::two_dimensional(x_bar);
      detail::add_first_rows(exec, "nacre::import_ghosts_adjoint::owned", ys, xs);
      halo_.finish_export(exec, xs);
    } else {  // received all the same: some rank could not know
      std::size_t const n = static_cast<std::size_t>(halo_.num_owned());
      MultiVector<T, Device> const nowhere(nowhere_.template get<T>(n * static_cast<std::size_t>(k)), n,
                                           static_cast<std::size_t>(k));
      halo_.finish_export(exec, nowhere);
    }
  }

 private:
  HaloExchange<Device> halo_;
  detail::SharedBuffer<typename Device::memory_space> nowhere_;
};

}  // namespace nacre
