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

#include "kernel_benchmarks.hpp"

namespace nacre::perf {
namespace {

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

void spmv_nacre(benchmark::State& state, Matrix const& A) {
  auto const x = filled("x", static_cast<std::size_t>(A.num_cols())),
             y = filled("y", static_cast<std::size_t>(A.num_rows()));
  measure(state, entries_bytes(A) + vector_bytes(A.num_cols()) + vector_bytes(A.num_rows()),
          [&] { spmv(Exec(), A.pattern, A.values, x, y); });
}
void spmv_float_nacre(benchmark::State& state, Matrix const& A) {
  Vector<float> const values("values", A.num_entries()), x("x", static_cast<std::size_t>(A.num_cols())),
      y("y", static_cast<std::size_t>(A.num_rows()));
  Kokkos::deep_copy(values, 1.f);
  Kokkos::deep_copy(x, 1.f);
  measure(state,
          entries_bytes(A, sizeof(float)) + (vector_bytes(A.num_cols()) + vector_bytes(A.num_rows())) / 2,
          [&] { spmv(Exec(), A.pattern, values, x, y); });
}
void residual_nacre(benchmark::State& state, Matrix const& A) {
  auto const x = filled("x", static_cast<std::size_t>(A.num_cols())),
             b = filled("b", static_cast<std::size_t>(A.num_rows())),
             r = filled("r", static_cast<std::size_t>(A.num_rows()));
  measure(state, entries_bytes(A) + vector_bytes(A.num_cols()) + 2 * vector_bytes(A.num_rows()),
          [&] { residual(Exec(), A.pattern, A.values, x, b, r); });
}
void spmv_transpose_nacre(benchmark::State& state, Matrix const& A) {
  auto const x = filled("x", static_cast<std::size_t>(A.num_rows())),
             y = filled("y", static_cast<std::size_t>(A.num_cols()));
  measure(state, entries_bytes(A) + vector_bytes(A.num_cols()) + vector_bytes(A.num_rows()),
          [&] { spmv_transpose(Exec(), A.pattern, A.values, x, y); });
}

template <class Dense>
void spmm_nacre(benchmark::State& state, Matrix const& A, std::size_t k) {
  Dense const x("x", static_cast<std::size_t>(A.num_cols()), k),
      y("y", static_cast<std::size_t>(A.num_rows()), k);
  Kokkos::deep_copy(x, 1.);
  double const columns = static_cast<double>(k);
  measure(state, entries_bytes(A) + vector_bytes(A.num_cols(), columns) + vector_bytes(A.num_rows(), columns),
          [&] { spmm(Exec(), A.pattern, A.values, x, y); });
}
void sddmm_nacre(benchmark::State& state, Matrix const& A) {
  RowMajor<double> const x("x", static_cast<std::size_t>(A.num_rows()), 32),
      y("y", static_cast<std::size_t>(A.num_cols()), 32);
  Kokkos::deep_copy(x, 1.);
  Kokkos::deep_copy(y, 1.);
  Vector<double> const out("out", A.num_entries());
  measure(state, entries_bytes(A) + vector_bytes(A.num_cols(), 32) + vector_bytes(A.num_rows(), 32),
          [&] { sddmm(Exec(), A.pattern, x, y, out); });
}

void spgemm_nacre(benchmark::State& state, Matrix const& A) {
  std::size_t entries = 0;
  measure(state, 0, [&] { entries = spgemm(Exec(), A, A).num_entries(); });
  report_bytes(state, spgemm_bytes(A, entries));
}
void spgemm_numeric_nacre(benchmark::State& state, Matrix const& A) {
  SpgemmPlan<Device> const plan(A.pattern, A.pattern);
  Vector<double> const c("c", plan.pattern().num_entries());
  measure(state, spgemm_bytes(A, c.extent(0)), [&] { plan.numeric(Exec(), A.values, A.values, c); });
}

void spadd_nacre(benchmark::State& state, Matrix const& A) {
  measure(state, 3 * entries_bytes(A), [&] { spadd(Exec(), 1., A, 1., A); });
}
void spadd_numeric_nacre(benchmark::State& state, Matrix const& A) {
  SpaddPlan<Device> const plan(A.pattern, A.pattern);
  Vector<double> const c("c", plan.pattern().num_entries());
  measure(state, 3 * vector_bytes(1, static_cast<double>(A.num_entries())),
          [&] { plan.numeric(Exec(), 1., A.values, 1., A.values, c); });
}

void transpose_nacre(benchmark::State& state, Matrix const& A) {
  measure(state, 2 * entries_bytes(A), [&] {
    transpose(Exec(),
              Matrix{CsrPattern<Device>(A.num_rows(), A.num_cols(), A.pattern.row_ptr(), A.pattern.col()),
                     A.values});
  });
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

void bsr_nacre(benchmark::State& state, Matrix const& A) {
  BsrConversion<Device> const conversion(A.pattern, 3);
  auto const B = conversion.convert(Exec(), A.values);
  auto const x = filled("x", static_cast<std::size_t>(A.num_cols())),
             y = filled("y", static_cast<std::size_t>(A.num_rows()));
  double const blocks = static_cast<double>(B.pattern.num_entries());
  measure(state,
          blocks * (9 * sizeof(double) + sizeof(Ordinal)) + vector_bytes(A.num_cols()) +
              vector_bytes(A.num_rows()),
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
void cg_update_nacre(benchmark::State& state) {
  auto const p = filled("p", 10000000), q = filled("q", 10000000), x = filled("x", 10000000),
             r = filled("r", 10000000);
  double square = 0;
  measure(state, 48. * 1e7, [&] { cg_update(Exec(), 1e-9, p, q, x, r, &square); });
}

/// Registers `run`, and right after it what Kokkos Kernels has of the same name.
void add(std::string const& kernel, std::string const& problem_name, Run const& run,
         std::map<std::string, Run> const& theirs) {
  auto const add_one = [&](std::string const& library, Run const& one) {
    benchmark::RegisterBenchmark(
        (kernel + "/" + library + "/" + problem_name).c_str(),
        [problem_name, one](benchmark::State& state) { one(state, problem(problem_name)); })
        ->Unit(benchmark::kMillisecond);
  };
  add_one("nacre", run);
  if (auto const found = theirs.find(kernel); found != theirs.end()) add_one("kokkos_kernels", found->second);
}

void register_all() {
  using benchmark::RegisterBenchmark;
  RegisterBenchmark("stream_triad", stream_triad)->Unit(benchmark::kMillisecond);
  RegisterBenchmark("axpby/nacre", axpby_nacre)->Unit(benchmark::kMillisecond);
  RegisterBenchmark("dot/nacre", dot_nacre)->Unit(benchmark::kMillisecond);
  RegisterBenchmark("cg_update/nacre", cg_update_nacre)->Unit(benchmark::kMillisecond);
#ifdef NACRE_PERF_HAVE_KOKKOS_KERNELS
  RegisterBenchmark("dot/kokkos_kernels", dot_kokkos_kernels)->Unit(benchmark::kMillisecond);
  std::map<std::string, Run> const theirs = kokkos_kernels_runs();
#else
  std::map<std::string, Run> const theirs;
#endif
  for (std::string const name :
       {"poisson2d_1000", "poisson3d_100", "poisson27_80", "tets_80", "elasticity_40"}) {
    auto const compare = [&](std::string const& kernel, Run const& run) { add(kernel, name, run, theirs); };
    compare("spmv", spmv_nacre);
    compare("spmv_float", spmv_float_nacre);
    compare("residual", residual_nacre);
    compare("spmv_transpose", spmv_transpose_nacre);
    if (name == "elasticity_40") {
      compare("spmv_bsr3", bsr_nacre);
      continue;
    }
    compare("sptrsv", sptrsv_nacre);
    if (name == "poisson3d_100" || name == "poisson27_80") continue;
    for (std::size_t const k : {4, 32}) {
      auto const width = std::to_string(k);
      compare("spmm" + width + "_columns",
              [k](benchmark::State& s, Matrix const& A) { spmm_nacre<MultiVector<double>>(s, A, k); });
      compare("spmm" + width + "_rows",
              [k](benchmark::State& s, Matrix const& A) { spmm_nacre<RowMajor<double>>(s, A, k); });
    }
    compare("sddmm32_rows", sddmm_nacre);
    compare("spgemm", spgemm_nacre);
    compare("spgemm_numeric", spgemm_numeric_nacre);
    compare("spadd", spadd_nacre);
    compare("spadd_numeric", spadd_numeric_nacre);
    compare("transpose", transpose_nacre);
    compare("transpose_values", transpose_values_nacre);
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
