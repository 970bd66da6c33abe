#pragma once

#include <algorithm>
#include <numeric>

namespace nacre {

template <class Device>
DistributedPattern<Device>::DistributedPattern(RowPartition rows, CsrPattern<Device> local,
                                               HaloExchange<Device> halo)
    : state_(std::make_shared<State>()) {
  state_->rows = std::move(rows);
  state_->local = std::move(local);
  state_->halo = std::move(halo);
  auto const& pattern = state_->local;
  if (pattern.num_rows() != num_owned_rows() ||
      pattern.num_cols() != num_owned_cols() + this->halo().num_ghosts())
    fail(cat("DistributedPattern: the local pattern is ", pattern.num_rows(), " by ", pattern.num_cols(),
             " but this rank owns ", num_owned_rows(), " rows, ", num_owned_cols(), " columns and has ",
             this->halo().num_ghosts(), " ghosts"));
  state_->num_global_entries = comm().sum(static_cast<std::int64_t>(pattern.num_entries()));
  if (comm().size() == 1) return;
  auto const row_ptr = host_view(pattern.row_ptr());
  auto const col = host_view(pattern.col());
  std::vector<Ordinal> interior, boundary;
  for (Ordinal i = 0; i < pattern.num_rows(); ++i) {
    bool has_ghost = false;
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) has_ghost = has_ghost || col(k) >= num_owned_cols();
    (has_ghost ? boundary : interior).push_back(i);
  }
  state_->interior_rows = to_device<Device>("nacre::interior_rows", interior);
  state_->boundary_rows = to_device<Device>("nacre::boundary_rows", boundary);
}

template <class Device>
DistributedPattern<Device>::DistributedPattern(CsrPattern<Device> const& local)
    : DistributedPattern(RowPartition(Comm::self(), local.num_rows()), local,
                         HaloExchange<Device>(RowPartition(Comm::self(), local.num_cols()), {})) {}

template <class Scalar, class Device>
DistributedCsr<Scalar, Device> make_distributed(RowPartition const& rows, RowPartition const& cols,
                                                GlobalRows<Scalar> const& mine) {
  std::size_t const num_rows = static_cast<std::size_t>(rows.num_owned());
  std::string problem;
  if (mine.row_ptr.size() != num_rows + 1)
    problem = cat("make_distributed: row_ptr has length ", mine.row_ptr.size(), " but this rank owns ",
                  num_rows, " rows");
  std::vector<GlobalOrdinal> ghosts;
  for (auto const j : mine.col) {
    if (j < 0 || j >= cols.num_global())
      problem = cat("make_distributed: column ", j, " is outside [0, ", cols.num_global(), ')');
    else if (!cols.owns(j))
      ghosts.push_back(j);
  }
  rows.comm().fail_together(problem);
  std::sort(ghosts.begin(), ghosts.end());
  ghosts.erase(std::unique(ghosts.begin(), ghosts.end()), ghosts.end());

  Vector<Ordinal, HostDevice> col("nacre::col", mine.col.size());
  Vector<Scalar, HostDevice> values("nacre::values", mine.values.size());
  std::vector<std::pair<Ordinal, Offset>> row;
  for (std::size_t i = 0; i < num_rows; ++i) {
    row.clear();
    for (Offset k = mine.row_ptr[i]; k < mine.row_ptr[i + 1]; ++k) {
      GlobalOrdinal const j = mine.col[static_cast<std::size_t>(k)];
      row.emplace_back(
          cols.owns(j)
              ? static_cast<Ordinal>(j - cols.begin())
              : cols.num_owned() +
                    static_cast<Ordinal>(std::lower_bound(ghosts.begin(), ghosts.end(), j) - ghosts.begin()),
          k);
    }
    if (!std::is_sorted(row.begin(), row.end())) std::sort(row.begin(), row.end());
    for (std::size_t k = 0; k < row.size(); ++k) {
      if (k > 0 && row[k].first == row[k - 1].first)
        problem = cat("make_distributed: row ", rows.begin() + static_cast<GlobalOrdinal>(i), " has column ",
                      mine.col[static_cast<std::size_t>(row[k].second)], " twice");
      auto const at = static_cast<std::size_t>(mine.row_ptr[i]) + k;
      col(at) = row[k].first;
      values(at) = mine.values[static_cast<std::size_t>(row[k].second)];
    }
  }
  rows.comm().fail_together(problem);

  HaloExchange<Device> const halo(cols, ghosts);
  Ordinal const num_cols = cols.num_owned() + halo.num_ghosts();
  CsrPattern<Device> const local(rows.num_owned(), num_cols,
                                 to_device<Device>("nacre::row_ptr", mine.row_ptr),
                                 to_device<Ordinal, Device>("nacre::col", col.data(), col.extent(0)));
  return {DistributedPattern<Device>(rows, local, halo),
          to_device<Scalar, Device>("nacre::values", values.data(), values.extent(0))};
}

}  // namespace nacre
