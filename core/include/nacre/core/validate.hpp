#pragma once

#include <nacre/core/csr_matrix.hpp>

/// \file
/// Checks of what is inside a matrix: linear in its size, so not made by every function that takes one.

namespace nacre {

namespace detail {

void validate_on_host(Ordinal num_rows, Ordinal num_cols, std::size_t num_entries, Offset const* row_ptr,
                      Ordinal const* col);
template <class Scalar>
void validate_values_on_host(Ordinal num_rows, Offset const* row_ptr, Ordinal const* col,
                             Scalar const* values);
extern template void validate_values_on_host(Ordinal, Offset const*, Ordinal const*, float const*);
extern template void validate_values_on_host(Ordinal, Offset const*, Ordinal const*, double const*);

}  // namespace detail

/// Requires what CsrPattern promises: offsets that begin at 0, do not decrease and end at the number of
/// entries; columns in range, ascending within a row, each once. \throws nacre::Error that names the row and
/// column, what was found and what was expected
template <class Device>
void validate(CsrPattern<Device> const& pattern) {
  auto const row_ptr = host_view(pattern.row_ptr());
  auto const col = host_view(pattern.col());
  detail::validate_on_host(pattern.num_rows(), pattern.num_cols(), pattern.num_entries(), row_ptr.data(),
                           col.data());
}

/// Requires a valid pattern, one value for each entry, and finite values.
/// \throws nacre::Error that names the row, column and value
template <class Scalar, class Device>
void validate(CsrMatrix<Scalar, Device> const& A) {
  validate(A.pattern);
  check_extent("validate", A.values, 0, A.num_entries(), "the pattern's number of entries");
  auto const row_ptr = host_view(A.pattern.row_ptr());
  auto const col = host_view(A.pattern.col());
  auto const values = host_view(A.values);
  detail::validate_values_on_host<Scalar>(A.num_rows(), row_ptr.data(), col.data(), values.data());
}

}  // namespace nacre
