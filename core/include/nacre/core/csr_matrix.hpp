#pragma once

#include <nacre/core/csr_pattern.hpp>

/// \file
/// Sparse matrices: a pattern and the values on it.

namespace nacre {

/// A sparse matrix: a pattern and one value for each of its entries. Explicit zeros are entries.
template <class Scalar, class Device = DefaultDevice>
struct CsrMatrix {
  using scalar_type = Scalar;
  using device_type = Device;
  CsrPattern<Device> pattern;
  Kokkos::View<Scalar*, Device> values;  ///< [nnz]

  Ordinal num_rows() const { return pattern.num_rows(); }
  Ordinal num_cols() const { return pattern.num_cols(); }
  std::size_t num_entries() const { return pattern.num_entries(); }
};

/// Several matrices on one pattern.
template <class Scalar, class Device = DefaultDevice>
struct BatchedCsrMatrix {
  CsrPattern<Device> pattern;
  RowMajor<Scalar, Device> values;  ///< [batch, nnz]

  /// The matrix number `b`, a view of this one's values.
  CsrMatrix<Scalar, Device> operator[](Ordinal b) const {
    return {pattern, Kokkos::subview(values, b, Kokkos::ALL())};
  }
};

}  // namespace nacre
