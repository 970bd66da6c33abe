#include <nacre/solvers/schwarz_decomposition.hpp>

#include <algorithm>
#include <cstdlib>

#include <nacre/solvers/detail/cuthill_mckee.hpp>

namespace nacre::solvers::detail {

namespace {

/// The graph of the matrix, and scratch for one subdomain after another.
class Decomposer {
 public:
  Decomposer(Ordinal n, Offset const* row_ptr, Ordinal const* col, SchwarzOptions const& options)
      : row_ptr_(row_ptr), col_(col), options_(options), local_(static_cast<std::size_t>(n), -1) {
    h_.home.resize(static_cast<std::size_t>(n));
    h_.node_ptr = {0};
    h_.entry_ptr = {0};
    h_.storage_ptr = {0};
  }

  /// \param members of the part, ascending
  void add_subdomain(std::vector<Ordinal> const& members) {
    nodes_ = members;
    for (std::size_t i = 0; i < nodes_.size(); ++i) local(nodes_[i]) = static_cast<Ordinal>(i);
    add_overlap();
    order();
    std::vector<bool> is_outer(nodes_.size());
    auto const first = static_cast<Ordinal>(h_.node.size());
    for (std::size_t p = 0; p < nodes_.size(); ++p) {
      Ordinal const i = nodes_[p];
      is_outer[p] = local(i) >= static_cast<Ordinal>(members.size());
      if (!is_outer[p]) h_.home[static_cast<std::size_t>(i)] = first + static_cast<Ordinal>(p);
      outer_number_.push_back(is_outer[p] ? static_cast<Ordinal>(h_.outer.size()) : -1);
      if (is_outer[p]) h_.outer.push_back(first + static_cast<Ordinal>(p));
    }
    for (std::size_t p = 0; p < nodes_.size(); ++p) local(nodes_[p]) = static_cast<Ordinal>(p);
    add_entries(first, is_outer);
    for (Ordinal const i : nodes_) local(i) = -1;
    h_.node.insert(h_.node.end(), nodes_.begin(), nodes_.end());
    h_.node_ptr.push_back(static_cast<Offset>(h_.node.size()));
    h_.entry_ptr.push_back(static_cast<Offset>(h_.entry.size()));
  }

  HostSchwarz finish() {
    sort_copies();
    sort_occurrences();
    return std::move(h_);
  }

 private:
  Ordinal& local(Ordinal i) { return local_[static_cast<std::size_t>(i)]; }

  /// Layer by layer, each ascending.
  void add_overlap() {
    std::size_t begin = 0;
    for (int layer = 0; layer < options_.overlap; ++layer) {
      std::size_t const end = nodes_.size();
      for (; begin < end; ++begin)
        for (auto k = row_ptr_[nodes_[begin]]; k < row_ptr_[nodes_[begin] + 1]; ++k)
          if (local(col_[k]) < 0) {
            local(col_[k]) = static_cast<Ordinal>(nodes_.size());
            nodes_.push_back(col_[k]);
          }
      std::sort(nodes_.begin() + static_cast<std::ptrdiff_t>(end), nodes_.end());
      for (std::size_t p = end; p < nodes_.size(); ++p) local(nodes_[p]) = static_cast<Ordinal>(p);
    }
  }

  /// Puts nodes_ into the order of elimination; local() stays what it was before.
  void order() {
    std::vector<Offset> ptr{0};
    std::vector<Ordinal> neighbors;
    for (Ordinal const i : nodes_) {
      for (auto k = row_ptr_[i]; k < row_ptr_[i + 1]; ++k)
        if (local(col_[k]) >= 0) neighbors.push_back(local(col_[k]));
      ptr.push_back(static_cast<Offset>(neighbors.size()));
    }
    auto const sequence = reverse_cuthill_mckee(ptr, neighbors);
    std::vector<Ordinal> place(sequence.size());
    for (std::size_t p = 0; p < sequence.size(); ++p)
      place[static_cast<std::size_t>(sequence[p])] = static_cast<Ordinal>(p);
    Ordinal band = 0;
    for (std::size_t p = 0; p < sequence.size(); ++p)
      for (auto k = ptr[p]; k < ptr[p + 1]; ++k)
        band = std::max(
            band,
            std::abs(place[p] - place[static_cast<std::size_t>(neighbors[static_cast<std::size_t>(k)])]));
    auto const n = static_cast<std::int64_t>(nodes_.size());
    std::vector<Ordinal> const given = nodes_;
    std::int64_t storage = 0;
    if (band <= options_.widest_band) {
      for (std::size_t p = 0; p < sequence.size(); ++p)
        nodes_[p] = given[static_cast<std::size_t>(sequence[p])];
      storage = n * (3 * static_cast<std::int64_t>(band) + 1);
    } else {  // ascending, as KLU wants the columns of a row
      std::sort(nodes_.begin(), nodes_.end());
      band = -1;
      storage = static_cast<std::int64_t>(neighbors.size());
      h_.sparse.push_back({static_cast<Ordinal>(h_.bandwidth.size()), {0}, {}});
    }
    h_.bandwidth.push_back(band);
    h_.storage_ptr.push_back(h_.storage_ptr.back() + storage);
  }

