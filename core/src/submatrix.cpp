#include <nacre/core/permute.hpp>
#include <nacre/core/submatrix.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace nacre {

namespace detail {

HostSelection select_on_host(char const* op, Ordinal num_rows, Ordinal num_cols, Offset const* row_ptr,
                             Ordinal const* col, std::vector<Ordinal> const& rows,
                             std::vector<Ordinal> const& cols) {
  std::vector<Ordinal> new_col(static_cast<std::size_t>(num_cols), -1);
  for (std::size_t j = 0; j < cols.size(); ++j) {
    if (cols[j] < 0 || cols[j] >= num_cols)
      fail(cat(op, ": cols[", j, "] = ", cols[j], ", but there are ", num_cols, " columns"));
    auto& to = new_col[static_cast<std::size_t>(cols[j])];
    if (to >= 0) fail(cat(op, ": cols[", to, "] and cols[", j, "] are both ", cols[j]));
    to = static_cast<Ordinal>(j);
  }
  bool const ascending = std::is_sorted(cols.begin(), cols.end());
  HostSelection selected;
  selected.row_ptr.reserve(rows.size() + 1);
  selected.row_ptr.push_back(0);
  std::vector<std::pair<Ordinal, Offset>> row;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] < 0 || rows[i] >= num_rows)
      fail(cat(op, ": rows[", i, "] = ", rows[i], ", but there are ", num_rows, " rows"));
    row.clear();
    for (Offset k = row_ptr[rows[i]]; k < row_ptr[rows[i] + 1]; ++k)
      if (Ordinal const j = new_col[static_cast<std::size_t>(col[k])]; j >= 0) row.emplace_back(j, k);
    if (!ascending) std::sort(row.begin(), row.end());
    for (auto const& [j, k] : row) {
      selected.col.push_back(j);
      selected.entry.push_back(k);
    }
    selected.row_ptr.push_back(static_cast<Offset>(selected.col.size()));
  }
  return selected;
}

}  // namespace detail

std::vector<Ordinal> inverse_permutation(std::vector<Ordinal> const& order) {
  auto const n = static_cast<Ordinal>(order.size());
  std::vector<Ordinal> inverse(order.size(), -1);
  for (Ordinal i = 0; i < n; ++i) {
    Ordinal const from = order[static_cast<std::size_t>(i)];
    if (from < 0 || from >= n) fail(cat("permutation: order[", i, "] = ", from, " is outside 0 ... ", n - 1));
    auto& to = inverse[static_cast<std::size_t>(from)];
    if (to >= 0) fail(cat("permutation: order[", to, "] and order[", i, "] are both ", from));
    to = i;
  }
  return inverse;
}

std::vector<Ordinal> identity_permutation(Ordinal n) {
  std::vector<Ordinal> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

}  // namespace nacre
