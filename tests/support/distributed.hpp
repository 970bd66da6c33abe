#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include <nacre/core/distributed_csr.hpp>

#include "support/views.hpp"

/// \file
/// Distributed matrices for tests, and their dense copies on every rank.

namespace nacre::test {

/// Row-by-row dense matrix.
struct Dense {
  GlobalOrdinal n = 0, m = 0;
  std::vector<double> a;
  double& operator()(GlobalOrdinal i, GlobalOrdinal j) { return a[static_cast<std::size_t>(i * m + j)]; }
  double operator()(GlobalOrdinal i, GlobalOrdinal j) const { return a[static_cast<std::size_t>(i * m + j)]; }
};

inline Dense zeros(GlobalOrdinal n, GlobalOrdinal m) {
  return {n, m, std::vector<double>(static_cast<std::size_t>(n * m), 0)};
}

inline Dense operator*(Dense const& A, Dense const& B) {
  Dense C = zeros(A.n, B.m);
  for (GlobalOrdinal i = 0; i < A.n; ++i)
    for (GlobalOrdinal k = 0; k < A.m; ++k)
      for (GlobalOrdinal j = 0; j < B.m; ++j) C(i, j) += A(i, k) * B(k, j);
  return C;
}

inline Dense transpose(Dense const& A) {
  Dense T = zeros(A.m, A.n);
  for (GlobalOrdinal i = 0; i < A.n; ++i)
    for (GlobalOrdinal j = 0; j < A.m; ++j) T(j, i) = A(i, j);
  return T;
}

/// A number in [-1, 1) that depends on its arguments alone.
inline double scattered(GlobalOrdinal i, GlobalOrdinal j, unsigned seed) {
  std::uint64_t h =
      (static_cast<std::uint64_t>(i) * 1000003u + static_cast<std::uint64_t>(j)) * 2654435761u + seed;
  h = (h ^ (h >> 29)) * 0xBF58476D1CE4E5B9ull;
  h = (h ^ (h >> 32)) * 0x94D049BB133111EBull;
  return static_cast<double>((h ^ (h >> 31)) >> 11) / 4503599627370496. - 1.;
}

/// n rows of `width` such numbers, by their places.
template <class Scalar>
RowMajor<Scalar> scattered_rows(std::size_t n, std::size_t width, unsigned seed) {
  RowMajor<Scalar> const x("x", n, width);
  auto const h = Kokkos::create_mirror(x);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < width; ++j)
      h(i, j) =
          static_cast<Scalar>(scattered(static_cast<GlobalOrdinal>(i), static_cast<GlobalOrdinal>(j), seed));
  Kokkos::deep_copy(x, h);
  return x;
}

/// The matrix with entry(i, j) wherever that is not zero; the same whatever the number of ranks.
template <class Scalar = double>
DistributedCsr<Scalar> from_function(RowPartition const& rows, RowPartition const& cols,
                                     std::function<double(GlobalOrdinal, GlobalOrdinal)> const& entry) {
  GlobalRows<Scalar> mine;
  for (auto i = rows.begin(); i < rows.end(); ++i) {
    for (GlobalOrdinal j = 0; j < cols.num_global(); ++j)
      if (double const a = entry(i, j); a != 0) {
        mine.col.push_back(j);
        mine.values.push_back(static_cast<Scalar>(a));
      }
    mine.row_ptr.push_back(static_cast<Offset>(mine.col.size()));
  }
  return make_distributed<Scalar>(rows, cols, mine);
}

/// A random sparse matrix with about `density` of its entries, some rows empty.
inline DistributedCsr<double> scattered_matrix(RowPartition const& rows, RowPartition const& cols,
                                               double density, unsigned seed) {
  return from_function(rows, cols, [=](GlobalOrdinal i, GlobalOrdinal j) {
    if (i % 7 == 3) return 0.;
    return std::fabs(scattered(i, j, seed)) < density ? scattered(i, j, seed + 1) : 0.;
  });
}

/// All of A on every rank. Collective.
template <class Scalar>
Dense to_dense(DistributedCsr<Scalar> const& A) {
  struct Entry {
    GlobalOrdinal i, j;
    double a;
  };
  auto const ptr = to_host(A.pattern.local().row_ptr());
  auto const col = to_host(A.pattern.local().col());
  auto const values = to_host(A.values);
  std::vector<Entry> mine;
  for (Ordinal i = 0; i < A.pattern.num_owned_rows(); ++i)
    for (Offset k = ptr(i); k < ptr(i + 1); ++k)
      mine.push_back(
          {A.pattern.rows().begin() + i, A.pattern.global_col(col(k)), static_cast<double>(values(k))});
  Dense D = zeros(A.pattern.rows().num_global(), A.pattern.cols().num_global());
  for (auto const& e : A.comm().all_gather(mine)) D(e.i, e.j) += e.a;
  return D;
}

/// All of column c of x on every rank. Collective.
template <class View>
std::vector<double> gather_column(Comm const& comm, View const& x, int c = 0) {
  auto const h = to_host(x);
  std::vector<double> mine(h.extent(0));
  for (std::size_t i = 0; i < mine.size(); ++i) mine[i] = static_cast<double>(h(i, c));
  return comm.all_gather(mine);
}

/// [owned, k] with entry scattered(global row, column).
template <class Scalar = double>
MultiVector<Scalar> scattered_vectors(RowPartition const& rows, int k, unsigned seed) {
  MultiVector<Scalar> x("x", static_cast<std::size_t>(rows.num_owned()), static_cast<std::size_t>(k));
  auto const h = Kokkos::create_mirror_view(x);
  for (Ordinal i = 0; i < rows.num_owned(); ++i)
    for (int c = 0; c < k; ++c) h(i, c) = static_cast<Scalar>(scattered(rows.begin() + i, c, seed));
  Kokkos::deep_copy(x, h);
  return x;
}

/// <x, y> over all ranks and columns. Collective.
template <class X, class Y>
double inner(Comm const& comm, X const& x, Y const& y) {
  auto const hx = to_host(x);
  auto const hy = to_host(y);
  double sum = 0;
  for (std::size_t i = 0; i < hx.extent(0); ++i)
    for (std::size_t c = 0; c < hx.extent(1); ++c)
      sum += static_cast<double>(hx(i, c)) * static_cast<double>(hy(i, c));
  return comm.sum(sum);
}

}  // namespace nacre::test
