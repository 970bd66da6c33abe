#pragma once

#include <memory>

#include <nacre/solvers/operator.hpp>
#include <nacre/solvers/solve_info.hpp>

#include "options.hpp"
#include "system.hpp"

/// \file
/// What nacre_solve takes from Trilinos. A build without Trilinos refuses it with a UsageError.

namespace nacre::apps {

/// `direct` and `belos:<name>`.
bool is_trilinos_solver(std::string const& name);
/// `muelu` and `ifpack2:<name>`.
bool is_trilinos_preconditioner(std::string const& name);

/// The preconditioner that the options name; for the solver `direct` the factored matrix. Collective.
std::shared_ptr<solvers::Preconditioner<double>> make_trilinos_preconditioner(System const& system,
                                                                              Options const& options);

/// Solves A x = b, or A^T x = b if the options say so. Collective.
/// \param M approximate inverse of A, or nullptr; what make_trilinos_preconditioner() made for `direct`
solvers::SolveInfo solve_with_trilinos(Options const& options, solvers::KrylovOptions const& krylov,
                                       DistributedCsr<double> const& A, solvers::Operator<double> const* M,
                                       MultiVector<double> const& b, MultiVector<double> const& x);

}  // namespace nacre::apps
