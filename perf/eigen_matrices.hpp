#pragma once

#include <Eigen/Sparse>

#include <nacre/core/csr_matrix.hpp>

/// \file
/// Eigen's matrices, in the layouts that suit compressed rows.

namespace nacre::perf {

template <class Scalar>
using EigenSparse = Eigen::SparseMatrix<Scalar, Eigen::RowMajor, Ordinal>;
template <class Scalar>
using EigenVector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;
/// With contiguous rows, or with contiguous columns.
template <class Scalar, int kOrder>
using EigenDense = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, kOrder>;

template <class Scalar, class Other>
EigenSparse<Scalar> eigen_matrix(CsrMatrix<Other> const& A) {
  auto const row_ptr = host_view(A.pattern.row_ptr());
  auto const col = host_view(A.pattern.col());
  auto const values = host_view(A.values);
  EigenSparse<Scalar> copy(A.num_rows(), A.num_cols());
  copy.makeCompressed();
  copy.resizeNonZeros(static_cast<Eigen::Index>(A.num_entries()));
  for (Ordinal i = 0; i <= A.num_rows(); ++i) copy.outerIndexPtr()[i] = static_cast<Ordinal>(row_ptr(i));
  for (std::size_t k = 0; k < A.num_entries(); ++k) {
    copy.innerIndexPtr()[k] = col(k);
    copy.valuePtr()[k] = static_cast<Scalar>(values(k));
  }
  return copy;
}

}  // namespace nacre::perf
