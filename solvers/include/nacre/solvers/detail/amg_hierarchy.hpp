#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nacre/core/triple_product.hpp>
#include <nacre/solvers/detail/coarse_solver.hpp>
#include <nacre/solvers/detail/level_smoother.hpp>
#include <nacre/solvers/detail/node_products.hpp>
#include <nacre/solvers/detail/prolongator.hpp>
#include <nacre/solvers/detail/wide_kernels.hpp>

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

  /// Of the first level.
  Vector<T, Device> const& values() const { return levels_[0].A.values; }
  /// New values on the pattern of the constructor's A. Collective.
  void set_values(Vector<T, Device> const& values) { levels_[0].A.values = values; }
  /// After set_values(), or after values() were overwritten. Collective.
  void update();

  /// x = M b or M^T b: one cycle from zero.
  /// \param b      [owned, k]
  /// \param[out] x [owned, k]
  void cycle(Exec const& exec, Vectors const& b, Vectors const& x, bool transposed) const;

  /// Whether wide_cycle() is possible: on one rank of a host, with Gauss-Seidel and a symmetric matrix.
  bool has_wide_cycle() const;
  /// x = M b for kWide right-hand sides, [owned][kWide] each.
  void wide_cycle(Exec const& exec, T const* b, T* x) const;

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
    int block_size = 1;
    int rows_of_node = 1, coarse_rows_of_node = 1;  // that share their columns, for products
    double threshold = 0, max_eigenvalue = 0;
    bool visited_twice = false;   // in each visit of the level above
    std::string region, revisit;  // names of what a cycle does here, for profiling
    mutable Vectors b, x, r, p;   // b, x: unused on the first level
    mutable Vectors first, rest;  // of a second visit
    mutable std::vector<T> wide_b, wide_x, wide_r, wide_first, wide_rest;
  };
  /// A second visit of a level pays if it has fewer entries than this part of the level above.
  static constexpr double kSmallLevel = 0.1;

  int aggregation_radius(NodeGraph const& graph) const;
  void find_symmetry();
  void numeric(Exec const& exec, std::size_t l);
  void finish_setup(Exec const& exec);
  void reserve_vectors(std::size_t k) const;
  Restriction<T> restriction(Level const& level) const;
  void restrict_residual(Exec const& exec, Level const& level, Vectors const& b) const;
  void interpolate(Exec const& exec, Level const& level, Vectors const& e, Vectors const& x) const;
  void cycle(Exec const& exec, std::size_t l, Vectors const& b, Vectors const& x, bool transposed) const;
  void wide_cycle(std::size_t l, T const* b, T* x) const;
  void summarise();

  AmgOptions options_;
  std::vector<Level> levels_;
  CoarseSolver<T, Device> coarse_;
  bool is_symmetric_ = false;  // known on hosts only: then so is a cycle, and sweeps are cheaper
  bool direct_ = false;        // the last level is solved by coarse_
  AmgSummary summary_;
};

}  // namespace nacre::solvers::detail
