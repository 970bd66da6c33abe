#pragma once

#include <vector>

#include <nacre/core/comm.hpp>

/// \file
/// Which rank owns which row.

namespace nacre {

/// The rows `0, 1, ..., N-1` in contiguous pieces, one for each rank in order; a piece may be empty.
class RowPartition {
 public:
  /// No rows, on this rank alone.
  RowPartition() : first_{0, 0} {}
  /// \param num_owned how many rows this rank owns; ranks may differ. Collective.
  RowPartition(Comm const& comm, Ordinal num_owned);
  /// N rows dealt out evenly: sizes differ by at most one, larger ones first.
  static RowPartition even(Comm const& comm, GlobalOrdinal num_global);

  Comm const& comm() const { return comm_; }
  GlobalOrdinal num_global() const { return first_.back(); }
  Ordinal num_owned() const { return static_cast<Ordinal>(end() - begin()); }
  /// This rank's rows are `[begin(), end())`.
  GlobalOrdinal begin() const { return begin(comm_.rank()); }
  GlobalOrdinal end() const { return begin(comm_.rank() + 1); }
  /// The first row of `rank`; begin(size) is N.
  GlobalOrdinal begin(int rank) const { return first_[static_cast<std::size_t>(rank)]; }
  bool owns(GlobalOrdinal row) const { return row >= begin() && row < end(); }
  /// The rank that owns `row`, which must be in [0, N).
  int owner(GlobalOrdinal row) const;

  bool operator==(RowPartition const& other) const { return first_ == other.first_; }
  bool operator!=(RowPartition const& other) const { return !(*this == other); }

 private:
  RowPartition(Comm const& comm, std::vector<GlobalOrdinal> first) : comm_(comm), first_(std::move(first)) {}
  Comm comm_;
  std::vector<GlobalOrdinal> first_;  // [ranks + 1]
};

}  // namespace nacre
