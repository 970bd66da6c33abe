#include <nacre/solvers/detail/node_products.hpp>

#include <algorithm>
#include <vector>

#include "dot.hpp"

namespace nacre::solvers::detail {

namespace {

/// Sums of products of one row with gathered numbers: four of them, which do not wait for one another.
template <class T>
T row_dot(Ordinal const* col, T const* a, T const* x, Offset n) {
  T sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
  Offset k = 0;
  for (; k + 4 <= n; k += 4) {
    sum0 += a[k] * x[col[k]];
    sum1 += a[k + 1] * x[col[k + 1]];
    sum2 += a[k + 2] * x[col[k + 2]];
    sum3 += a[k + 3] * x[col[k + 3]];
  }
  for (; k < n; ++k) sum0 += a[k] * x[col[k]];
  return (sum0 + sum1) + (sum2 + sum3);
}

}  // namespace

template <class T>
void restrict_to(Restriction<T> const& R, Ordinal begin, Ordinal end,
                 nacre::detail::Columns<T const> const& r, int num_columns, T* b, std::size_t row_stride,
                 std::size_t column_stride) {
  auto const result = [&](Ordinal i, int c) -> T& {
    return b[static_cast<std::size_t>(i - begin) * row_stride + static_cast<std::size_t>(c) * column_stride];
  };
  int const m = R.rows_of_node, group = R.columns_of_node;
  if (m == 1) {
    for (Ordinal i = begin; i < end; ++i)
      for (int c = 0; c < num_columns; ++c)
        result(i, c) =
            row_dot(R.col + R.row_ptr[i], R.values + R.row_ptr[i], r[c], R.row_ptr[i + 1] - R.row_ptr[i]);
    return;
  }
  std::vector<T> gathered;
  for (Ordinal node = begin; node < end; node += m) {
    Ordinal const* const col = R.col + R.row_ptr[node];
    Offset const n = R.row_ptr[node + 1] - R.row_ptr[node];
    if (gathered.size() < static_cast<std::size_t>(n)) gathered.resize(2 * static_cast<std::size_t>(n));
    for (int c = 0; c < num_columns; ++c) {
      for (Offset k = 0; k < n; k += group)
        for (int s = 0; s < group; ++s) gathered[k + s] = r[c][col[k] + s];
      for (int row = 0; row < m; ++row)
        result(node + row, c) = dot(R.values + R.row_ptr[node + row], gathered.data(), n);
    }
  }
}

template <class T>
void interpolate_from(Restriction<T> const& R, Ordinal begin, Ordinal end, T const* e, std::size_t row_stride,
                      std::size_t column_stride, int num_columns, nacre::detail::Columns<T> const& x) {
  auto const given = [&](Ordinal i, int c) {
    return e[static_cast<std::size_t>(i - begin) * row_stride + static_cast<std::size_t>(c) * column_stride];
  };
  int const m = R.rows_of_node, group = R.columns_of_node;
  if (m == 1) {
    for (Ordinal i = begin; i < end; ++i)
      for (int c = 0; c < num_columns; ++c) {
        T const ei = given(i, c);
        T* const xc = x[c];
        for (Offset k = R.row_ptr[i]; k < R.row_ptr[i + 1]; ++k) xc[R.col[k]] += R.values[k] * ei;
      }
    return;
  }
  std::vector<T> sums;
  for (Ordinal node = begin; node < end; node += m) {
    Ordinal const* const col = R.col + R.row_ptr[node];
    Offset const n = R.row_ptr[node + 1] - R.row_ptr[node];
    if (sums.size() < static_cast<std::size_t>(n)) sums.resize(2 * static_cast<std::size_t>(n));
    T* const sum = sums.data();
    for (int c = 0; c < num_columns; ++c) {
      std::fill(sum, sum + n, T(0));
      for (int row = 0; row < m; ++row) {
        T const* const a = R.values + R.row_ptr[node + row];
        T const ei = given(node + row, c);
        for (Offset k = 0; k < n; ++k) sum[k] += a[k] * ei;
      }
      T* const xc = x[c];
      for (Offset k = 0; k < n; k += group)
        for (int s = 0; s < group; ++s) xc[col[k] + s] += sum[k + s];
    }
  }
}

template void restrict_to(Restriction<float> const&, Ordinal, Ordinal,
                          nacre::detail::Columns<float const> const&, int, float*, std::size_t, std::size_t);
template void restrict_to(Restriction<double> const&, Ordinal, Ordinal,
                          nacre::detail::Columns<double const> const&, int, double*, std::size_t,
                          std::size_t);
template void interpolate_from(Restriction<float> const&, Ordinal, Ordinal, float const*, std::size_t,
                               std::size_t, int, nacre::detail::Columns<float> const&);
template void interpolate_from(Restriction<double> const&, Ordinal, Ordinal, double const*, std::size_t,
                               std::size_t, int, nacre::detail::Columns<double> const&);

}  // namespace nacre::solvers::detail
