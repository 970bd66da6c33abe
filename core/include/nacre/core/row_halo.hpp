#pragma once

#include <numeric>
#include <vector>

#include <nacre/core/distributed_csr.hpp>

/// \file
/// Import of whole matrix rows from their owners.

namespace nacre {

/// The rows of a distributed matrix B that this rank needs from others: those of the ghosts of a halo.
///
/// The pattern of these rows is fetched once, by the constructor; values() fetches their values as often
/// as they change, with persistent messages, by a halo exchange of entries instead of rows.
template <class Device = DefaultDevice>
class RowHalo {
 public:
  /// \param B    rows partitioned as halo.partition()
  /// \param halo whose ghosts name the rows. Collective.
  RowHalo(DistributedPattern<Device> const& B, HaloExchange<Device> const& halo);

  std::vector<Offset> const& row_ptr() const { return row_ptr_; }        ///< [ghost rows + 1]
  std::vector<GlobalOrdinal> const& global_col() const { return col_; }  ///< [entries of ghost rows]

  /// The values of the ghost rows, [entries of ghost rows, 1]; valid until the next call for this type.
  template <class Exec, class Values>
  RowMajor<typename Values::non_const_value_type const, Device> values(Exec const& exec,
                                                                       Values const& B_values) const {
    return entries_.import_ghosts(exec, as_columns(B_values));
  }

 private:
  std::vector<Offset> row_ptr_{0};
  std::vector<GlobalOrdinal> col_;
  HaloExchange<Device> entries_;
};

/// The data of ghosts, [ghosts], of host data [owned]. Collective; for set-up.
template <class T, class Device>
std::vector<T> import_to_host(HaloExchange<Device> const& halo, std::vector<T> const& owned) {
  ExecOf<Device> const exec;
  auto const on_device = to_device<Device>("nacre::import_to_host", owned);
  auto const ghosts = halo.import_ghosts(exec, as_columns(on_device));
  compat::fence(exec, "nacre::import_to_host");
  auto const h = host_view(ghosts);
  return std::vector<T>(h.data(), h.data() + static_cast<std::size_t>(halo.num_ghosts()));
}

template <class Device>
RowHalo<Device>::RowHalo(DistributedPattern<Device> const& B, HaloExchange<Device> const& halo) {
  auto const n = static_cast<std::size_t>(B.num_owned_rows());
  B.comm().fail_together(halo.partition() == B.rows()
                             ? std::string()
                             : cat("RowHalo: the columns of the left factor (", halo.partition().num_global(),
                                   ") are not partitioned as the rows of the right one (",
                                   B.rows().num_global(), ")"));
  auto const& local = B.local();
  auto const ptr = host_view(local.row_ptr());
  auto const col = host_view(local.col());
  // entries are numbered through over all ranks, as rows are
  RowPartition const entries(B.comm(), static_cast<Ordinal>(local.num_entries()));
  if (B.comm().size() == 1) {
    entries_ = HaloExchange<Device>(entries, {});
    return;
  }
  std::vector<GlobalOrdinal> first(n), length(n), global_col(local.num_entries());
  for (std::size_t i = 0; i < n; ++i) {
    first[i] = entries.begin() + static_cast<GlobalOrdinal>(ptr(i));
    length[i] = static_cast<GlobalOrdinal>(ptr(i + 1) - ptr(i));
  }
  for (std::size_t k = 0; k < global_col.size(); ++k) global_col[k] = B.global_col(col(k));
  auto const ghost_first = import_to_host(halo, first);
  auto const ghost_length = import_to_host(halo, length);
  std::vector<GlobalOrdinal> ghost_entries;
  for (std::size_t g = 0; g < ghost_first.size(); ++g) {
    for (GlobalOrdinal k = 0; k < ghost_length[g]; ++k) ghost_entries.push_back(ghost_first[g] + k);
    row_ptr_.push_back(static_cast<Offset>(ghost_entries.size()));
  }
  entries_ = HaloExchange<Device>(entries, std::move(ghost_entries));
  col_ = import_to_host(entries_, global_col);
}

}  // namespace nacre
