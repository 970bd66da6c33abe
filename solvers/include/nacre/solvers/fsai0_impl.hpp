#pragma once

#include <algorithm>

#include <nacre/solvers/fsai0.hpp>

namespace nacre::solvers {

namespace detail {

/// values(e) = the local entry source(e), or beyond `num_local` that of the ghost rows.
template <class Exec, class Source, class Local, class Ghosts, class Values>
void gather_extended(Exec const& exec, Source const& source, Local const& local, Ghosts const& ghosts,
                     Values const& values) {
  auto const num_local = static_cast<Offset>(local.extent(0));
  Kokkos::parallel_for(
      "nacre::fsai0::gather", range_of_entries(exec, values.extent(0)), KOKKOS_LAMBDA(std::int64_t e) {
        Offset const s = source(e);
        values(e) = s < num_local ? local(s) : ghosts(s - num_local, 0);
      });
}

/// Row i of G: with J its columns, L L^T = A(J, J) with i last, the solution of L^T g = e_last.
///
/// Works in double whatever the values are: the systems of stiff problems are ill-conditioned.
template <class Scalar, class Device>
struct Fsai0Row {
  Kokkos::View<Offset const*, Device> a_ptr, g_ptr;
  Kokkos::View<Ordinal const*, Device> a_col, g_col;
  Kokkos::View<Scalar const*, Device> a;
  Vector<Scalar, Device> g;
  Kokkos::View<double*, Device> scratch;  ///< [items, longest^2]
  Ordinal first, longest;

  /// Column number p of row i of G, with i itself moved to the end.
  KOKKOS_INLINE_FUNCTION Offset at(Ordinal i, Offset begin, Offset size, Offset p) const {
    if (p == size - 1) {  // where i is
      Offset d = begin;
      while (g_col(d) != i) ++d;
      return d;
    }
    return g_col(begin + p) < i ? begin + p : begin + p + 1;
  }
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal item, Ordinal& first_bad) const {
    Ordinal const i = first + item;
    Offset const begin = g_ptr(i), size = g_ptr(i + 1) - begin;
    auto const m = static_cast<std::int64_t>(size);
    double* const l = scratch.data() + static_cast<std::int64_t>(item) * static_cast<std::int64_t>(longest) *
                                           static_cast<std::int64_t>(longest);
    // the lower triangle of A(J, J), row by row; rows and columns ascend alike, so one merge each
    for (Offset p = 0; p < size; ++p) {
      Ordinal const row = g_col(at(i, begin, size, p));
      Offset k = a_ptr(row);
      Offset const end = a_ptr(row + 1);
      for (Offset q = 0; q <= p; ++q) {
        Ordinal const j = g_col(at(i, begin, size, q));
        if (j == i) k = a_ptr(row);  // i comes last here, but not in the row of A
        while (k < end && a_col(k) < j) ++k;
        l[static_cast<std::int64_t>(p) * m + static_cast<std::int64_t>(q)] =
            k < end && a_col(k) == j ? static_cast<double>(a(k)) : 0.;
      }
    }
    bool good = true;
    for (std::int64_t p = 0; p < m; ++p)
      for (std::int64_t q = 0; q <= p; ++q) {
        double sum = l[p * m + q];
        for (std::int64_t s = 0; s < q; ++s) sum -= l[p * m + s] * l[q * m + s];
        if (p == q) {
          good = good && sum > 0 && sum - sum == 0;
          l[p * m + p] = compat::sqrt(sum);
        } else {
          l[p * m + q] = sum / l[q * m + q];
        }
      }
    // L^T g = e: from the last row; the solution overwrites the diagonal, which is used once
    for (std::int64_t p = m; p-- > 0;) {
      double sum = p == m - 1 ? 1. : 0.;
      for (std::int64_t q = p + 1; q < m; ++q) sum -= l[q * m + p] * l[q * m + q];
      l[p * m + p] = sum / l[p * m + p];
      g(at(i, begin, size, static_cast<Offset>(p))) = static_cast<Scalar>(l[p * m + p]);
    }
    if (!good && i < first_bad) first_bad = i;
  }
};

/// \return the first row whose system is not positive definite, or the number of rows
template <class Scalar, class Device>
Ordinal fsai0_rows(ExecOf<Device> const& exec, CsrPattern<Device> const& extended,
                   Vector<Scalar, Device> const& a, CsrPattern<Device> const& g_pattern,
                   Vector<Scalar, Device> const& g, Ordinal longest) {
  Ordinal const n = g_pattern.num_rows();
  // few at a time: on a host they stay in cache, on a device the scratch memory stays small
  std::size_t const square = static_cast<std::size_t>(longest) * static_cast<std::size_t>(longest);
  std::size_t const most =
      kOnHost<Device> ? 64 : std::max<std::size_t>(1024, (std::size_t(1) << 25) / (square + 1));
  auto const at_once = static_cast<Ordinal>(std::min(most, static_cast<std::size_t>(n)));
  Kokkos::View<double*, Device> const scratch(
      Kokkos::view_alloc(std::string("nacre::fsai0::scratch"), Kokkos::WithoutInitializing),
      square * static_cast<std::size_t>(at_once));
  Ordinal first_bad = n;
  for (Ordinal first = 0; first < n; first += at_once) {
    Ordinal bad = n;
    Kokkos::parallel_reduce("nacre::fsai0::rows",
                            range(exec, static_cast<std::size_t>(std::min(at_once, n - first))),
                            Fsai0Row<Scalar, Device>{extended.row_ptr(), g_pattern.row_ptr(), extended.col(),
                                                     g_pattern.col(), a, g, scratch, first, longest},
                            Kokkos::Min<Ordinal>(bad));
    first_bad = std::min(first_bad, bad);
  }
  return first_bad;
}

}  // namespace detail

