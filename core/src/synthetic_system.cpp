#include <nacre/core/synthetic_system.hpp>

#include <cmath>

#include <nacre/core/coo.hpp>
#include <nacre/core/problems.hpp>

namespace nacre {

LinearSystem synthetic_system(Ordinal n, SyntheticOptions const& options) {
  if (!(options.shift > 0) || !std::isfinite(options.shift) || !std::isfinite(options.last_scale))
    fail(cat("synthetic_system: the shift is ", options.shift, " and the last scale ", options.last_scale,
             ", expected a positive and a finite number"));
  auto const M = random_sparse<double>(Comm::self(), n, n, options.density, options.seed).local();
  auto const row_ptr = host_view(M.pattern.row_ptr());
  auto const col = host_view(M.pattern.col());
  auto const values = host_view(M.values);
  CooEntries<double> entries;
  for (Ordinal row = 0; row < n; ++row) {
    double const scale = n > 1 ? 1 + (options.last_scale - 1) * row / (n - 1) : 1;
    for (Offset a = row_ptr(row); a < row_ptr(row + 1); ++a)
      for (Offset b = row_ptr(row); b < row_ptr(row + 1); ++b)
        entries.add(col(a), col(b), scale * values(a) * (scale * values(b)));
  }
  for (Ordinal i = 0; i < n; ++i) entries.add(i, i, options.shift);
  return make_linear_system(
      "synthetic", as_blocks(assemble<DefaultDevice>(n, n, entries)),
      RowMajor<double>("nacre::linear_system::features", static_cast<std::size_t>(n), 0));
}

}  // namespace nacre
