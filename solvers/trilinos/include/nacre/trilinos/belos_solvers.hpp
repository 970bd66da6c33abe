#pragma once

#include <string>

#include <nacre/core/distributed_csr.hpp>
#include <nacre/solvers/operator.hpp>
#include <nacre/solvers/solve_info.hpp>
#include <nacre/trilinos/tpetra_types.hpp>

/// \file
/// Nacre's Krylov methods in Belos, and Belos' in Nacre.

namespace nacre::trilinos {

/// Makes `Belos::SolverFactory<double, Tpetra::MultiVector<double>, Tpetra::Operator<double>>` know "Nacre
/// PCG", "Nacre BiCGStab", "Nacre GMRES" and "Nacre MINRES", in any case of letters. Call it once, any time
/// before the factory is asked; further calls do nothing.
///
/// Parameters are those Belos users know: "Convergence Tolerance" (on ||b - A x|| / ||b||, of the true
/// residual), "Maximum Iterations", "Num Blocks" (the restart length of GMRES), "Verbosity"
/// (Belos::IterationDetails, Belos::FinalSummary), "Output Frequency", "Output Stream"; besides "Flexible"
/// (see KrylovOptions). A parameter of another name is an error that says which was meant. A left or a right
/// preconditioner is taken from the linear problem: PCG and MINRES are symmetric in this, the others
/// precondition as Nacre's do. All right-hand sides are solved at once. getNumIters() is the slowest column's
/// count, achievedTol() the largest true relative residual.
void register_belos_solvers();

/// Solves A x = b by the Belos method called `solver` in Belos::SolverFactory, say "Pseudoblock CG" or
/// "GMRES". Collective.
///
/// The tolerance is on ||b - A x|| / ||b||: the method is told so where it can be told, and is started again
/// (thrice at most) where its own residual has run ahead of the true one, which decides the status.
///
/// \param M          preconditioner (from the right), or nullptr
/// \param b          [n, k], n the rows this rank owns
/// \param[in,out] x  [n, k], the start, then the solution
/// \param options    tolerance, max_iterations, restart are passed on
/// \param parameters of the method, if more is to be said; they go before the options
/// \throws nacre::Error if there is no such method (the message names the nearest and lists all), if A is not
/// square
///         or an extent does not match
solvers::SolveInfo belos_solve(std::string const& solver, DistributedCsr<double> const& A,
                               solvers::Operator<double> const* M, MultiVector<double const> const& b,
                               MultiVector<double> const& x, solvers::KrylovOptions const& options = {},
                               Teuchos::ParameterList const* parameters = nullptr);
/// The same for anything that is an Operator, the transpose of a matrix for instance.
solvers::SolveInfo belos_solve(std::string const& solver, solvers::Operator<double> const& A,
                               solvers::Operator<double> const* M, MultiVector<double const> const& b,
                               MultiVector<double> const& x, solvers::KrylovOptions const& options = {},
                               Teuchos::ParameterList const* parameters = nullptr);

}  // namespace nacre::trilinos
