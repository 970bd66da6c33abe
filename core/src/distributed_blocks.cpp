#include <nacre/core/distributed_blocks.hpp>

#include <algorithm>

namespace nacre {

DistributedBlocks to_blocks(DistributedCsr<double> const& A, int block_size) {
  using Values = Kokkos::View<double***, Kokkos::LayoutRight, DefaultDevice>;
  auto const& pattern = A.pattern;
  auto const& rows = pattern.rows();
  std::string problem;
  if (block_size < 1 || rows != pattern.cols() || rows.num_owned() % std::max(1, block_size) != 0)
    problem = cat("to_blocks: the matrix is ", rows.num_global(), " by ", pattern.cols().num_global(),
                  " and rank ", rows.comm().rank(), " has ", rows.num_owned(),
                  " rows of it; expected a square matrix and a multiple of the block size, ", block_size);
  rows.comm().fail_together(problem);
  if (block_size == 1) {
    DistributedBlocks const blocks{pattern, Values(Kokkos::view_alloc(std::string("nacre::to_blocks::values"),
                                                                      Kokkos::WithoutInitializing),
                                                   A.values.extent(0), 1, 1)};
    Kokkos::deep_copy(Vector<double>(blocks.values.data(), blocks.values.size()), A.values);
    return blocks;
  }

  auto const row_ptr = host_view(pattern.local().row_ptr());
  auto const col = host_view(pattern.local().col());
  auto const values = host_view(A.values);
  GlobalRows<double> mine;
  std::vector<GlobalOrdinal> found;
  for (Ordinal first = 0; first < rows.num_owned(); first += block_size) {
    found.clear();
    for (Offset k = row_ptr(first); k < row_ptr(first + block_size); ++k)
      found.push_back(pattern.global_col(col(k)) / block_size);
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    mine.col.insert(mine.col.end(), found.begin(), found.end());
    mine.row_ptr.push_back(static_cast<Offset>(mine.col.size()));
  }
  mine.values.assign(mine.col.size(), 0.);
  RowPartition const nodes(rows.comm(), rows.num_owned() / block_size);
  auto const made = make_distributed<double>(nodes, nodes, mine);

  auto const b = static_cast<std::size_t>(block_size);
  DistributedBlocks blocks{made.pattern,
                           Values(std::string("nacre::to_blocks::values"), mine.col.size(), b, b)};
  auto const out = Kokkos::create_mirror_view(blocks.values);
  auto const block_ptr = host_view(made.pattern.local().row_ptr());
  auto const block_col = host_view(made.pattern.local().col());
  std::vector<std::pair<GlobalOrdinal, std::size_t>> position;  // of the blocks of a row
  for (Ordinal i = 0; i < nodes.num_owned(); ++i) {
    position.clear();
    for (Offset k = block_ptr(i); k < block_ptr(i + 1); ++k)
      position.emplace_back(made.pattern.global_col(block_col(k)), static_cast<std::size_t>(k));
    std::sort(position.begin(), position.end());
    for (int r = 0; r < block_size; ++r)
      for (Offset k = row_ptr(i * block_size + r); k < row_ptr(i * block_size + r + 1); ++k) {
        GlobalOrdinal const j = pattern.global_col(col(k));
        auto const at = std::lower_bound(position.begin(), position.end(),
                                         std::make_pair(j / block_size, std::size_t(0)));
        out(at->second, static_cast<std::size_t>(r), static_cast<std::size_t>(j % block_size)) = values(k);
      }
  }
  Kokkos::deep_copy(blocks.values, out);
  return blocks;
}

}  // namespace nacre