template <class Scalar, class Device>
Fsai0<Scalar, Device>::Fsai0(DistributedCsr<Scalar, Device> const& A)
    : detail::MatrixPreconditioner<Scalar, Device>("fsai0", A), ghost_rows_(A.pattern, A.pattern.halo()) {
  detail::require_diagonal(this->method(), A);
  find_patterns(A);
  update(A);
}

template <class Scalar, class Device>
void Fsai0<Scalar, Device>::find_patterns(DistributedCsr<Scalar, Device> const& A) {
  auto const& pattern = A.pattern;
  auto const& local = pattern.local();
  auto const& ghosts = pattern.halo().ghosts();
  auto const row_ptr = host_view(local.row_ptr());
  auto const col = host_view(local.col());
  Ordinal const n = local.num_rows();

  std::vector<Offset> g_ptr{0}, ext_ptr{0}, source;
  std::vector<Ordinal> g_col, ext_col;
  for (Ordinal i = 0; i < n; ++i) {
    GlobalOrdinal const row = pattern.rows().begin() + i;
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) {
      if (pattern.global_col(col(k)) <= row) g_col.push_back(col(k));
      ext_col.push_back(col(k));
      source.push_back(k);
    }
    g_ptr.push_back(static_cast<Offset>(g_col.size()));
    ext_ptr.push_back(static_cast<Offset>(ext_col.size()));
    longest_row_ =
        std::max(longest_row_, static_cast<Ordinal>(g_ptr.back() - g_ptr[static_cast<std::size_t>(i)]));
  }
  // of the ghosts' rows, the columns that this rank knows
  auto const num_local = static_cast<Offset>(local.num_entries());
  std::vector<std::pair<Ordinal, Offset>> known;
  for (std::size_t g = 0; g + 1 < ghost_rows_.row_ptr().size(); ++g) {
    known.clear();
    for (Offset k = ghost_rows_.row_ptr()[g]; k < ghost_rows_.row_ptr()[g + 1]; ++k) {
      GlobalOrdinal const j = ghost_rows_.global_col()[static_cast<std::size_t>(k)];
      if (pattern.cols().owns(j)) {
        known.emplace_back(static_cast<Ordinal>(j - pattern.cols().begin()), num_local + k);
      } else {
        auto const at = std::lower_bound(ghosts.begin(), ghosts.end(), j);
        if (at != ghosts.end() && *at == j)
          known.emplace_back(n + static_cast<Ordinal>(at - ghosts.begin()), num_local + k);
      }
    }
    std::sort(known.begin(), known.end());
    for (auto const& [j, k] : known) {
      ext_col.push_back(j);
      source.push_back(k);
    }
    ext_ptr.push_back(static_cast<Offset>(ext_col.size()));
  }
  extended_ = CsrPattern<Device>(static_cast<Ordinal>(ext_ptr.size()) - 1, local.num_cols(),
                                 to_device<Device>("nacre::fsai0::extended_row_ptr", ext_ptr),
                                 to_device<Device>("nacre::fsai0::extended_col", ext_col));
  source_ = to_device<Device>("nacre::fsai0::source", source);
  extended_values_ = Vector<Scalar, Device>("nacre::fsai0::extended_values", source.size());
  CsrPattern<Device> const g_local(n, local.num_cols(), to_device<Device>("nacre::fsai0::row_ptr", g_ptr),
                                   to_device<Device>("nacre::fsai0::col", g_col));
  product_ = detail::FactoredProduct<Scalar, Device>(
      DistributedCsr<Scalar, Device>{DistributedPattern<Device>(pattern.rows(), g_local, pattern.halo()),
                                     Vector<Scalar, Device>("nacre::fsai0::values", g_col.size())});
}

template <class Scalar, class Device>
void Fsai0<Scalar, Device>::update(DistributedCsr<Scalar, Device> const& A) {
  this->check_pattern(A);
  detail::require_diagonal(this->method(), A);
  Exec const exec;
  if (this->comm().size() == 1) {
    detail::gather_extended(exec, source_, A.values, MultiVector<Scalar, Device>(), extended_values_);
  } else {
    auto const ghosts = ghost_rows_.values(exec, A.values);
    detail::gather_extended(exec, source_, A.values, ghosts, extended_values_);
  }
  auto const& G = factor();
  Ordinal const n = G.pattern.num_owned_rows();
  Ordinal const bad =
      detail::fsai0_rows(exec, extended_, extended_values_, G.pattern.local(), G.values, longest_row_);
  this->comm().fail_together(bad < n ? cat("fsai0: the rows of the matrix that row ",
                                           A.pattern.rows().begin() + bad,
                                           " is coupled to are not positive definite")
                                     : "");
  product_.set_values(exec, G.values);
}

template <class Scalar, class Device>
void Fsai0<Scalar, Device>::apply(Exec const& exec, In const& r, Out const& z) const {
  this->check_vectors(r, z);
  product_.apply(exec, Vector<Scalar const, Device>(), 0., r, z);
}

}  // namespace nacre::solvers
