#pragma once

#include <cmath>
#include <vector>

#include <nacre/core/distributed_csr.hpp>

/// \file
/// Small matrices as dense ones, to look at.

namespace nacre::test {

/// A dense matrix; at(i, j).
struct Dense {
  GlobalOrdinal rows = 0, cols = 0;
  std::vector<double> entries;
  Dense(GlobalOrdinal n, GlobalOrdinal m) : rows(n), cols(m), entries(static_cast<std::size_t>(n * m), 0.) {}
  double& at(GlobalOrdinal i, GlobalOrdinal j) { return entries[static_cast<std::size_t>(i * cols + j)]; }
  double at(GlobalOrdinal i, GlobalOrdinal j) const {
    return entries[static_cast<std::size_t>(i * cols + j)];
  }
};

/// All of a distributed matrix, on every rank.
template <class Scalar, class Device>
Dense to_dense(DistributedCsr<Scalar, Device> const& A) {
  struct Entry {
    GlobalOrdinal i, j;
    double value;
  };
  auto const row_ptr = host_view(A.pattern.local().row_ptr());
  auto const col = host_view(A.pattern.local().col());
  auto const values = host_view(A.values);
  std::vector<Entry> mine;
  for (Ordinal i = 0; i < A.pattern.num_owned_rows(); ++i)
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
      mine.push_back(
          {A.pattern.rows().begin() + i, A.pattern.global_col(col(k)), static_cast<double>(values(k))});
  Dense all(A.pattern.rows().num_global(), A.pattern.cols().num_global());
  for (auto const& e : A.comm().all_gather(mine)) all.at(e.i, e.j) += e.value;
  return all;
}

/// Whether a symmetric matrix is positive definite: Cholesky's factorisation with pivots above `tolerance`.
inline bool is_positive_definite(Dense a, double tolerance = 1e-12) {
  for (GlobalOrdinal j = 0; j < a.rows; ++j) {
    for (GlobalOrdinal k = 0; k < j; ++k) a.at(j, j) -= a.at(j, k) * a.at(j, k);
    if (!(a.at(j, j) > tolerance)) return false;
    a.at(j, j) = std::sqrt(a.at(j, j));
    for (GlobalOrdinal i = j + 1; i < a.rows; ++i) {
      for (GlobalOrdinal k = 0; k < j; ++k) a.at(i, j) -= a.at(i, k) * a.at(j, k);
      a.at(i, j) /= a.at(j, j);
    }
  }
  return true;
}

inline double asymmetry(Dense const& a) {
  double worst = 0;
  for (GlobalOrdinal i = 0; i < a.rows; ++i)
    for (GlobalOrdinal j = 0; j < i; ++j) worst = std::fmax(worst, std::fabs(a.at(i, j) - a.at(j, i)));
  return worst;
}

}  // namespace nacre::test
