#pragma once

#include <nacre/core/vector_ops.hpp>
#include <nacre/solvers/jacobi.hpp>

namespace nacre::solvers {

namespace detail {

/// d(i) = 1 / a_ii.
template <class Exec, class Positions, class Values, class Diagonal>
void invert_diagonal(Exec const& exec, Positions const& position, Values const& values, Diagonal const& d) {
  using T = typename Diagonal::value_type;
  Kokkos::parallel_for(
      "nacre::jacobi::invert_diagonal", range(exec, d.extent(0)),
      KOKKOS_LAMBDA(Ordinal i) { d(i) = T(1) / static_cast<T>(values(position(i))); });
}

}  // namespace detail

template <class Scalar, class Device>
Jacobi<Scalar, Device>::Jacobi(DistributedCsr<Scalar, Device> const& A)
    : detail::MatrixPreconditioner<Scalar, Device>("jacobi", A),
      inverse_diagonal_("nacre::jacobi::inverse_diagonal", this->num_rows()) {
  update(A);
}

template <class Scalar, class Device>
void Jacobi<Scalar, Device>::update(DistributedCsr<Scalar, Device> const& A) {
  this->check_pattern(A);
  detail::require_diagonal(this->method(), A);
  detail::invert_diagonal(Exec(), diagonal_positions(A.pattern.local()).entry, A.values, inverse_diagonal_);
}

template <class Scalar, class Device>
void Jacobi<Scalar, Device>::apply(Exec const& exec, In const& r, Out const& z) const {
  this->check_vectors(r, z);
  multiply(exec, 1., inverse_diagonal_, r, 0., z);
}

}  // namespace nacre::solvers
