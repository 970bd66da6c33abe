#pragma once

#include <string>

#include <nacre/core/block_expansion.hpp>

/// \file
/// Systems of one rank as generators make them and data sets keep them.

namespace nacre {

/// A symmetric positive definite system before its Dirichlet conditions, with what is known about its unknowns.
///
/// One node is a row of blocks: a point of a mesh with its b unknowns. The pattern is that before the conditions: explicit
/// zeros are entries.
struct LinearSystem {
  std::string name;
  BsrMatrix<double> A;        ///< n by n blocks
  RowMajor<double> features;  ///< [n, k] of the nodes, positions for example; k may be 0
  RowMajor<double> free;      ///< [n, b] 1 where an unknown is free, 0 where its value is prescribed

  int block_size() const { return A.block_size(); }
  Ordinal num_nodes() const { return A.pattern.num_rows(); }
  Ordinal num_unknowns() const { return A.num_rows(); }
};

/// A system of which all unknowns are free.
LinearSystem make_linear_system(std::string name, BsrMatrix<double> const& A,
                                RowMajor<double> const& features);

/// Of scalar unknowns: A as blocks of size 1, with values of their own.
BsrMatrix<double> as_blocks(CsrMatrix<double> const& A);

/// \throws nacre::Error naming the system and what is wrong: extents that do not match, a pattern that is not that of a
///         symmetric matrix or lacks a diagonal block, a number that is not finite, a mask that is neither 0 nor 1
void validate(LinearSystem const& system);

/// The matrix that is solved with: rows and columns of prescribed unknowns are those of the identity.
CsrMatrix<double> constrained_matrix(LinearSystem const& system);

}  // namespace nacre
