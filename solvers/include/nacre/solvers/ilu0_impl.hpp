#pragma once

#include <nacre/solvers/ilu0.hpp>
#include <nacre/solvers/jacobi_impl.hpp>

namespace nacre::solvers {

namespace detail {

/// Row i of the factors, from the rows before it (Saad 2003, algorithm 10.4).
template <class Scalar, class Device>
struct Ilu0Row {
  Kokkos::View<Offset const*, Device> row_ptr;
  Kokkos::View<Ordinal const*, Device> col;
  Kokkos::View<Offset const*, Device> diagonal;
  Vector<Scalar, Device> lu;
  Ordinal n;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    Offset const end = row_ptr(i + 1);
    for (Offset k = row_ptr(i); k < end && col(k) < i; ++k) {
      Ordinal const j = col(k);
      Scalar const factor = lu(k) / lu(diagonal(j));
      lu(k) = factor;
      Offset at = k + 1;
      for (Offset m = diagonal(j) + 1; m < row_ptr(j + 1) && col(m) < n; ++m) {
        while (at < end && col(at) < col(m)) ++at;
        if (at < end && col(at) == col(m)) lu(at) -= factor * lu(m);
      }
    }
  }
};

}  // namespace detail

template <class Scalar, class Device>
Ilu0<Scalar, Device>::Ilu0(DistributedCsr<Scalar, Device> const& A)
    : detail::MatrixPreconditioner<Scalar, Device>("ilu0", A),
      factors_("nacre::ilu0::factors", A.values.extent(0)),
      inverse_diagonal_("nacre::ilu0::inverse_diagonal", this->num_rows()),
      ones_("nacre::ilu0::ones", this->num_rows()) {
  Kokkos::deep_copy(ones_, Scalar(1));
  auto const& t = detail::triangles<detail::RowOrder::natural>(A.pattern.local());
  lower_ = Vector<Scalar, Device>("nacre::ilu0::lower", t.lower.source.extent(0));
  upper_ = Vector<Scalar, Device>("nacre::ilu0::upper", t.upper.source.extent(0));
  update(A);
}

template <class Scalar, class Device>
void Ilu0<Scalar, Device>::update(DistributedCsr<Scalar, Device> const& A) {
  this->check_pattern(A);
  Exec const exec;
  auto const& local = A.pattern.local();
  auto const& t = detail::triangles<detail::RowOrder::natural>(local);
  auto const& diagonal = diagonal_positions(local).entry;
  detail::require_diagonal(this->method(), A);
  Kokkos::deep_copy(exec, factors_, A.values);
  detail::for_rows_in_order(
      exec, "nacre::ilu0::factor", t.lower.schedule, this->num_rows(),
      detail::Ilu0Row<Scalar, Device>{local.row_ptr(), local.col(), diagonal, factors_, local.num_rows()});
  Ordinal const bad = detail::first_bad_diagonal(exec, diagonal, factors_);
  this->comm().fail_together(
      bad < local.num_rows()
          ? cat("ilu0: the pivot of row ", A.pattern.rows().begin() + bad, " is zero or not finite")
          : "");
  detail::invert_diagonal(exec, diagonal, factors_, inverse_diagonal_);
  gather(exec, t.lower.source, factors_, lower_);
  gather(exec, t.upper.source, factors_, upper_);
  lower_t_ = upper_t_ = Vector<Scalar, Device>();
}

template <class Scalar, class Device>
void Ilu0<Scalar, Device>::apply(Exec const& exec, In const& r, Out const& z) const {
  this->check_vectors(r, z);
  auto const& t = detail::triangles<detail::RowOrder::natural>(this->pattern().local());
  detail::solve_triangle(exec, t.lower, lower_, ones_, r, z);
  detail::solve_triangle(exec, t.upper, upper_, inverse_diagonal_, In(z), z);
}

template <class Scalar, class Device>
void Ilu0<Scalar, Device>::apply_transpose(Exec const& exec, In const& r, Out const& z) const {
  this->check_vectors(r, z);
  auto const& t = detail::transposed_triangles<detail::RowOrder::natural>(this->pattern().local());
  if (lower_t_.extent(0) != t.lower.source.extent(0) || upper_t_.extent(0) != t.upper.source.extent(0)) {
    lower_t_ = Vector<Scalar, Device>("nacre::ilu0::lower_transposed", t.lower.source.extent(0));
    upper_t_ = Vector<Scalar, Device>("nacre::ilu0::upper_transposed", t.upper.source.extent(0));
    gather(exec, t.lower.source, factors_, lower_t_);
    gather(exec, t.upper.source, factors_, upper_t_);
  }
  detail::solve_triangle(exec, t.lower, lower_t_, inverse_diagonal_, r, z);
  detail::solve_triangle(exec, t.upper, upper_t_, ones_, In(z), z);
}

template <class Scalar, class Device>
std::string Ilu0<Scalar, Device>::description() const {
  return cat("ILU(0)", this->comm().size() > 1 ? " of each rank's block" : "");
}

}  // namespace nacre::solvers
