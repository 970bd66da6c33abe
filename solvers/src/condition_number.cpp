#include <nacre/solvers/condition_number.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

#include <nacre/core/gemm.hpp>
#include <nacre/solvers/detail/dense_symmetric.hpp>

namespace nacre::solvers {

namespace {

constexpr Ordinal kMostRows = 20000;
constexpr std::size_t kColumnsOfM = 64;

template <class T>
using Dense = Kokkos::View<T**, Kokkos::LayoutRight, HostDevice, Kokkos::MemoryUnmanaged>;

std::vector<double> lower_triangle(CsrMatrix<double> const& A) {
  auto const n = static_cast<std::size_t>(A.num_rows());
  auto const row_ptr = host_view(A.pattern.row_ptr());
  auto const col = host_view(A.pattern.col());
  auto const values = host_view(A.values);
  std::vector<double> a(n * n, 0.);
  for (std::size_t i = 0; i < n; ++i)
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
      if (auto const j = static_cast<std::size_t>(col(k)); j <= i) a[i * n + j] = values(k);
  return a;
}

/// Row j of the result is M times column j of the lower triangular L.
std::vector<double> apply_to_columns(Operator<double> const& M, std::vector<double> const& L, std::size_t n) {
  ExecOf<DefaultDevice> const exec;
  std::vector<double> W(n * n);
  for (std::size_t first = 0; first < n; first += kColumnsOfM) {
    std::size_t const k = std::min(kColumnsOfM, n - first);
    MultiVector<double> const x("nacre::condition_number::x", n, k), y("nacre::condition_number::y", n, k);
    auto const columns = Kokkos::create_mirror_view(x);
    for (std::size_t i = first; i < n; ++i)
      for (std::size_t c = 0; c < k && first + c <= i; ++c) columns(i, c) = L[i * n + first + c];
    Kokkos::deep_copy(x, columns);
    M.apply(exec, x, y);
    auto const products = host_view(y);
    for (std::size_t c = 0; c < k; ++c)
      for (std::size_t i = 0; i < n; ++i) W[(first + c) * n + i] = products(i, c);
  }
  return W;
}

/// L^T M L with A = L L^T.
std::vector<double> symmetric_product(std::vector<double> L, Operator<double> const& M, std::size_t n) {
  if (std::size_t const row = detail::dense_cholesky(L, n); row < n)
    fail(cat("eigenvalues: the matrix is not positive definite: the pivot of row ", row, " is not positive"));
  for (std::size_t i = 0; i < n; ++i)
    std::fill(L.begin() + static_cast<std::ptrdiff_t>(i * n + i + 1),
              L.begin() + static_cast<std::ptrdiff_t>((i + 1) * n), 0.);
  auto W = apply_to_columns(M, L, n);
  std::vector<double> C(n * n);
  ExecOf<HostDevice> const exec;
  MatmulOp().forward(exec, Dense<double>(C.data(), n, n), Dense<double const>(W.data(), n, n),
                     Dense<double const>(L.data(), n, n));
  exec.fence();
  double largest = 0, difference = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double& lower = C[i * n + j];
      double const upper = C[j * n + i];
      largest = std::max(largest, std::fabs(lower));
      difference = std::max(difference, std::fabs(lower - upper));
      lower = .5 * (lower + upper);
    }
  if (difference > 1e-6 * largest)
    fail(cat("eigenvalues: the preconditioner is not symmetric: L^T M L differs from its transpose by ",
             difference, ", its largest entry is ", largest));
  return C;
}

}  // namespace

std::vector<double> eigenvalues(CsrMatrix<double> const& A, Operator<double> const* M) {
  Ordinal const rows = A.num_rows();
  if (rows != A.num_cols() || rows > kMostRows)
    fail(cat("eigenvalues: the matrix is ", rows, " by ", A.num_cols(), ", must be square with at most ",
             kMostRows, " rows"));
  if (M != nullptr && (M->comm().size() != 1 || M->num_local_rows() != rows || M->num_local_cols() != rows))
    fail(cat("eigenvalues: the preconditioner is ", M->num_local_rows(), " by ", M->num_local_cols(),
             " on each of ", M->comm().size(), " ranks, the matrix has ", rows, " rows on one"));
  auto const n = static_cast<std::size_t>(rows);
  auto a = lower_triangle(A);
  if (M != nullptr) a = symmetric_product(std::move(a), *M, n);
  return detail::dense_eigenvalues(a, n);
}

ConditionNumbers condition_numbers(CsrMatrix<double> const& A, Operator<double> const* M) {
  auto const lambda = eigenvalues(A, M);
  ConditionNumbers numbers;
  if (lambda.empty()) return numbers;
  if (!(lambda.front() > 0))
    fail(cat("condition_numbers: the matrix is not positive definite: its smallest eigenvalue is ",
             lambda.front()));
  double sum = 0, logarithms = 0;
  for (double const v : lambda) {
    sum += v;
    logarithms += std::log(v);
  }
  auto const n = static_cast<double>(lambda.size());
  numbers.smallest = lambda.front();
  numbers.largest = lambda.back();
  numbers.condition = numbers.largest / numbers.smallest;
  numbers.kaporin = sum / n / std::exp(logarithms / n);
  return numbers;
}

}  // namespace nacre::solvers
