#pragma once

#include <nacre/core/distributed_csr.hpp>
#include <nacre/core/transpose.hpp>

/// \file
/// Kernels of the smoothers.

namespace nacre::solvers::detail {

enum class DiagonalKind { inverse, spai0, l1_inverse };

/// The kernel of make_diagonal(). A named functor, because several translation units instantiate it: nvcc keeps the
/// host side of a host-device lambda to the translation unit that made it, and a reduction copies its functor.
template <class Device, class Values, class Diagonal>
struct MakeDiagonal {
  using T = typename Diagonal::non_const_value_type;
  typename CsrPattern<Device>::OffsetView row_ptr;
  typename CsrPattern<Device>::OrdinalView col;
  Values values;
  Diagonal d;
  DiagonalKind kind;

  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i, std::int64_t& unusable) const {
    auto const owned = static_cast<Ordinal>(d.extent(0));
    T diagonal = 0, squares = 0, ghosts = 0;
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) {
      T const a = values(k);
      if (col(k) == i) diagonal = a;
      if (col(k) >= owned) ghosts += compat::fabs(a);
      squares += a * a;
    }
    bool const usable = diagonal != T(0) && diagonal - diagonal == T(0);  // finite
    if (!usable) ++unusable;
    if (kind == DiagonalKind::l1_inverse) diagonal += diagonal < T(0) ? -ghosts / 2 : ghosts / 2;
    d(i) = !usable ? T(0) : kind == DiagonalKind::spai0 ? diagonal / squares : T(1) / diagonal;
  }
};

/// d(i) = 1 / a_ii, or a_ii / sum_j a_ij^2, or 1 / (a_ii + sum of ghosts |a_ij| / 2); zero rows give zero.
///
/// spai0: Broeker, Grote (2002), "Sparse approximate inverse smoothers for geometric and algebraic multigrid",
/// eq. 13. l1: Baker, Falgout, Kolev, Yang (2011), "Multigrid smoothers for ultraparallel computing", sec. 5:
/// with it a sweep that knows only this rank's rows stays convergent.
/// \return how many rows of this rank have no usable diagonal
template <class Exec, class Device, class Values, class Diagonal>
std::int64_t make_diagonal(Exec const& exec, CsrPattern<Device> const& pattern, Values const& values,
                           DiagonalKind kind, Diagonal const& d) {
  std::int64_t unusable = 0;
  Kokkos::parallel_reduce(
      "nacre::smoother::diagonal", range(exec, d.extent(0)),
      MakeDiagonal<Device, Values, Diagonal>{pattern.row_ptr(), pattern.col(), values, d, kind}, unusable);
  return unusable;
}

/// x += c d r, or x = c d r where x counts as zero.
template <class Exec, class Diagonal, class R, class X>
void add_scaled(Exec const& exec, double factor, Diagonal const& d, R const& r, X const& x, bool x_is_zero) {
  using T = typename X::non_const_value_type;
  auto const c = static_cast<T>(factor);
  auto const k = static_cast<Ordinal>(x.extent(1));
  Kokkos::parallel_for(
      "nacre::smoother::add_scaled", range(exec, x.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
        for (Ordinal j = 0; j < k; ++j) x(i, j) = (x_is_zero ? T(0) : x(i, j)) + c * d(i) * r(i, j);
      });
}

/// x += y, or x = y where x counts as zero.
template <class Exec, class Y, class X>
void add_or_set(Exec const& exec, Y const& y, X const& x, bool x_is_zero) {
  using T = typename X::non_const_value_type;
  auto const k = static_cast<Ordinal>(x.extent(1));
  Kokkos::parallel_for(
      "nacre::smoother::add_or_set", range(exec, x.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
        for (Ordinal j = 0; j < k; ++j) x(i, j) = (x_is_zero ? T(0) : x(i, j)) + y(i, j);
      });
}

/// r(i, :) -= sum over ghost columns j of a_ij ghosts(j, :), for the listed rows.
template <class Exec, class T, class Device, class Rows, class Ghosts, class R>
void subtract_ghosts(Exec const& exec, CsrMatrix<T, Device> const& A, Rows const& rows, Ghosts const& ghosts,
                     R const& r) {
  auto const row_ptr = A.pattern.row_ptr();
  auto const col = A.pattern.col();
  auto const values = A.values;
  auto const owned = static_cast<Ordinal>(r.extent(0));
  auto const k = static_cast<Ordinal>(r.extent(1));
  Kokkos::parallel_for(
      "nacre::smoother::subtract_ghosts", range(exec, rows.extent(0)), KOKKOS_LAMBDA(Ordinal s) {
        Ordinal const i = rows(s);
        for (Offset e = row_ptr(i + 1); e-- > row_ptr(i) && col(e) >= owned;)  // ghosts are last in a row
          for (Ordinal c = 0; c < k; ++c) r(i, c) -= values(e) * ghosts(col(e) - owned, c);
      });
}

/// p = a p + c d r (p = c d r if a is 0), then x += p (x = p where x counts as zero).
template <class Exec, class Diagonal, class R, class P, class X>
void chebyshev_step(Exec const& exec, double a_, double c_, Diagonal const& d, R const& r, P const& p,
                    X const& x, bool x_is_zero) {
  using T = typename X::non_const_value_type;
  auto const a = static_cast<T>(a_), c = static_cast<T>(c_);
  auto const k = static_cast<Ordinal>(x.extent(1));
  Kokkos::parallel_for(
      "nacre::smoother::chebyshev_step", range(exec, x.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
        for (Ordinal j = 0; j < k; ++j) {
          T const step = (a == T(0) ? T(0) : a * p(i, j)) + c * d(i) * r(i, j);
          p(i, j) = step;
          x(i, j) = x_is_zero ? step : x(i, j) + step;
        }
      });
}

/// y = S^T r for the forward (S^-1 = L + D) or backward (S^-1 = D + U) sweep from zero; r is destroyed.
template <class T, class Device>
struct GaussSeidelTransposed {
  Kokkos::View<Offset const*, Device> row_ptr;
  Kokkos::View<Ordinal const*, Device> col;
  Kokkos::View<T const*, Device> values, d;
  MultiVector<T, Device> r, y;
  Ordinal owned;
  bool forward;

  void operator()(Ordinal c) const {
    for (Ordinal s = 0; s < owned; ++s) {
      Ordinal const i = forward ? owned - 1 - s : s;
      T const yi = d(i) * r(i, c);
      y(i, c) = yi;
      for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) {
        Ordinal const j = col(k);
        if (forward ? j < i : j > i && j < owned) r(j, c) -= values(k) * yi;
      }
    }
  }
};

}  // namespace nacre::solvers::detail
