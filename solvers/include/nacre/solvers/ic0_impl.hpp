#pragma once

#include <nacre/solvers/ic0.hpp>
#include <nacre/solvers/jacobi_impl.hpp>

namespace nacre::solvers {

namespace detail {

/// Row i of L from the rows before it. A pivot that is not positive becomes zero or NaN and spoils later rows
/// only.
template <class Scalar, class Device>
struct Ic0Row {
  Kokkos::View<Offset const*, Device> row_ptr;
  Kokkos::View<Ordinal const*, Device> col;
  Kokkos::View<Offset const*, Device> diagonal;
  Kokkos::View<Scalar const*, Device> a;
  Vector<Scalar, Device> l;
  Scalar diagonal_factor;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    Scalar pivot = a(diagonal(i)) * diagonal_factor;
    for (Offset k = row_ptr(i); k < diagonal(i); ++k) {
      Ordinal const j = col(k);
      Scalar sum = a(k);
      Offset m = row_ptr(j);
      for (Offset at = row_ptr(i); at < k; ++at) {
        while (m < diagonal(j) && col(m) < col(at)) ++m;
        if (m < diagonal(j) && col(m) == col(at)) sum -= l(at) * l(m);
      }
      l(k) = sum / l(diagonal(j));
      pivot -= l(k) * l(k);
    }
    l(diagonal(i)) = compat::sqrt(pivot);
  }
};

}  // namespace detail

template <class Scalar, class Device>
Ic0<Scalar, Device>::Ic0(DistributedCsr<Scalar, Device> const& A)
    : detail::MatrixPreconditioner<Scalar, Device>("ic0", A),
      factor_("nacre::ic0::factor", A.values.extent(0)),
      inverse_diagonal_("nacre::ic0::inverse_diagonal", this->num_rows()) {
  auto const entries = detail::triangles<detail::RowOrder::natural>(A.pattern.local()).lower.source.extent(0);
  lower_ = Vector<Scalar, Device>("nacre::ic0::lower", entries);
  lower_t_ = Vector<Scalar, Device>("nacre::ic0::lower_transposed", entries);
  update(A);
}

template <class Scalar, class Device>
void Ic0<Scalar, Device>::update(DistributedCsr<Scalar, Device> const& A) {
  this->check_pattern(A);
  Exec const exec;
  auto const& local = A.pattern.local();
  auto const& lower = detail::triangles<detail::RowOrder::natural>(local).lower;
  auto const& diagonal = diagonal_positions(local).entry;
  detail::require_diagonal(this->method(), A);
  for (shift_ = 0;; shift_ = shift_ == 0 ? 1e-3 : 2 * shift_) {
    detail::for_rows_in_order(exec, "nacre::ic0::factor", lower.schedule, this->num_rows(),
                              detail::Ic0Row<Scalar, Device>{local.row_ptr(), local.col(), diagonal, A.values,
                                                             factor_, static_cast<Scalar>(1 + shift_)});
    Ordinal const bad = detail::first_bad_diagonal(exec, diagonal, factor_);
    bool const failed = bad < local.num_rows();
    if (this->comm().max(failed ? 1 : 0) == 0) break;
    if (shift_ > 10)
      this->comm().fail_together(failed ? cat("ic0: the pivot of row ", A.pattern.rows().begin() + bad,
                                              " is not positive even with a shift of ", shift_,
                                              " times the diagonal; the matrix must be positive definite")
                                        : "");
  }
  detail::invert_diagonal(exec, diagonal, factor_, inverse_diagonal_);
  gather(exec, lower.source, factor_, lower_);
  gather(exec, detail::transposed_triangles<detail::RowOrder::natural>(local).upper.source, factor_,
         lower_t_);
}

template <class Scalar, class Device>
void Ic0<Scalar, Device>::apply(Exec const& exec, In const& r, Out const& z) const {
  this->check_vectors(r, z);
  auto const& local = this->pattern().local();
  detail::solve_triangle(exec, detail::triangles<detail::RowOrder::natural>(local).lower, lower_,
                         inverse_diagonal_, r, z);
  detail::solve_triangle(exec, detail::transposed_triangles<detail::RowOrder::natural>(local).upper, lower_t_,
                         inverse_diagonal_, In(z), z);
}

template <class Scalar, class Device>
std::string Ic0<Scalar, Device>::description() const {
  return cat("IC(0)", shift_ > 0 ? cat(", shift ", shift_) : "",
             this->comm().size() > 1 ? " of each rank's block" : "");
}

}  // namespace nacre::solvers
