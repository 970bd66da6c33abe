#include <nacre/solvers/detail/dense_symmetric.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <nacre/core/error.hpp>

namespace nacre::solvers::detail {

namespace {

constexpr int kRows = 8;

/// x . y in eight partial sums, which compilers vectorise.
double product(double const* x, double const* y, std::size_t n) {
  double partial[8] = {};
  std::size_t k = 0;
  for (; k + 8 <= n; k += 8)
    for (std::size_t s = 0; s < 8; ++s) partial[s] += x[k + s] * y[k + s];
  double sum = 0;
  for (; k < n; ++k) sum += x[k] * y[k];
  for (double const p : partial) sum += p;
  return sum;
}

/// The tridiagonal matrix similar to a: diagonal d, and e(i) between i and i + 1.
///
/// From the last row up: row i becomes e(i - 1) in its last place by a reflection I - u u^T / h, which changes the leading
/// i rows by -u q^T - q u^T. This change is put off until the next product with the rows, which reads them anyway.
void tridiagonalise(double* a, std::size_t n, std::vector<double>& d, std::vector<double>& e) {
  std::vector<double> u(n), q(n), next(n), p(n);
  bool pending = false;
  auto const update_row = [&](std::size_t r) {
    double* const row = a + r * n;
    double const ur = u[r], qr = q[r];
    for (std::size_t c = 0; c <= r; ++c) row[c] -= ur * q[c] + qr * u[c];
  };
  for (std::size_t i = n; i-- > 0;) {
    double* const row = a + i * n;
    if (pending) update_row(i);
    d[i] = row[i];
    if (i == 0) break;
    double scale = 0;
    for (std::size_t c = 0; c < i; ++c) scale = std::max(scale, std::fabs(row[c]));
    double h = 0;
    if (scale > 0) {
      for (std::size_t c = 0; c < i; ++c) next[c] = row[c] / scale;
      double const squares = product(next.data(), next.data(), i), f = next[i - 1];
      double const g = f >= 0 ? -std::sqrt(squares) : std::sqrt(squares);
      e[i - 1] = scale * g;
      h = squares - f * g;
      next[i - 1] = f - g;
    } else {
      e[i - 1] = 0;
      std::fill(next.begin(), next.begin() + static_cast<std::ptrdiff_t>(i), 0.);
    }
    // p = A u for the leading i rows, each brought up to date before
    std::fill(p.begin(), p.begin() + static_cast<std::ptrdiff_t>(i), 0.);
    for (std::size_t r = 0; r < i; ++r) {
      if (pending) update_row(r);
      double* const ar = a + r * n;
      double const x = next[r];
      p[r] += product(ar, next.data(), r) + ar[r] * x;
      for (std::size_t c = 0; c < r; ++c) p[c] += ar[c] * x;
    }
    pending = h > 0;
    if (!pending) continue;
    double const k = product(p.data(), next.data(), i) / (2 * h * h);
    for (std::size_t c = 0; c < i; ++c) q[c] = p[c] / h - k * next[c];
    std::copy(next.begin(), next.begin() + static_cast<std::ptrdiff_t>(i), u.begin());
  }
}

/// d becomes the eigenvalues, e is destroyed.
void tridiagonal_eigenvalues(std::vector<double>& d, std::vector<double>& e, std::size_t n) {
  constexpr int kMostSteps = 100;
  for (std::size_t l = 0; l < n; ++l)
    for (int step = 0;; ++step) {
      std::size_t m = l;
      for (; m + 1 < n; ++m) {
        double const near = std::fabs(d[m]) + std::fabs(d[m + 1]);
        if (std::fabs(e[m]) <= std::numeric_limits<double>::epsilon() * near) break;
      }
      if (m == l) break;
      if (step == kMostSteps) fail("eigenvalues: the QL algorithm does not converge");
      double g = (d[l + 1] - d[l]) / (2 * e[l]);
      double r = std::hypot(g, 1.);
      g = d[m] - d[l] + e[l] / (g + std::copysign(r, g));
      double s = 1, c = 1, p = 0;
      bool split = false;
      for (std::size_t i = m; i-- > l;) {
        double const f = s * e[i], b = c * e[i];
        r = std::hypot(f, g);
        e[i + 1] = r;
        if (r == 0) {
          d[i + 1] -= p;
          e[m] = 0;
          split = true;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        double const t = (d[i] - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
      }
      if (split) continue;
      d[l] -= p;
      e[l] = g;
      e[m] = 0;
    }
}

}  // namespace

std::size_t dense_cholesky(std::vector<double>& a, std::size_t n) {
  // some rows at a time, so that each of those before is read once for all of them
  for (std::size_t first = 0; first < n; first += kRows) {
    std::size_t const end = std::min(n, first + kRows);
    for (std::size_t j = 0; j < end; ++j) {
      double* const row_j = a.data() + j * n;
      if (j >= first) {
        double const pivot = row_j[j] - product(row_j, row_j, j);
        if (!(pivot > 0 && std::isfinite(pivot))) return j;
        row_j[j] = std::sqrt(pivot);
      }
      for (std::size_t i = std::max(first, j + 1); i < end; ++i) {
        double* const row_i = a.data() + i * n;
        row_i[j] = (row_i[j] - product(row_i, row_j, j)) / row_j[j];
      }
    }
  }
  return n;
}

std::vector<double> dense_eigenvalues(std::vector<double>& a, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      if (!std::isfinite(a[i * n + j]))
        fail(cat("eigenvalues: entry (", i, ", ", j, ") is ", a[i * n + j], ", must be finite"));
  std::vector<double> d(n), e(n + 1);
  tridiagonalise(a.data(), n, d, e);
  tridiagonal_eigenvalues(d, e, n);
  std::sort(d.begin(), d.end());
  return d;
}

}  // namespace nacre::solvers::detail
