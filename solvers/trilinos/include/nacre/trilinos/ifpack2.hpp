#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nacre/solvers/operator.hpp>
#include <nacre/trilinos/tpetra_types.hpp>

/// \file
/// Ifpack2's preconditioners in Nacre's Krylov methods.

namespace nacre::trilinos {

/// Common names of make_ifpack2_preconditioner; Ifpack2 knows a few more.
std::vector<std::string> const& ifpack2_names();

/// The Ifpack2 preconditioner called `name` ("RELAXATION", "CHEBYSHEV", "ILUT", "RILUK", "SCHWARZ", ..., in
/// any case of letters) of A. It takes over new values by computing again. Collective.
///
/// \param parameters Ifpack2's own, or nullptr for its defaults
/// \throws nacre::Error if there is none of this name (the message names the nearest and lists the common
/// ones), or
///         with Ifpack2's message if it refuses the matrix or a parameter
std::shared_ptr<solvers::Preconditioner<double>> make_ifpack2_preconditioner(
    std::string const& name, DistributedCsr<double> const& A,
    Teuchos::ParameterList const* parameters = nullptr);
std::shared_ptr<solvers::Preconditioner<double>> make_ifpack2_preconditioner(
    std::string const& name, Teuchos::RCP<TpetraMatrix<double>> const& A,
    Teuchos::ParameterList const* parameters = nullptr);

}  // namespace nacre::trilinos
