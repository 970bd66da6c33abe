#pragma once

#include <nacre/core/problems.hpp>

#include "options.hpp"

/// \file
/// The linear system that nacre_solve is asked to solve.

namespace nacre::apps {

struct System {
  Problem<double> problem;  ///< matrix, near null space, mesh; only the matrix if it was read from a file
  MultiVector<double> b;    ///< [owned rows, 1]
};

/// Reads or generates the system and checks that it can have a solution. Collective.
/// \throws nacre::Error on all ranks: bad file, matrix not square or empty, entries that are not finite,
///         right-hand side of the wrong length or zero
System make_system(Comm const& comm, Options const& options);

/// Other values on the pattern of A, as the next of several time steps would give: the diagonal grows by
/// `step` thousandths.
DistributedCsr<double> with_heavier_diagonal(DistributedCsr<double> const& A, int step);

/// Writes the mesh and the field x on it. Collective.
/// \throws nacre::Error on all ranks if the problem has no mesh
void write_field(System const& system, MultiVector<double> const& x, std::string const& path);

}  // namespace nacre::apps
