#include <nacre/solvers/detail/dense_inverse.hpp>

#include <algorithm>
#include <cmath>

namespace nacre::solvers::detail {

int invert_dense(std::vector<double>& a, int n) {
  std::vector<char> done(static_cast<std::size_t>(n), 0);
  std::vector<double> column(static_cast<std::size_t>(n));
  double largest = 0;
  for (int i = 0; i < n; ++i) largest = std::max(largest, std::fabs(a[static_cast<std::size_t>(i) * n + i]));
  double const negligible = 1e-13 * largest;

  int rank = 0;
  for (; rank < n; ++rank) {
    int pivot = -1;
    double best = negligible;
    for (int i = 0; i < n; ++i)
      if (double const d = std::fabs(a[static_cast<std::size_t>(i) * n + i]); !done[i] && d > best) {
        best = d;
        pivot = i;
      }
    if (pivot < 0) break;
    done[pivot] = 1;
    double* const p = a.data() + static_cast<std::size_t>(pivot) * n;
    double const inverse = 1 / p[pivot];
    for (int i = 0; i < n; ++i) column[i] = a[static_cast<std::size_t>(i) * n + pivot];
    p[pivot] = 1;
    for (int j = 0; j < n; ++j) p[j] *= inverse;
    for (int i = 0; i < n; ++i) {
      if (i == pivot || column[i] == 0) continue;
      double* const row = a.data() + static_cast<std::size_t>(i) * n;
      double const factor = column[i];
      row[pivot] = 0;
      for (int j = 0; j < n; ++j) row[j] -= factor * p[j];
    }
  }
  for (int i = 0; i < n; ++i)
    if (!done[i])
      for (int j = 0; j < n; ++j)
        a[static_cast<std::size_t>(i) * n + j] = a[static_cast<std::size_t>(j) * n + i] = 0;
  return rank;
}

}  // namespace nacre::solvers::detail
