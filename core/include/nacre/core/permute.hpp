#pragma once

#include <vector>

#include <nacre/core/submatrix.hpp>

/// \file
/// Rows and columns in another order.

namespace nacre {

/// The inverse of a permutation: `inverse[order[i]] = i`.
/// \throws nacre::Error if `order` is not a permutation of 0 ... size-1
std::vector<Ordinal> inverse_permutation(std::vector<Ordinal> const& order);

/// B(i, j) = A(row_order(i), col_order(j)).
///
/// \param row_order, col_order permutations of all rows and of all columns
/// \throws nacre::Error if one is not
template <class Device>
SelectedPattern<Device> permute(CsrPattern<Device> const& pattern, std::vector<Ordinal> const& row_order,
                                std::vector<Ordinal> const& col_order) {
  if (row_order.size() != static_cast<std::size_t>(pattern.num_rows()) ||
      col_order.size() != static_cast<std::size_t>(pattern.num_cols()))
    fail(cat("permute: orders of ", row_order.size(), " rows and ", col_order.size(), " columns for a ",
             pattern.num_rows(), " by ", pattern.num_cols(), " matrix"));
  inverse_permutation(row_order);
  inverse_permutation(col_order);
  return detail::select("permute", pattern, row_order, col_order);
}

/// The same with its values. For rows only or columns only, give identity_permutation() for the other.
template <class Exec, class Scalar, class Device>
CsrMatrix<Scalar, Device> permute(Exec const& exec, CsrMatrix<Scalar, Device> const& A,
                                  std::vector<Ordinal> const& row_order,
                                  std::vector<Ordinal> const& col_order) {
  return detail::values_of_selection(exec, permute(A.pattern, row_order, col_order), A.values);
}

/// B(i, j) = A(order(i), order(j)).
template <class Exec, class Scalar, class Device>
CsrMatrix<Scalar, Device> permute_symmetric(Exec const& exec, CsrMatrix<Scalar, Device> const& A,
                                            std::vector<Ordinal> const& order) {
  return permute(exec, A, order, order);
}

/// 0, 1, ..., n-1.
std::vector<Ordinal> identity_permutation(Ordinal n);

}  // namespace nacre
