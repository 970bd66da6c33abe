#pragma once

#include <vector>

#include <nacre/core/gather_scatter.hpp>

/// \file
/// Entries of one pattern at the places of another, and places that two patterns have in common.

namespace nacre {

namespace detail {

/// Where the entries of `at` are in `from`, kNoEntry where they are not.
std::vector<Offset> positions_on_host(Ordinal num_rows, Offset const* from_ptr, Ordinal const* from_col,
                                      Offset const* at_ptr, Ordinal const* at_col);

template <class Device>
void check_same_size(char const* op, CsrPattern<Device> const& A, CsrPattern<Device> const& B) {
  if (A.num_rows() != B.num_rows() || A.num_cols() != B.num_cols())
    fail(cat(op, ": A is ", A.num_rows(), " by ", A.num_cols(), " but B is ", B.num_rows(), " by ",
             B.num_cols()));
}

template <class Device>
std::vector<Offset> positions(CsrPattern<Device> const& from, CsrPattern<Device> const& at) {
  auto const from_ptr = host_view(from.row_ptr()), at_ptr = host_view(at.row_ptr());
  auto const from_col = host_view(from.col()), at_col = host_view(at.col());
  return positions_on_host(from.num_rows(), from_ptr.data(), from_col.data(), at_ptr.data(), at_col.data());
}

}  // namespace detail

/// b(k) = A(i, j) for the entries k = (i, j) of another pattern, zero where A has no such entry;
/// `values_bar(entry of (i, j)) += b_bar(k)`.
///
/// values [nnz of from] -> [nnz of at]
template <class Device = DefaultDevice>
struct EntriesAtOp : GatherOp<Device> {
  static constexpr char const* name = "nacre::entries_at";
  CsrPattern<Device> pattern;  ///< of the result

  /// \param from, at n-by-m
  /// \throws nacre::Error if the sizes differ
  EntriesAtOp(CsrPattern<Device> const& from, CsrPattern<Device> const& at)
      : GatherOp<Device>(make_map(from, at), "entries_at"), pattern(at) {}

 private:
  static IndexMap<Device> make_map(CsrPattern<Device> const& from, CsrPattern<Device> const& at) {
    detail::check_same_size("entries_at", from, at);
    return IndexMap<Device>::of_distinct(from.num_entries(),
                                         to_device<Device>("nacre::entries_at", detail::positions(from, at)));
  }
};

/// The places that two patterns have in common.
template <class Device = DefaultDevice>
struct CommonEntries {
  CsrPattern<Device> pattern;                     ///< of them, n-by-m
  Vector<Offset const, Device> a_entry, b_entry;  ///< [nnz] where they are in A and in B
};

/// \param A, B n-by-m
/// \throws nacre::Error if the sizes differ
template <class Device>
CommonEntries<Device> common_entries(CsrPattern<Device> const& A, CsrPattern<Device> const& B) {
  detail::check_same_size("common_entries", A, B);
  if (A.same_as(B)) {
    std::vector<Offset> all(A.num_entries());
    for (std::size_t k = 0; k < all.size(); ++k) all[k] = static_cast<Offset>(k);
    auto const entry = to_device<Device>("nacre::common_entries", all);
    return {A, entry, entry};
  }
  auto const in_b = detail::positions(B, A);
  auto const a_ptr = host_view(A.row_ptr());
  auto const a_col = host_view(A.col());
  std::vector<Offset> row_ptr{0}, a_entry, b_entry;
  std::vector<Ordinal> col;
  for (Ordinal i = 0; i < A.num_rows(); ++i) {
    for (Offset k = a_ptr(i); k < a_ptr(i + 1); ++k)
      if (auto const e = in_b[static_cast<std::size_t>(k)]; e != kNoEntry) {
        col.push_back(a_col(k));
        a_entry.push_back(k);
        b_entry.push_back(e);
      }
    row_ptr.push_back(static_cast<Offset>(col.size()));
  }
  return {CsrPattern<Device>(A.num_rows(), A.num_cols(),
                             to_device<Device>("nacre::common_entries::row_ptr", row_ptr),
                             to_device<Device>("nacre::common_entries::col", col)),
          to_device<Device>("nacre::common_entries::a_entry", a_entry),
          to_device<Device>("nacre::common_entries::b_entry", b_entry)};
}

}  // namespace nacre
