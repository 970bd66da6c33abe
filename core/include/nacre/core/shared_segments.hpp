#pragma once

#include <nacre/core/comm.hpp>
#include <nacre/core/segments.hpp>

/// \file
/// Segments whose positions are spread over ranks.

namespace nacre {

/// The same segments on every rank of a communicator, each with the positions that the rank has of it: maybe none.
template <class Device = DefaultDevice>
class SharedSegments {
 public:
  /// No segments.
  SharedSegments() = default;
  /// Collective. \throws nacre::Error on all ranks if they do not have as many segments
  SharedSegments(Comm comm, Segments<Device> const& here) : comm_(std::move(comm)), here_(here) {
    auto const G = static_cast<int>(here.num_segments());
    int const most = comm_.max(G);
    comm_.fail_together(most == G ? ""
                                  : cat("SharedSegments: ", G, " segments on rank ", comm_.rank(), ", but ",
                                        most, " on another"));
    auto const ptr = host_view(here.ptr());
    std::vector<double> count;
    for (std::size_t g = 0; g + 1 < ptr.extent(0); ++g)
      count.push_back(static_cast<double>(ptr(g + 1) - ptr(g)));
    comm_.all_reduce(count.data(), G, ReduceOp::sum);
    count_ = to_device<Device>("nacre::SharedSegments::count", count);
    some_rank_has_none_ = comm_.min(here.size() > 0 ? 1 : 0) == 0;
  }

  Comm const& comm() const { return comm_; }
  Segments<Device> const& here() const { return here_; }
  std::size_t num_segments() const { return here_.num_segments(); }
  Vector<double const, Device> const& count() const { return count_; }  ///< [G] positions on all ranks
  /// Whether a rank has no position at all. Such a rank cannot tell whether a cotangent is wanted, and so must take part
  /// in what the others do.
  bool some_rank_has_none() const { return some_rank_has_none_; }

 private:
  Comm comm_;
  Segments<Device> here_;
  Vector<double const, Device> count_;
  bool some_rank_has_none_ = false;
};

}  // namespace nacre
