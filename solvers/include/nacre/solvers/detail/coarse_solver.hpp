#pragma once

#include <nacre/core/distributed_csr.hpp>

/// \file
/// The direct solve on the coarsest level.

namespace nacre::solvers::detail {

/// x = A^-1 b for a small distributed matrix, through its dense inverse, of which each rank keeps its rows.
///
/// Ranks that own none take no part in apply(): on many ranks a collective of all of them would cost more than
/// the solve.
template <class T, class Device>
class CoarseSolver {
 public:
  using Exec = ExecOf<Device>;
  CoarseSolver() = default;

  /// Gathers A on the ranks that own rows and inverts it. Collective over all ranks.
  void numeric(Exec const& exec, DistributedCsr<T, Device> const& A);

  /// Collective over the ranks that own rows.
  /// \param b      [owned, k]
  /// \param[out] x [owned, k]
  void apply(Exec const& exec, MultiVector<T, Device> const& b, MultiVector<T, Device> const& x,
             bool transposed) const;

  /// The rows of the inverse that this rank owns, [owned, all].
  RowMajor<T, Device> const& inverse() const { return inverse_; }
  bool is_singular() const { return is_singular_; }
  double megabytes() const { return 2e-6 * sizeof(T) * static_cast<double>(inverse_.size()); }

 private:
  RowPartition rows_;
  Comm owners_;                                      // the ranks that own rows; elsewhere the others
  RowMajor<T, Device> inverse_, inverse_transpose_;  // [owned, all]
  bool is_singular_ = false;
};

}  // namespace nacre::solvers::detail
