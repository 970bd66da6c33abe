#pragma once

#include <nacre/core/shared_segments.hpp>

/// \file
/// What the rows of a matrix of features stand for.

namespace nacre::nn {

/// The rows of a matrix [n, k]: nodes, edges or graphs of a batch, those that this rank owns. Rows of one graph are
/// adjacent, and graphs in the same order on all ranks.
template <class Device = DefaultDevice>
struct Rows {
  Ordinal num_owned = 0;        ///< n
  std::int64_t first = 0;       ///< the global number of this rank's first row in the batch
  std::int64_t num_global = 0;  ///< rows of the batch on all ranks
  Vector<std::uint64_t const, Device>
      keys;                       ///< [n] what names a row on any number of ranks; empty: first + i
  SharedSegments<Device> graphs;  ///< the rows of each graph, among the ranks that share these graphs
  SharedSegments<Device> batch;   ///< all rows as one segment, among the ranks that share the batch

  Comm const& comm() const { return batch.comm(); }  ///< the ranks that share the batch
};

/// n rows of one graph, or of a batch that is spread over ranks like this. Collective over `comm`.
template <class Device = DefaultDevice>
Rows<Device> plain_rows(Ordinal n, Comm const& comm = Comm::self()) {
  Rows<Device> rows;
  rows.num_owned = n;
  rows.first = comm.sum_before(n);
  rows.num_global = comm.sum(static_cast<std::int64_t>(n));
  rows.batch = SharedSegments<Device>(comm, one_segment<Device>(static_cast<std::size_t>(n)));
  rows.graphs = rows.batch;
  return rows;
}

}  // namespace nacre::nn
