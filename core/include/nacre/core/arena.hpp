#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <nacre/core/types.hpp>

/// \file
/// Memory that is taken in order, given back at once, and used again.

namespace nacre {

/// A bump allocator over one memory space: allocate() moves a position, reset() moves it back.
///
/// Blocks are kept, so a pass that asks for the same sizes in the same order as the one before calls no
/// allocator. A large request gets a block of its own, so little is wasted. Not thread-safe.
template <class MemorySpace>
class Arena {
 public:
  /// \param label of the blocks, for tools that watch allocations
  explicit Arena(std::string label = "nacre::Arena") : label_(std::move(label)) {}

  /// Room for `bytes` bytes, aligned to 128, valid until reset(). Never null, also for no bytes: a null
  /// view says "not wanted" to an operation. Contents are undefined.
  std::byte* allocate(std::size_t bytes) {
    bytes = std::max((bytes + kAlignment - 1) / kAlignment * kAlignment, kAlignment);
    while (current_ < blocks_.size() && used_ + bytes > blocks_[current_].extent(0)) {
      ++current_;
      used_ = 0;
    }
    if (current_ == blocks_.size()) add_block(bytes);
    std::byte* const p = blocks_[current_].data() + used_;
    used_ += bytes;
    return p;
  }

  /// Forgets every allocation, keeps the memory.
  void reset() { current_ = used_ = 0; }

  std::size_t capacity_bytes() const { return capacity_; }
  /// How often memory was asked of the system: does not grow from the second of two equal passes on.
  int num_allocator_calls() const { return static_cast<int>(blocks_.size()); }

 private:
  static constexpr std::size_t kAlignment = 128, kFirstBlock = std::size_t{1} << 16;
  using Block = Kokkos::View<std::byte*, MemorySpace>;

  // a sixteenth more than there is, as a whole number of requests: what comes is likely of the same size
  void add_block(std::size_t bytes) {
    std::size_t const goal = std::max(kFirstBlock, capacity_ / 16);
    std::size_t const size = bytes > goal / 2 ? bytes : (goal + bytes - 1) / bytes * bytes;
    blocks_.emplace_back(Kokkos::view_alloc(label_, Kokkos::WithoutInitializing), size);
    capacity_ += size;
    used_ = 0;
  }

  std::string label_;
  std::vector<Block> blocks_;
  std::size_t current_ = 0, used_ = 0;  // the block in use and what is taken of it
  std::size_t capacity_ = 0;
};

/// An arena whose pieces may also be given back one by one, to be used again for requests of their size.
template <class MemorySpace>
class Pool {
 public:
  explicit Pool(std::string label = "nacre::Pool") : arena_(std::move(label)) {}

  std::byte* acquire(std::size_t bytes) {
    for (std::size_t i = free_.size(); i-- > 0;)
      if (free_[i].bytes == bytes) {
        std::byte* const p = free_[i].data;
        free_[i] = free_.back();
        free_.pop_back();
        return p;
      }
    return arena_.allocate(bytes);
  }
  /// \param bytes as it was asked for
  void release(std::byte* data, std::size_t bytes) { free_.push_back({data, bytes}); }
  void reset() {
    free_.clear();
    arena_.reset();
  }
  std::size_t capacity_bytes() const { return arena_.capacity_bytes(); }
  int num_allocator_calls() const { return arena_.num_allocator_calls(); }

 private:
  struct Piece {
    std::byte* data;
    std::size_t bytes;
  };
  Arena<MemorySpace> arena_;
  std::vector<Piece> free_;
};

}  // namespace nacre
