#pragma once

#include <nacre/core/bsr.hpp>
#include <nacre/core/distributed_csr.hpp>

/// \file
/// Distributed matrices seen as matrices of blocks.

namespace nacre {

/// A distributed pattern of blocks and this rank's blocks.
struct DistributedBlocks {
  DistributedPattern<> pattern;
  Kokkos::View<double***, Kokkos::LayoutRight, DefaultDevice> values;  ///< [local blocks, b, b]
};

/// A block is there if any of its entries is; its other numbers are zero. Blocks of size 1 have
/// A's pattern. Collective.
/// \throws nacre::Error on all ranks if A is not square, or the rows of some rank are no multiple of the block size
DistributedBlocks to_blocks(DistributedCsr<double> const& A, int block_size);

}  // namespace nacre
