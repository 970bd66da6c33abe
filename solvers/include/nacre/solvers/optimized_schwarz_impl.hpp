#pragma once

#include <nacre/solvers/optimized_schwarz.hpp>

namespace nacre::solvers {

template <class Scalar, class Device>
OptimizedSchwarz<Scalar, Device>::OptimizedSchwarz(DistributedCsr<Scalar, Device> const& A,
                                                   SchwarzDecomposition<Device> const& decomposition,
                                                   Vector<Scalar const, Device> const& interface_values,
                                                   double interface_scale)
    : detail::MatrixPreconditioner<Scalar, Device>("optimized_schwarz", A) {
  if (this->comm().size() > 1)
    fail(cat("optimized_schwarz: runs on one rank, there are ", this->comm().size()));
  if (!decomposition.pattern().same_as(A.pattern.local()))
    fail("optimized_schwarz: the decomposition is of another pattern than the matrix");
  state_ = std::make_unique<detail::SchwarzState<Scalar, Device>>(decomposition, A.values, interface_scale);
  set_interface_values(interface_values);
}

template <class Scalar, class Device>
void OptimizedSchwarz<Scalar, Device>::set_interface_values(
    Vector<Scalar const, Device> const& interface_values) {
  check_extent("optimized_schwarz", interface_values, 0, state_->decomposition().pattern().num_entries(),
               "the pattern's number of entries");
  state_->offer(Exec(), interface_values.data());
  state_->prepare(Exec());
}

template <class Scalar, class Device>
void OptimizedSchwarz<Scalar, Device>::update(DistributedCsr<Scalar, Device> const& A) {
  this->check_pattern(A);
  state_->set_matrix(A.values);
  state_->prepare(Exec());
}

template <class Scalar, class Device>
void OptimizedSchwarz<Scalar, Device>::apply(Exec const& exec, In const& r, Out const& z) const {
  this->check_vectors(r, z);
  state_->apply(exec, false, r.extent(1), nacre::detail::strided(r), nacre::detail::strided(z));
}

template <class Scalar, class Device>
void OptimizedSchwarz<Scalar, Device>::apply_transpose(Exec const& exec, In const& r, Out const& z) const {
  this->check_vectors(r, z);
  state_->apply(exec, true, r.extent(1), nacre::detail::strided(r), nacre::detail::strided(z));
}

template <class Scalar, class Device>
std::string OptimizedSchwarz<Scalar, Device>::description() const {
  auto const& d = state_->decomposition();
  return cat("optimised restricted additive Schwarz, ", d.num_parts(), " subdomains, overlap ", d.overlap());
}

}  // namespace nacre::solvers
