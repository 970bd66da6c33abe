#pragma once

#include <nacre/core/csr_matrix.hpp>

/// \file
/// Transposes, and other data that is derived once from a pattern and kept with it.

namespace nacre {

/// Marks the absence of an entry where a position is expected.
inline constexpr Offset kNoEntry = static_cast<Offset>(-1);

/// The transpose of a pattern and where its entries come from.
template <class Device = DefaultDevice>
struct TransposedPattern {
  CsrPattern<Device> pattern;          ///< m-by-n
  Vector<Offset const, Device> entry;  ///< [nnz] entry k of the transpose is entry(k) of the original
};

/// The row of each entry of a pattern.
template <class Device = DefaultDevice>
struct RowOfEntry {
  Vector<Ordinal const, Device> row;  ///< [nnz]
};

/// Where the entries of a pattern are in its transpose.
template <class Device = DefaultDevice>
struct PositionInTranspose {
  Vector<Offset const, Device> position;  ///< [nnz] entry k is entry position(k) of the transpose
};

/// Where the diagonal of a pattern is.
template <class Device = DefaultDevice>
struct DiagonalPositions {
  Vector<Offset const, Device> entry;  ///< [min(n, m)], kNoEntry where the diagonal has none
  Ordinal num_missing = 0;             ///< how many of them are kNoEntry
  Ordinal first_missing = -1;          ///< the first of them, -1 if none is
};

namespace detail {

/// A counting sort of the entries by column; within a column the order of rows is kept.
/// \param[out] ptr [m+1], row, entry [nnz]; entry may be null
void transpose_on_host(Ordinal num_rows, Ordinal num_cols, Offset const* row_ptr, Ordinal const* col,
                       Offset* ptr, Ordinal* row, Offset* entry);
/// \param[out] entry [size], kNoEntry where there is none
void find_diagonal_on_host(Ordinal size, Offset const* row_ptr, Ordinal const* col, Offset* entry);

}  // namespace detail

/// The transpose of `pattern`; derived on first use, kept with the pattern.
template <class Device>
TransposedPattern<Device> const& transposed(CsrPattern<Device> const& pattern) {
  return pattern.template cached<TransposedPattern<Device>>([&pattern]() -> TransposedPattern<Device> {
    auto const n = pattern.num_rows(), m = pattern.num_cols();
    auto const nnz = pattern.num_entries();
    Vector<Offset, Device> const ptr(
        Kokkos::view_alloc("nacre::transpose::row_ptr", Kokkos::WithoutInitializing),
        static_cast<std::size_t>(m) + 1);
    Vector<Ordinal, Device> const row(
        Kokkos::view_alloc("nacre::transpose::col", Kokkos::WithoutInitializing), nnz);
    Vector<Offset, Device> const entry(
        Kokkos::view_alloc("nacre::transpose::entry", Kokkos::WithoutInitializing), nnz);
    auto const row_ptr = host_view(pattern.row_ptr());
    auto const col = host_view(pattern.col());
    auto const ptr_h = Kokkos::create_mirror_view(ptr);
    auto const row_h = Kokkos::create_mirror_view(row);
    auto const entry_h = Kokkos::create_mirror_view(entry);
    detail::transpose_on_host(n, m, row_ptr.data(), col.data(), ptr_h.data(), row_h.data(), entry_h.data());
    Kokkos::deep_copy(ptr, ptr_h);
    Kokkos::deep_copy(row, row_h);
    Kokkos::deep_copy(entry, entry_h);
    return {CsrPattern<Device>(m, n, ptr, row), entry};
  });
}

/// The inverse of `transposed(pattern).entry`; derived on first use, kept with the pattern.
template <class Device>
Vector<Offset const, Device> const& position_in_transpose(CsrPattern<Device> const& pattern) {
  return pattern
      .template cached<PositionInTranspose<Device>>([&pattern]() -> PositionInTranspose<Device> {
        auto const entry = host_view(transposed(pattern).entry);
        Vector<Offset, Device> const position(
            Kokkos::view_alloc("nacre::position_in_transpose", Kokkos::WithoutInitializing),
            pattern.num_entries());
        auto const position_h = Kokkos::create_mirror_view(position);
        for (std::size_t k = 0; k < pattern.num_entries(); ++k) position_h(entry(k)) = static_cast<Offset>(k);
        Kokkos::deep_copy(position, position_h);
        return {position};
      })
      .position;
}

/// The row of each entry of `pattern`, `[nnz]`; derived on first use, kept with the pattern.
template <class Device>
Vector<Ordinal const, Device> const& row_of_entry(CsrPattern<Device> const& pattern) {
  return pattern
      .template cached<RowOfEntry<Device>>([&pattern]() -> RowOfEntry<Device> {
        auto const row_ptr = host_view(pattern.row_ptr());
        Vector<Ordinal, Device> const row(
            Kokkos::view_alloc("nacre::row_of_entry", Kokkos::WithoutInitializing), pattern.num_entries());
        auto const row_h = Kokkos::create_mirror_view(row);
        for (Ordinal i = 0; i < pattern.num_rows(); ++i)
          for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) row_h(k) = i;
        Kokkos::deep_copy(row, row_h);
        return {row};
      })
      .row;
}

