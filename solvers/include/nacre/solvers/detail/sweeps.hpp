#pragma once

#include <nacre/core/columns.hpp>

/// \file
/// Gauss-Seidel sweeps over one rank's rows, one after the other, on a host.

namespace nacre::solvers::detail {

/// A matrix as sweeps read it. Rows are nodes of `block_size` rows whose columns are the same, whole nodes one
/// after the other; the columns of ghosts are the last of a row.
template <class T>
struct SweepMatrix {
  Ordinal num_rows;           ///< and columns without ghosts
  Offset const* row_ptr;      ///< [num_rows + 1]
  Ordinal const* col;         ///< [nnz]
  Offset const* first_upper;  ///< [num_rows] the first entry of a row that is not left of its node
  T const* values;            ///< [nnz]
  T const* scale;             ///< [num_rows] 1 / a_ii, or damped; 0: x_i is left alone
  int block_size;
  bool has_ghosts;
};

template <class T>
struct SweepVectors {
  nacre::detail::Columns<T const> b;
  nacre::detail::Columns<T> x;
  int num_columns;
};

/// x = (D / damping + L)^-1 b and r = b - A x without the columns of ghosts, for a symmetric A, in one pass over L:
/// entry a_ij serves row i's unknown and row j's residual.
template <class T>
void sweep_from_zero_symmetric(SweepMatrix<T> const& A, SweepVectors<T> const& v,
                               nacre::detail::Columns<T> const& r);

/// x_i += scale_i (b_i - sum_j a_ij x_j), ascending or descending, without the columns of ghosts.
template <class T>
void sweep_in_place(SweepMatrix<T> const& A, SweepVectors<T> const& v, bool ascending);

/// The same ascending, from x = 0, which is not read.
template <class T>
void sweep_from_zero(SweepMatrix<T> const& A, SweepVectors<T> const& v);

}  // namespace nacre::solvers::detail
