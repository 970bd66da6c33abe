#pragma once

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/solvers/chebyshev.hpp>
#include <nacre/solvers/detail/max_eigenvalue.hpp>
#include <nacre/solvers/detail/smoother_kernels.hpp>

namespace nacre::solvers {

template <class Scalar, class Device>
Chebyshev<Scalar, Device>::Chebyshev(DistributedCsr<Scalar, Device> const& A, ChebyshevOptions const& options)
    : detail::MatrixPreconditioner<Scalar, Device>("chebyshev", A),
      options_(options),
      A_(A),
      inverse_diagonal_("nacre::chebyshev::inverse_diagonal", this->num_rows()) {
  if (options.degree < 1) fail(cat("chebyshev: degree = ", options.degree, ", must be positive"));
  if (!(options.ratio > 1)) fail(cat("chebyshev: ratio = ", options.ratio, ", must exceed 1"));
  if (!(options.maximum >= 0)) fail(cat("chebyshev: maximum = ", options.maximum, ", must not be negative"));
  update(A);
}

template <class Scalar, class Device>
void Chebyshev<Scalar, Device>::update(DistributedCsr<Scalar, Device> const& A) {
  this->check_pattern(A);
  detail::require_diagonal(this->method(), A);
  A_ = A;
  Exec const exec;
  detail::make_diagonal(exec, A.pattern.local(), A.values, detail::DiagonalKind::inverse, inverse_diagonal_);
  max_eigenvalue_ =
      options_.maximum > 0 ? options_.maximum : detail::bound_max_eigenvalue(exec, A, inverse_diagonal_);
}

template <class Scalar, class Device>
void Chebyshev<Scalar, Device>::iterate(Exec const& exec, bool transposed, In const& r, Out const& z) const {
  this->check_vectors(r, z);
  if (residual_.extent(0) != z.extent(0) || residual_.extent(1) != z.extent(1)) {
    residual_ = Out("nacre::chebyshev::residual", z.extent(0), z.extent(1));
    step_ = Out("nacre::chebyshev::step", z.extent(0), z.extent(1));
  }
  double const largest = max_eigenvalue_, smallest = largest / options_.ratio;
  double const center = (largest + smallest) / 2, radius = (largest - smallest) / 2;
  double rho = radius / center;
  detail::chebyshev_step(exec, 0., 1 / center, inverse_diagonal_, r, step_, z, true);
  for (int step = 1; step < options_.degree; ++step) {
    if (transposed)
      residual_transpose(exec, A_, r, z, residual_);
    else
      residual(exec, A_, r, z, residual_);
    double const next = 1 / (2 * center / radius - rho);
    detail::chebyshev_step(exec, next * rho, 2 * next / radius, inverse_diagonal_, residual_, step_, z,
                           false);
    rho = next;
  }
}

template <class Scalar, class Device>
void Chebyshev<Scalar, Device>::apply(Exec const& exec, In const& r, Out const& z) const {
  iterate(exec, false, r, z);
}

// p(D^-1 A) D^-1 transposed is p(D^-1 A^T) D^-1
template <class Scalar, class Device>
void Chebyshev<Scalar, Device>::apply_transpose(Exec const& exec, In const& r, Out const& z) const {
  iterate(exec, true, r, z);
}

template <class Scalar, class Device>
std::string Chebyshev<Scalar, Device>::description() const {
  return cat("Chebyshev, degree ", options_.degree, ", eigenvalues in [", max_eigenvalue_ / options_.ratio,
             ", ", max_eigenvalue_, ']');
}

}  // namespace nacre::solvers
