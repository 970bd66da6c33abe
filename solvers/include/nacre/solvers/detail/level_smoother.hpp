#pragma once

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/solvers/amg_options.hpp>
#include <nacre/solvers/detail/sweeps.hpp>

/// \file
/// What reduces the error that the coarse levels cannot see.

namespace nacre::solvers::detail {

/// The smoother of one AMG level, x += S (b - A x), and its transpose.
template <class T, class Device>
class LevelSmoother {
 public:
  using Exec = ExecOf<Device>;
  using Vectors = MultiVector<T, Device>;
  /// Of the coarse correction. Gauss-Seidel sweeps forward before it and backward after it, so that the whole
  /// cycle is symmetric.
  enum class Side { before, after };

  LevelSmoother() = default;
  explicit LevelSmoother(AmgOptions const& options);

  /// Takes over the values of A. Collective.
  /// \param level 0 is the user's matrix, whose diagonal must not vanish; coarser ones may have empty rows
  /// \param block_size   rows of a node
  /// \param is_symmetric the entries in owned columns, on all ranks
  /// \throws nacre::Error on all ranks if a row of level 0 has a zero, infinite or NaN diagonal
  void numeric(Exec const& exec, DistributedCsr<T, Device> const& A, int level, int block_size,
               bool is_symmetric);

  /// x = S b, the smoothing before a coarse correction that starts from zero, and r = b - A x.
  void smooth_from_zero(Exec const& exec, DistributedCsr<T, Device> const& A, Vectors const& b,
                        Vectors const& x, Vectors const& r, Vectors const& p) const;
  /// \param x [owned, k], in/out; not read if x_is_zero
  /// \param r, p [owned, k] scratch
  void smooth(Exec const& exec, DistributedCsr<T, Device> const& A, Vectors const& b, Vectors const& x,
              bool x_is_zero, Side side, Vectors const& r, Vectors const& p) const;
  /// The transpose of smooth(..., side, ...): x += S^T (b - A^T x).
  void smooth_transpose(Exec const& exec, DistributedCsr<T, Device> const& A, Vectors const& b,
                        Vectors const& x, bool x_is_zero, Side side, Vectors const& r,
                        Vectors const& p) const;

  /// What sweeps read, where the smoother is Gauss-Seidel.
  SweepMatrix<T> sweep_matrix(DistributedCsr<T, Device> const& A) const;
  /// Which one it is: never `automatic`.
  AmgSmoother kind() const { return options_.smoother; }
  double max_eigenvalue() const { return max_eigenvalue_; }  ///< bound for D^-1 A, 0 where none was needed
  double megabytes() const { return static_cast<double>(diagonal_.extent(0)) * sizeof(T) * 1e-6; }

 private:
  void chebyshev(Exec const& exec, DistributedCsr<T, Device> const& A, bool transposed, Vectors const& b,
                 Vectors const& x, bool x_is_zero, Vectors const& r, Vectors const& p) const;

  AmgOptions options_;
  Kokkos::View<Offset const*, Kokkos::HostSpace> first_upper_;  // for sweeps: see SweepMatrix
  int rows_of_node_ = 1;                                        // the same
  bool is_symmetric_ = false;
  Vector<T, Device> diagonal_;  // what a residual is multiplied by
  double damping_ = 1;
  double max_eigenvalue_ = 0;
};

}  // namespace nacre::solvers::detail
