#pragma once

#include <functional>
#include <memory>
#include <string>

#include <nacre/solvers/operator.hpp>
#include <nacre/trilinos/tpetra_types.hpp>

/// \file
/// Tpetra::Operators (MueLu, Ifpack2, a user's own) as operators and preconditioners of Nacre's Krylov
/// methods.

namespace nacre::trilinos {

/// What to_nacre() should know about a Tpetra::Operator beyond what it says itself.
template <class Scalar>
struct TpetraOperatorOptions {
  std::string description;  ///< of the preconditioner; by default what the operator says
  /// Takes over new values on the old pattern; without it update() is refused
  std::function<void(DistributedCsr<Scalar> const&)> update;
};

/// `op` as a Preconditioner, hence as an Operator. Vectors are those of its domain and range map.
template <class Scalar>
std::shared_ptr<solvers::Preconditioner<Scalar>> to_nacre(
    Teuchos::RCP<TpetraOperator<Scalar> const> const& op, TpetraOperatorOptions<Scalar> options = {});

extern template std::shared_ptr<solvers::Preconditioner<double>> to_nacre(
    Teuchos::RCP<TpetraOperator<double> const> const&, TpetraOperatorOptions<double>);

}  // namespace nacre::trilinos
