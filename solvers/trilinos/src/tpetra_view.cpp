#include <nacre/trilinos/tpetra_view.hpp>
#include <nacre/trilinos/tpetra_view_impl.hpp>

namespace nacre::trilinos {

template DistributedCsr<double> view(TpetraMatrix<double> const&, WhenLayoutDiffers, Sharing*);
template MultiVector<double const> view(TpetraVectors<double> const&);
template MultiVector<double> view(TpetraVectors<double>&);
template Teuchos::RCP<TpetraMatrix<double>> to_tpetra(DistributedCsr<double> const&);
template Teuchos::RCP<TpetraVectors<double>> to_tpetra(Teuchos::RCP<TpetraMap const> const&,
                                                       MultiVector<double> const&);
template Teuchos::RCP<TpetraVectors<double> const> to_tpetra(Teuchos::RCP<TpetraMap const> const&,
                                                             MultiVector<double const> const&);

}  // namespace nacre::trilinos
