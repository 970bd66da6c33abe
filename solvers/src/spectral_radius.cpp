#include <nacre/solvers/spectral_radius.hpp>

#include <algorithm>
#include <cmath>

#include <nacre/core/error.hpp>
#include <nacre/core/random.hpp>

namespace nacre::solvers {

namespace {

using Complex = std::complex<double>;

/// A plane rotation: [c s; -conj(s) c] times (a, b) is (r, 0).
struct Rotation {
  double c = 1;
  Complex s = 0;
  Rotation(Complex a, Complex b) {
    double const size = std::hypot(std::abs(a), std::abs(b));
    if (std::abs(b) == 0) return;
    if (std::abs(a) == 0) {
      c = 0;
      s = std::conj(b) / std::abs(b);
      return;
    }
    c = std::abs(a) / size;
    s = a / std::abs(a) * std::conj(b) / size;
  }
};

/// The eigenvalue of [a b; c d] that is nearer to d.
Complex wilkinson_shift(Complex a, Complex b, Complex c, Complex d) {
  Complex const mean = (a + d) / 2., root = std::sqrt((a - d) * (a - d) / 4. + b * c);
  Complex const first = mean + root, second = mean - root;
  return std::abs(first - d) < std::abs(second - d) ? first : second;
}

double norm(std::vector<double> const& x) {
  double sum = 0;
  for (double const v : x) sum += v * v;
  return std::sqrt(sum);
}

}  // namespace

std::vector<Complex> hessenberg_eigenvalues(std::vector<double> const& given, int n) {
  std::vector<Complex> h(given.begin(), given.end()), eigenvalues;
  auto const at = [&](int i, int j) -> Complex& {
    return h[static_cast<std::size_t>(i) * static_cast<std::size_t>(n) + static_cast<std::size_t>(j)];
  };
  double scale = 0;
  for (auto const& v : h) scale = std::max(scale, std::abs(v));
  double const tiny = 1e-300 + scale * 1e-16;
  int last = n - 1, steps = 0;
  while (last >= 0) {
    int first = last;
    for (; first > 0; --first) {
      double const neighbors = std::abs(at(first, first)) + std::abs(at(first - 1, first - 1));
      if (std::abs(at(first, first - 1)) <= std::max(tiny, 2e-16 * neighbors)) break;
    }
    if (first == last) {
      eigenvalues.push_back(at(last, last));
      --last;
      steps = 0;
      continue;
    }
    if (++steps > 300) fail(cat("hessenberg_eigenvalues: no convergence of eigenvalue ", last, " of ", n));
    // now and then another shift, in case the usual one goes round in circles
    Complex const shift = steps % 11 == 10 ? at(last, last) + std::abs(at(last, last - 1))
                                           : wilkinson_shift(at(last - 1, last - 1), at(last - 1, last),
                                                             at(last, last - 1), at(last, last));
    for (int i = first; i <= last; ++i) at(i, i) -= shift;
    std::vector<Rotation> rotations;
    for (int k = first; k < last; ++k) {
      Rotation const r(at(k, k), at(k + 1, k));
      rotations.push_back(r);
      for (int j = k; j <= last; ++j) {
        Complex const a = at(k, j), b = at(k + 1, j);
        at(k, j) = r.c * a + r.s * b;
        at(k + 1, j) = -std::conj(r.s) * a + r.c * b;
      }
    }
    for (int k = first; k < last; ++k) {
      Rotation const& r = rotations[static_cast<std::size_t>(k - first)];
      for (int i = first; i <= std::min(k + 1, last); ++i) {
        Complex const a = at(i, k), b = at(i, k + 1);
        at(i, k) = r.c * a + std::conj(r.s) * b;
        at(i, k + 1) = -r.s * a + r.c * b;
      }
    }
    for (int i = first; i <= last; ++i) at(i, i) += shift;
  }
  return eigenvalues;
}

SpectralRadius spectral_radius(std::size_t n, std::function<void(double const*, double*)> const& apply,
                               int dimension, std::uint64_t seed) {
  if (dimension < 1)
    fail(cat("spectral_radius: a Krylov space of dimension ", dimension, ", must be positive"));
  SpectralRadius result;
  if (n == 0) return result;
  auto const most = static_cast<int>(std::min<std::size_t>(n, static_cast<std::size_t>(dimension)));
  std::vector<std::vector<double>> basis(1, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i) basis[0][i] = random_uniform(seed, i, -1, 1);
  double const length = norm(basis[0]);
  for (double& v : basis[0]) v /= length;
  std::vector<std::vector<double>> columns;  // of the Hessenberg matrix
  std::vector<double> w(n);
  double largest = 0;
  for (int k = 0; k < most; ++k) {
    apply(basis.back().data(), w.data());
    double const before = norm(w);
    largest = std::max(largest, before);
    std::vector<double> column(static_cast<std::size_t>(k) + 2, 0.);
    for (int pass = 0; pass < 2; ++pass)  // twice is enough
      for (std::size_t j = 0; j < basis.size(); ++j) {
        double product = 0;
        for (std::size_t i = 0; i < n; ++i) product += basis[j][i] * w[i];
        for (std::size_t i = 0; i < n; ++i) w[i] -= product * basis[j][i];
        column[j] += product;
      }
    double const rest = norm(w);
    column.back() = rest;
    columns.push_back(column);
    if (!(rest > 1e-13 * largest)) {
      result.invariant = true;
      break;
    }
    for (double& v : w) v /= rest;
    basis.push_back(w);
  }
  auto const m = columns.size();
  result.dimension = static_cast<int>(m);
  result.invariant = result.invariant || m == n;
  std::vector<double> h(m * m, 0.);
  for (std::size_t j = 0; j < m; ++j)
    for (std::size_t i = 0; i < std::min(m, j + 2); ++i) h[i * m + j] = columns[j][i];
  for (auto const& eigenvalue : hessenberg_eigenvalues(h, result.dimension))
    if (std::abs(eigenvalue) > result.value) {
      result.value = std::abs(eigenvalue);
      result.eigenvalue = eigenvalue;
    }
  return result;
}

}  // namespace nacre::solvers
