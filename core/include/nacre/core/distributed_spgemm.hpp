#pragma once

#include <nacre/core/row_halo.hpp>
#include <nacre/core/spgemm.hpp>

/// \file
/// Products of distributed matrices: C = A B.

namespace nacre {

/// The right factor of a product as one rank sees it: the rows it owns and, below them, the rows of the
/// halo, on columns `[owned | ghost]` that may reach further than those of the factor itself.
template <class Device = DefaultDevice>
class ExtendedRows {
 public:
  /// \param B    the factor, rows partitioned as halo.partition()
  /// \param halo of the left factor's columns. Collective.
  ExtendedRows(DistributedPattern<Device> const& B, HaloExchange<Device> const& halo);

  /// [owned + ghost rows] by [owned + ghost columns]; that of B itself where no row is ghost.
  CsrPattern<Device> const& pattern() const { return pattern_; }
  /// The columns' ghosts, ascending.
  std::vector<GlobalOrdinal> const& ghosts() const { return ghosts_; }

  /// The values on pattern(), of B's values. Collective.
  template <class Exec, class Values>
  Vector<typename Values::non_const_value_type, Device> values(Exec const& exec,
                                                               Values const& B_values) const;

 private:
  RowHalo<Device> halo_;
  CsrPattern<Device> pattern_;
  std::vector<GlobalOrdinal> ghosts_;
  bool is_extended_ = false;
  std::size_t num_owned_entries_ = 0;
  // where entry k of [B's entries | fetched entries] goes; columns of fetched rows are not sorted as ours
  Vector<Offset const, Device> position_;
};

/// Plan of C = A B: the pattern of C, and its values as often as those of A or B change.
///
/// Gustavson (1978), "Two fast algorithms for sparse matrices", row by row, with the rows of B that belong
/// to ghost columns of A imported from their owners.
template <class Device = DefaultDevice>
class DistributedSpgemm {
 public:
  /// \throws nacre::Error if A's columns are not partitioned as B's rows. Collective.
  DistributedSpgemm(DistributedPattern<Device> const& A, DistributedPattern<Device> const& B);

  DistributedPattern<Device> const& pattern() const { return pattern_; }

  /// C = A B. Collective.
  /// \param[out] C_values [local nnz of pattern()]
  template <class Exec, class Scalar>
  void numeric(Exec const& exec, Vector<Scalar, Device> const& A_values,
               Vector<Scalar, Device> const& B_values, Vector<Scalar, Device> const& C_values) const {
    product_.numeric(exec, A_values, B_.values(exec, B_values), C_values);
  }

 private:
  ExtendedRows<Device> B_;
  SpgemmPlan<Device> product_;
  DistributedPattern<Device> pattern_;
};

}  // namespace nacre

#include <nacre/core/distributed_spgemm_impl.hpp>
