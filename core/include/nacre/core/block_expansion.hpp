#pragma once

#include <nacre/core/bsr.hpp>
#include <nacre/core/index_map.hpp>

/// \file
/// Matrices of blocks as ordinary ones.

namespace nacre {

/// The CSR matrix that a matrix of blocks is: the constructor lays out the pattern, and values are one gather, which is
/// differentiable with map(). Blocks of size 1 share their pattern. Other blocks count as full, zeros included.
template <class Device = DefaultDevice>
class BlockExpansion {
 public:
  BlockExpansion() : BlockExpansion(CsrPattern<Device>(), 1) {}
  /// \param blocks of a matrix of n by m blocks
  /// \throws nacre::Error if the block size is not positive or the matrix has more rows or columns than can be numbered
  BlockExpansion(CsrPattern<Device> const& blocks, int block_size);

  int block_size() const { return block_size_; }
  CsrPattern<Device> const& blocks() const { return blocks_; }
  /// [n b, m b]
  CsrPattern<Device> const& pattern() const { return pattern_; }
  /// Entry k of pattern() is number map().source()(k) of the values [blocks, b, b], row-major.
  IndexMap<Device> const& map() const { return map_; }

  /// \param values of the blocks [blocks, b, b], as a contiguous view of any number of dimensions
  template <class Exec, class Values>
  CsrMatrix<typename Values::non_const_value_type, Device> expand(Exec const& exec,
                                                                  Values const& values) const {
    using T = typename Values::non_const_value_type;
    if (values.size() != map_.size())
      fail(cat("block_expansion: ", values.size(), " values, but the blocks have ", map_.size()));
    CsrMatrix<T, Device> const A{
        pattern_, Vector<T, Device>(Kokkos::view_alloc(std::string("nacre::block_expansion::values"),
                                                       Kokkos::WithoutInitializing),
                                    map_.size())};
    gather(exec, map_.source(), Vector<T const, Device>(values.data(), values.size()), A.values);
    return A;
  }

 private:
  int block_size_;
  CsrPattern<Device> blocks_, pattern_;
  IndexMap<Device> map_;
};

template <class Device>
BlockExpansion<Device>::BlockExpansion(CsrPattern<Device> const& blocks, int block_size)
    : block_size_(block_size), blocks_(blocks), pattern_(blocks) {
  auto const b = static_cast<std::int64_t>(block_size);
  std::int64_t const most = std::numeric_limits<Ordinal>::max();
  if (block_size < 1 || b * blocks.num_rows() > most || b * blocks.num_cols() > most)
    fail(cat("block_expansion: ", blocks.num_rows(), " by ", blocks.num_cols(), " blocks of size ",
             block_size, "; sizes must be positive and the matrix at most ", most, " rows and columns"));
  auto const row_ptr = host_view(blocks.row_ptr());
  auto const col = host_view(blocks.col());
  std::vector<Offset> ptr{0}, source;
  std::vector<Ordinal> cols;
  source.reserve(blocks.num_entries() * static_cast<std::size_t>(b * b));
  for (Ordinal i = 0; i < blocks.num_rows(); ++i)
    for (int r = 0; r < block_size; ++r) {
      for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
        for (int s = 0; s < block_size; ++s) {
          if (block_size > 1) cols.push_back(col(k) * block_size + s);
          source.push_back((k * block_size + r) * block_size + s);
        }
      ptr.push_back(static_cast<Offset>(source.size()));
    }
  if (block_size > 1)
    pattern_ = CsrPattern<Device>(blocks.num_rows() * block_size, blocks.num_cols() * block_size,
                                  to_device<Device>("nacre::block_expansion::row_ptr", ptr),
                                  to_device<Device>("nacre::block_expansion::col", cols));
  map_ = IndexMap<Device>::of_distinct(source.size(),
                                       to_device<Device>("nacre::block_expansion::source", source));
}

}  // namespace nacre
