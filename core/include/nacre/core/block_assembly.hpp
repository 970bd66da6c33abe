#pragma once

#include <tuple>
#include <utility>
#include <vector>

#include <nacre/core/entries.hpp>
#include <nacre/core/transpose.hpp>

/// \file
/// Matrices made of blocks.

namespace nacre {

namespace detail {

/// One block as the assembly on the host sees it; null pointers: there is none.
struct HostBlock {
  Ordinal num_rows = 0, num_cols = 0;
  Offset const* row_ptr = nullptr;
  Ordinal const* col = nullptr;
};
struct HostBlocks {
  Ordinal num_rows = 0, num_cols = 0;
  std::vector<Offset> row_ptr;
  std::vector<Ordinal> col;
  std::vector<std::vector<Offset>> position;  ///< for each block that there is, by rows of blocks
};
/// \param blocks [rows of blocks x columns of blocks] by rows
HostBlocks assemble_blocks(std::size_t block_rows, std::size_t block_cols,
                           std::vector<HostBlock> const& blocks);

/// out(position(k)) = in(k)
template <class In, class Out>
struct CopyToPositionsBody {
  Offset const* position;
  In const* in;
  Out* out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k) const { out[position[k]] = static_cast<Out>(in[k]); }
};
/// out(k) += in(position(k))
template <class In, class Out>
struct AddFromPositionsBody {
  Offset const* position;
  In const* in;
  Out* out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k) const {
    out[k] += static_cast<Out>(in[position[k]]);
  }
};

}  // namespace detail

/// A grid of blocks; one without rows and columns (as of CsrPattern()) is missing, that is zero.
template <class Device = DefaultDevice>
using BlockGrid = std::vector<std::vector<CsrPattern<Device>>>;

/// The matrix made of a grid of blocks. Its inputs are the values of the blocks that are not missing, by rows
/// of blocks; each gets the cotangent of its entries.
///
/// values of each block [its nnz] -> [nnz of pattern()]
template <class Device = DefaultDevice>
class BlockAssemblyOp {
 public:
  static constexpr char const* name = "nacre::block_assembly";
  static constexpr Form form = Form::linear;

  /// \param blocks in rows of equal length; blocks in a row are equally high, those in a column equally wide
  /// \throws nacre::Error if they are not, or if all of a row or column are missing: its size is unknown then
  explicit BlockAssemblyOp(BlockGrid<Device> const& blocks) {
    std::size_t const width = blocks.empty() ? 0 : blocks[0].size();
    using HostOffsets = decltype(host_view(std::declval<CsrPattern<Device>>().row_ptr()));
    using HostOrdinals = decltype(host_view(std::declval<CsrPattern<Device>>().col()));
    std::vector<HostOffsets> row_ptr;
    std::vector<HostOrdinals> col;
    std::vector<detail::HostBlock> host;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      if (blocks[i].size() != width)
        fail(cat("block_assembly: row of blocks 0 has ", width, " blocks but row ", i, " has ",
                 blocks[i].size()));
      for (auto const& block : blocks[i]) {
        if (block.num_rows() == 0 && block.num_cols() == 0) {
          host.push_back({});
          continue;
        }
        row_ptr.push_back(host_view(block.row_ptr()));
        col.push_back(host_view(block.col()));
        host.push_back({block.num_rows(), block.num_cols(), row_ptr.back().data(), col.back().data()});
      }
    }
    auto const all = detail::assemble_blocks(blocks.size(), width, host);
    pattern_ = CsrPattern<Device>(all.num_rows, all.num_cols,
                                  to_device<Device>("nacre::block_assembly::row_ptr", all.row_ptr),
                                  to_device<Device>("nacre::block_assembly::col", all.col));
    for (auto const& p : all.position)
      position_.push_back(to_device<Device>("nacre::block_assembly::position", p));
  }

  CsrPattern<Device> const& pattern() const { return pattern_; }
  std::size_t num_blocks() const { return position_.size(); }  ///< that are not missing

  template <class... Values>
  std::array<std::size_t, 1> output_extents(Values const&...) const {
    return {{pattern_.num_entries()}};
  }

  template <class Exec, class Y, class... Values>
  void forward(Exec const& exec, Y const& y, Values const&... values) const {
    if (sizeof...(Values) != num_blocks())
      fail(cat("block_assembly: values of ", sizeof...(Values), " blocks, but there are ", num_blocks()));
    check_extent("block_assembly", y, 0, pattern_.num_entries(), "the pattern's number of entries");
    std::size_t b = 0;
    (copy(exec, b++, values, y), ...);
  }

  template <class Exec, class Y, class YBar, class... InAndBars>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, InAndBars const&... in_and_bars) const {
    constexpr std::size_t half = sizeof...(InAndBars) / 2;
    add_all<half>(exec, y_bar, std::tie(in_and_bars...), std::make_index_sequence<half>());
  }

 private:
  template <class Exec, class Values, class Y>
  void copy(Exec const& exec, std::size_t b, Values const& values, Y const& y) const {
    check_extent("block_assembly", values, 0, position_[b].extent(0), "the number of entries of this block");
    detail::for_each_entry(
        exec, name, values.extent(0),
        detail::CopyToPositionsBody<typename Values::non_const_value_type, typename Y::non_const_value_type>{
            position_[b].data(), values.data(), y.data()});
  }
  template <std::size_t kHalf, class Exec, class YBar, class Tuple, std::size_t... I>
  void add_all(Exec const& exec, YBar const& y_bar, Tuple const& in_and_bars,
               std::index_sequence<I...>) const {
    (add(exec, I, y_bar, std::get<kHalf + I>(in_and_bars)), ...);
  }
  template <class Exec, class YBar, class Bar>
  void add(Exec const& exec, std::size_t b, YBar const& y_bar, Bar const& bar) const {
    if (!is_given(bar)) return;
    detail::for_each_entry(
        exec, "nacre::block_assembly_adjoint", bar.extent(0),
        detail::AddFromPositionsBody<typename YBar::non_const_value_type, typename Bar::non_const_value_type>{
            position_[b].data(), y_bar.data(), bar.data()});
  }

  CsrPattern<Device> pattern_;
  std::vector<Vector<Offset const, Device>> position_;  // of each block's entries
};

/// [A B C ...]: matrices side by side, equally high.
template <class Device>
BlockAssemblyOp<Device> side_by_side(std::vector<CsrPattern<Device>> const& blocks) {
  return BlockAssemblyOp<Device>(BlockGrid<Device>{blocks});
}

/// Matrices one above the other, equally wide.
template <class Device>
BlockAssemblyOp<Device> stacked(std::vector<CsrPattern<Device>> const& blocks) {
  BlockGrid<Device> grid;
  for (auto const& block : blocks) grid.push_back({block});
  return BlockAssemblyOp<Device>(grid);
}

/// Matrices along the diagonal.
template <class Device>
BlockAssemblyOp<Device> block_diagonal(std::vector<CsrPattern<Device>> const& blocks) {
  BlockGrid<Device> grid(blocks.size(), std::vector<CsrPattern<Device>>(blocks.size()));
  for (std::size_t b = 0; b < blocks.size(); ++b) grid[b][b] = blocks[b];
  return BlockAssemblyOp<Device>(grid);
}

}  // namespace nacre
