#include <nacre/solvers/detail/prolongator.hpp>

#include <cmath>

namespace nacre::solvers::detail {

NearNullspace orthonormalise(NearNullspace const& fine, Aggregates const& aggregates, int block_size,
                             std::vector<double>& tentative) {
  int const m = fine.m, b = block_size;
  auto const num_nodes = static_cast<Ordinal>(aggregates.of_node.size());
  tentative.assign(fine.rows.size(), 0);
  NearNullspace coarse;
  coarse.m = m;
  coarse.rows.assign(static_cast<std::size_t>(aggregates.count) * m * m, 0);

  if (m == 1) {  // Q = B / |B|, R = |B|
    for (Ordinal i = 0; i < num_nodes * b; ++i)
      if (auto const a = aggregates.of_node[i / b]; a >= 0) coarse.rows[a] += fine.rows[i] * fine.rows[i];
    for (auto& r : coarse.rows) r = std::sqrt(r);
    for (Ordinal i = 0; i < num_nodes * b; ++i)
      if (auto const a = aggregates.of_node[i / b]; a >= 0 && coarse.rows[a] > 0)
        tentative[i] = fine.rows[i] / coarse.rows[a];
    return coarse;
  }

  std::vector<Ordinal> first(static_cast<std::size_t>(aggregates.count) + 1, 0), nodes(num_nodes);
  for (auto const a : aggregates.of_node)
    if (a >= 0) ++first[a + 1];
  for (Ordinal a = 0; a < aggregates.count; ++a) first[a + 1] += first[a];
  std::vector<Ordinal> next(first.begin(), first.end() - 1);
  for (Ordinal i = 0; i < num_nodes; ++i)
    if (auto const a = aggregates.of_node[i]; a >= 0) nodes[next[a]++] = i;

  std::vector<double> q;
  for (Ordinal a = 0; a < aggregates.count; ++a) {
    Ordinal const n = (first[a + 1] - first[a]) * b;
    q.resize(static_cast<std::size_t>(n) * m);  // column by column
    for (Ordinal i = 0; i < n; ++i)
      for (int c = 0; c < m; ++c)
        q[c * n + i] = fine.rows[static_cast<std::size_t>(nodes[first[a] + i / b] * b + i % b) * m + c];
    double* const r = coarse.rows.data() + static_cast<std::size_t>(a) * m * m;  // [row][column]
    for (int c = 0; c < m; ++c) {
      double* const v = q.data() + c * n;
      double before = 0, after = 0;
      for (Ordinal i = 0; i < n; ++i) before += v[i] * v[i];
      for (int pass = 0; pass < 2; ++pass)  // twice is enough (Giraud, Langou, Rozloznik 2005)
        for (int p = 0; p < c; ++p) {
          double const* const w = q.data() + p * n;
          double dot = 0;
          for (Ordinal i = 0; i < n; ++i) dot += w[i] * v[i];
          for (Ordinal i = 0; i < n; ++i) v[i] -= dot * w[i];
          r[p * m + c] += dot;
        }
      for (Ordinal i = 0; i < n; ++i) after += v[i] * v[i];
      bool const dependent = !(after > 1e-16 * before);
      r[c * m + c] = dependent ? 0 : std::sqrt(after);
      for (Ordinal i = 0; i < n; ++i) v[i] = dependent ? 0 : v[i] / r[c * m + c];
    }
    for (Ordinal i = 0; i < n; ++i)
      for (int c = 0; c < m; ++c)
        tentative[static_cast<std::size_t>(nodes[first[a] + i / b] * b + i % b) * m + c] = q[c * n + i];
  }
  return coarse;
}

}  // namespace nacre::solvers::detail
