#include <nacre/core/galerkin_plan.hpp>

#include <algorithm>
#include <limits>
#include <memory>

namespace nacre::detail {

namespace {

/// A set of indices that is emptied at no cost. A member is always written behind the last one, and counts if it is
/// new: no branch for the processor to guess.
class IndexSet {
 public:
  explicit IndexSet(Ordinal universe) : last_set_(static_cast<std::size_t>(universe), 0) {}

  void clear() {
    size_ = 0;
    ++set_;
  }
  /// Before at most this many more members come.
  void reserve_more(Offset count) {
    std::size_t const needed = size_ + static_cast<std::size_t>(count);
    if (members_.size() < needed) members_.resize(2 * needed);
  }
  /// Adds index(l) for l = begin, begin + step, ... before end.
  template <class Index>
  void add(Offset begin, Offset end, int step, Index const& index) {
    // copies, which writing to the arrays cannot change
    Ordinal* const members = members_.data();
    Ordinal* const last_set = last_set_.data();
    Ordinal const set = set_;
    std::size_t size = size_;
    for (Offset l = begin; l < end; l += step) {
      Ordinal const j = index(l);
      members[size] = j;
      size += last_set[j] != set ? 1 : 0;
      last_set[j] = set;
    }
    size_ = size;
  }
  Ordinal const* begin() const { return members_.data(); }
  Ordinal const* end() const { return members_.data() + size_; }

