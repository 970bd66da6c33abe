#pragma once

#include <string>

#include <nacre/core/distributed_csr.hpp>
#include <nacre/trilinos/tpetra_types.hpp>

/// \file
/// The same matrix and vectors seen by Tpetra and by Nacre, without copying them.
///
/// A view shares memory and keeps it alive. Where host and device memory differ, Tpetra refuses host access
/// to an object while a device view of it exists: let go of the view first.

namespace nacre::trilinos {

/// What view() does with a matrix that is not stored as Nacre stores matrices.
enum class WhenLayoutDiffers {
  copy,  ///< columns and values are copied in Nacre's order; the view does not follow later changes of the
         ///< values
  fail   ///< an error on all ranks says what differs
};

/// What a view and the matrix it came from share on this rank.
struct Sharing {
  bool values = false;
  bool columns = false;
  bool row_ptr =
      false;  ///< Tpetra's are std::size_t: shared if nacre::Offset is that too, else narrowed once
  std::string difference;  ///< why columns and values were copied; empty if they are shared
};

/// A as Nacre's distributed matrix: same rows, same local columns, same values. Collective.
///
/// Rows and columns are numbered contiguously by rank, in the local order of A's row and domain map, whatever
/// global numbers those have. Vectors of A's domain and range map are vectors of the view as they are.
///
/// Columns and values are shared if the column map is [domain map's elements | ghosts], ghosts in ascending
/// order of that numbering, and columns ascend within rows. So it is for a fill-complete Tpetra::CrsMatrix
/// over contiguous maps in which each rank uses all columns it owns. Over other maps it depends: Tpetra does
/// not promise an order of the ghosts that one rank gets from another.
///
/// \param A            fill-complete; its row map is its range map; the domain map may be another
/// \param[out] sharing what is shared on this rank, if wanted
/// \throws nacre::Error on all ranks if A is not fill-complete, has another row than range map, or has more
///         entries on a rank than Offset can count
template <class Scalar>
DistributedCsr<Scalar> view(TpetraMatrix<Scalar> const& A, WhenLayoutDiffers when = WhenLayoutDiffers::copy,
                            Sharing* sharing = nullptr);

/// A multivector's numbers on this rank, [local length, k], for reading.
/// \throws nacre::Error if its columns are not equally far apart (a view of scattered columns)
template <class Scalar>
MultiVector<Scalar const> view(TpetraVectors<Scalar> const& x);
/// The same for reading and writing.
template <class Scalar>
MultiVector<Scalar> view(TpetraVectors<Scalar>& x);

/// A as a fill-complete Tpetra matrix over contiguous maps. Values and columns are shared (copied where they
/// are views that do not own their memory), row offsets if Offset is std::size_t. Collective.
template <class Scalar>
Teuchos::RCP<TpetraMatrix<Scalar>> to_tpetra(DistributedCsr<Scalar> const& A);

/// The vectors `x` as a Tpetra multivector over `map`; shares and keeps x.
/// \param x [local length of map, k]
template <class Scalar>
Teuchos::RCP<TpetraVectors<Scalar>> to_tpetra(Teuchos::RCP<TpetraMap const> const& map,
                                              MultiVector<Scalar> const& x);
/// The same for vectors that are only read.
template <class Scalar>
Teuchos::RCP<TpetraVectors<Scalar> const> to_tpetra(Teuchos::RCP<TpetraMap const> const& map,
                                                    MultiVector<Scalar const> const& x);

extern template DistributedCsr<double> view(TpetraMatrix<double> const&, WhenLayoutDiffers, Sharing*);
extern template MultiVector<double const> view(TpetraVectors<double> const&);
extern template MultiVector<double> view(TpetraVectors<double>&);
extern template Teuchos::RCP<TpetraMatrix<double>> to_tpetra(DistributedCsr<double> const&);
extern template Teuchos::RCP<TpetraVectors<double>> to_tpetra(Teuchos::RCP<TpetraMap const> const&,
                                                              MultiVector<double> const&);
extern template Teuchos::RCP<TpetraVectors<double> const> to_tpetra(Teuchos::RCP<TpetraMap const> const&,
                                                                    MultiVector<double const> const&);

}  // namespace nacre::trilinos
