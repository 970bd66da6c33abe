#include <nacre/solvers/detail/conjugate_basis.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace nacre::solvers::detail {

namespace {

struct Entry {
  Ordinal row;
  double value;
};
using SparseVector = std::vector<Entry>;  // ascending

/// z += term e_row.
void add(SparseVector& z, Ordinal row, double term) {
  auto const at =
      std::lower_bound(z.begin(), z.end(), row, [](Entry const& e, Ordinal r) { return e.row < r; });
  if (at != z.end() && at->row == row)
    at->value += term;
  else
    z.insert(at, {row, term});
}

}  // namespace

ConjugateBasis conjugate_basis(Ordinal n, Offset const* row_ptr, Ordinal const* col, double const* values,
                               double tolerance) {
  auto const size = static_cast<std::size_t>(n);
  std::vector<SparseVector> z(size);
  for (Ordinal i = 0; i < n; ++i) z[static_cast<std::size_t>(i)] = {{i, 1.}};
  std::vector<double> Az(size, 0.);
  std::vector<char> is_touched(size, 0);
  std::vector<Ordinal> touched;
  ConjugateBasis basis;
  for (Ordinal j = 0; j < n; ++j) {
    auto& zj = z[static_cast<std::size_t>(j)];
    for (auto const& [i, value] : zj)
      for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) {
        if (col[k] >= n) continue;
        auto const r = static_cast<std::size_t>(col[k]);
        Az[r] += value * values[k];
        if (!is_touched[r]) touched.push_back(col[k]);
        is_touched[r] = 1;
      }
    double pivot = 0;
    for (auto const& [i, value] : zj) pivot += value * Az[static_cast<std::size_t>(i)];
    basis.pivot.push_back(pivot);
    if (!(pivot > 0 && std::isfinite(pivot))) return basis;

    // later vectors lose what is not conjugate to z_j
    std::sort(touched.begin(), touched.end());
    for (Ordinal const t : touched) {
      auto const r = static_cast<std::size_t>(t);
      double const factor = t > j ? -Az[r] / pivot : 0;
      Az[r] = 0;
      is_touched[r] = 0;
      if (factor == 0) continue;
      for (auto const& [i, value] : zj)
        if (double const term = factor * value; !(std::fabs(term) < tolerance)) add(z[r], i, term);
    }
    touched.clear();
    for (auto const& [i, value] : zj) {
      basis.col.push_back(i);
      basis.values.push_back(value);
    }
    basis.row_ptr.push_back(static_cast<Offset>(basis.col.size()));
    SparseVector().swap(zj);
  }
  return basis;
}

}  // namespace nacre::solvers::detail
