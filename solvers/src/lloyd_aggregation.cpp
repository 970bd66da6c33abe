#include <nacre/solvers/lloyd_aggregation.hpp>

#include <algorithm>
#include <cmath>

#include <nacre/core/random.hpp>

namespace nacre::solvers::detail {

namespace {

class Lloyd {
 public:
  Lloyd(Ordinal n, Offset const* row_ptr, Ordinal const* col)
      : row_ptr_(row_ptr), col_(col), part_(static_cast<std::size_t>(n)), distance_(part_.size()) {
    queue_.reserve(part_.size());
  }

  /// Each node joins the nearest centre, the first one that reaches it if there are several.
  void assign(std::vector<Ordinal> const& centers) {
    std::fill(part_.begin(), part_.end(), -1);
    queue_ = centers;
    for (std::size_t p = 0; p < centers.size(); ++p) part(centers[p]) = static_cast<Ordinal>(p);
    for (std::size_t next = 0; next < queue_.size(); ++next) {
      Ordinal const i = queue_[next];
      for (auto k = row_ptr_[i]; k < row_ptr_[i + 1]; ++k)
        if (part(col_[k]) < 0) {
          part(col_[k]) = part(i);
          queue_.push_back(col_[k]);
        }
    }
  }

  /// Moves each centre to the node of its part that is furthest from the others: the first that a search from all borders
  /// reaches last. A part without a border keeps its centre.
  void move(std::vector<Ordinal>& centers) {
    queue_.clear();
    for (std::size_t i = 0; i < part_.size(); ++i) {
      auto const node = static_cast<Ordinal>(i);
      distance_[i] = -1;
      for (auto k = row_ptr_[node]; k < row_ptr_[node + 1]; ++k)
        if (part(col_[k]) != part_[i]) {
          distance_[i] = 0;
          queue_.push_back(node);
          break;
        }
    }
    for (std::size_t next = 0; next < queue_.size(); ++next) {
      Ordinal const i = queue_[next];
      for (auto k = row_ptr_[i]; k < row_ptr_[i + 1]; ++k) {
        Ordinal const j = col_[k];
        if (distance_[static_cast<std::size_t>(j)] >= 0 || part(j) != part(i)) continue;
        distance_[static_cast<std::size_t>(j)] = distance_[static_cast<std::size_t>(i)] + 1;
        queue_.push_back(j);
      }
    }
    std::vector<Ordinal> furthest(centers.size(), -1);
    for (Ordinal const i : queue_) {
      if (part(i) < 0) continue;
      auto& best = furthest[static_cast<std::size_t>(part(i))];
      if (best < 0 || distance_[static_cast<std::size_t>(i)] > distance_[static_cast<std::size_t>(best)])
        best = i;
    }
    for (std::size_t p = 0; p < centers.size(); ++p)
      if (furthest[p] >= 0) centers[p] = furthest[p];
  }

  /// Components that no centre reaches become parts.
  std::vector<Ordinal> finish(Ordinal num_parts) {
    for (std::size_t i = 0; i < part_.size(); ++i) {
      if (part_[i] >= 0) continue;
      part_[i] = num_parts;
      queue_.assign(1, static_cast<Ordinal>(i));
      for (std::size_t next = 0; next < queue_.size(); ++next)
        for (auto k = row_ptr_[queue_[next]]; k < row_ptr_[queue_[next] + 1]; ++k)
          if (part(col_[k]) < 0) {
            part(col_[k]) = num_parts;
            queue_.push_back(col_[k]);
          }
      ++num_parts;
    }
    return std::move(part_);
  }

 private:
  Ordinal& part(Ordinal i) { return part_[static_cast<std::size_t>(i)]; }
  Offset const* row_ptr_;
  Ordinal const* col_;
  std::vector<Ordinal> part_, distance_, queue_;
};

}  // namespace

std::vector<Ordinal> lloyd_on_host(Ordinal num_rows, Ordinal num_cols, Offset const* row_ptr,
                                   Ordinal const* col, double ratio, LloydOptions const& options) {
  if (num_rows != num_cols)
    fail(cat("lloyd_aggregation: the matrix must be square; it is ", num_rows, " by ", num_cols));
  if (!(ratio > 0 && ratio <= 1)) fail(cat("lloyd_aggregation: ratio = ", ratio, ", must be in (0, 1]"));
  if (options.iterations < 0)
    fail(cat("lloyd_aggregation: iterations = ", options.iterations, ", must not be negative"));
  auto const wanted = std::max<Ordinal>(2, static_cast<Ordinal>(std::lround(ratio * num_rows)));
  RandomPermutation const order(num_rows, std::max<std::uint64_t>(options.seed, 1));
  std::vector<Ordinal> centers;
  for (Ordinal p = 0; p < std::min(wanted, num_rows); ++p) centers.push_back(static_cast<Ordinal>(order(p)));
  Lloyd lloyd(num_rows, row_ptr, col);
  lloyd.assign(centers);
  for (int iteration = 0; iteration < options.iterations; ++iteration) {
    lloyd.move(centers);
    lloyd.assign(centers);
  }
  return lloyd.finish(static_cast<Ordinal>(centers.size()));
}

}  // namespace nacre::solvers::detail