 private:
  std::vector<Ordinal> last_set_;  // in which set j was last
  std::vector<Ordinal> members_;
  std::size_t size_ = 0;
  Ordinal set_ = 0;
};

constexpr int kAhead = 4;  // rows of A P that are asked for before they are needed

/// Numbers of a node's columns, padded to what a vector instruction takes.
constexpr int padded(int m) { return m == 1 ? 1 : (m + 3) / 4 * 4; }

}  // namespace

GalerkinPlan::GalerkinPlan(HostPattern const& A, HostPattern const& P, Ordinal const* coarse_of_entry,
                           HostPattern const& P_transpose, int fine_block, int coarse_block)
    : b_(fine_block), m_(coarse_block) {
  bool const is_compiled = (b_ == 1 && m_ == 1) || (b_ == 3 && m_ == 6) || (b_ == 6 && m_ == 6) ||
                           (b_ == 2 && m_ == 3) || (b_ == 3 && m_ == 3) || (b_ == 2 && m_ == 2);
  if (!is_compiled) b_ = m_ = 1;  // always true
  Products products = find_products(A, P);
  is_possible_ = find_positions(P, products, coarse_of_entry, P_transpose, short_positions_, short_order_) ||
                 find_positions(P, products, coarse_of_entry, P_transpose, positions_, order_);
  // beside the entries of long rows, those of A P take little memory
  constexpr double kLongRow = 16;
  if (static_cast<double>(A.row_ptr[A.num_rows]) >= kLongRow * b_ * A.num_rows) {
    products.col.shrink_to_fit();
    products_ = std::move(products);
  }
}

/// The pattern of A P by nodes: the columns of a row as its products meet them.
GalerkinPlan::Products GalerkinPlan::find_products(HostPattern const& A, HostPattern const& P) const {
  Ordinal const nodes = A.num_rows / b_;
  Products products;
  products.ptr.reserve(static_cast<std::size_t>(nodes) + 1);
  products.ptr.push_back(0);
  int const b = b_, m = m_;
  products.col.reserve(static_cast<std::size_t>(P.row_ptr[A.num_rows]) / m / b * 3);
  IndexSet columns(P.num_cols / m);
  for (Ordinal node = 0; node < nodes; ++node) {
    Ordinal const i = node * b;
    columns.clear();
    for (Offset k = A.row_ptr[i]; k < A.row_ptr[i + 1]; k += b) {
      Ordinal const j = A.col[k];
      Offset const begin = P.row_ptr[j], end = P.row_ptr[j + 1];
      columns.reserve_more(end - begin);
      if (m == 1)
        columns.add(begin, end, 1, [&](Offset l) { return P.col[l]; });
      else
        columns.add(begin, end, m, [&](Offset l) { return P.col[l] / m; });
    }
    products.col.insert(products.col.end(), columns.begin(), columns.end());
    products.ptr.push_back(static_cast<Offset>(products.col.size()));
  }
  return products;
}

/// \return whether Position counts the entries of the longest row of C
template <class Position>
bool GalerkinPlan::find_positions(HostPattern const& P, Products const& all, Ordinal const* coarse_of_entry,
                                  HostPattern const& P_transpose, std::vector<Position>& positions,
                                  std::vector<Position>& met_at) {
  Ordinal const nodes = static_cast<Ordinal>(all.ptr.size()) - 1;
  auto const length_of = [&](Ordinal node) { return all.ptr[node + 1] - all.ptr[node]; };
  std::vector<std::size_t> first(static_cast<std::size_t>(nodes) + 1, 0);  // positions of a node
  for (Ordinal node = 0; node < nodes; ++node) {
    Offset const terms = (P.row_ptr[node * b_ + 1] - P.row_ptr[node * b_]) / m_;
    first[node + 1] =
        first[node] + static_cast<std::size_t>(terms) * static_cast<std::size_t>(length_of(node));
  }
  positions = std::vector<Position>(first.back());

  Ordinal const coarse_nodes = P_transpose.num_rows / m_;
  std::vector<Ordinal> col;  // of C, by nodes
  std::vector<Offset> length;
  struct Place {
    Ordinal row = -1;  // of C, in which the column was last
    Ordinal place = 0;
  };
  std::vector<Place> places(static_cast<std::size_t>(P.num_cols / m_));
  std::vector<Ordinal> columns;                     // of a row of C, as they are met
  std::vector<std::pair<Ordinal, Position>> order;  // the same sorted, and when they were met
  std::size_t total = 0;
  for (Ordinal a = 0; a < coarse_nodes; ++a) {
    Offset const begin = P_transpose.row_ptr[a * m_], end = P_transpose.row_ptr[a * m_ + 1];
    Ordinal size = 0;
    for (Offset e = begin; e < end; e += b_) {
      Ordinal const node = P_transpose.col[e] / b_;
      if (e + kAhead * b_ < end)
        __builtin_prefetch(all.col.data() + all.ptr[P_transpose.col[e + kAhead * b_] / b_]);
      Ordinal const* const terms = coarse_of_entry + P.row_ptr[node * b_];
      std::size_t term = 0;
      while (terms[static_cast<Offset>(term) * m_] != a * m_) ++term;  // there are few
      Ordinal const* const from = all.col.data() + all.ptr[node];
      Offset const products = length_of(node);
      auto* const to = positions.data() + first[node] + term * static_cast<std::size_t>(products);
      if (columns.size() < static_cast<std::size_t>(size + products))
        columns.resize(2 * static_cast<std::size_t>(size + products));
      Ordinal* const column = columns.data();
      Place* const place_of = places.data();
      for (Offset t = 0; t < products; ++t) {  // without a branch: processors guess it badly
        Place& p = place_of[from[t]];
        bool const is_new = p.row != a;
        column[size] = from[t];
        p.place = is_new ? size : p.place;
        p.row = a;
        to[t] = static_cast<Position>(p.place);
        size += is_new ? 1 : 0;
      }
    }
    if (size > std::numeric_limits<Position>::max()) {
      positions = {};
      met_at = {};
      return false;
    }
    order.clear();
    for (Ordinal s = 0; s < size; ++s) order.emplace_back(columns[s], static_cast<Position>(s));
    std::sort(order.begin(), order.end());
    for (auto const& [q, met] : order) {
      col.push_back(q);
      met_at.push_back(met);
    }
    length.push_back(static_cast<Offset>(size));
    total += static_cast<std::size_t>(size) * static_cast<std::size_t>(m_) * static_cast<std::size_t>(m_);
  }
  if (total > static_cast<std::size_t>(std::numeric_limits<Offset>::max()))
    fail(cat("triple product: P^T A P has ", total,
             " entries, more than the offset type counts; configure with NACRE_OFFSET_TYPE=std::size_t"));

  C_.col = Kokkos::View<Ordinal*, Kokkos::HostSpace>(
      Kokkos::view_alloc("nacre::triple_product::col", Kokkos::WithoutInitializing), total);
  C_.row_ptr.reserve(static_cast<std::size_t>(P_transpose.num_rows) + 1);
  C_.row_ptr.push_back(0);
  Ordinal* to = C_.col.data();
  Ordinal const* from = col.data();
  for (auto const n : length) {
    for (int row = 0; row < m_; ++row) {
      for (Offset k = 0; k < n; ++k)
        for (int c = 0; c < m_; ++c) *to++ = from[k] * m_ + c;
      C_.row_ptr.push_back(static_cast<Offset>(to - C_.col.data()));
    }
    from += n;
  }
  return true;
}

namespace {

/// sum += a_IJ P_J, the columns [l, l + m) of P's rows of node J.
template <int b, int m, class T>
inline void add_product(T const (&factor)[b][b], T const* p, Offset const* P_ptr, Offset l,
                        T (&sum)[b][padded(m)]) {
  for (int inner = 0; inner < b; ++inner) {
    T const* const from = p + P_ptr[inner] + l;
    T row[padded(m)] = {};
    for (int s = 0; s < m; ++s) row[s] = from[s];
    for (int r = 0; r < b; ++r)
      for (int s = 0; s < padded(m); ++s) sum[r][s] += factor[r][inner] * row[s];
  }
}

/// Nodes of kFine rows and kCoarse columns.
/// \param known_ptr, known_col the pattern of A P by nodes, or null: then it is found again on the way
template <int kFine, int kCoarse, class T, class Position>
void multiply(HostPattern const& A, HostPattern const& P, Ordinal const* coarse_of_entry,
              HostPattern const& C, T const* a, T const* p, Offset const* known_ptr, Ordinal const* known_col,
              Position const* position, T* c) {
  constexpr int b = kFine, m = kCoarse, kWidth = padded(m);
  using Block = T[b][kWidth];
  std::fill(c, c + C.row_ptr[C.num_rows], T(0));
  struct Sum {
    Block of;
    Ordinal node = -1;  // whose row of A P this belongs to
  };
  std::vector<Sum> by_column(static_cast<std::size_t>(P.num_cols / m));
  std::vector<Ordinal> columns;  // of a row of A P, as they are met
  std::vector<T> row_memory;     // and its entries
  Ordinal const nodes = A.num_rows / b;
  for (Ordinal node = 0; node < nodes; ++node) {
    Ordinal const i = node * b;
    Offset const length = A.row_ptr[i + 1] - A.row_ptr[i];
    Offset products = 0;
    for (Offset k = 0; k < length; k += b) {
      Ordinal const j = A.col[A.row_ptr[i] + k];
      Offset const first = P.row_ptr[j], terms = P.row_ptr[j + 1] - first;
      T factor[b][b];
      for (int r = 0; r < b; ++r)
        for (int inner = 0; inner < b; ++inner) factor[r][inner] = a[A.row_ptr[i + r] + k + inner];
      if (known_ptr != nullptr) {  // all sums are zero before a row
        for (Offset l = 0; l < terms; l += m)
          add_product<b, m>(factor, p, P.row_ptr + j, l,
                            by_column[static_cast<std::size_t>(P.col[first + l] / m)].of);
        continue;
      }
      if (columns.size() < static_cast<std::size_t>(products + terms))
        columns.resize(2 * static_cast<std::size_t>(products + terms));
      Ordinal* const column = columns.data();
      for (Offset l = 0; l < terms; l += m) {
        Ordinal const q = P.col[first + l] / m;
        Sum& known = by_column[static_cast<std::size_t>(q)];
        bool const is_new = known.node != node;
        column[products] = q;
        products += is_new ? 1 : 0;
        known.node = node;
        Block& sum = known.of;
        if constexpr (b * m == 1) {  // without a branch: processors guess it badly
          sum[0][0] = (is_new ? T(0) : sum[0][0]) + factor[0][0] * p[first + l];
          continue;
        }
        if (is_new) std::fill(&sum[0][0], &sum[0][0] + b * kWidth, T(0));
        add_product<b, m>(factor, p, P.row_ptr + j, l, sum);
      }
    }

    Ordinal const* column = columns.data();
    if (known_ptr != nullptr) {
      column = known_col + known_ptr[node];
      products = known_ptr[node + 1] - known_ptr[node];
    }
    std::size_t const needed = static_cast<std::size_t>(products) * b * kWidth;
    if (row_memory.size() < needed) row_memory.resize(2 * needed);
    auto* const row = reinterpret_cast<Block*>(row_memory.data());
    for (Offset t = 0; t < products; ++t) {
      Block& sum = by_column[static_cast<std::size_t>(column[t])].of;
      for (int r = 0; r < b; ++r)
        for (int s = 0; s < kWidth; ++s) {
          row[t][r][s] = sum[r][s];
          sum[r][s] = 0;
        }
    }

    Offset const P_first = P.row_ptr[i], P_terms = P.row_ptr[i + 1] - P_first;
    for (Offset l = 0; l < P_terms; l += m) {
      Ordinal const coarse = coarse_of_entry[P_first + l];  // the first of its node
      Offset const C_first = C.row_ptr[coarse], C_length = C.row_ptr[coarse + 1] - C_first;
      for (Offset t = 0; t < products; ++t) {
        T* const to = c + C_first + static_cast<Offset>(*position++) * m;
        for (int q = 0; q < m; ++q) {
          T sum[kWidth] = {};
          for (int r = 0; r < b; ++r) {
            T const weight = p[P.row_ptr[i + r] + l + q];
            for (int s = 0; s < kWidth; ++s) sum[s] += weight * row[t][r][s];
          }
          for (int s = 0; s < m; ++s) to[q * C_length + s] += sum[s];
        }
      }
    }
  }
}

/// The entries of C stand in the order in which products meet them: puts them into that of their columns.
template <class T, class Position>
void sort_rows(HostPattern const& C, int m, Position const* met, T* c) {
  std::vector<T> row;
  for (Ordinal node = 0; node < C.num_rows / m; ++node) {
    Offset const length = (C.row_ptr[node * m + 1] - C.row_ptr[node * m]) / m;
    for (int r = 0; r < m; ++r) {
      T* const entries = c + C.row_ptr[node * m + r];
      row.assign(entries, entries + length * m);
      for (Offset k = 0; k < length; ++k)
        for (int s = 0; s < m; ++s) entries[k * m + s] = row[static_cast<std::size_t>(met[k]) * m + s];
    }
    met += length;
  }
}

}  // namespace

template <class Position, class T>
void GalerkinPlan::compute(HostPattern const& A, HostPattern const& P, Ordinal const* coarse_of_entry,
                           HostPattern const& C, T const* a, T const* p, Position const* positions,
                           Position const* met, T* c) const {
  bool const is_known = !products_.col.empty();
  Offset const* const known_ptr = is_known ? products_.ptr.data() : nullptr;
  Ordinal const* const known_col = products_.col.data();
  auto const is = [this](int b, int m) { return b_ == b && m_ == m; };
  if (is(1, 1))
    multiply<1, 1>(A, P, coarse_of_entry, C, a, p, known_ptr, known_col, positions, c);
  else if (is(3, 6))
    multiply<3, 6>(A, P, coarse_of_entry, C, a, p, known_ptr, known_col, positions, c);
  else if (is(6, 6))
    multiply<6, 6>(A, P, coarse_of_entry, C, a, p, known_ptr, known_col, positions, c);
  else if (is(2, 3))
    multiply<2, 3>(A, P, coarse_of_entry, C, a, p, known_ptr, known_col, positions, c);
  else if (is(2, 2))
    multiply<2, 2>(A, P, coarse_of_entry, C, a, p, known_ptr, known_col, positions, c);
  else if (is(3, 3))
    multiply<3, 3>(A, P, coarse_of_entry, C, a, p, known_ptr, known_col, positions, c);
  else
    fail(cat("GalerkinPlan: no kernel for nodes of ", b_, " and ", m_, " unknowns"));
  sort_rows(C, m_, met, c);
}

template <class T>
void GalerkinPlan::numeric(HostPattern const& A, HostPattern const& P, Ordinal const* coarse_of_entry,
                           HostPattern const& C, T const* a, T const* p, T* c) const {
  if (!short_positions_.empty())
    compute(A, P, coarse_of_entry, C, a, p, short_positions_.data(), short_order_.data(), c);
  else
    compute(A, P, coarse_of_entry, C, a, p, positions_.data(), order_.data(), c);
}

template <class T>
void transpose_values_on_host(HostPattern const& A, Offset const* transpose_ptr, T const* values,
                              T* transposed) {
  std::vector<Offset> next(transpose_ptr, transpose_ptr + A.num_cols);
  for (Offset k = 0; k < A.row_ptr[A.num_rows]; ++k)
    transposed[next[static_cast<std::size_t>(A.col[k])]++] = values[k];
}

template void GalerkinPlan::numeric(HostPattern const&, HostPattern const&, Ordinal const*,
                                    HostPattern const&, float const*, float const*, float*) const;
template void GalerkinPlan::numeric(HostPattern const&, HostPattern const&, Ordinal const*,
                                    HostPattern const&, double const*, double const*, double*) const;
template void transpose_values_on_host(HostPattern const&, Offset const*, float const*, float*);
template void transpose_values_on_host(HostPattern const&, Offset const*, double const*, double*);

}  // namespace nacre::detail
