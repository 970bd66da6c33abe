#pragma once

#include <complex>
#include <cstdint>
#include <functional>
#include <vector>

/// \file
/// The largest eigenvalues of linear maps that are not symmetric.

namespace nacre::solvers {

/// All eigenvalues of an upper Hessenberg matrix, by the QR iteration with shifts: Golub and Van Loan (2013), "Matrix
/// computations", section 7.5.
///
/// \param h [n * n] row by row, nothing but zeros below the first subdiagonal
/// \throws nacre::Error if it does not converge
std::vector<std::complex<double>> hessenberg_eigenvalues(std::vector<double> const& h, int n);

/// What spectral_radius() found.
struct SpectralRadius {
  double value = 0;
  int dimension = 0;  ///< of the Krylov space
  bool invariant =
      false;  ///< whether that is an invariant subspace, so that the value is exact up to rounding
  std::complex<double> eigenvalue;  ///< one of this modulus
};

/// The largest modulus of an eigenvalue of a linear map on vectors of length n, by Arnoldi's method from a random start
/// with full orthogonalisation: Saad (2011), "Numerical methods for large eigenvalue problems", section 6.2.
///
/// \param apply     `apply(x, y)`: y = T x, both of length n on the host
/// \param dimension of the Krylov space at most; memory n * dimension
SpectralRadius spectral_radius(std::size_t n, std::function<void(double const*, double*)> const& apply,
                               int dimension = 200, std::uint64_t seed = 1);

}  // namespace nacre::solvers
