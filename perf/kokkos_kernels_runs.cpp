#include <benchmark/benchmark.h>

#include <memory>

#include "kernel_benchmarks.hpp"
#include "kokkos_kernels.hpp"

namespace nacre::perf {
namespace {

Work run_spmv(Matrix const& A) {
  auto const x = filled("x", cols_of(A)), y = filled("y", rows_of(A));
  auto const K = kokkos_kernels_matrix(A);
  return [=] { KokkosSparse::spmv("N", 1., K, x, 0., y); };
}
Work run_spmv_transpose(Matrix const& A) {
  auto const x = filled("x", rows_of(A)), y = filled("y", cols_of(A));
  auto const K = kokkos_kernels_matrix(A);
  return [=] { KokkosSparse::spmv("T", 1., K, x, 0., y); };
}
template <class Dense>
Work run_spmm(Matrix const& A, std::size_t k) {
  Dense const x("x", cols_of(A), k), y("y", rows_of(A), k);
  Kokkos::deep_copy(x, 1.);
  auto const K = kokkos_kernels_matrix(A);
  return [=] { KokkosSparse::spmv("N", 1., K, x, 0., y); };
}
Work run_spgemm(Matrix const& A) {
  auto const K = kokkos_kernels_matrix(A);
  return [=] { benchmark::DoNotOptimize(KokkosKernelsSpgemm(K).multiply(K).nnz()); };
}
Work run_spgemm_numeric(Matrix const& A) {
  auto const K = kokkos_kernels_matrix(A);
  auto const product = std::make_shared<KokkosKernelsSpgemm>(K);
  auto const C = product->multiply(K);
  return [=] { product->numeric(K, C); };
}
Work run_spadd(Matrix const& A) {
  auto const K = kokkos_kernels_matrix(A);
  return [=] { kokkos_kernels_add(K, K); };
}
Work run_transpose(Matrix const& A) {
  auto const K = kokkos_kernels_matrix(A);
  return [=] { kokkos_kernels_transpose(K); };
}
Work run_sptrsv(Matrix const& A) {
  auto const b = filled("b", rows_of(A)), x = filled("x", rows_of(A));
  auto const lower = std::make_shared<KokkosKernelsLowerSolve>(A);
  return [=] { lower->solve(b, x); };
}

}  // namespace

Work kokkos_kernels_dot(Vector<double> const& x, Vector<double> const& y) {
  return [=] { benchmark::DoNotOptimize(KokkosBlas::dot(x, y)); };
}

std::map<std::string, MakeWork> kokkos_kernels_runs() {
  std::map<std::string, MakeWork> runs = {
      {"spmv", run_spmv},          {"spmv_transpose", run_spmv_transpose}, {"sptrsv", run_sptrsv},
      {"spgemm", run_spgemm},      {"spgemm_numeric", run_spgemm_numeric}, {"spadd", run_spadd},
      {"transpose", run_transpose}};
  for (std::size_t const k : {4, 8, 32}) {
    auto const width = std::to_string(k);
    runs["spmm" + width + "_columns"] = [k](Matrix const& A) { return run_spmm<MultiVector<double>>(A, k); };
    runs["spmm" + width + "_rows"] = [k](Matrix const& A) { return run_spmm<RowMajor<double>>(A, k); };
  }
  return runs;
}

}  // namespace nacre::perf
