#pragma once

#include <nacre/solvers/operator.hpp>

/// \file
/// The transpose of an Operator as an Operator.

namespace nacre::solvers {

/// A^T, by reference to A: apply() and apply_transpose() change places. What A was set up with is not made again,
/// so the transpose of a preconditioner costs nothing until it is applied.
template <class Scalar, class Device = DefaultDevice>
class TransposedOperator final : public Operator<Scalar, Device> {
 public:
  using typename Operator<Scalar, Device>::Exec;
  using typename Operator<Scalar, Device>::In;
  using typename Operator<Scalar, Device>::Out;

  /// \param A must live as long as this
  explicit TransposedOperator(Operator<Scalar, Device> const& A) : A_(A) {}

  Comm const& comm() const override { return A_.comm(); }
  Ordinal num_local_rows() const override { return A_.num_local_cols(); }
  Ordinal num_local_cols() const override { return A_.num_local_rows(); }
  void apply(Exec const& exec, In const& x, Out const& y) const override { A_.apply_transpose(exec, x, y); }
  void apply_transpose(Exec const& exec, In const& x, Out const& y) const override { A_.apply(exec, x, y); }

 private:
  Operator<Scalar, Device> const& A_;
};

}  // namespace nacre::solvers
