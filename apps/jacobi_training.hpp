#pragma once

#include <nacre/autodiff/adam.hpp>
#include <nacre/autodiff/tape.hpp>
#include <nacre/core/axis_axpy.hpp>
#include <nacre/core/diagonal.hpp>
#include <nacre/core/elementwise_binary.hpp>
#include <nacre/core/elementwise_functions.hpp>
#include <nacre/core/inner_products.hpp>
#include <nacre/core/spmm_adjoint.hpp>

#include "samples.hpp"

/// \file
/// How nacre_jacobi learns.

namespace nacre::apps {

/// Learns weights omega of the Jacobi iteration, one for each unknown: minimises the mean over random directions x of
/// y^T A y with y = (I - diag(omega) D^-1 A) x.
template <class Device = DefaultDevice>
class JacobiTraining {
 public:
  /// \param A       symmetric positive definite
  /// \param samples directions in each step
  JacobiTraining(CsrMatrix<double, Device> const& A, int samples, std::int64_t seed, double learning_rate)
      : A_(A),
        inverse_diagonal_("inverse_diagonal", static_cast<std::size_t>(A.num_rows())),
        omega_("omega", inverse_diagonal_.extent(0)),
        x_("x", omega_.extent(0), static_cast<std::size_t>(samples)),
        squared_norms_("squared_norms", static_cast<std::size_t>(samples)),
        seed_(seed),
        adam_(options(learning_rate)) {
    extract_inverse_diagonal(tape_.exec(), A.pattern, A.values, inverse_diagonal_);
    Kokkos::deep_copy(omega_, 1.);
  }

  /// One step of Adam with new samples. \return their loss before it
  double step() {
    fill_random_directions(tape_.exec(), epoch_seed(seed_, ++epoch_), x_, squared_norms_);
    SpmmOp<Device> const product{A_.pattern};
    tape_.clear();
    auto const omega = tape_.leaf(omega_);
    auto const y = tape_.apply(RowAxpyOp{-1}, tape_.apply(MultiplyOp{}, omega, inverse_diagonal_),
                               tape_.apply(product, A_.values, x_), x_);
    auto const energy = tape_.apply(DotOp{}, y, tape_.apply(product, A_.values, y));
    auto const loss = tape_.apply(scale_by(1. / static_cast<double>(x_.extent(1))), energy);
    tape_.backward(loss);
    adam_.step(tape_.exec(), {{omega_, tape_.gradient(omega)}});
    return read_scalar(loss.value);
  }

  void set_learning_rate(double learning_rate) { adam_.set_learning_rate(learning_rate); }
  Vector<double, Device> const& omega() const { return omega_; }

  /// Bytes of what a step must keep besides the matrix: weights with their gradient and Adam's two means, the
  /// diagonal, the samples, and the values on the tape.
  std::size_t kept_bytes() const {
    std::size_t const n = omega_.extent(0), k = x_.extent(1);
    return sizeof(double) * (5 * n + n * k) + tape_.value_bytes();
  }

 private:
  static ad::AdamOptions options(double learning_rate) {
    ad::AdamOptions o;
    o.learning_rate = learning_rate;
    return o;
  }

  ad::Tape<Device> tape_;
  CsrMatrix<double, Device> A_;
  Vector<double, Device> inverse_diagonal_, omega_;
  RowMajor<double, Device> x_;  // the samples, side by side
  Vector<double, Device> squared_norms_;
  std::int64_t seed_, epoch_ = 0;
  ad::Adam<double, Device> adam_;
};

}  // namespace nacre::apps
