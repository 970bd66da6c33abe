#include <nacre/core/coo.hpp>

namespace nacre::detail {

CooOrder order_coo(Ordinal num_rows, Ordinal num_cols, std::size_t count, Ordinal const* row,
                   Ordinal const* col) {
  for (std::size_t e = 0; e < count; ++e)
    if (row[e] < 0 || row[e] >= num_rows || col[e] < 0 || col[e] >= num_cols)
      fail(cat("coo: entry ", e, " is at row ", row[e], ", column ", col[e], " of a ", num_rows, " by ",
               num_cols, " matrix"));

  // two counting sorts, which keep the order of equals: by column, then by row
  std::vector<Offset> start(static_cast<std::size_t>(num_cols) + 1, 0), by_col(count);
  for (std::size_t e = 0; e < count; ++e) ++start[static_cast<std::size_t>(col[e]) + 1];
  for (std::size_t j = 0; j < static_cast<std::size_t>(num_cols); ++j) start[j + 1] += start[j];
  for (std::size_t e = 0; e < count; ++e)
    by_col[static_cast<std::size_t>(start[static_cast<std::size_t>(col[e])]++)] = static_cast<Offset>(e);
  start.assign(static_cast<std::size_t>(num_rows) + 1, 0);
  for (std::size_t e = 0; e < count; ++e) ++start[static_cast<std::size_t>(row[e]) + 1];
  for (std::size_t i = 0; i < static_cast<std::size_t>(num_rows); ++i) start[i + 1] += start[i];
  CooOrder order;
  order.summand.resize(count);
  for (Offset const e : by_col)
    order.summand[static_cast<std::size_t>(start[static_cast<std::size_t>(row[e])]++)] = e;

  order.row_ptr.assign(static_cast<std::size_t>(num_rows) + 1, 0);
  for (std::size_t s = 0; s < count; ++s) {
    auto const e = static_cast<std::size_t>(order.summand[s]);
    bool const same = s > 0 && row[order.summand[s - 1]] == row[e] && col[order.summand[s - 1]] == col[e];
    if (same) continue;
    order.summand_ptr.push_back(static_cast<Offset>(s));
    order.col.push_back(col[e]);
    ++order.row_ptr[static_cast<std::size_t>(row[e]) + 1];
  }
  order.summand_ptr.push_back(static_cast<Offset>(count));
  for (std::size_t i = 0; i < static_cast<std::size_t>(num_rows); ++i)
    order.row_ptr[i + 1] += order.row_ptr[i];
  return order;
}

}  // namespace nacre::detail
