#include "jacobi_exact.hpp"

#include <nacre/solvers/jacobi.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/pcg.hpp>

namespace nacre::apps {

namespace {

/// (A^2)_ij = sum over m of a_im a_jm, for A symmetric: two sorted rows against each other.
template <class Ptr, class Col, class Values>
double product_of_rows(Ptr const& ptr, Col const& col, Values const& values, Ordinal i, Ordinal j) {
  double sum = 0;
  for (auto k = ptr(i), l = ptr(j); k < ptr(i + 1) && l < ptr(j + 1);) {
    if (col(k) == col(l)) sum += values(k) * values(l);
    auto const left = col(k), right = col(l);
    if (left <= right) ++k;
    if (right <= left) ++l;
  }
  return sum;
}

}  // namespace

ExpectedJacobiLoss::ExpectedJacobiLoss(CsrMatrix<double> const& A)
    : H_{A.pattern, Vector<double>("H", A.num_entries())}, g_(static_cast<std::size_t>(A.num_rows())) {
  auto const ptr = host_view(A.pattern.row_ptr());
  auto const col = host_view(A.pattern.col());
  auto const values = host_view(A.values);
  auto const h = Kokkos::create_mirror_view(H_.values);
  std::vector<double> diagonal(g_.size());
  for (Ordinal i = 0; i < A.num_rows(); ++i)
    for (auto k = ptr(i); k < ptr(i + 1); ++k)
      if (col(k) == i) diagonal[static_cast<std::size_t>(i)] = values(k);
  for (Ordinal i = 0; i < A.num_rows(); ++i) {
    double const d = diagonal[static_cast<std::size_t>(i)];
    trace_ += d;
    for (auto k = ptr(i); k < ptr(i + 1); ++k) {
      double const squared = product_of_rows(ptr, col, values, i, col(k));
      h(k) = values(k) * squared / (d * diagonal[static_cast<std::size_t>(col(k))]);
      if (col(k) == i) g_[static_cast<std::size_t>(i)] = squared / d;
    }
  }
  Kokkos::deep_copy(H_.values, h);
}

double ExpectedJacobiLoss::operator()(std::vector<double> const& omega) const {
  auto const ptr = host_view(H_.pattern.row_ptr());
  auto const col = host_view(H_.pattern.col());
  auto const h = host_view(H_.values);
  double sum = trace_;
  for (Ordinal i = 0; i < H_.num_rows(); ++i) {
    double row = 0;
    for (auto k = ptr(i); k < ptr(i + 1); ++k) row += h(k) * omega[static_cast<std::size_t>(col(k))];
    sum += omega[static_cast<std::size_t>(i)] * (row - 2 * g_[static_cast<std::size_t>(i)]);
  }
  return sum / static_cast<double>(H_.num_rows());
}

std::vector<double> ExpectedJacobiLoss::minimiser() const {
  DistributedCsr<double> const H{DistributedPattern<>(H_.pattern), H_.values};
  auto const g = to_device<DefaultDevice>("g", g_);
  Vector<double> const omega("omega", g_.size());
  solvers::KrylovOptions options;
  options.tolerance = 1e-12;
  solvers::Jacobi<double> const M(H);
  auto const info = solvers::Pcg<double>(options).solve({}, solvers::MatrixOperator<double>(H), &M,
                                                        as_columns(g), as_columns(omega));
  if (!info.converged())
    fail(cat("the system for the exact weights was not solved: ", to_string(info.status)));
  auto const host = host_view(omega);
  return std::vector<double>(host.data(), host.data() + host.size());
}

}  // namespace nacre::apps
