#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <typeindex>

#include <nacre/core/error.hpp>
#include <nacre/core/types.hpp>

/// \file
/// The sparsity of a matrix, shared by every matrix that has it.

namespace nacre {

/// The sparsity of an n-by-m matrix in compressed-row form: immutable, cheap to copy, shared.
///
/// Columns are sorted within a row and appear once. What can be derived from a pattern (its transpose,
/// the row of each entry, diagonal positions, level sets, colourings) is derived on first use by the
/// function that needs it and kept here, so every matrix on the pattern shares it: see cached().
template <class Device = DefaultDevice>
class CsrPattern {
 public:
  using device_type = Device;
  using memory_space = typename Device::memory_space;
  using OffsetView = Kokkos::View<Offset const*, Device>;
  using OrdinalView = Kokkos::View<Ordinal const*, Device>;

  /// The pattern without rows or columns.
  CsrPattern() : CsrPattern(0, 0, OffsetView(Vector<Offset, Device>("nacre::row_ptr", 1)), OrdinalView()) {}

  /// \param num_rows n
  /// \param num_cols m
  /// \param row_ptr  [n+1], from 0 to the number of entries, not decreasing
  /// \param col      [nnz], sorted within each row, each in [0, m)
  /// \throws nacre::Error if the extents do not match; what is inside is checked by validate()
  CsrPattern(Ordinal num_rows, Ordinal num_cols, OffsetView row_ptr, OrdinalView col)
      : num_rows_(num_rows),
        num_cols_(num_cols),
        row_ptr_(row_ptr),
        col_(col),
        cache_(std::make_shared<Cache>()) {
    if (num_rows < 0 || num_cols < 0)
      fail(cat("CsrPattern: a ", num_rows, " by ", num_cols, " matrix; sizes must not be negative"));
    check_extent("CsrPattern", row_ptr, 0, static_cast<std::size_t>(num_rows) + 1, "the number of rows + 1");
  }

  Ordinal num_rows() const { return num_rows_; }
  Ordinal num_cols() const { return num_cols_; }
  std::size_t num_entries() const { return col_.extent(0); }
  OffsetView const& row_ptr() const { return row_ptr_; }  ///< [n+1]
  OrdinalView const& col() const { return col_; }         ///< [nnz]

  /// Whether both are handles of the same pattern (not merely equal ones).
  bool same_as(CsrPattern const& other) const { return cache_ == other.cache_; }

  /// The `T` derived from this pattern: `make()` on the first call, the same object ever after.
  template <class T, class Make>
  T const& cached(Make const& make) const {
    std::lock_guard<std::recursive_mutex> const lock(cache_->mutex);
    auto& slot = cache_->derived[std::type_index(typeid(T))];
    if (!slot) {
      auto made = std::make_shared<T>(make());
      // make() may itself have asked for derived data, so look the slot up again
      cache_->derived[std::type_index(typeid(T))] = made;
      return *made;
    }
    return *static_cast<T const*>(slot.get());
  }

 private:
  struct Cache {
    std::recursive_mutex mutex;
    std::map<std::type_index, std::shared_ptr<void>> derived;
  };
  Ordinal num_rows_, num_cols_;
  OffsetView row_ptr_;
  OrdinalView col_;
  std::shared_ptr<Cache> cache_;
};

}  // namespace nacre
