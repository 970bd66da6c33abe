#pragma once

#include <nacre/core/distributed_spgemm.hpp>
#include <nacre/core/galerkin_plan.hpp>
#include <nacre/core/transpose.hpp>

/// \file
/// The Galerkin product C = P^T A P.

namespace nacre {

/// Plan of C = P^T A P: the pattern of C, and its values as often as those of A or P change.
///
/// Rows of P that A's ghost columns need are imported; rows of the result that belong to other ranks are
/// sent to and added by their owners, in a fixed order.
template <class Device = DefaultDevice>
class TripleProduct {
 public:
  /// \param fine_block   rows of A and P of this many consecutive numbers share their columns, and the columns of A
  ///                     come in such groups; 1 is always true
  /// \param coarse_block so do the columns of P; a hint that makes the product faster
  /// \throws nacre::Error if A is not square or its rows are not partitioned as P's. Collective.
  TripleProduct(DistributedPattern<Device> const& A, DistributedPattern<Device> const& P, int fine_block = 1,
                int coarse_block = 1);

  /// [coarse] by [coarse], partitioned as P's columns.
  DistributedPattern<Device> const& pattern() const { return pattern_; }
  /// P^T of this rank's rows: [owned + ghost coarse] by [owned fine]. Its values are made by numeric().
  CsrPattern<Device> const& local_transpose() const { return P_transpose_; }

  /// C = P^T A P. Collective.
  /// \param[out] R_values [nnz of local_transpose()]
  /// \param[out] C_values [local nnz of pattern()]
  template <class Exec, class Scalar>
  void numeric(Exec const& exec, Vector<Scalar, Device> const& A_values,
               Vector<Scalar, Device> const& P_values, Vector<Scalar, Device> const& R_values,
               Vector<Scalar, Device> const& C_values) const;

 private:
  static detail::HostPattern host_pattern(CsrPattern<Device> const& p) {
    return {p.num_rows(), p.num_cols(), p.row_ptr().data(), p.col().data()};
  }
  static CsrPattern<Device> transpose_of(CsrPattern<Device> const& P);
  void share_rows(RowPartition const& coarse, std::vector<GlobalOrdinal> const& P_ghosts);

  CsrPattern<Device> A_pattern_, P_pattern_, P_transpose_;
  ExtendedRows<Device> P_;
  CsrPattern<Device> product_;          // of this rank's rows: owned and ghost coarse ones
  detail::GalerkinPlan plan_;           // where kernels run one after the other
  SpgemmPlan<Device> AP_, R_times_AP_;  // elsewhere
  DistributedPattern<Device> pattern_;
  bool is_shared_ = false;  // more than one rank
  // of product_'s entries: those of owned rows and their place in C; those sent, in the order of the halo
  Vector<Offset const, Device> kept_, kept_place_, sent_;
  HaloExchange<Device> contributions_;  // entries of C, owned by the owner of their row
};

}  // namespace nacre

#include <nacre/core/triple_product_impl.hpp>
