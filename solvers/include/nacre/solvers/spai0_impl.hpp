#pragma once

#include <nacre/core/vector_ops.hpp>
#include <nacre/solvers/detail/smoother_kernels.hpp>
#include <nacre/solvers/spai0.hpp>

namespace nacre::solvers {

template <class Scalar, class Device>
Spai0<Scalar, Device>::Spai0(DistributedCsr<Scalar, Device> const& A)
    : detail::MatrixPreconditioner<Scalar, Device>("spai0", A),
      diagonal_("nacre::spai0::diagonal", this->num_rows()) {
  update(A);
}

template <class Scalar, class Device>
void Spai0<Scalar, Device>::update(DistributedCsr<Scalar, Device> const& A) {
  this->check_pattern(A);
  detail::require_diagonal(this->method(), A);
  detail::make_diagonal(Exec(), A.pattern.local(), A.values, detail::DiagonalKind::spai0, diagonal_);
}

template <class Scalar, class Device>
void Spai0<Scalar, Device>::apply(Exec const& exec, In const& r, Out const& z) const {
  this->check_vectors(r, z);
  multiply(exec, 1., diagonal_, r, 0., z);
}

}  // namespace nacre::solvers
