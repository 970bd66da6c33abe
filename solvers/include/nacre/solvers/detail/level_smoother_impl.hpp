#pragma once

#include <cmath>

#include <nacre/solvers/detail/level_smoother.hpp>
#include <nacre/solvers/detail/max_eigenvalue.hpp>
#include <nacre/solvers/detail/node_rows.hpp>
#include <nacre/solvers/detail/smoother_kernels.hpp>

namespace nacre::solvers::detail {

template <class T, class Device>
nacre::detail::Columns<T> as_columns_of(MultiVector<T, Device> const& v) {
  return nacre::detail::columns("AMG smoother", v, v.extent(0), v.extent(1));
}
template <class T, class Device>
nacre::detail::Columns<T const> const_columns(MultiVector<T, Device> const& v) {
  auto const c = as_columns_of(v);
  return {c.data, c.stride};
}

template <class T, class Device>
LevelSmoother<T, Device>::LevelSmoother(AmgOptions const& options) : options_(options) {
  if (options_.smoother == AmgSmoother::automatic)
    options_.smoother = kSerial<Device> ? AmgSmoother::gauss_seidel : AmgSmoother::chebyshev;
  if (options_.smoother == AmgSmoother::gauss_seidel && !kSerial<Device>)
    fail(
        "AMG: smoother gauss-seidel runs row after row and this build's device is parallel; use chebyshev, "
        "jacobi or spai0");
}

template <class T, class Device>
void LevelSmoother<T, Device>::numeric(Exec const& exec, DistributedCsr<T, Device> const& A, int level,
                                       int block_size, bool is_symmetric) {
  auto const& local = A.pattern.local();
  if (diagonal_.extent(0) != static_cast<std::size_t>(local.num_rows()))
    diagonal_ =
        Vector<T, Device>("nacre::level_smoother::diagonal", static_cast<std::size_t>(local.num_rows()));
  DiagonalKind const kind = options_.smoother == AmgSmoother::spai0          ? DiagonalKind::spai0
                            : options_.smoother == AmgSmoother::gauss_seidel ? DiagonalKind::l1_inverse
                                                                             : DiagonalKind::inverse;
  auto const unusable = make_diagonal(exec, local, A.values, kind, diagonal_);
  if (level == 0) {
    std::string message;
    if (unusable > 0) {
      auto const d = host_view(diagonal_);
      Ordinal i = 0;
      while (d(i) != T(0)) ++i;
      message = cat("AMG: row ", A.pattern.rows().begin() + i,
                    " has a zero, infinite or missing diagonal entry; ", unusable, " such rows on its rank");
    }
    A.comm().fail_together(message);
  }
  is_symmetric_ = is_symmetric;
  if constexpr (kSerial<Device>)
    if (options_.smoother == AmgSmoother::gauss_seidel && first_upper_.data() == nullptr) {
      rows_of_node_ = shares_columns(local, block_size) ? block_size : 1;
      first_upper_ = find_first_upper(local, rows_of_node_);
    }
  damping_ = 1;
  if (options_.smoother == AmgSmoother::chebyshev || options_.smoother == AmgSmoother::jacobi) {
    max_eigenvalue_ = bound_max_eigenvalue(exec, A, diagonal_);
    damping_ = max_eigenvalue_ > 0 ? options_.jacobi_damping * 2 / max_eigenvalue_ : 1;
  }
}

template <class T, class Device>
void LevelSmoother<T, Device>::chebyshev(Exec const& exec, DistributedCsr<T, Device> const& A,
                                         bool transposed, Vectors const& b, Vectors const& x, bool x_is_zero,
                                         Vectors const& r, Vectors const& p) const {
  // Saad (2003), "Iterative methods for sparse linear systems", algorithm 12.1, on [lambda / ratio, lambda]
  double const upper = max_eigenvalue_ > 0 ? max_eigenvalue_ : 1, lower = upper / options_.chebyshev_ratio;
  double const center = (upper + lower) / 2, radius = (upper - lower) / 2, sigma = center / radius;
  double rho = 1 / sigma;
  for (int step = 0; step < options_.chebyshev_degree; ++step) {
    bool const zero = x_is_zero && step == 0;
    if (!zero) {
      if (transposed)
        residual_transpose(exec, A, b, x, r);
      else
        residual(exec, A, b, x, r);
    }
    auto const& from = zero ? b : r;
    if (step == 0) {
      chebyshev_step(exec, 0, 1 / center, diagonal_, from, p, x, zero);
    } else {
      double const next = 1 / (2 * sigma - rho);
      chebyshev_step(exec, next * rho, 2 * next / radius, diagonal_, from, p, x, false);
      rho = next;
    }
  }
}

template <class T, class Device>
SweepMatrix<T> LevelSmoother<T, Device>::sweep_matrix(DistributedCsr<T, Device> const& A) const {
  auto const& local = A.pattern.local();
  return {A.pattern.num_owned_rows(),
          local.row_ptr().data(),
          local.col().data(),
          first_upper_.data(),
          A.values.data(),
          diagonal_.data(),
          rows_of_node_,
          A.comm().size() > 1};
}

template <class T, class Device>
void LevelSmoother<T, Device>::smooth_from_zero(Exec const& exec, DistributedCsr<T, Device> const& A,
                                                Vectors const& b, Vectors const& x, Vectors const& r,
                                                Vectors const& p) const {
  if constexpr (kSerial<Device>)
    if (options_.smoother == AmgSmoother::gauss_seidel && options_.sweeps == 1 && is_symmetric_) {
      sweep_from_zero_symmetric(sweep_matrix(A),
                                {const_columns(b), as_columns_of(x), static_cast<int>(x.extent(1))},
                                as_columns_of(r));
      if (A.comm().size() == 1) return;
      auto const ghosts = A.pattern.halo().import_ghosts(exec, x);
      subtract_ghosts(exec, A.local(), A.pattern.boundary_rows(), ghosts, r);
      return;
    }
  smooth(exec, A, b, x, true, Side::before, r, p);
  residual(exec, A, b, x, r);
}

template <class T, class Device>
void LevelSmoother<T, Device>::smooth(Exec const& exec, DistributedCsr<T, Device> const& A, Vectors const& b,
                                      Vectors const& x, bool x_is_zero, Side side, Vectors const& r,
                                      Vectors const& p) const {
  for (int sweep = 0; sweep < options_.sweeps; ++sweep) {
    bool const zero = x_is_zero && sweep == 0;
    if (options_.smoother == AmgSmoother::chebyshev) {
      chebyshev(exec, A, false, b, x, zero, r, p);
    } else if (options_.smoother != AmgSmoother::gauss_seidel) {
      if (!zero) residual(exec, A, b, x, r);
      add_scaled(exec, damping_, diagonal_, zero ? b : r, x, zero);
    } else if constexpr (kSerial<Device>) {
      auto const& pattern = A.pattern;
      bool const has_ghosts = pattern.comm().size() > 1;
      if (zero && side == Side::after) Kokkos::deep_copy(exec, x, T(0));
      Vectors known = b;  // b less what ghosts contribute
      if (has_ghosts && !zero) {
        Kokkos::deep_copy(exec, r, b);
        auto const ghosts = pattern.halo().import_ghosts(exec, x);
        subtract_ghosts(exec, A.local(), pattern.boundary_rows(), ghosts, r);
        known = r;
      }
      SweepVectors<T> const v{const_columns(known), as_columns_of(x), static_cast<int>(x.extent(1))};
      if (zero && side == Side::before)
        sweep_from_zero(sweep_matrix(A), v);
      else
        sweep_in_place(sweep_matrix(A), v, side == Side::before);
    }
  }
}

template <class T, class Device>
void LevelSmoother<T, Device>::smooth_transpose(Exec const& exec, DistributedCsr<T, Device> const& A,
                                                Vectors const& b, Vectors const& x, bool x_is_zero, Side side,
                                                Vectors const& r, Vectors const& p) const {
  for (int sweep = 0; sweep < options_.sweeps; ++sweep) {
    bool const zero = x_is_zero && sweep == 0;
    if (options_.smoother == AmgSmoother::chebyshev) {
      chebyshev(exec, A, true, b, x, zero, r, p);
      continue;
    }
    if (zero)
      Kokkos::deep_copy(exec, r, b);
    else
      residual_transpose(exec, A, b, x, r);
    if (options_.smoother != AmgSmoother::gauss_seidel) {
      add_scaled(exec, damping_, diagonal_, r, x, zero);
    } else if constexpr (kSerial<Device>) {
      auto const& pattern = A.pattern;
      GaussSeidelTransposed<T, Device> const transposed{
          pattern.local().row_ptr(), pattern.local().col(), A.values, diagonal_, r, p,
          pattern.num_owned_rows(),  side == Side::before};
      Kokkos::parallel_for("nacre::gauss_seidel_transpose", range(exec, x.extent(0) > 0 ? x.extent(1) : 0),
                           transposed);
      add_or_set(exec, p, x, zero);
    }
  }
}

}  // namespace nacre::solvers::detail
