#pragma once

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/solvers/operator.hpp>

/// \file
/// A distributed matrix as an Operator.

namespace nacre::solvers {

/// A distributed matrix as an Operator. Holds handles; copies no values.
template <class Scalar, class Device = DefaultDevice>
class MatrixOperator final : public Operator<Scalar, Device> {
 public:
  using typename Operator<Scalar, Device>::Exec;
  using typename Operator<Scalar, Device>::In;
  using typename Operator<Scalar, Device>::Out;

  explicit MatrixOperator(DistributedCsr<Scalar, Device> A) : A_(std::move(A)) {}

  DistributedCsr<Scalar, Device> const& matrix() const { return A_; }
  Comm const& comm() const override { return A_.comm(); }
  Ordinal num_local_rows() const override { return A_.pattern.num_owned_rows(); }
  Ordinal num_local_cols() const override { return A_.pattern.num_owned_cols(); }
  void apply(Exec const& exec, In const& x, Out const& y) const override { spmv(exec, A_, x, y); }
  void apply_transpose(Exec const& exec, In const& x, Out const& y) const override {
    spmv_transpose(exec, A_, x, y);
  }
  void residual(Exec const& exec, In const& b, In const& x, Out const& r) const override {
    nacre::residual(exec, A_, b, x, r);
  }

 private:
  DistributedCsr<Scalar, Device> A_;
};

}  // namespace nacre::solvers
