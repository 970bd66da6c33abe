#pragma once

#include <memory>

#include <nacre/solvers/operator.hpp>
#include <nacre/trilinos/tpetra_types.hpp>

/// \file
/// Nacre's operators and preconditioners as Tpetra::Operators, for Belos and whatever else takes those.

namespace nacre::trilinos {

/// `op` as a Tpetra::Operator: y = alpha op x + beta y, or with the transpose where `op` has one.
///
/// Nothing is copied unless alpha or beta ask for a temporary, x and y share memory, or columns are
/// scattered. A Belos preconditioner is one line: `problem.setRightPrec(to_tpetra<double>(preconditioner,
/// A->getRowMap(), A->getRowMap()))`.
///
/// \param domain, range maps of the vectors it is applied to and gives; any global numbering
/// \throws nacre::Error on all ranks if their local lengths are not those of `op`
template <class Scalar>
Teuchos::RCP<TpetraOperator<Scalar> const> to_tpetra(std::shared_ptr<solvers::Operator<Scalar> const> op,
                                                     Teuchos::RCP<TpetraMap const> const& domain,
                                                     Teuchos::RCP<TpetraMap const> const& range);
/// The same between contiguous maps.
template <class Scalar>
Teuchos::RCP<TpetraOperator<Scalar> const> to_tpetra(std::shared_ptr<solvers::Operator<Scalar> const> op);

extern template Teuchos::RCP<TpetraOperator<double> const> to_tpetra(
    std::shared_ptr<solvers::Operator<double> const>, Teuchos::RCP<TpetraMap const> const&,
    Teuchos::RCP<TpetraMap const> const&);
extern template Teuchos::RCP<TpetraOperator<double> const> to_tpetra(
    std::shared_ptr<solvers::Operator<double> const>);

}  // namespace nacre::trilinos
