#include <nacre/core/spadd.hpp>

namespace nacre::detail {

HostSum spadd_symbolic(Ordinal num_rows, Offset const* a_ptr, Ordinal const* a_col, Offset const* b_ptr,
                       Ordinal const* b_col) {
  HostSum sum;
  sum.row_ptr.reserve(static_cast<std::size_t>(num_rows) + 1);
  sum.row_ptr.push_back(0);
  auto const most = static_cast<std::size_t>(a_ptr[num_rows]) + static_cast<std::size_t>(b_ptr[num_rows]);
  sum.col.reserve(most);
  sum.a_entry.reserve(most);
  sum.b_entry.reserve(most);
  for (Ordinal i = 0; i < num_rows; ++i) {
    Offset k = a_ptr[i], l = b_ptr[i];
    Offset const k_end = a_ptr[i + 1], l_end = b_ptr[i + 1];
    while (k < k_end || l < l_end) {
      bool const from_a = k < k_end && (l == l_end || a_col[k] <= b_col[l]);
      bool const from_b = l < l_end && (k == k_end || b_col[l] <= a_col[k]);
      sum.col.push_back(from_a ? a_col[k] : b_col[l]);
      sum.a_entry.push_back(from_a ? k : kNoEntry);
      sum.b_entry.push_back(from_b ? l : kNoEntry);
      if (from_a) ++k;
      if (from_b) ++l;
    }
    sum.row_ptr.push_back(static_cast<Offset>(sum.col.size()));
  }
  return sum;
}

}  // namespace nacre::detail
