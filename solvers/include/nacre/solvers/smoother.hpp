#pragma once

#include <memory>

#include <nacre/core/vector_ops.hpp>
#include <nacre/solvers/operator.hpp>

/// \file
/// Preconditioners as smoothers.

namespace nacre::solvers {

/// Steps x += M (b - A x), M any approximate inverse of A: damps the part of the error that M sees.
template <class Scalar, class Device = DefaultDevice>
class Smoother {
 public:
  using Exec = ExecOf<Device>;
  using Out = MultiVector<Scalar, Device>;
  using In = MultiVector<Scalar const, Device>;

  /// \throws nacre::Error if there is no M or not at least one step
  explicit Smoother(std::shared_ptr<Operator<Scalar, Device> const> M, int steps = 1)
      : M_(std::move(M)), steps_(steps) {
    if (!M_) fail("Smoother: no approximate inverse given");
    if (steps < 1) fail(cat("Smoother: steps = ", steps, ", must be positive"));
  }

  /// \param A          square, the matrix M was made for
  /// \param b          [n, k]
  /// \param[in,out] x  [n, k]; not read if x_is_zero
  /// \param x_is_zero  x counts as zero: the first step takes no product with A
  void smooth(Exec const& exec, Operator<Scalar, Device> const& A, In const& b, Out const& x,
              bool x_is_zero = false) const {
    if (residual_.extent(0) != x.extent(0) || residual_.extent(1) != x.extent(1)) {
      residual_ = Out("nacre::smoother::residual", x.extent(0), x.extent(1));
      correction_ = Out("nacre::smoother::correction", x.extent(0), x.extent(1));
    }
    for (int step = 0; step < steps_; ++step) {
      if (step == 0 && x_is_zero) {
        M_->apply(exec, b, x);
      } else {
        A.residual(exec, b, x, residual_);
        M_->apply(exec, residual_, correction_);
        axpby(exec, 1., correction_, 1., x);
      }
    }
  }

 private:
  std::shared_ptr<Operator<Scalar, Device> const> M_;
  int steps_;
  mutable Out residual_, correction_;  // of the last k
};

}  // namespace nacre::solvers
