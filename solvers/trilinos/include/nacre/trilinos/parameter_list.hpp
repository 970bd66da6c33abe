#pragma once

#include <Teuchos_ParameterList.hpp>

#include <string>

#include <nacre/solvers/amg_options.hpp>
#include <nacre/solvers/preconditioner_factory.hpp>
#include <nacre/solvers/solve_info.hpp>

/// \file
/// Nacre's options as Teuchos::ParameterLists, hence as XML files, and back. A parameter is called as the
/// member of the struct is; enumerators by the names their to_string() gives.

namespace nacre::trilinos {

/// A whole solve: the method, the preconditioner, and their options, which are sublists.
struct SolverParameters {
  std::string solver = "pcg";          ///< of make_krylov_solver(), or belos:<name>
  std::string preconditioner = "amg";  ///< of make_preconditioner(), amg, muelu, or ifpack2:<name>
  solvers::KrylovOptions krylov;
  solvers::AmgOptions amg;
  solvers::PreconditionerOptions preconditioner_options;
};

/// The options in a list; what it does not mention keeps its default.
/// Options: solvers::KrylovOptions, solvers::AmgOptions, solvers::PreconditionerOptions, SolverParameters.
/// \throws nacre::Error naming the parameter if it is unknown (with the nearest name and all valid ones), of
/// another
///         type, or out of range
template <class Options>
Options from_parameters(Teuchos::ParameterList const& list);

/// The list that says all of them.
template <class Options>
Teuchos::ParameterList to_parameters(Options const& options);

/// from_parameters() of an XML file; errors name it.
template <class Options>
Options from_xml(std::string const& file);

}  // namespace nacre::trilinos
