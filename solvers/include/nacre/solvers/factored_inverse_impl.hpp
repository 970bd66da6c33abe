#pragma once

#include <cmath>

#include <nacre/solvers/factored_inverse.hpp>

namespace nacre::solvers {

namespace detail {

/// A named functor, because several translation units instantiate it: see MakeDiagonal.
template <class Values>
struct FirstNotPositive {
  Values values;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i, Ordinal& least) const {
    auto const v = values(i);
    if (!(v > 0 && v - v == 0) && i < least) least = i;
  }
};

/// The first of these that is not a positive number, or their number.
template <class Exec, class Values>
Ordinal first_not_positive(Exec const& exec, Values const& values) {
  auto const n = static_cast<Ordinal>(values.extent(0));
  Ordinal first = n;
  Kokkos::parallel_reduce("nacre::factored_inverse::check_weights", range(exec, values.extent(0)),
                          FirstNotPositive<Values>{values}, Kokkos::Min<Ordinal>(first));
  return first < n ? first : n;
}

}  // namespace detail

template <class Scalar, class Device, class Factor>
FactoredInverse<Scalar, Device, Factor>::FactoredInverse(DistributedCsr<Factor, Device> const& F,
                                                         double shift,
                                                         Vector<Scalar const, Device> const& weights)
    : detail::MatrixPreconditioner<Scalar, Device>("factored_inverse", F),
      shift_(shift),
      weights_(weights),
      product_(F) {
  std::string problem;
  if (!(shift >= 0 && std::isfinite(shift)))
    problem = cat("factored_inverse: shift = ", shift, ", must be a number that is not negative");
  bool const weighted = this->comm().max(weights.extent(0) > 0 ? 1 : 0) != 0;
  if (weighted && weights.extent(0) != this->num_rows()) {
    problem = cat("factored_inverse: ", weights.extent(0), " weights for the ", this->num_rows(),
                  " rows this rank owns");
  } else if (weighted) {
    auto const bad = static_cast<std::size_t>(detail::first_not_positive(Exec(), weights));
    if (bad < this->num_rows())
      problem = cat("factored_inverse: the weight of row ",
                    F.pattern.rows().begin() + static_cast<GlobalOrdinal>(bad), " is ",
                    host_view(Kokkos::subview(weights, std::make_pair(bad, bad + 1)))(0),
                    ", must be a positive number");
  }
  this->comm().fail_together(problem);
}

template <class Scalar, class Device, class Factor>
void FactoredInverse<Scalar, Device, Factor>::apply(Exec const& exec, In const& r, Out const& z) const {
  this->check_vectors(r, z);
  product_.apply(exec, weights_, shift_, r, z);
}

template <class Scalar, class Device, class Factor>
void FactoredInverse<Scalar, Device, Factor>::update(DistributedCsr<Scalar, Device> const&) {
  fail("factored_inverse: the factor does not come from a matrix; set_factor() takes new values");
}

template <class Scalar, class Device, class Factor>
void FactoredInverse<Scalar, Device, Factor>::set_factor(Vector<Factor, Device> const& values) {
  auto const& pattern = this->pattern();
  this->comm().fail_together(values.extent(0) == pattern.local().num_entries()
                                 ? ""
                                 : cat("factored_inverse: ", values.extent(0), " values on a pattern of ",
                                       pattern.local().num_entries(), " entries"));
  product_.set_values(Exec(), values);
}

template <class Scalar, class Device, class Factor>
std::string FactoredInverse<Scalar, Device, Factor>::description() const {
  return cat("factored approximate inverse, ", this->pattern().num_global_entries(), " nonzeros",
             weights_.extent(0) > 0 ? ", scaled" : "", shift_ > 0 ? cat(", shift ", shift_) : "",
             sizeof(Factor) < sizeof(Scalar) ? ", single precision" : "");
}

}  // namespace nacre::solvers
