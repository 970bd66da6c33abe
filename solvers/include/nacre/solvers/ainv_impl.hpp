#pragma once

#include <cmath>

#include <nacre/solvers/ainv.hpp>
#include <nacre/solvers/detail/conjugate_basis.hpp>

namespace nacre::solvers {

template <class Scalar, class Device>
Ainv<Scalar, Device>::Ainv(DistributedCsr<Scalar, Device> const& A, AinvOptions const& options)
    : detail::MatrixPreconditioner<Scalar, Device>("ainv", A), options_(options) {
  if (!(options.drop_tolerance >= 0 && std::isfinite(options.drop_tolerance)))
    fail(cat("ainv: drop_tolerance = ", options.drop_tolerance, ", must be a number that is not negative"));
  update(A);
}

template <class Scalar, class Device>
void Ainv<Scalar, Device>::update(DistributedCsr<Scalar, Device> const& A) {
  this->check_pattern(A);
  detail::require_diagonal(this->method(), A);
  auto const& local = A.pattern.local();
  auto const row_ptr = host_view(local.row_ptr());
  auto const col = host_view(local.col());
  auto const given = host_view(A.values);
  std::vector<double> const values(given.data(), given.data() + given.extent(0));
  auto const basis = detail::conjugate_basis(local.num_rows(), row_ptr.data(), col.data(), values.data(),
                                             options_.drop_tolerance);
  auto const n = static_cast<std::size_t>(local.num_rows()), found = basis.pivot.size();
  this->comm().fail_together(
      found < n || (n > 0 && !(basis.pivot.back() > 0 && std::isfinite(basis.pivot.back())))
          ? cat("ainv: the pivot of row ", A.pattern.rows().begin() + static_cast<GlobalOrdinal>(found) - 1,
                " is ", basis.pivot.back(),
                ", must be a positive number; the matrix must be positive definite")
          : "");
  std::vector<Scalar> const z(basis.values.begin(), basis.values.end());
  std::vector<Scalar> inverse_pivots(n);
  for (std::size_t i = 0; i < n; ++i) inverse_pivots[i] = static_cast<Scalar>(1 / basis.pivot[i]);
  CsrPattern<Device> const pattern(local.num_rows(), local.num_rows(),
                                   to_device<Device>("nacre::ainv::row_ptr", basis.row_ptr),
                                   to_device<Device>("nacre::ainv::col", basis.col));
  product_ = detail::FactoredProduct<Scalar, Device>(DistributedCsr<Scalar, Device>{
      DistributedPattern<Device>(A.pattern.rows(), pattern, HaloExchange<Device>(A.pattern.rows(), {})),
      to_device<Device>("nacre::ainv::values", z)});
  inverse_pivots_ = to_device<Device>("nacre::ainv::inverse_pivots", inverse_pivots);
}

template <class Scalar, class Device>
void Ainv<Scalar, Device>::apply(Exec const& exec, In const& r, Out const& z) const {
  this->check_vectors(r, z);
  product_.apply(exec, inverse_pivots_, 0., r, z);
}

template <class Scalar, class Device>
std::string Ainv<Scalar, Device>::description() const {
  return cat("AINV, drop tolerance ", options_.drop_tolerance, ", ", factor().pattern.num_global_entries(),
             " nonzeros", this->comm().size() > 1 ? " of each rank's block" : "");
}

}  // namespace nacre::solvers
