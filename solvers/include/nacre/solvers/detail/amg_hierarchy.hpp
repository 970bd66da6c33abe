#pragma once

#include <memory>
#include <vector>

#include <nacre/core/triple_product.hpp>
#include <nacre/solvers/detail/coarse_solver.hpp>
#include <nacre/solvers/detail/level_smoother.hpp>
#include <nacre/solvers/detail/prolongator.hpp>

/// \file
/// The levels of smoothed-aggregation AMG and the cycle through them.

namespace nacre::solvers::detail {

/// A multigrid hierarchy in one precision. What depends on the pattern and on which couplings are strong is made
/// by the constructor; what depends on values also by update().
template <class T, class Device>
class AmgHierarchy {
 public:
  using Exec = ExecOf<Device>;
  using Vectors = MultiVector<T, Device>;

  /// \param near_nullspace of A's rows. Collective.
  AmgHierarchy(DistributedCsr<T, Device> const& A, NearNullspace near_nullspace, AmgOptions const& options);

  /// New values on the pattern of the constructor's A. Collective.
  void update(Vector<T, Device> const& values);

  /// x = M b or M^T b: one cycle from zero.
  /// \param b      [owned, k]
  /// \param[out] x [owned, k]
  void cycle(Exec const& exec, Vectors const& b, Vectors const& x, bool transposed) const;

  AmgSummary const& summary() const { return summary_; }

 private:
  struct Level {
    DistributedCsr<T, Device> A;
    LevelSmoother<T, Device> smoother;
    // to the next level; none on the last
    std::unique_ptr<Prolongator<T, Device>> prolongator;
    std::unique_ptr<TripleProduct<Device>> galerkin;
    DistributedCsr<T, Device> P;
    Vector<T, Device> R_values;
    double threshold = 0, max_eigenvalue = 0;
    mutable Vectors b, x, r, p;   // b, x: unused on the first level
    mutable Vectors first, rest;  // of a second visit
  };
  void numeric(Exec const& exec, std::size_t l);
  void finish_setup(Exec const& exec);
  void reserve_vectors(std::size_t k) const;
  void cycle(Exec const& exec, std::size_t l, Vectors const& b, Vectors const& x, bool transposed) const;
  void summarise();

  AmgOptions options_;
  std::vector<Level> levels_;
  CoarseSolver<T, Device> coarse_;
  bool direct_ = false;  // the last level is solved by coarse_
  AmgSummary summary_;
};

}  // namespace nacre::solvers::detail
