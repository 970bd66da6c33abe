#pragma once

#include <string>

#include <nacre/core/comm.hpp>
#include <nacre/core/distributed_csr.hpp>
#include <nacre/core/types.hpp>
#include <nacre/core/vector_ops.hpp>

/// \file
/// What Krylov methods work on: linear maps of distributed vectors.

namespace nacre::solvers {

/// A linear map between distributed vectors.
///
/// Vectors are `[local length, k]`: k right-hand sides side by side, the rows this rank owns. All calls
/// are collective over comm(); they are asynchronous on `exec` apart from communication.
template <class Scalar, class Device = DefaultDevice>
class Operator {
 public:
  using Exec = ExecOf<Device>;
  using Out = MultiVector<Scalar, Device>;
  using In = MultiVector<Scalar const, Device>;

  virtual ~Operator() = default;
  virtual Comm const& comm() const = 0;
  /// Length on this rank of a result.
  virtual Ordinal num_local_rows() const = 0;
  /// Length on this rank of an argument.
  virtual Ordinal num_local_cols() const = 0;

  /// y = A x.
  /// \param x      [num_local_cols, k]
  /// \param[out] y [num_local_rows, k], overwritten; must not alias x
  virtual void apply(Exec const& exec, In const& x, Out const& y) const = 0;
  /// y = A^T x.
  /// \throws nacre::Error where there is no transpose: see has_transpose()
  virtual void apply_transpose(Exec const& exec, In const& x, Out const& y) const = 0;
  virtual bool has_transpose() const { return true; }
  /// r = b - A x.
  /// \param b      [num_local_rows, k]
  /// \param x      [num_local_cols, k]
  /// \param[out] r [num_local_rows, k], overwritten; must not alias x or b
  virtual void residual(Exec const& exec, In const& b, In const& x, Out const& r) const {
    apply(exec, x, r);
    axpby(exec, 1., b, -1., r);
  }
};

/// An approximate inverse of a matrix, to speed up a Krylov method.
template <class Scalar, class Device = DefaultDevice>
class Preconditioner : public Operator<Scalar, Device> {
 public:
  /// Takes over new values on the pattern it was made for, redoing only the numeric part of the setup.
  /// \throws nacre::Error if the pattern is another one. Collective.
  virtual void update(DistributedCsr<Scalar, Device> const& A) = 0;
  /// One line: which method, with which parameters.
  virtual std::string description() const = 0;
};

}  // namespace nacre::solvers
