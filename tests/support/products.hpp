#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <nacre/core/csr_matrix.hpp>

#include "support/views.hpp"

/// \file
/// Products with matrices by plain loops.

namespace nacre::test {

/// A x
inline std::vector<double> product(CsrMatrix<double> const& A, std::vector<double> const& x) {
  auto const row_ptr = to_host(A.pattern.row_ptr());
  auto const col = to_host(A.pattern.col());
  auto const values = to_host(A.values);
  std::vector<double> y(static_cast<std::size_t>(A.num_rows()));
  for (std::size_t i = 0; i < y.size(); ++i)
    for (auto k = row_ptr(i); k < row_ptr(i + 1); ++k)
      y[i] += values(k) * x[static_cast<std::size_t>(col(k))];
  return y;
}

/// The largest absolute value of an entry.
inline double largest_entry(CsrMatrix<double> const& A) {
  auto const values = to_host(A.values);
  double largest = 0;
  for (std::size_t k = 0; k < A.num_entries(); ++k) largest = std::max(largest, std::fabs(values(k)));
  return largest;
}

}  // namespace nacre::test
