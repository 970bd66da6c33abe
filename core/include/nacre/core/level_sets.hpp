#pragma once

#include <vector>

#include <nacre/core/csr_pattern.hpp>

/// \file
/// The triangles of a pattern, and which of their rows can be solved at the same time.

namespace nacre {

enum class Triangle { lower, upper };

/// Where the strict triangles of a square pattern begin and end in each row.
template <class Device = DefaultDevice>
struct TriangleBounds {
  Vector<Offset const, Device>
      lower_end;  ///< [n] entries from row_ptr(i) up to this are left of the diagonal
  Vector<Offset const, Device>
      upper_begin;             ///< [n] entries from this on are right of it; between them, the diagonal
  Ordinal num_missing = 0;     ///< rows without an entry on the diagonal
  Ordinal first_missing = -1;  ///< the first of them
};

/// Rows grouped so that those of a level depend on earlier levels only.
template <class Device = DefaultDevice>
struct LevelSets {
  Vector<Ordinal const, Device> rows;  ///< [n] level after level, ascending within a level
  std::vector<Ordinal> level_ptr;      ///< [levels + 1] on the host

  Ordinal num_levels() const { return static_cast<Ordinal>(level_ptr.size()) - 1; }
};

namespace detail {

/// A type of its own for each triangle, so that a pattern can keep both.
template <Triangle kTriangle, class Device>
struct LevelSetsOf {
  LevelSets<Device> sets;
};

void find_triangles_on_host(Ordinal n, Offset const* row_ptr, Ordinal const* col, Offset* lower_end,
                            Offset* upper_begin);
/// \param[out] rows [n]
/// \return level_ptr
std::vector<Ordinal> find_levels_on_host(Triangle triangle, Ordinal n, Offset const* row_ptr,
                                         Ordinal const* col, Ordinal* rows);

template <class Device>
void require_square(char const* op, CsrPattern<Device> const& pattern) {
  if (pattern.num_rows() != pattern.num_cols())
    fail(cat(op, ": the matrix is ", pattern.num_rows(), " by ", pattern.num_cols(), ", not square"));
}

template <Triangle kTriangle, class Device>
LevelSets<Device> const& level_sets_of(CsrPattern<Device> const& pattern) {
  return pattern
      .template cached<LevelSetsOf<kTriangle, Device>>([&pattern]() -> LevelSetsOf<kTriangle, Device> {
        auto const row_ptr = host_view(pattern.row_ptr());
        auto const col = host_view(pattern.col());
        Vector<Ordinal, Device> const rows(
            Kokkos::view_alloc("nacre::level_sets", Kokkos::WithoutInitializing),
            static_cast<std::size_t>(pattern.num_rows()));
        auto const rows_h = Kokkos::create_mirror_view(rows);
        auto level_ptr =
            find_levels_on_host(kTriangle, pattern.num_rows(), row_ptr.data(), col.data(), rows_h.data());
        Kokkos::deep_copy(rows, rows_h);
        return {{rows, std::move(level_ptr)}};
      })
      .sets;
}

}  // namespace detail

/// The triangles of `pattern`; derived on first use, kept with the pattern.
/// \throws nacre::Error if the pattern is not square
template <class Device>
TriangleBounds<Device> const& triangle_bounds(CsrPattern<Device> const& pattern) {
  detail::require_square("triangle_bounds", pattern);
  return pattern.template cached<TriangleBounds<Device>>([&pattern]() -> TriangleBounds<Device> {
    auto const n = static_cast<std::size_t>(pattern.num_rows());
    auto const row_ptr = host_view(pattern.row_ptr());
    auto const col = host_view(pattern.col());
    Vector<Offset, Device> const lower_end(
        Kokkos::view_alloc("nacre::lower_end", Kokkos::WithoutInitializing), n);
    Vector<Offset, Device> const upper_begin(
        Kokkos::view_alloc("nacre::upper_begin", Kokkos::WithoutInitializing), n);
    auto const lower_end_h = Kokkos::create_mirror_view(lower_end);
    auto const upper_begin_h = Kokkos::create_mirror_view(upper_begin);
    detail::find_triangles_on_host(pattern.num_rows(), row_ptr.data(), col.data(), lower_end_h.data(),
                                   upper_begin_h.data());
    TriangleBounds<Device> bounds;
    for (Ordinal i = pattern.num_rows() - 1; i >= 0; --i)
      if (lower_end_h(i) == upper_begin_h(i)) {
        ++bounds.num_missing;
        bounds.first_missing = i;
      }
    Kokkos::deep_copy(lower_end, lower_end_h);
    Kokkos::deep_copy(upper_begin, upper_begin_h);
    bounds.lower_end = lower_end;
    bounds.upper_begin = upper_begin;
    return bounds;
  });
}

/// The level sets of a triangle of `pattern`, other entries ignored; derived on first use, kept with the
/// pattern. \throws nacre::Error if the pattern is not square
template <class Device>
LevelSets<Device> const& level_sets(CsrPattern<Device> const& pattern, Triangle triangle) {
  detail::require_square("level_sets", pattern);
  return triangle == Triangle::lower ? detail::level_sets_of<Triangle::lower>(pattern)
                                     : detail::level_sets_of<Triangle::upper>(pattern);
}

}  // namespace nacre
