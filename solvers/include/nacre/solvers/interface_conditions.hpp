#pragma once

#include <cmath>

#include <nacre/core/transpose.hpp>
#include <nacre/solvers/schwarz_error_op.hpp>
#include <nacre/solvers/spectral_radius.hpp>

/// \file
/// Interface values that theory knows, and how good interface values are.

namespace nacre::solvers {

/// What subdomains that meet along a straight line of a regular grid ask of their solutions there.
enum class InterfaceCondition {
  dirichlet,     ///< zero interface values: the classical method (RAS)
  zeroth_order,  ///< OO0: a Robin condition with the best constant
  second_order   ///< OO2: with a second derivative along the line besides
};

/// The interface values for (1/h^2) (A + nu h^2 I), A being the 5-point stencil with 4 on the diagonal on a grid of width h
/// that is cut in two along a grid line, at an interface scale of 1/h^2.
///
/// They replace the block T_n = T_0 + nu h^2 I of the interface, T_0 = tridiag(-1, 4, -1), by
/// T_n / 2 + p h I + q (T_0 - 2 I) / h with the asymptotically best p and q for overlap h: Gander (2006), "Optimized
/// Schwarz methods"; in algebraic form St-Cyr, Gander and Thomas (2007), see SchwarzErrorOp.
/// \return [nnz], also where an entry is no interface entry
template <class Device>
Vector<double, Device> interface_values(CsrPattern<Device> const& pattern, InterfaceCondition condition,
                                        double h, double nu) {
  constexpr double kPi = 3.14159265358979323846;
  double const k = kPi * kPi + nu;
  double p = 0, q = 0;
  if (condition == InterfaceCondition::zeroth_order) p = std::pow(2., -1. / 3) * std::cbrt(k / h);
  if (condition == InterfaceCondition::second_order) {
    p = std::pow(2., -3. / 5) * std::pow(k, 2. / 5) * std::pow(h, -1. / 5);
    q = std::pow(2., -1. / 5) * std::pow(k, -1. / 5) * std::pow(h, 3. / 5);
  }
  bool const zero = condition == InterfaceCondition::dirichlet;
  double const diagonal = zero ? 0 : p * h + 2 * q / h - (4 + nu * h * h) / 2, beside = zero ? 0 : .5 - q / h;
  auto const row = host_view(row_of_entry(pattern));
  auto const col = host_view(pattern.col());
  std::vector<double> values(pattern.num_entries());
  for (std::size_t e = 0; e < values.size(); ++e) values[e] = row(e) == col(e) ? diagonal : beside;
  return to_device<Device>("nacre::interface_values", values);
}

/// The spectral radius of T = I - M(L) A, the factor by which an iteration reduces errors in the long run.
/// \param interface_values [nnz]; \param dimension of the Krylov space at most, \see spectral_radius
template <class Device>
SpectralRadius schwarz_spectral_radius(SchwarzDecomposition<Device> const& decomposition,
                                       Vector<double const, Device> const& A_values,
                                       Vector<double const, Device> const& interface_values,
                                       double interface_scale, int dimension = 200) {
  SchwarzErrorOp<double, Device> const op(decomposition, A_values, {interface_scale, 1});
  auto const n = static_cast<std::size_t>(decomposition.num_unknowns());
  Vector<double, Device> const x("nacre::schwarz_spectral_radius::x", n),
      y("nacre::schwarz_spectral_radius::y", n);
  using OnHost = Kokkos::View<double*, Kokkos::HostSpace, Kokkos::MemoryUnmanaged>;
  using ConstOnHost = Kokkos::View<double const*, Kokkos::HostSpace, Kokkos::MemoryUnmanaged>;
  ExecOf<Device> const exec;
  return spectral_radius(
      n,
      [&](double const* in, double* out) {
        Kokkos::deep_copy(x, ConstOnHost(in, n));
        op.forward(exec, y, interface_values, x);
        compat::fence(exec, "nacre::schwarz_spectral_radius: the product, before the host reads it");
        Kokkos::deep_copy(OnHost(out, n), y);
      },
      dimension);
}

}  // namespace nacre::solvers