  void add_entries(Ordinal first, std::vector<bool> const& is_outer) {
    Ordinal const band = h_.bandwidth.back();
    SparseSubdomain* const sparse = band < 0 ? &h_.sparse.back() : nullptr;
    Offset count = 0;
    for (std::size_t p = 0; p < nodes_.size(); ++p) {
      for (auto k = row_ptr_[nodes_[p]]; k < row_ptr_[nodes_[p] + 1]; ++k) {
        Ordinal const q = local(col_[k]);
        if (q < 0) continue;
        bool const interface = is_outer[p] && is_outer[static_cast<std::size_t>(q)];
        h_.entry.push_back(k);
        h_.is_interface.push_back(interface ? 1 : 0);
        h_.place.push_back(sparse ? count
                                  : static_cast<Offset>(p) * static_cast<Offset>(3 * band + 1) +
                                        static_cast<Offset>(q - static_cast<Ordinal>(p) + band));
        ++count;
        if (sparse) sparse->col.push_back(q);
        if (interface) {
          occurrence_entry_.push_back(k);
          h_.occurrence_row.push_back(first + static_cast<Ordinal>(p));
          h_.occurrence_col.push_back(outer_number_[static_cast<std::size_t>(first + q)]);
        }
      }
      if (sparse) sparse->row_ptr.push_back(static_cast<int>(count));
    }
  }

  void sort_copies() {
    h_.copy_ptr.assign(h_.home.size() + 1, 0);
    for (Ordinal const i : h_.node) ++h_.copy_ptr[static_cast<std::size_t>(i) + 1];
    for (std::size_t i = 0; i < h_.home.size(); ++i) h_.copy_ptr[i + 1] += h_.copy_ptr[i];
    std::vector<Offset> next(h_.copy_ptr.begin(), h_.copy_ptr.end() - 1);
    h_.copy.resize(h_.node.size());
    for (std::size_t l = 0; l < h_.node.size(); ++l)
      h_.copy[static_cast<std::size_t>(next[static_cast<std::size_t>(h_.node[l])]++)] =
          static_cast<Ordinal>(l);
  }

  void sort_occurrences() {
    std::vector<std::size_t> order(occurrence_entry_.size());
    for (std::size_t o = 0; o < order.size(); ++o) order[o] = o;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return occurrence_entry_[a] < occurrence_entry_[b];
    });
    auto const row = h_.occurrence_row, col = h_.occurrence_col;
    for (std::size_t o = 0; o < order.size(); ++o) {
      Offset const e = occurrence_entry_[order[o]];
      if (h_.interface_entry.empty() || h_.interface_entry.back() != e) {
        h_.interface_entry.push_back(e);
        h_.occurrence_ptr.push_back(static_cast<Offset>(o));
      }
      h_.occurrence_row[o] = row[order[o]];
      h_.occurrence_col[o] = col[order[o]];
    }
    h_.occurrence_ptr.push_back(static_cast<Offset>(order.size()));
  }

  Offset const* row_ptr_;
  Ordinal const* col_;
  SchwarzOptions options_;
  std::vector<Ordinal> local_;  // number in the subdomain that is being made, -1: not in it
  std::vector<Ordinal> nodes_;
  std::vector<Ordinal> outer_number_;  // of each local unknown, -1: not outer
  std::vector<Offset> occurrence_entry_;
  HostSchwarz h_;
};

}  // namespace

HostSchwarz decompose_on_host(Ordinal num_rows, Ordinal num_cols, Offset const* row_ptr, Ordinal const* col,
                              std::vector<Ordinal> const& part, SchwarzOptions const& options) {
  if (num_rows != num_cols)
    fail(cat("schwarz_decomposition: the matrix must be square; it is ", num_rows, " by ", num_cols));
  if (part.size() != static_cast<std::size_t>(num_rows))
    fail(cat("schwarz_decomposition: parts of ", part.size(), " unknowns are given but the matrix has ",
             num_rows, " rows"));
  if (options.overlap < 1)
    fail(cat("schwarz_decomposition: overlap = ", options.overlap, ", must be at least 1"));
  if (options.widest_band < 0)
    fail(cat("schwarz_decomposition: widest_band = ", options.widest_band, ", must not be negative"));
  std::vector<std::vector<Ordinal>> members;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] < 0 || part[i] >= num_rows)
      fail(cat("schwarz_decomposition: unknown ", i, " is in part ", part[i], ", expected one from 0 to ",
               num_rows - 1));
    if (static_cast<std::size_t>(part[i]) >= members.size())
      members.resize(static_cast<std::size_t>(part[i]) + 1);
    members[static_cast<std::size_t>(part[i])].push_back(static_cast<Ordinal>(i));
  }
  Decomposer decomposer(num_rows, row_ptr, col, options);
  for (std::size_t d = 0; d < members.size(); ++d) {
    if (members[d].empty()) fail(cat("schwarz_decomposition: part ", d, " of ", members.size(), " is empty"));
    decomposer.add_subdomain(members[d]);
  }
  return decomposer.finish();
}

}  // namespace nacre::solvers::detail