/// Where the diagonal of `pattern` is; derived on first use, kept with the pattern.
template <class Device>
DiagonalPositions<Device> const& diagonal_positions(CsrPattern<Device> const& pattern) {
  return pattern.template cached<DiagonalPositions<Device>>([&pattern]() -> DiagonalPositions<Device> {
    auto const row_ptr = host_view(pattern.row_ptr());
    auto const col = host_view(pattern.col());
    Ordinal const size = pattern.num_rows() < pattern.num_cols() ? pattern.num_rows() : pattern.num_cols();
    Vector<Offset, Device> const entry(
        Kokkos::view_alloc("nacre::diagonal_positions", Kokkos::WithoutInitializing),
        static_cast<std::size_t>(size));
    auto const entry_h = Kokkos::create_mirror_view(entry);
    detail::find_diagonal_on_host(size, row_ptr.data(), col.data(), entry_h.data());
    DiagonalPositions<Device> positions;
    for (Ordinal i = size - 1; i >= 0; --i)
      if (entry_h(i) == kNoEntry) {
        ++positions.num_missing;
        positions.first_missing = i;
      }
    Kokkos::deep_copy(entry, entry_h);
    positions.entry = entry;
    return positions;
  });
}

/// out(k) = in(entry(k)).
///
/// \param entry    [n] positions in `in`; kNoEntry gives zero
/// \param in       [any]
/// \param[out] out [n], overwritten; must not alias `in`
template <class Exec, class Entries, class In, class Out>
void gather(Exec const& exec, Entries const& entry, In const& in, Out const& out) {
  check_extent("gather", out, 0, entry.extent(0), "the number of positions");
  Kokkos::parallel_for(
      "nacre::gather", range_of_entries(exec, out.extent(0)), KOKKOS_LAMBDA(std::int64_t k) {
        out(k) = entry(k) == kNoEntry ? typename Out::non_const_value_type(0) : in(entry(k));
      });
}

/// The values of A^T on `transposed(pattern).pattern`: a gather.
///
/// \param values       [nnz] entries of A
/// \param[out] values_t [nnz], overwritten; must not alias `values`
/// \throws nacre::Error if an extent does not match
template <class Exec, class Device, class Values, class ValuesT>
void transpose_values(Exec const& exec, CsrPattern<Device> const& pattern, Values const& values,
                      ValuesT const& values_t) {
  check_extent("transpose_values", values, 0, pattern.num_entries(), "the pattern's number of entries");
  check_extent("transpose_values", values_t, 0, pattern.num_entries(), "the pattern's number of entries");
  gather(exec, transposed(pattern).entry, values, values_t);
}

/// A^T, with values of its own on the cached transposed pattern.
template <class Exec, class Scalar, class Device>
CsrMatrix<Scalar, Device> transpose(Exec const& exec, CsrMatrix<Scalar, Device> const& A) {
  Vector<Scalar, Device> const values(
      Kokkos::view_alloc("nacre::transpose::values", Kokkos::WithoutInitializing), A.num_entries());
  transpose_values(exec, A.pattern, A.values, values);
  return {transposed(A.pattern).pattern, values};
}

}  // namespace nacre
