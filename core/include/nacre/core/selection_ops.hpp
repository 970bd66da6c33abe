#pragma once

#include <nacre/core/coo.hpp>
#include <nacre/core/gather_scatter.hpp>
#include <nacre/core/level_sets.hpp>
#include <nacre/core/permute.hpp>

/// \file
/// Differentiable selections of entries (submatrices, permutations, triangular parts) and assembly from
/// entries.

namespace nacre {

/// The values of a pattern that was picked from another one: a gather; the adjoint adds each cotangent to the
/// entry it came from.
///
/// values [nnz of the original] -> [nnz of pattern()]
template <class Device = DefaultDevice>
struct SelectEntriesOp : GatherOp<Device> {
  static constexpr char const* name = "nacre::select_entries";
  CsrPattern<Device> pattern;  ///< of the result

  /// \param num_entries of the original
  SelectEntriesOp(char const* op, std::size_t num_entries, SelectedPattern<Device> const& selected)
      : GatherOp<Device>(IndexMap<Device>(op, num_entries, selected.entry), op), pattern(selected.pattern) {}
};

/// B(i, j) = A(rows(i), cols(j)); \see submatrix
template <class Device>
SelectEntriesOp<Device> submatrix_op(CsrPattern<Device> const& pattern, std::vector<Ordinal> const& rows,
                                     std::vector<Ordinal> const& cols) {
  return {"submatrix", pattern.num_entries(), submatrix(pattern, rows, cols)};
}

/// B(i, j) = A(row_order(i), col_order(j)); \see permute
template <class Device>
SelectEntriesOp<Device> permute_op(CsrPattern<Device> const& pattern, std::vector<Ordinal> const& row_order,
                                   std::vector<Ordinal> const& col_order) {
  return {"permute", pattern.num_entries(), permute(pattern, row_order, col_order)};
}

/// The entries on and below (lower) or on and above (upper) the k-th diagonal: those with j - i <= k, or
/// with j - i >= k. The main diagonal is k = 0, the one above it k = 1.
template <class Device>
SelectedPattern<Device> triangular_part(CsrPattern<Device> const& pattern, Triangle part, Ordinal k = 0) {
  auto const row_ptr = host_view(pattern.row_ptr());
  auto const col = host_view(pattern.col());
  std::vector<Offset> ptr{0}, entry;
  std::vector<Ordinal> kept;
  for (Ordinal i = 0; i < pattern.num_rows(); ++i) {
    for (Offset e = row_ptr(i); e < row_ptr(i + 1); ++e) {
      auto const diagonal = static_cast<std::int64_t>(col(e)) - i;
      if (part == Triangle::lower ? diagonal > k : diagonal < k) continue;
      kept.push_back(col(e));
      entry.push_back(e);
    }
    ptr.push_back(static_cast<Offset>(kept.size()));
  }
  return {CsrPattern<Device>(pattern.num_rows(), pattern.num_cols(),
                             to_device<Device>("nacre::triangular_part::row_ptr", ptr),
                             to_device<Device>("nacre::triangular_part::col", kept)),
          to_device<Device>("nacre::triangular_part::entry", entry)};
}

/// The lower or upper triangular part; \see triangular_part
template <class Device>
SelectEntriesOp<Device> triangular_part_op(CsrPattern<Device> const& pattern, Triangle part, Ordinal k = 0) {
  return {"triangular_part", pattern.num_entries(), triangular_part(pattern, part, k)};
}

/// A matrix from entries in any order, several for the same place being summed in their order;
/// `entries_bar(s) += values_bar(entry of the place of s)`.
///
/// entries [count] in the order of the places -> values [nnz of pattern()]
template <class Device = DefaultDevice>
struct AssembleOp : ScatterAddOp<Device> {
  static constexpr char const* name = "nacre::assemble";
  CsrPattern<Device> pattern;  ///< of the result

  explicit AssembleOp(CooAssembly<Device> const& places)
      : ScatterAddOp<Device>(make_map(places), "assemble"), pattern(places.pattern()) {}
  /// \see CooAssembly
  AssembleOp(Ordinal num_rows, Ordinal num_cols, std::vector<Ordinal> const& row,
             std::vector<Ordinal> const& col)
      : AssembleOp(CooAssembly<Device>(num_rows, num_cols, row, col)) {}

 private:
  static IndexMap<Device> make_map(CooAssembly<Device> const& places) {
    auto const ptr = host_view(places.summand_ptr()), summand = host_view(places.summand());
    std::vector<Offset> entry(summand.extent(0));
    for (std::size_t k = 0; k + 1 < ptr.extent(0); ++k)
      for (auto s = static_cast<std::size_t>(ptr(k)); s < static_cast<std::size_t>(ptr(k + 1)); ++s)
        entry[static_cast<std::size_t>(summand(s))] = static_cast<Offset>(k);
    return IndexMap<Device>("assemble", places.pattern().num_entries(), entry);
  }
};

}  // namespace nacre
