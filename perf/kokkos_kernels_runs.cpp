#include "kernel_benchmarks.hpp"
#include "kokkos_kernels.hpp"

namespace nacre::perf {
namespace {

void run_spmv(benchmark::State& state, Matrix const& A) {
  auto const x = filled("x", static_cast<std::size_t>(A.num_cols())),
             y = filled("y", static_cast<std::size_t>(A.num_rows()));
  auto const K = kokkos_kernels_matrix(A);
  measure(state, entries_bytes(A) + vector_bytes(A.num_cols()) + vector_bytes(A.num_rows()),
          [&] { KokkosSparse::spmv("N", 1., K, x, 0., y); });
}
void run_spmv_transpose(benchmark::State& state, Matrix const& A) {
  auto const x = filled("x", static_cast<std::size_t>(A.num_rows())),
             y = filled("y", static_cast<std::size_t>(A.num_cols()));
  auto const K = kokkos_kernels_matrix(A);
  measure(state, entries_bytes(A) + vector_bytes(A.num_cols()) + vector_bytes(A.num_rows()),
          [&] { KokkosSparse::spmv("T", 1., K, x, 0., y); });
}
template <class Dense>
void run_spmm(benchmark::State& state, Matrix const& A, std::size_t k) {
  Dense const x("x", static_cast<std::size_t>(A.num_cols()), k),
      y("y", static_cast<std::size_t>(A.num_rows()), k);
  Kokkos::deep_copy(x, 1.);
  auto const K = kokkos_kernels_matrix(A);
  double const columns = static_cast<double>(k);
  measure(state, entries_bytes(A) + vector_bytes(A.num_cols(), columns) + vector_bytes(A.num_rows(), columns),
          [&] { KokkosSparse::spmv("N", 1., K, x, 0., y); });
}
void run_spgemm(benchmark::State& state, Matrix const& A) {
  auto const K = kokkos_kernels_matrix(A);
  std::size_t entries = 0;
  measure(state, 0, [&] { entries = KokkosKernelsSpgemm(K).multiply(K).nnz(); });
  report_bytes(state, spgemm_bytes(A, entries));
}
void run_spgemm_numeric(benchmark::State& state, Matrix const& A) {
  auto const K = kokkos_kernels_matrix(A);
  KokkosKernelsSpgemm product(K);
  auto const C = product.multiply(K);
  measure(state, spgemm_bytes(A, C.nnz()), [&] { product.numeric(K, C); });
}
void run_spadd(benchmark::State& state, Matrix const& A) {
  auto const K = kokkos_kernels_matrix(A);
  measure(state, 3 * entries_bytes(A), [&] { kokkos_kernels_add(K, K); });
}
void run_transpose(benchmark::State& state, Matrix const& A) {
  auto const K = kokkos_kernels_matrix(A);
  measure(state, 2 * entries_bytes(A), [&] { kokkos_kernels_transpose(K); });
}
void run_sptrsv(benchmark::State& state, Matrix const& A) {
  auto const b = filled("b", static_cast<std::size_t>(A.num_rows())), x = filled("x", b.extent(0));
  KokkosKernelsLowerSolve const lower(A);
  measure(state, entries_bytes(A) / 2 + 2 * vector_bytes(A.num_rows()), [&] { lower.solve(b, x); });
}

}  // namespace

void dot_kokkos_kernels(benchmark::State& state) {
  auto const x = filled("x", 20000000), y = filled("y", 20000000);
  measure(state, 16. * 2e7, [&] { benchmark::DoNotOptimize(KokkosBlas::dot(x, y)); });
}

std::map<std::string, Run> kokkos_kernels_runs() {
  std::map<std::string, Run> runs = {
      {"spmv", run_spmv},          {"spmv_transpose", run_spmv_transpose}, {"sptrsv", run_sptrsv},
      {"spgemm", run_spgemm},      {"spgemm_numeric", run_spgemm_numeric}, {"spadd", run_spadd},
      {"transpose", run_transpose}};
  for (std::size_t const k : {4, 32}) {
    auto const width = std::to_string(k);
    runs["spmm" + width + "_columns"] = [k](benchmark::State& state, Matrix const& A) {
      run_spmm<MultiVector<double>>(state, A, k);
    };
    runs["spmm" + width + "_rows"] = [k](benchmark::State& state, Matrix const& A) {
      run_spmm<RowMajor<double>>(state, A, k);
    };
  }
  return runs;
}

}  // namespace nacre::perf
