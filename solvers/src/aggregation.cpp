#include <nacre/solvers/detail/aggregation.hpp>

namespace nacre::solvers::detail {

namespace {

constexpr Ordinal kUnassigned = -2;

/// Aggregates under construction.
class Builder {
 public:
  explicit Builder(NodeGraph const& graph) : graph_(graph) {
    result_.of_node.assign(static_cast<std::size_t>(graph.num_nodes), kUnassigned);
  }

  void take_neighbourhoods(int radius) {
    for (Ordinal i = 0; i < graph_.num_nodes; ++i) {
      if (of(i) != kUnassigned) continue;
      bool isolated = true, free = true, alone = true;
      for (Offset k = graph_.ptr[i]; k < graph_.ptr[i + 1] && free; ++k) {
        if (!graph_.is_strong(k)) continue;
        isolated = false;  // a strong neighbour on another rank counts, too
        if (graph_.col[k] >= graph_.num_nodes) continue;
        alone = false;
        free = of(graph_.col[k]) == kUnassigned;
      }
      if (isolated)
        of(i) = -1;
      else if (free && !alone)  // alone: all its strong neighbours are on other ranks, see group_the_rest()
        take(i, radius);
    }
  }

  /// Joining must not depend on what joined just before, or chains would grow.
  /// \return whether nodes are left
  bool join_neighbours() {
    std::vector<std::pair<Ordinal, Ordinal>> joined;
    bool any_left = false;
    for (Ordinal i = 0; i < graph_.num_nodes; ++i) {
      if (of(i) != kUnassigned) continue;
      float best = -1;
      Ordinal to = kUnassigned;
      for_strong(i, [&](Ordinal j, Offset k) {
        float const weight = std::fabs(graph_.weight[k]);
        if (of(j) >= 0 && weight > best) {
          best = weight;
          to = of(j);
        }
      });
      if (to == kUnassigned)
        any_left = true;
      else
        joined.emplace_back(i, to);
    }
    for (auto const& [i, aggregate] : joined) of(i) = aggregate;
    return any_left && !joined.empty();
  }

  void group_the_rest() {
    for (Ordinal i = 0; i < graph_.num_nodes; ++i)
      if (of(i) == kUnassigned) take(i, 1);
  }

  Aggregates result() && { return std::move(result_); }

 private:
  Ordinal& of(Ordinal i) { return result_.of_node[static_cast<std::size_t>(i)]; }

  template <class F>
  void for_strong(Ordinal i, F const& f) const {
    for (Offset k = graph_.ptr[i]; k < graph_.ptr[i + 1]; ++k)
      if (graph_.is_strong(k) && graph_.col[k] < graph_.num_nodes) f(graph_.col[k], k);
  }

  void take(Ordinal i, int radius) {
    Ordinal const aggregate = result_.count++;
    of(i) = aggregate;
    taken_.clear();
    for_strong(i, [&](Ordinal j, Offset) {
      if (of(j) != kUnassigned) return;
      of(j) = aggregate;
      taken_.push_back(j);
    });
    if (radius < 2) return;
    for (auto const j : taken_)
      for_strong(j, [&](Ordinal far, Offset) {
        if (of(far) == kUnassigned) of(far) = aggregate;
      });
  }

  NodeGraph const& graph_;
  Aggregates result_;
  std::vector<Ordinal> taken_;
};

}  // namespace

Aggregates aggregate(NodeGraph const& graph, int radius) {
  Builder builder(graph);
  builder.take_neighbourhoods(radius);
  // what lies between wide aggregates may be two steps from the next one
  for (int pass = 0; pass < 2 * radius - 1; ++pass)
    if (!builder.join_neighbours()) break;
  builder.group_the_rest();
  return std::move(builder).result();
}

}  // namespace nacre::solvers::detail
