#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include <nacre/core/distributed_csr.hpp>

/// \file
/// Adjacency matrices from edges in any order.

namespace nacre::nn::detail {

/// Collects the edges that start at nodes of this rank.
template <class Scalar>
class EdgeRows {
 public:
  explicit EdgeRows(RowPartition const& nodes) : nodes_(nodes) {}

  /// The edge from i to j; those of other ranks' nodes are passed over.
  void add(GlobalOrdinal i, GlobalOrdinal j, Scalar weight) {
    if (!nodes_.owns(i)) return;
    row_.push_back(static_cast<Ordinal>(i - nodes_.begin()));
    col_.push_back(j);
    weight_.push_back(weight);
  }

  /// The matrix; of an edge added several times the first is kept. Collective.
  DistributedCsr<Scalar> matrix() const {
    std::string problem;
    if (row_.size() > static_cast<std::size_t>(std::numeric_limits<Offset>::max()))
      problem = cat("a rank would have ", row_.size(),
                    " edges, more than an Offset holds: use more ranks or NACRE_OFFSET_TYPE=std::size_t");
    nodes_.comm().fail_together(problem);

    auto const n = static_cast<std::size_t>(nodes_.num_owned());
    std::vector<std::size_t> first(n + 1, 0), edge(row_.size());
    for (auto const i : row_) ++first[static_cast<std::size_t>(i) + 1];
    for (std::size_t i = 0; i < n; ++i) first[i + 1] += first[i];
    auto next = first;
    for (std::size_t e = 0; e < row_.size(); ++e) edge[next[static_cast<std::size_t>(row_[e])]++] = e;

    GlobalRows<Scalar> mine;
    mine.col.reserve(edge.size());
    mine.values.reserve(edge.size());
    for (std::size_t i = 0; i < n; ++i) {
      auto const begin = edge.begin() + static_cast<std::ptrdiff_t>(first[i]);
      auto const end = edge.begin() + static_cast<std::ptrdiff_t>(first[i + 1]);
      std::sort(begin, end, [this](std::size_t a, std::size_t b) {
        return col_[a] != col_[b] ? col_[a] < col_[b] : a < b;
      });
      for (auto e = begin; e != end; ++e) {
        if (e != begin && col_[*e] == col_[*(e - 1)]) continue;
        mine.col.push_back(col_[*e]);
        mine.values.push_back(weight_[*e]);
      }
      mine.row_ptr.push_back(static_cast<Offset>(mine.col.size()));
    }
    return make_distributed<Scalar>(nodes_, nodes_, mine);
  }

 private:
  RowPartition nodes_;
  std::vector<Ordinal> row_;
  std::vector<GlobalOrdinal> col_;
  std::vector<Scalar> weight_;
};

}  // namespace nacre::nn::detail
