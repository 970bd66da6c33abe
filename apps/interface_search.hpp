#pragma once

#include <nacre/solvers/schwarz_error_op.hpp>

/// \file
/// The best interface values of a given problem, found without a network: what a network can hope for.

namespace nacre::apps {

struct InterfaceSearchOptions {
  double interface_scale = 1;
  int iterations = 100;    ///< of the minimisation at each power
  int largest_power = 16;  ///< powers are 1, 2, 4, ... up to this
  int directions = 256;    ///< random directions; with at least as many as there are unknowns, all of them
  std::int64_t seed = 1;
};

/// Minimises |T^K X|_F^(1/K) over the interface values by L-BFGS for K = 1, 2, 4, ..., each from where the one before
/// ended; as K grows this tends to the spectral radius of T.
///
/// \param A_values [nnz]
/// \param start    [nnz] interface values to begin with
/// \return         [nnz]
Vector<double> search_interface_values(solvers::SchwarzDecomposition<> const& decomposition,
                                       Vector<double const> const& A_values,
                                       Vector<double const> const& start,
                                       InterfaceSearchOptions const& options);

}  // namespace nacre::apps
