// Sparse kernels beside those of Kokkos Kernels, on the same matrices in the same run.
//
//   perf_kernels --benchmark_filter='spmv/' --benchmark_format=json
//
// Names are kernel/library/problem. GB/s are of modelled bytes: every array that must be touched, once; so is
// the STREAM triad at the top, whose rate is what they can be compared with.
#include <benchmark/benchmark.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nacre/core/bsr.hpp>
#include <nacre/core/diagonal.hpp>
#include <nacre/core/problems.hpp>
#include <nacre/core/sddmm.hpp>
#include <nacre/core/spadd.hpp>
#include <nacre/core/spgemm.hpp>
#include <nacre/core/spmm.hpp>
#include <nacre/core/spmv.hpp>
#include <nacre/core/sptrsv.hpp>
#include <nacre/core/vector_ops.hpp>

#include "kokkos_kernels.hpp"
#include "support.hpp"

namespace nacre::perf {
namespace {

using Device = DefaultDevice;
using Exec = Device::execution_space;
using Matrix = CsrMatrix<double, Device>;

Comm const& self() {
  static Comm const comm = Comm::self();
  return comm;
}

Matrix make_problem(std::string const& name) {
  if (name == "poisson3d_100") return poisson_3d(self(), {100, 100, 100}).A.local();
  if (name == "poisson27_80") return poisson_27_point(self(), {80, 80, 80}).A.local();
  if (name == "poisson2d_1000") return poisson_2d(self(), {1000, 1000, 1}).A.local();
  if (name == "tets_80") return poisson_tets(self(), {80, 80, 80}).A.local();
  if (name == "elasticity_40") return elasticity(self(), {40, 40, 40}).A.local();
  fail(cat("perf_kernels: no problem is called ", name));
}

/// The problem in use; benchmarks of the same problem follow one another.
struct ProblemInUse {
  std::string name;
  Matrix A;
};
std::unique_ptr<ProblemInUse>& problem_in_use() {
  static std::unique_ptr<ProblemInUse> current;
  return current;
}
Matrix const& problem(std::string const& name) {
  auto& current = problem_in_use();
  if (!current || current->name != name) {
    current.reset();
    current = std::make_unique<ProblemInUse>(ProblemInUse{name, make_problem(name)});
  }
  return current->A;
}

double entries_bytes(Matrix const& A, double per_value = sizeof(double)) {
  return static_cast<double>(A.num_entries()) * (per_value + sizeof(Ordinal)) +
         sizeof(Offset) * (static_cast<double>(A.num_rows()) + 1);
}
double vector_bytes(Ordinal n, double columns = 1) { return sizeof(double) * static_cast<double>(n) * columns; }

Vector<double> filled(std::string const& label, std::size_t n, double value = 1) {
  Vector<double> const v(label, n);
  Kokkos::deep_copy(v, value);
  return v;
}

/// Runs `work()` and waits for it, once for each repetition.
template <class Work>
void measure(benchmark::State& state, double bytes, Work const& work) {
  Exec const exec;
  work();
  exec.fence();
  for (auto _ : state) {
    work();
    exec.fence();
  }
  report_bytes(state, bytes);
}

void spmv_nacre(benchmark::State& state, Matrix const& A) {
  auto const x = filled("x", static_cast<std::size_t>(A.num_cols())), y = filled("y", static_cast<std::size_t>(A.num_rows()));
  measure(state, entries_bytes(A) + vector_bytes(A.num_cols()) + vector_bytes(A.num_rows()),
          [&] { spmv(Exec(), A.pattern, A.values, x, y); });
}
void spmv_kokkos_kernels(benchmark::State& state, Matrix const& A) {
  auto const x = filled("x", static_cast<std::size_t>(A.num_cols())), y = filled("y", static_cast<std::size_t>(A.num_rows()));
  auto const K = kokkos_kernels_matrix(A);
  measure(state, entries_bytes(A) + vector_bytes(A.num_cols()) + vector_bytes(A.num_rows()),
          [&] { KokkosSparse::spmv("N", 1., K, x, 0., y); });
}
void spmv_float_nacre(benchmark::State& state, Matrix const& A) {
  Vector<float> const values("values", A.num_entries()), x("x", static_cast<std::size_t>(A.num_cols())),
      y("y", static_cast<std::size_t>(A.num_rows()));
  Kokkos::deep_copy(values, 1.f);
  Kokkos::deep_copy(x, 1.f);
  measure(state, entries_bytes(A, sizeof(float)) + (vector_bytes(A.num_cols()) + vector_bytes(A.num_rows())) / 2,
          [&] { spmv(Exec(), A.pattern, values, x, y); });
}
void residual_nacre(benchmark::State& state, Matrix const& A) {
  auto const x = filled("x", static_cast<std::size_t>(A.num_cols())), b = filled("b", static_cast<std::size_t>(A.num_rows())),
             r = filled("r", static_cast<std::size_t>(A.num_rows()));
  measure(state, entries_bytes(A) + vector_bytes(A.num_cols()) + 2 * vector_bytes(A.num_rows()),
          [&] { residual(Exec(), A.pattern, A.values, x, b, r); });
}
void spmv_transpose_nacre(benchmark::State& state, Matrix const& A) {
  auto const x = filled("x", static_cast<std::size_t>(A.num_rows())), y = filled("y", static_cast<std::size_t>(A.num_cols()));
  measure(state, entries_bytes(A) + vector_bytes(A.num_cols()) + vector_bytes(A.num_rows()),
          [&] { spmv_transpose(Exec(), A.pattern, A.values, x, y); });
}
void spmv_transpose_kokkos_kernels(benchmark::State& state, Matrix const& A) {
  auto const x = filled("x", static_cast<std::size_t>(A.num_rows())), y = filled("y", static_cast<std::size_t>(A.num_cols()));
  auto const K = kokkos_kernels_matrix(A);
  measure(state, entries_bytes(A) + vector_bytes(A.num_cols()) + vector_bytes(A.num_rows()),
          [&] { KokkosSparse::spmv("T", 1., K, x, 0., y); });
}

template <class Dense>
void spmm_nacre(benchmark::State& state, Matrix const& A, std::size_t k) {
  Dense const x("x", static_cast<std::size_t>(A.num_cols()), k), y("y", static_cast<std::size_t>(A.num_rows()), k);
  Kokkos::deep_copy(x, 1.);
  double const columns = static_cast<double>(k);
  measure(state, entries_bytes(A) + vector_bytes(A.num_cols(), columns) + vector_bytes(A.num_rows(), columns),
          [&] { spmm(Exec(), A.pattern, A.values, x, y); });
}
template <class Dense>
void spmm_kokkos_kernels(benchmark::State& state, Matrix const& A, std::size_t k) {
  Dense const x("x", static_cast<std::size_t>(A.num_cols()), k), y("y", static_cast<std::size_t>(A.num_rows()), k);
  Kokkos::deep_copy(x, 1.);
  auto const K = kokkos_kernels_matrix(A);
  double const columns = static_cast<double>(k);
  measure(state, entries_bytes(A) + vector_bytes(A.num_cols(), columns) + vector_bytes(A.num_rows(), columns),
          [&] { KokkosSparse::spmv("N", 1., K, x, 0., y); });
}
void sddmm_nacre(benchmark::State& state, Matrix const& A) {
  RowMajor<double> const x("x", static_cast<std::size_t>(A.num_rows()), 32), y("y", static_cast<std::size_t>(A.num_cols()), 32);
  Kokkos::deep_copy(x, 1.);
  Kokkos::deep_copy(y, 1.);
  Vector<double> const out("out", A.num_entries());
  measure(state, entries_bytes(A) + vector_bytes(A.num_cols(), 32) + vector_bytes(A.num_rows(), 32),
          [&] { sddmm(Exec(), A.pattern, x, y, out); });
}

double spgemm_bytes(Matrix const& A, std::size_t entries_of_c) {
  return 2 * entries_bytes(A) + static_cast<double>(entries_of_c) * (sizeof(double) + sizeof(Ordinal));
}
void spgemm_nacre(benchmark::State& state, Matrix const& A) {
  std::size_t entries = 0;
  measure(state, 0, [&] { entries = spgemm(Exec(), A, A).num_entries(); });
  report_bytes(state, spgemm_bytes(A, entries));
}
void spgemm_kokkos_kernels(benchmark::State& state, Matrix const& A) {
  auto const K = kokkos_kernels_matrix(A);
  std::size_t entries = 0;
  measure(state, 0, [&] { entries = KokkosKernelsSpgemm(K).multiply(K).nnz(); });
  report_bytes(state, spgemm_bytes(A, entries));
}
void spgemm_numeric_nacre(benchmark::State& state, Matrix const& A) {
  SpgemmPlan<Device> const plan(A.pattern, A.pattern);
  Vector<double> const c("c", plan.pattern().num_entries());
  measure(state, spgemm_bytes(A, c.extent(0)), [&] { plan.numeric(Exec(), A.values, A.values, c); });
}
void spgemm_numeric_kokkos_kernels(benchmark::State& state, Matrix const& A) {
  auto const K = kokkos_kernels_matrix(A);
  KokkosKernelsSpgemm product(K);
  auto const C = product.multiply(K);
  measure(state, spgemm_bytes(A, C.nnz()), [&] { product.numeric(K, C); });
}

void spadd_nacre(benchmark::State& state, Matrix const& A) {
  measure(state, 3 * entries_bytes(A), [&] { spadd(Exec(), 1., A, 1., A); });
}
void spadd_kokkos_kernels(benchmark::State& state, Matrix const& A) {
  auto const K = kokkos_kernels_matrix(A);
  measure(state, 3 * entries_bytes(A), [&] { kokkos_kernels_add(K, K); });
}
void spadd_numeric_nacre(benchmark::State& state, Matrix const& A) {
  SpaddPlan<Device> const plan(A.pattern, A.pattern);
  Vector<double> const c("c", plan.pattern().num_entries());
  measure(state, 3 * vector_bytes(1, static_cast<double>(A.num_entries())),
          [&] { plan.numeric(Exec(), 1., A.values, 1., A.values, c); });
}

void transpose_nacre(benchmark::State& state, Matrix const& A) {
  measure(state, 2 * entries_bytes(A), [&] {
    transpose(Exec(), Matrix{CsrPattern<Device>(A.num_rows(), A.num_cols(), A.pattern.row_ptr(), A.pattern.col()), A.values});
  });
}
void transpose_kokkos_kernels_run(benchmark::State& state, Matrix const& A) {
  auto const K = kokkos_kernels_matrix(A);
  measure(state, 2 * entries_bytes(A), [&] { kokkos_kernels_transpose(K); });
}
void transpose_values_nacre(benchmark::State& state, Matrix const& A) {
  Vector<double> const t("t", A.num_entries());
  measure(state, 2 * vector_bytes(1, static_cast<double>(A.num_entries())),
          [&] { transpose_values(Exec(), A.pattern, A.values, t); });
}

void sptrsv_nacre(benchmark::State& state, Matrix const& A) {
  auto const b = filled("b", static_cast<std::size_t>(A.num_rows())), x = filled("x", b.extent(0));
  measure(state, entries_bytes(A) / 2 + 2 * vector_bytes(A.num_rows()),
          [&] { sptrsv(Exec(), A.pattern, A.values, b, x); });
}
void sptrsv_kokkos_kernels(benchmark::State& state, Matrix const& A) {
  auto const b = filled("b", static_cast<std::size_t>(A.num_rows())), x = filled("x", b.extent(0));
  KokkosKernelsLowerSolve const lower(A);
  measure(state, entries_bytes(A) / 2 + 2 * vector_bytes(A.num_rows()), [&] { lower.solve(b, x); });
}

void bsr_nacre(benchmark::State& state, Matrix const& A) {
  BsrConversion<Device> const conversion(A.pattern, 3);
  auto const B = conversion.convert(Exec(), A.values);
  auto const x = filled("x", static_cast<std::size_t>(A.num_cols())), y = filled("y", static_cast<std::size_t>(A.num_rows()));
  double const blocks = static_cast<double>(B.pattern.num_entries());
  measure(state, blocks * (9 * sizeof(double) + sizeof(Ordinal)) + vector_bytes(A.num_cols()) + vector_bytes(A.num_rows()),
          [&] { spmv(Exec(), B, x, y); });
}

void axpby_nacre(benchmark::State& state) {
  auto const x = filled("x", 20000000), y = filled("y", 20000000);
  measure(state, 24. * 2e7, [&] { axpby(Exec(), 2., x, .5, y); });
}
void dot_nacre(benchmark::State& state) {
  auto const x = filled("x", 20000000), y = filled("y", 20000000);
  measure(state, 16. * 2e7, [&] { benchmark::DoNotOptimize(dot(Exec(), x, y)); });
}
void dot_kokkos_kernels(benchmark::State& state) {
  auto const x = filled("x", 20000000), y = filled("y", 20000000);
  measure(state, 16. * 2e7, [&] { benchmark::DoNotOptimize(KokkosBlas::dot(x, y)); });
}
void cg_update_nacre(benchmark::State& state) {
  auto const p = filled("p", 10000000), q = filled("q", 10000000), x = filled("x", 10000000), r = filled("r", 10000000);
  double square = 0;
  measure(state, 48. * 1e7, [&] { cg_update(Exec(), 1e-9, p, q, x, r, &square); });
}

void add(std::string const& kernel, std::string const& library, std::string const& name,
         std::function<void(benchmark::State&, Matrix const&)> const& run) {
  benchmark::RegisterBenchmark((kernel + "/" + library + "/" + name).c_str(),
                               [name, run](benchmark::State& state) { run(state, problem(name)); })
      ->Unit(benchmark::kMillisecond);
}

void register_all() {
  using benchmark::RegisterBenchmark;
  RegisterBenchmark("stream_triad", stream_triad)->Unit(benchmark::kMillisecond);
  RegisterBenchmark("axpby/nacre", axpby_nacre)->Unit(benchmark::kMillisecond);
  RegisterBenchmark("dot/nacre", dot_nacre)->Unit(benchmark::kMillisecond);
  RegisterBenchmark("dot/kokkos_kernels", dot_kokkos_kernels)->Unit(benchmark::kMillisecond);
  RegisterBenchmark("cg_update/nacre", cg_update_nacre)->Unit(benchmark::kMillisecond);
  for (std::string const name : {"poisson2d_1000", "poisson3d_100", "poisson27_80", "tets_80", "elasticity_40"}) {
    add("spmv", "nacre", name, spmv_nacre);
    add("spmv", "kokkos_kernels", name, spmv_kokkos_kernels);
    add("spmv_float", "nacre", name, spmv_float_nacre);
    add("residual", "nacre", name, residual_nacre);
    add("spmv_transpose", "nacre", name, spmv_transpose_nacre);
    add("spmv_transpose", "kokkos_kernels", name, spmv_transpose_kokkos_kernels);
    if (name == "elasticity_40") {
      add("spmv_bsr3", "nacre", name, bsr_nacre);
      continue;
    }
    add("sptrsv", "nacre", name, sptrsv_nacre);
    add("sptrsv", "kokkos_kernels", name, sptrsv_kokkos_kernels);
    if (name == "poisson3d_100" || name == "poisson27_80") continue;
    for (std::size_t const k : {4, 32}) {
      auto const width = std::to_string(k);
      add("spmm" + width + "_columns", "nacre", name,
          [k](benchmark::State& s, Matrix const& A) { spmm_nacre<MultiVector<double>>(s, A, k); });
      add("spmm" + width + "_columns", "kokkos_kernels", name,
          [k](benchmark::State& s, Matrix const& A) { spmm_kokkos_kernels<MultiVector<double>>(s, A, k); });
      add("spmm" + width + "_rows", "nacre", name,
          [k](benchmark::State& s, Matrix const& A) { spmm_nacre<RowMajor<double>>(s, A, k); });
      add("spmm" + width + "_rows", "kokkos_kernels", name,
          [k](benchmark::State& s, Matrix const& A) { spmm_kokkos_kernels<RowMajor<double>>(s, A, k); });
    }
    add("sddmm32_rows", "nacre", name, sddmm_nacre);
    add("spgemm", "nacre", name, spgemm_nacre);
    add("spgemm", "kokkos_kernels", name, spgemm_kokkos_kernels);
    add("spgemm_numeric", "nacre", name, spgemm_numeric_nacre);
    add("spgemm_numeric", "kokkos_kernels", name, spgemm_numeric_kokkos_kernels);
    add("spadd", "nacre", name, spadd_nacre);
    add("spadd", "kokkos_kernels", name, spadd_kokkos_kernels);
    add("spadd_numeric", "nacre", name, spadd_numeric_nacre);
    add("transpose", "nacre", name, transpose_nacre);
    add("transpose", "kokkos_kernels", name, transpose_kokkos_kernels_run);
    add("transpose_values", "nacre", name, transpose_values_nacre);
  }
}

}  // namespace
}  // namespace nacre::perf

int main(int argc, char* argv[]) {
  nacre::MpiScope const mpi(argc, argv);
  benchmark::Initialize(&argc, argv);
  Kokkos::ScopeGuard const kokkos(argc, argv);
  nacre::perf::add_context();
  nacre::perf::register_all();
  benchmark::RunSpecifiedBenchmarks();
  nacre::perf::problem_in_use().reset();  // before Kokkos ends
  benchmark::Shutdown();
  return 0;
}
