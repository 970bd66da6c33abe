#pragma once

#include <algorithm>

namespace nacre {

namespace detail {

/// y(position(k)) = x(k) for k < n from one view, the rest from another; positions are all different.
template <class Exec, class Position, class Owned, class Fetched, class Y>
void place_entries(Exec const& exec, Position const& position, std::size_t n, Owned const& owned,
                   Fetched const& fetched, Y const& y) {
  auto const first = static_cast<std::int64_t>(n);
  Kokkos::parallel_for(
      "nacre::distributed_spgemm::place_entries", range_of_entries(exec, position.extent(0)),
      KOKKOS_LAMBDA(std::int64_t k) { y(position(k)) = k < first ? owned(k) : fetched(k - first, 0); });
}

inline std::vector<GlobalOrdinal> sorted_unique(std::vector<GlobalOrdinal> v) {
  std::sort(v.begin(), v.end());
  v.erase(std::unique(v.begin(), v.end()), v.end());
  return v;
}

/// The local number of a global column among `[owned | ghosts]`.
inline Ordinal local_number(RowPartition const& cols, std::vector<GlobalOrdinal> const& ghosts,
                            GlobalOrdinal j) {
  if (cols.owns(j)) return static_cast<Ordinal>(j - cols.begin());
  return cols.num_owned() +
         static_cast<Ordinal>(std::lower_bound(ghosts.begin(), ghosts.end(), j) - ghosts.begin());
}

}  // namespace detail

template <class Device>
ExtendedRows<Device>::ExtendedRows(DistributedPattern<Device> const& B, HaloExchange<Device> const& halo)
    : halo_(B, halo),
      pattern_(B.local()),
      ghosts_(B.halo().ghosts()),
      num_owned_entries_(B.local().num_entries()) {
  if (B.comm().size() == 1) return;
  is_extended_ = true;
  auto const& cols = B.cols();
  for (auto const j : halo_.global_col())
    if (!cols.owns(j)) ghosts_.push_back(j);
  ghosts_ = detail::sorted_unique(std::move(ghosts_));

  auto const ptr = host_view(B.local().row_ptr());
  auto const col = host_view(B.local().col());
  std::vector<Ordinal> renumbered(static_cast<std::size_t>(B.local().num_cols()));  // B's columns among ours
  for (Ordinal j = 0; j < B.local().num_cols(); ++j)
    renumbered[static_cast<std::size_t>(j)] = detail::local_number(cols, ghosts_, B.global_col(j));

  std::vector<Offset> row_ptr(ptr.data(), ptr.data() + ptr.extent(0));
  std::vector<Ordinal> new_col;
  for (std::size_t k = 0; k < num_owned_entries_; ++k)
    new_col.push_back(renumbered[static_cast<std::size_t>(col(k))]);
  std::vector<Offset> position(num_owned_entries_ + halo_.global_col().size());
  std::iota(position.begin(), position.end(), Offset(0));  // the order of owned columns and ghosts is kept
  std::vector<std::pair<Ordinal, std::size_t>> row;
  for (std::size_t g = 0; g + 1 < halo_.row_ptr().size(); ++g) {
    row.clear();
    for (auto k = static_cast<std::size_t>(halo_.row_ptr()[g]);
         k < static_cast<std::size_t>(halo_.row_ptr()[g + 1]); ++k)
      row.emplace_back(detail::local_number(cols, ghosts_, halo_.global_col()[k]), k);
    std::sort(row.begin(), row.end());
    for (auto const& [j, k] : row) {
      position[num_owned_entries_ + k] = static_cast<Offset>(new_col.size());
      new_col.push_back(j);
    }
    row_ptr.push_back(static_cast<Offset>(new_col.size()));
  }
  pattern_ = CsrPattern<Device>(static_cast<Ordinal>(row_ptr.size() - 1),
                                cols.num_owned() + static_cast<Ordinal>(ghosts_.size()),
                                to_device<Device>("nacre::extended_rows::row_ptr", row_ptr),
                                to_device<Device>("nacre::extended_rows::col", new_col));
  position_ = to_device<Device>("nacre::extended_rows::position", position);
}

template <class Device>
template <class Exec, class Values>
Vector<typename Values::non_const_value_type, Device> ExtendedRows<Device>::values(
    Exec const& exec, Values const& B_values) const {
  using T = typename Values::non_const_value_type;
  check_extent("ExtendedRows::values", B_values, 0, num_owned_entries_,
               "the number of entries of the factor");
  if (!is_extended_) return B_values;
  Vector<T, Device> all(
      Kokkos::view_alloc(std::string("nacre::extended_rows::values"), Kokkos::WithoutInitializing),
      pattern_.num_entries());
  auto const fetched = halo_.values(exec, B_values);
  detail::place_entries(exec, position_, num_owned_entries_, B_values, fetched, all);
  return all;
}

template <class Device>
DistributedSpgemm<Device>::DistributedSpgemm(DistributedPattern<Device> const& A,
                                             DistributedPattern<Device> const& B)
    : B_(B, A.halo()), product_(A.local(), B_.pattern()) {
  pattern_ =
      DistributedPattern<Device>(A.rows(), product_.pattern(), HaloExchange<Device>(B.cols(), B_.ghosts()));
}

}  // namespace nacre
