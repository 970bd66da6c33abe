#include <nacre/solvers/detail/aggregation.hpp>

namespace nacre::solvers::detail {

Aggregates aggregate(NodeGraph const& graph) {
  constexpr Ordinal kUnassigned = -2;
  Ordinal const n = graph.num_nodes;
  Aggregates result;
  result.of_node.assign(n, kUnassigned);
  auto& of_node = result.of_node;
  auto const strong = [&](Offset k) { return graph.strength[k] > 0 && graph.col[k] < n; };

  for (Ordinal i = 0; i < n; ++i) {
    if (of_node[i] != kUnassigned) continue;
    bool isolated = true, free = true;
    for (Offset k = graph.ptr[i]; k < graph.ptr[i + 1] && free; ++k) {
      if (graph.strength[k] > 0) isolated = false;  // a strong neighbour on another rank counts, too
      if (strong(k)) free = of_node[graph.col[k]] == kUnassigned;
    }
    if (isolated && free) {
      of_node[i] = -1;
      continue;
    }
    if (!free) continue;
    of_node[i] = result.count;
    bool alone = true;
    for (Offset k = graph.ptr[i]; k < graph.ptr[i + 1]; ++k)
      if (strong(k)) {
        of_node[graph.col[k]] = result.count;
        alone = false;
      }
    if (alone)
      of_node[i] = kUnassigned;  // all its strong neighbours are on other ranks: see the last pass
    else
      ++result.count;
  }

  // joining must not depend on what joined just before, or chains would grow
  Ordinal const num_roots = result.count;
  std::vector<Ordinal> joined(n, kUnassigned);
  for (Ordinal i = 0; i < n; ++i) {
    if (of_node[i] != kUnassigned) continue;
    float best = 0;
    for (Offset k = graph.ptr[i]; k < graph.ptr[i + 1]; ++k)
      if (strong(k) && of_node[graph.col[k]] >= 0 && graph.strength[k] > best) {
        best = graph.strength[k];
        joined[i] = of_node[graph.col[k]];
      }
  }
  for (Ordinal i = 0; i < n; ++i)
    if (joined[i] != kUnassigned && joined[i] < num_roots) of_node[i] = joined[i];

  for (Ordinal i = 0; i < n; ++i) {
    if (of_node[i] != kUnassigned) continue;
    of_node[i] = result.count;
    for (Offset k = graph.ptr[i]; k < graph.ptr[i + 1]; ++k)
      if (strong(k) && of_node[graph.col[k]] == kUnassigned) of_node[graph.col[k]] = result.count;
    ++result.count;
  }
  return result;
}

}  // namespace nacre::solvers::detail
