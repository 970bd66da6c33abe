#pragma once

#include <cmath>
#include <random>
#include <vector>

#include <nacre/core/distributed_csr.hpp>
#include <nacre/solvers/matrix_operator.hpp>

/// \file
/// Small systems for the tests of solvers, each made row by row on any number of ranks.

namespace nacre::test {

/// A matrix whose row `i` is what `row(i)` returns: pairs of column and value.
template <class Scalar, class Row>
DistributedCsr<Scalar> from_rows(RowPartition const& rows, Row const& row) {
  GlobalRows<Scalar> mine;
  for (GlobalOrdinal i = rows.begin(); i < rows.end(); ++i) {
    for (auto const& [j, value] : row(i)) {
      mine.col.push_back(j);
      mine.values.push_back(static_cast<Scalar>(value));
    }
    mine.row_ptr.push_back(static_cast<Offset>(mine.col.size()));
  }
  return make_distributed<Scalar>(rows, rows, mine);
}

using Row = std::vector<std::pair<GlobalOrdinal, double>>;

/// Row i of the 5-point Laplacian on an m-by-m grid plus `shift` times the identity; `wind` adds an upwind
/// difference in x, which makes it nonsymmetric.
inline Row poisson_row(GlobalOrdinal m, GlobalOrdinal i, double shift = 0, double wind = 0) {
  Row row;
  GlobalOrdinal const x = i % m, y = i / m;
  if (y > 0) row.emplace_back(i - m, -1.);
  if (x > 0) row.emplace_back(i - 1, -1. - wind);
  row.emplace_back(i, 4. + wind + shift);
  if (x < m - 1) row.emplace_back(i + 1, -1.);
  if (y < m - 1) row.emplace_back(i + m, -1.);
  return row;
}

template <class Scalar>
DistributedCsr<Scalar> poisson(RowPartition const& rows, GlobalOrdinal m, double shift = 0, double wind = 0) {
  return from_rows<Scalar>(rows, [&](GlobalOrdinal i) { return poisson_row(m, i, shift, wind); });
}

/// All rows on every rank's own: a matrix of one rank.
template <class Scalar>
DistributedCsr<Scalar> serial_poisson(GlobalOrdinal m, double shift = 0, double wind = 0) {
  return poisson<Scalar>(RowPartition(Comm::self(), static_cast<Ordinal>(m * m)), m, shift, wind);
}

/// A number in [-1, 1] that depends only on row and column.
inline double noise(GlobalOrdinal i, std::int64_t c = 0) {
  std::mt19937 generator(static_cast<unsigned>(i * 7919 + c * 104729 + 1));
  generator.discard(3);
  return generator() / 2147483648. - 1.;
}

/// [owned, k] filled with noise.
template <class Scalar>
MultiVector<Scalar> noise_vectors(RowPartition const& rows, int k, int first = 0) {
  MultiVector<Scalar> v("v", static_cast<std::size_t>(rows.num_owned()), static_cast<std::size_t>(k));
  auto const h = Kokkos::create_mirror_view(v);
  for (int c = 0; c < k; ++c)
    for (Ordinal i = 0; i < rows.num_owned(); ++i)
      h(i, c) = static_cast<Scalar>(noise(rows.begin() + i, first + c));
  Kokkos::deep_copy(v, h);
  return v;
}

template <class Scalar>
MultiVector<Scalar> vectors(RowPartition const& rows, int k, Scalar value = 0) {
  MultiVector<Scalar> v("v", static_cast<std::size_t>(rows.num_owned()), static_cast<std::size_t>(k));
  Kokkos::deep_copy(v, value);
  return v;
}

/// ||b - A x|| / ||b|| of column c, computed here from the matrix.
template <class Scalar>
double true_residual(DistributedCsr<Scalar> const& A, MultiVector<Scalar> const& b,
                     MultiVector<Scalar> const& x, int c = 0) {
  MultiVector<Scalar> r("r", b.extent(0), b.extent(1));
  spmv(ExecOf<DefaultDevice>(), A, x, r);
  auto const hr = host_view(r), hb = host_view(b);
  double sums[2] = {0, 0};
  for (std::size_t i = 0; i < b.extent(0); ++i) {
    double const e = static_cast<double>(hb(i, c)) - static_cast<double>(hr(i, c));
    sums[0] += e * e;
    sums[1] += static_cast<double>(hb(i, c)) * static_cast<double>(hb(i, c));
  }
  A.comm().all_reduce(sums, 2, ReduceOp::sum);
  return std::sqrt(sums[0] / sums[1]);
}

/// Both columns' numbers, over all ranks: sum of u(:, c) v(:, c).
template <class Scalar>
double inner(Comm const& comm, MultiVector<Scalar> const& u, MultiVector<Scalar> const& v, int c = 0) {
  auto const hu = host_view(u), hv = host_view(v);
  double sum = 0;
  for (std::size_t i = 0; i < u.extent(0); ++i)
    sum += static_cast<double>(hu(i, c)) * static_cast<double>(hv(i, c));
  return comm.sum(sum);
}

}  // namespace nacre::test
