#pragma once

#include <array>
#include <utility>
#include <vector>

#include <nacre/core/problems.hpp>

/// \file
/// Problems on boxes with a block of the box for each rank instead of a slab.

namespace nacre::perf {

using Index3 = std::array<GlobalOrdinal, 3>;

/// Ranks in each direction: the factors of `ranks` nearest to each other, ascending.
inline std::array<int, 3> blocks_of(int ranks) {
  std::array<int, 3> best{{1, 1, ranks}};
  for (int x = 1; x * x * x <= ranks; ++x)
    for (int y = x; x * y * y <= ranks; ++y)
      if (ranks % (x * y) == 0 && x + y + ranks / (x * y) < best[0] + best[1] + best[2])
        best = {{x, y, ranks / (x * y)}};
  return best;
}

/// The points of a box, numbered block after block, x fastest within a block and among blocks.
struct BlockNumbering {
  Index3 points;
  std::array<int, 3> blocks;

  /// The first of the points in direction d that belong to block b.
  GlobalOrdinal first(int d, GlobalOrdinal b) const {
    auto const at = static_cast<std::size_t>(d);
    return (points[at] * b + blocks[at] - 1) / blocks[at];
  }
  GlobalOrdinal block(int d, GlobalOrdinal p) const {
    auto const at = static_cast<std::size_t>(d);
    return p * blocks[at] / points[at];
  }
  Index3 place(GlobalOrdinal number) const {
    return {{number % points[0], number / points[0] % points[1], number / (points[0] * points[1])}};
  }
  int rank(Index3 const& p) const {
    return static_cast<int>(block(0, p[0]) + blocks[0] * (block(1, p[1]) + blocks[1] * block(2, p[2])));
  }
  /// The number of a point among all.
  GlobalOrdinal operator()(Index3 const& p) const {
    Index3 low, size, at;
    for (int d = 0; d < 3; ++d) {
      auto const i = static_cast<std::size_t>(d);
      auto const b = block(d, p[i]);
      low[i] = first(d, b);
      size[i] = first(d, b + 1) - low[i];
      at[i] = p[i] - low[i];
    }
    // whole layers of blocks, then rows of blocks in this layer, then blocks of this row
    GlobalOrdinal const before =
        low[2] * points[0] * points[1] + size[2] * (low[1] * points[0] + size[1] * low[0]);
    return before + at[0] + size[0] * (at[1] + size[1] * at[2]);
  }
};

/// Moves the rows of a problem whose points are those of a box, numbered x fastest and dealt out in this order, to
/// the ranks whose blocks they are in. Coordinates and mesh are left out. Collective.
/// \param points how many there are in each direction, at least as many as blocks
inline Problem<double> in_blocks(Problem<double> const& slabs, Index3 const& points) {
  auto const& A = slabs.A;
  auto const& comm = A.comm();
  BlockNumbering const numbering{points, blocks_of(comm.size())};
  GlobalOrdinal const b = slabs.block_size;
  auto const renumber = [&](GlobalOrdinal row) { return numbering(numbering.place(row / b)) * b + row % b; };

  struct Entry {
    GlobalOrdinal row, col;
    double value;
  };
  auto const size = static_cast<std::size_t>(comm.size());
  auto const m = slabs.near_nullspace.extent(1);
  std::vector<std::vector<Entry>> entries(size);
  std::vector<std::vector<double>> vectors(size);
  auto const row_ptr = host_view(A.pattern.local().row_ptr());
  auto const col = host_view(A.pattern.local().col());
  auto const values = host_view(A.values);
  auto const near_nullspace = host_view(slabs.near_nullspace);
  for (Ordinal i = 0; i < A.pattern.num_owned_rows(); ++i) {
    GlobalOrdinal const row = A.pattern.rows().begin() + i;
    auto const to = static_cast<std::size_t>(numbering.rank(numbering.place(row / b)));
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
      entries[to].push_back({renumber(row), renumber(A.pattern.global_col(col(k))), values(k)});
    for (std::size_t c = 0; c < m; ++c) vectors[to].push_back(near_nullspace(i, c));
  }
  auto const deliver = [&](auto& parts) {  // parts of a block come in the order of its rows
    using T = typename std::decay_t<decltype(parts)>::value_type::value_type;
    std::vector<Comm::Parcel<T>> out;
    for (std::size_t r = 0; r < size; ++r)
      if (!parts[r].empty()) out.emplace_back(static_cast<int>(r), std::move(parts[r]));
    std::vector<T> all;
    for (auto const& [from, part] : comm.exchange(out)) all.insert(all.end(), part.begin(), part.end());
    return all;
  };
  auto const mine = deliver(entries);
  auto const modes = deliver(vectors);

  Problem<double> result;
  result.name = slabs.name;
  result.block_size = slabs.block_size;
  RowPartition const rows(comm, static_cast<Ordinal>(modes.size() / m));
  GlobalRows<double> owned;
  for (auto const& entry : mine) {
    while (rows.begin() + static_cast<GlobalOrdinal>(owned.row_ptr.size()) <= entry.row)
      owned.row_ptr.push_back(static_cast<Offset>(owned.col.size()));
    owned.col.push_back(entry.col);
    owned.values.push_back(entry.value);
  }
  owned.row_ptr.resize(static_cast<std::size_t>(rows.num_owned()) + 1, static_cast<Offset>(owned.col.size()));
  result.A = make_distributed<double>(rows, rows, owned);
  result.near_nullspace = MultiVector<double>("nacre::perf::near_nullspace", modes.size() / m, m);
  auto const h = Kokkos::create_mirror_view(result.near_nullspace);
  for (std::size_t i = 0; i < h.extent(0); ++i)
    for (std::size_t c = 0; c < m; ++c) h(i, c) = modes[i * m + c];
  Kokkos::deep_copy(result.near_nullspace, h);
  return result;
}

}  // namespace nacre::perf
