#include <nacre/core/validate.hpp>

#include <cmath>

namespace nacre::detail {

void validate_on_host(Ordinal num_rows, Ordinal num_cols, std::size_t num_entries, Offset const* row_ptr,
                      Ordinal const* col) {
  if (row_ptr[0] != 0) fail(cat("validate: row_ptr begins with ", row_ptr[0], ", expected 0"));
  for (Ordinal i = 0; i < num_rows; ++i)  // first, so that no column is read out of bounds below
    if (row_ptr[i + 1] < row_ptr[i])
      fail(cat("validate: row ", i, " begins at entry ", row_ptr[i], " but ends at ", row_ptr[i + 1],
               "; row_ptr must not decrease"));
  if (static_cast<std::size_t>(row_ptr[num_rows]) != num_entries)
    fail(cat("validate: row_ptr ends with ", row_ptr[num_rows], " but there are ", num_entries, " columns"));
  for (Ordinal i = 0; i < num_rows; ++i)
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) {
      if (col[k] < 0 || col[k] >= num_cols)
        fail(cat("validate: row ", i, " has an entry in column ", col[k], " (entry ", k, "), but there are ",
                 num_cols, " columns"));
      if (k > row_ptr[i] && col[k] == col[k - 1])
        fail(cat("validate: row ", i, " has column ", col[k], " twice (entries ", k - 1, " and ", k, ")"));
      if (k > row_ptr[i] && col[k] < col[k - 1])
        fail(cat("validate: row ", i, " has column ", col[k], " after column ", col[k - 1], " (entry ", k,
                 "); columns must ascend"));
    }
}

template <class Scalar>
void validate_values_on_host(Ordinal num_rows, Offset const* row_ptr, Ordinal const* col,
                             Scalar const* values) {
  for (Ordinal i = 0; i < num_rows; ++i)
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k)
      if (!std::isfinite(values[k]))
        fail(cat("validate: row ", i, ", column ", col[k], " has the value ", values[k],
                 ", expected a finite number"));
}
template void validate_values_on_host(Ordinal, Offset const*, Ordinal const*, float const*);
template void validate_values_on_host(Ordinal, Offset const*, Ordinal const*, double const*);

}  // namespace nacre::detail
