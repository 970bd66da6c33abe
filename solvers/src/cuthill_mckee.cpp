#include <nacre/solvers/detail/cuthill_mckee.hpp>

#include <algorithm>

namespace nacre::solvers::detail {

namespace {

struct Graph {
  std::vector<Offset> const& ptr;
  std::vector<Ordinal> const& col;

  Offset degree(Ordinal i) const {
    return ptr[static_cast<std::size_t>(i) + 1] - ptr[static_cast<std::size_t>(i)];
  }
  bool before(Ordinal a, Ordinal b) const { return degree(a) != degree(b) ? degree(a) < degree(b) : a < b; }
};

/// Appends the component of `start` to `order` breadth first, and marks it with `mark`.
/// \return where its last level begins in `order`
std::size_t append_component(Graph const& graph, Ordinal start, int mark, std::vector<int>& marks,
                             std::vector<Ordinal>& order, int& num_levels) {
  std::size_t level = order.size(), next = level;
  order.push_back(start);
  marks[static_cast<std::size_t>(start)] = mark;
  num_levels = 0;
  while (next < order.size()) {
    level = next;
    std::size_t const end = order.size();
    ++num_levels;
    for (; next < end; ++next) {
      auto const i = static_cast<std::size_t>(order[next]);
      std::size_t const first = order.size();
      for (auto k = graph.ptr[i]; k < graph.ptr[i + 1]; ++k) {
        Ordinal const j = graph.col[static_cast<std::size_t>(k)];
        if (marks[static_cast<std::size_t>(j)] == mark) continue;
        marks[static_cast<std::size_t>(j)] = mark;
        order.push_back(j);
      }
      std::sort(order.begin() + static_cast<std::ptrdiff_t>(first), order.end(),
                [&](Ordinal a, Ordinal b) { return graph.before(a, b); });
    }
  }
  return level;
}

}  // namespace

std::vector<Ordinal> reverse_cuthill_mckee(std::vector<Offset> const& ptr, std::vector<Ordinal> const& col) {
  Graph const graph{ptr, col};
  std::size_t const n = ptr.size() - 1;
  constexpr int kDone = -1;
  std::vector<int> marks(n, 0);
  std::vector<Ordinal> order, trial;
  order.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (marks[i] == kDone) continue;
    auto start = static_cast<Ordinal>(i);
    // to an end of the graph: to the last level, as long as that makes more levels
    for (int trials = 1, most = 0; trials <= 5; ++trials) {
      trial.clear();
      int levels = 0;
      auto const last = append_component(graph, start, trials, marks, trial, levels);
      if (levels <= most) break;
      most = levels;
      start = *std::min_element(trial.begin() + static_cast<std::ptrdiff_t>(last), trial.end(),
                                [&](Ordinal a, Ordinal b) { return graph.before(a, b); });
    }
    int levels = 0;
    append_component(graph, start, kDone, marks, order, levels);
  }
  std::reverse(order.begin(), order.end());
  return order;
}

}  // namespace nacre::solvers::detail
