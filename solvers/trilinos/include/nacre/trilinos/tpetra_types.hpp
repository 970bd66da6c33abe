#pragma once

#include <Teuchos_RCPDecl.hpp>
#include <Tpetra_CrsMatrix_fwd.hpp>
#include <Tpetra_Map_fwd.hpp>
#include <Tpetra_MultiVector_fwd.hpp>
#include <Tpetra_Operator_fwd.hpp>

#include <nacre/core/comm.hpp>
#include <nacre/core/row_partition.hpp>

/// \file
/// The Tpetra classes Nacre works with, and communicators and maps on either side. Declares them only.

namespace Teuchos {
template <class Ordinal>
class Comm;
class ParameterList;
}  // namespace Teuchos

namespace nacre::trilinos {

/// Tpetra with its default ordinals and node, which is what a Trilinos is always built for.
template <class Scalar>
using TpetraMatrix = Tpetra::CrsMatrix<Scalar>;
template <class Scalar>
using TpetraVectors = Tpetra::MultiVector<Scalar>;
template <class Scalar>
using TpetraOperator = Tpetra::Operator<Scalar>;
using TpetraMap = Tpetra::Map<>;
using TeuchosComm = Teuchos::Comm<int>;

/// The ranks of a Teuchos communicator. Duplicated once for each Teuchos communicator: later calls return the
/// same one. Collective on the first call.
Comm to_nacre(Teuchos::RCP<TeuchosComm const> const& comm);

/// The same ranks for Trilinos; keeps `comm` alive.
Teuchos::RCP<TeuchosComm const> to_teuchos(Comm const& comm);

/// The contiguous map of a partition: row i of Nacre is global element i. Collective.
Teuchos::RCP<TpetraMap const> make_map(RowPartition const& partition);

}  // namespace nacre::trilinos
