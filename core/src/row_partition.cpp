#include <nacre/core/row_partition.hpp>

#include <algorithm>

namespace nacre {

RowPartition::RowPartition(Comm const& comm, Ordinal num_owned) : comm_(comm), first_{0} {
  for (auto const n : comm.all_gather(std::vector<GlobalOrdinal>{num_owned}))
    first_.push_back(first_.back() + n);
}

RowPartition RowPartition::even(Comm const& comm, GlobalOrdinal num_global) {
  std::vector<GlobalOrdinal> first{0};
  for (int r = 0; r < comm.size(); ++r)
    first.push_back(first.back() + num_global / comm.size() + (r < num_global % comm.size() ? 1 : 0));
  return RowPartition(comm, std::move(first));
}

int RowPartition::owner(GlobalOrdinal row) const {
  return static_cast<int>(std::upper_bound(first_.begin(), first_.end(), row) - first_.begin()) - 1;
}

}  // namespace nacre
