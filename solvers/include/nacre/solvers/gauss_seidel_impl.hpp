#pragma once

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/core/vector_ops.hpp>
#include <nacre/solvers/detail/smoother_kernels.hpp>
#include <nacre/solvers/gauss_seidel.hpp>

namespace nacre::solvers {

namespace detail {

/// inverse(i) = 1 / D_i and middle(i) = 2 D_i - a_ii with D_i = a_ii + sign(a_ii) sum over ghosts |a_ij|.
template <class Exec, class Device, class Positions, class Values, class Diagonal>
void gauss_seidel_diagonals(Exec const& exec, CsrPattern<Device> const& pattern, Positions const& position,
                            Values const& values, Diagonal const& inverse, Diagonal const& middle) {
  using T = typename Diagonal::value_type;
  auto const row_ptr = pattern.row_ptr();
  auto const col = pattern.col();
  auto const owned = static_cast<Ordinal>(inverse.extent(0));
  Kokkos::parallel_for(
      "nacre::gauss_seidel::diagonals", range(exec, inverse.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
        T ghosts = 0;
        for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
          if (col(k) >= owned) ghosts += compat::fabs(values(k));
        T const a = values(position(i)), d = a < T(0) ? a - ghosts : a + ghosts;
        inverse(i) = T(1) / d;
        middle(i) = T(2) * d - a;
      });
}

/// y = E^T x: what this rank's rows give to others, sent to them. Collective.
template <class Exec, class T, class Device>
void subtract_ghosts_transposed(Exec const& exec, DistributedCsr<T, Device> const& A,
                                MultiVector<T, Device> const& x, MultiVector<T, Device> const& y) {
  auto const& pattern = A.pattern;
  if (pattern.comm().size() == 1) return;
  auto const& t = transposed(pattern.local());
  auto const ptr = t.pattern.row_ptr();
  auto const row = t.pattern.col();
  auto const entry = t.entry;
  auto const values = A.values;
  auto const owned = static_cast<Ordinal>(y.extent(0)), k = static_cast<Ordinal>(y.extent(1));
  auto const& halo = pattern.halo();
  if (halo.num_ghosts() > 0) {
    auto const ghosts = halo.template export_buffer<T>(k);
    Kokkos::parallel_for(
        "nacre::gauss_seidel::ghosts_transposed", range(exec, ghosts.extent(0)), KOKKOS_LAMBDA(Ordinal g) {
          for (Ordinal c = 0; c < k; ++c) {
            T sum = 0;
            for (Offset e = ptr(owned + g); e < ptr(owned + g + 1); ++e)
              sum -= values(entry(e)) * x(row(e), c);
            ghosts(g, c) = sum;
          }
        });
  }
  halo.template start_export<T>(exec, k);
  halo.finish_export(exec, y);
}

}  // namespace detail

template <class Scalar, class Device>
GaussSeidel<Scalar, Device>::GaussSeidel(DistributedCsr<Scalar, Device> const& A,
                                         GaussSeidelOptions const& options)
    : detail::MatrixPreconditioner<Scalar, Device>("gauss_seidel", A),
      options_(options),
      by_color_(options.order == GaussSeidelOptions::Order::by_color ||
                (options.order == GaussSeidelOptions::Order::automatic && !kSerial<Device>)),
      inverse_diagonal_("nacre::gauss_seidel::inverse_diagonal", this->num_rows()),
      middle_("nacre::gauss_seidel::middle", this->num_rows()) {
  if (options.sweeps < 1) fail(cat("gauss_seidel: sweeps = ", options.sweeps, ", must be positive"));
  detail::require_diagonal(this->method(), A);
  auto const& local = A.pattern.local();
  if (by_color_) {
    auto const& t = detail::triangles<detail::RowOrder::by_color>(local);
    split_.lower = t.lower;
    split_.upper = t.upper;
  } else {
    auto const& t = detail::triangles<detail::RowOrder::natural>(local);
    split_.lower = t.lower;
    split_.upper = t.upper;
  }
  update(A);
}

template <class Scalar, class Device>
void GaussSeidel<Scalar, Device>::update(DistributedCsr<Scalar, Device> const& A) {
  this->check_pattern(A);
  detail::require_diagonal(this->method(), A);
  A_ = A;
  detail::gauss_seidel_diagonals(Exec(), A.pattern.local(), diagonal_positions(A.pattern.local()).entry,
                                 A.values, inverse_diagonal_, middle_);
  gather_values(split_);
  if (has_transposed_) gather_values(transposed_);
}

template <class Scalar, class Device>
void GaussSeidel<Scalar, Device>::gather_values(Split& split) const {
  if (split.lower_values.extent(0) != split.lower.source.extent(0))
    split.lower_values = Vector<Scalar, Device>("nacre::gauss_seidel::lower", split.lower.source.extent(0));
  if (split.upper_values.extent(0) != split.upper.source.extent(0))
    split.upper_values = Vector<Scalar, Device>("nacre::gauss_seidel::upper", split.upper.source.extent(0));
  gather(Exec(), split.lower.source, A_.values, split.lower_values);
  gather(Exec(), split.upper.source, A_.values, split.upper_values);
}

template <class Scalar, class Device>
typename GaussSeidel<Scalar, Device>::Split const& GaussSeidel<Scalar, Device>::transposed_split() const {
  if (has_transposed_) return transposed_;
  auto const& local = A_.pattern.local();
  if (by_color_) {
    auto const& t = detail::transposed_triangles<detail::RowOrder::by_color>(local);
    transposed_.lower = t.lower;
    transposed_.upper = t.upper;
  } else {
    auto const& t = detail::transposed_triangles<detail::RowOrder::natural>(local);
    transposed_.lower = t.lower;
    transposed_.upper = t.upper;
  }
  gather_values(transposed_);
  has_transposed_ = true;
  return transposed_;
}

template <class Scalar, class Device>
void GaussSeidel<Scalar, Device>::sweep(Exec const& exec, bool transposed, In const& r, Out const& z) const {
  Split const& split = transposed ? transposed_split() : split_;
  if (half_.extent(0) != z.extent(0) || half_.extent(1) != z.extent(1))
    half_ = Out("nacre::gauss_seidel::half", z.extent(0), z.extent(1));
  auto const& pattern = A_.pattern;
  detail::solve_triangle(exec, split.lower, split.lower_values, inverse_diagonal_, r, z);
  // half = (2D - A_d - E) z
  multiply(exec, 1., middle_, z, 0., half_);
  if (transposed) {
    detail::subtract_ghosts_transposed(exec, A_, z, half_);
  } else if (pattern.comm().size() > 1) {
    auto const ghosts = pattern.halo().import_ghosts(exec, z);
    detail::subtract_ghosts(exec, A_.local(), pattern.boundary_rows(), ghosts, half_);
  }
  detail::solve_triangle(exec, split.upper, split.upper_values, inverse_diagonal_, In(half_), z);
}

template <class Scalar, class Device>
void GaussSeidel<Scalar, Device>::iterate(Exec const& exec, bool transposed, In const& r,
                                          Out const& z) const {
  this->check_vectors(r, z);
  sweep(exec, transposed, r, z);
  if (options_.sweeps > 1 && (residual_.extent(0) != z.extent(0) || residual_.extent(1) != z.extent(1))) {
    residual_ = Out("nacre::gauss_seidel::residual", z.extent(0), z.extent(1));
    correction_ = Out("nacre::gauss_seidel::correction", z.extent(0), z.extent(1));
  }
  for (int s = 1; s < options_.sweeps; ++s) {
    if (transposed)
      residual_transpose(exec, A_, r, z, residual_);
    else
      residual(exec, A_, r, z, residual_);
    sweep(exec, transposed, residual_, correction_);
    axpby(exec, 1., correction_, 1., z);
  }
}

template <class Scalar, class Device>
void GaussSeidel<Scalar, Device>::apply(Exec const& exec, In const& r, Out const& z) const {
  iterate(exec, false, r, z);
}

template <class Scalar, class Device>
void GaussSeidel<Scalar, Device>::apply_transpose(Exec const& exec, In const& r, Out const& z) const {
  iterate(exec, true, r, z);
}

template <class Scalar, class Device>
std::string GaussSeidel<Scalar, Device>::description() const {
  return cat("symmetric Gauss-Seidel, ", by_color_ ? "by colour" : "natural order", ", sweeps ",
             options_.sweeps, this->comm().size() > 1 ? ", l1 at rank boundaries" : "");
}

}  // namespace nacre::solvers
