#pragma once

#include <nacre/core/csr_matrix.hpp>
#include <nacre/core/halo_exchange.hpp>

/// \file
/// Sparse matrices whose rows are spread over ranks.

namespace nacre {

/// The sparsity of a distributed matrix: immutable, cheap to copy, shared.
///
/// The rank stores the rows it owns. Columns are numbered `[owned | ghost]`: first those of the column
/// partition this rank owns, then ghosts in the order of the halo. This is the layout of a fill-complete
/// Tpetra::CrsMatrix. One rank is the same thing with an empty halo.
template <class Device = DefaultDevice>
class DistributedPattern {
 public:
  DistributedPattern() : DistributedPattern(RowPartition(), CsrPattern<Device>(), HaloExchange<Device>()) {}
  /// \param rows  who owns which row
  /// \param local [owned rows] by [owned columns + ghosts]
  /// \param halo  of the column partition
  DistributedPattern(RowPartition rows, CsrPattern<Device> local, HaloExchange<Device> halo);
  /// A matrix of one rank.
  explicit DistributedPattern(CsrPattern<Device> const& local);

  Comm const& comm() const { return state_->rows.comm(); }
  RowPartition const& rows() const { return state_->rows; }
  RowPartition const& cols() const { return state_->halo.partition(); }
  CsrPattern<Device> const& local() const { return state_->local; }
  HaloExchange<Device> const& halo() const { return state_->halo; }
  Ordinal num_owned_rows() const { return rows().num_owned(); }
  Ordinal num_owned_cols() const { return cols().num_owned(); }
  /// Entries on all ranks. Collective on first use by the constructor, free afterwards.
  GlobalOrdinal num_global_entries() const { return state_->num_global_entries; }
  bool same_as(DistributedPattern const& other) const { return state_ == other.state_; }

  /// Rows without a ghost column (their product needs no message), and the others; ascending.
  /// On one rank both are empty: every row is interior.
  Vector<Ordinal const, Device> const& interior_rows() const { return state_->interior_rows; }
  Vector<Ordinal const, Device> const& boundary_rows() const { return state_->boundary_rows; }
  /// The global number of a local column.
  GlobalOrdinal global_col(Ordinal j) const {
    return j < num_owned_cols() ? cols().begin() + j
                                : halo().ghosts()[static_cast<std::size_t>(j - num_owned_cols())];
  }

 private:
  struct State {
    RowPartition rows;
    CsrPattern<Device> local;
    HaloExchange<Device> halo;
    GlobalOrdinal num_global_entries = 0;
    Vector<Ordinal const, Device> interior_rows, boundary_rows;
  };
  std::shared_ptr<State> state_;
};

/// A distributed sparse matrix: a pattern and this rank's values on it.
template <class Scalar, class Device = DefaultDevice>
struct DistributedCsr {
  using scalar_type = Scalar;
  using device_type = Device;
  DistributedPattern<Device> pattern;
  Vector<Scalar, Device> values;  ///< [local nnz]

  CsrMatrix<Scalar, Device> local() const { return {pattern.local(), values}; }
  Comm const& comm() const { return pattern.comm(); }
};

/// Rows of a distributed matrix as they are assembled: columns by their global number, in any order,
/// each at most once in a row.
template <class Scalar>
struct GlobalRows {
  std::vector<Offset> row_ptr{0};  ///< [owned rows + 1]
  std::vector<GlobalOrdinal> col;  ///< [nnz]
  std::vector<Scalar> values;      ///< [nnz]
};

/// The distributed matrix with these rows. Collective.
/// \param rows, cols who owns which row and column
/// \param mine       the rows this rank owns
/// \throws nacre::Error on all ranks if a column is out of range or appears twice in a row
template <class Scalar, class Device = DefaultDevice>
DistributedCsr<Scalar, Device> make_distributed(RowPartition const& rows, RowPartition const& cols,
                                                GlobalRows<Scalar> const& mine);

}  // namespace nacre

#include <nacre/core/distributed_csr_impl.hpp>
