// Sparse kernels beside those of Kokkos Kernels and Eigen, on the same matrices, in turns within the same run.
//
//   perf_kernels --benchmark_filter='spmv/' --benchmark_format=json
//
// Names are kernel/problem; matrices of NACRE_DATA_DIR follow where it is set. Reported are medians of processor time
// in microseconds of each library, medians of the ratios of ours to each other one within a repetition, and the rate
// at which ours moves its modelled bytes (every array that must be touched, once) as a fraction of that of the STREAM
// triad within the same repetition.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nacre/core/bsr.hpp>
#include <nacre/core/diagonal.hpp>
#include <nacre/core/matrix_market.hpp>
#include <nacre/core/problems.hpp>
#include <nacre/core/sddmm.hpp>
#include <nacre/core/spadd.hpp>
#include <nacre/core/spgemm.hpp>
#include <nacre/core/spmm.hpp>
#include <nacre/core/spmv.hpp>
#include <nacre/core/sptrsv.hpp>
#include <nacre/core/vector_ops.hpp>

#include "kernel_benchmarks.hpp"
#include "support.hpp"
#include "timing.hpp"

namespace nacre::perf {
namespace {

Comm const& self() {
  static Comm const comm = Comm::self();
  return comm;
}

/// A problem by its name, which ends in its size; other names are files of NACRE_DATA_DIR.
Matrix make_problem(std::string const& name) {
  auto const at = name.rfind('_');
  int const n = at == std::string::npos ? 0 : std::atoi(name.c_str() + at + 1);
  std::string const kind = name.substr(0, at);
  if (kind == "poisson3d") return poisson_3d(self(), {n, n, n}).A.local();
  if (kind == "poisson27") return poisson_27_point(self(), {n, n, n}).A.local();
  if (kind == "poisson2d") return poisson_2d(self(), {n, n, 1}).A.local();
  if (kind == "tets") return poisson_tets(self(), {n, n, n}).A.local();
  if (kind == "elasticity") return elasticity(self(), {n, n, n}).A.local();
  char const* const data = std::getenv("NACRE_DATA_DIR");
  return read_matrix_market(cat(data == nullptr ? "." : data, "/matrices/", name, ".mtx"));
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

/// A kernel of ours: how to prepare it, and the bytes it must move.
struct Kernel {
  std::string name;
  MakeWork make;
  std::function<double(Matrix const&)> bytes;
};

template <class T>
double product_bytes(Matrix const& A, double columns = 1) {
  return stored_bytes(A, sizeof(T)) + vector_bytes(A.num_cols(), columns, sizeof(T)) +
         vector_bytes(A.num_rows(), columns, sizeof(T));
}

template <class T>
Work make_spmv(Matrix const& A) {
  Vector<T> const values("values", A.num_entries());
  Kokkos::deep_copy(values, A.values);
  auto const x = filled<T>("x", cols_of(A)), y = filled<T>("y", rows_of(A));
  return [=, pattern = A.pattern] { spmv(Exec(), pattern, values, x, y); };
}
template <class T>
Work make_residual(Matrix const& A) {
  Vector<T> const values("values", A.num_entries());
  Kokkos::deep_copy(values, A.values);
  auto const x = filled<T>("x", cols_of(A)), b = filled<T>("b", rows_of(A)), r = filled<T>("r", rows_of(A));
  return [=, pattern = A.pattern] { residual(Exec(), pattern, values, x, b, r); };
}
Work make_spmv_transpose(Matrix const& A) {
  auto const x = filled("x", rows_of(A)), y = filled("y", cols_of(A));
  return [=] { spmv_transpose(Exec(), A.pattern, A.values, x, y); };
}
template <class Dense>
Work make_spmm(Matrix const& A, std::size_t k) {
  Dense const x("x", cols_of(A), k), y("y", rows_of(A), k);
  Kokkos::deep_copy(x, 1.);
  return [=] { spmm(Exec(), A.pattern, A.values, x, y); };
}
Work make_sddmm(Matrix const& A) {
  RowMajor<double> const x("x", rows_of(A), 32), y("y", cols_of(A), 32);
  Kokkos::deep_copy(x, 1.);
  Kokkos::deep_copy(y, 1.);
  Vector<double> const out("out", A.num_entries());
  return [=] { sddmm(Exec(), A.pattern, x, y, out); };
}

Work make_spgemm(Matrix const& A) {
  return [=] { benchmark::DoNotOptimize(spgemm(Exec(), A, A).num_entries()); };
}
Work make_spgemm_numeric(Matrix const& A) {
  auto const plan = std::make_shared<SpgemmPlan<Device> const>(A.pattern, A.pattern);
  Vector<double> const c("c", plan->pattern().num_entries());
  return [=] { plan->numeric(Exec(), A.values, A.values, c); };
}
Work make_spadd(Matrix const& A) {
  return [=] { spadd(Exec(), 1., A, 1., A); };
}
Work make_spadd_numeric(Matrix const& A) {
  auto const plan = std::make_shared<SpaddPlan<Device> const>(A.pattern, A.pattern);
  Vector<double> const c("c", plan->pattern().num_entries());
  return [=] { plan->numeric(Exec(), 1., A.values, 1., A.values, c); };
}
Work make_transpose(Matrix const& A) {
  return [=] {  // of a pattern that has no transpose yet
    transpose(Exec(),
              Matrix{CsrPattern<Device>(A.num_rows(), A.num_cols(), A.pattern.row_ptr(), A.pattern.col()),
                     A.values});
  };
}
Work make_transpose_values(Matrix const& A) {
  Vector<double> const t("t", A.num_entries());
  return [=] { transpose_values(Exec(), A.pattern, A.values, t); };
}
Work make_sptrsv(Matrix const& A) {
  auto const b = filled("b", rows_of(A)), x = filled("x", rows_of(A));
  return [=] { sptrsv(Exec(), A.pattern, A.values, b, x); };
}
Work make_bsr(Matrix const& A) {
  BsrConversion<Device> const conversion(A.pattern, 3);
  auto const B = conversion.convert(Exec(), A.values);
  auto const x = filled("x", cols_of(A)), y = filled("y", rows_of(A));
  return [=] { spmv(Exec(), B, x, y); };
}

/// Kernels whose time grows with the entries of a matrix.
std::vector<Kernel> products() {
  std::vector<Kernel> kernels = {
      {"spmv", make_spmv<double>, [](Matrix const& A) { return product_bytes<double>(A); }},
      {"spmv_float", make_spmv<float>, [](Matrix const& A) { return product_bytes<float>(A); }},
      {"residual", make_residual<double>,
       [](Matrix const& A) { return product_bytes<double>(A) + vector_bytes(A.num_rows()); }},
      {"spmv_transpose", make_spmv_transpose,
       [](Matrix const& A) {
         return entries_bytes(A) + vector_bytes(A.num_cols()) + vector_bytes(A.num_rows());
       }},
      {"sptrsv", make_sptrsv,
       [](Matrix const& A) { return entries_bytes(A) / 2 + 2 * vector_bytes(A.num_rows()); }}};
  for (std::size_t const k : {4, 8, 32}) {
    auto const width = std::to_string(k);
    auto const bytes = [k](Matrix const& A) { return product_bytes<double>(A, static_cast<double>(k)); };
    kernels.push_back({"spmm" + width + "_columns",
                       [k](Matrix const& A) { return make_spmm<MultiVector<double>>(A, k); }, bytes});
    kernels.push_back({"spmm" + width + "_rows",
                       [k](Matrix const& A) { return make_spmm<RowMajor<double>>(A, k); }, bytes});
  }
  return kernels;
}

/// Kernels that make matrices, and others that are measured with smaller ones.
std::vector<Kernel> others() {
  auto const two = [](Matrix const& A) { return 2 * entries_bytes(A); };
  auto const three = [](Matrix const& A) { return 3 * entries_bytes(A); };
  auto const spgemm = [](Matrix const& A) {
    return 2 * entries_bytes(A) +
           static_cast<double>(SpgemmPlan<Device>(A.pattern, A.pattern).pattern().num_entries()) *
               (sizeof(double) + sizeof(Ordinal));
  };
  auto const values = [](Matrix const& A, double times) {
    return times * vector_bytes(1, static_cast<double>(A.num_entries()));
  };
  return {{"sddmm32_rows", make_sddmm,
           [](Matrix const& A) {
             return entries_bytes(A) + vector_bytes(A.num_cols(), 32) + vector_bytes(A.num_rows(), 32);
           }},
          {"spgemm", make_spgemm, spgemm},
          {"spgemm_numeric", make_spgemm_numeric, spgemm},
          {"spadd", make_spadd, three},
          {"spadd_numeric", make_spadd_numeric, [values](Matrix const& A) { return values(A, 3); }},
          {"transpose", make_transpose, two},
          {"transpose_values", make_transpose_values, two}};
}

/// Measures ours and those of others in turns, and hands over the row beside the best of them.
void compare(benchmark::State& state, std::string const& kernel, std::string const& problem_name,
             Contenders contenders, double bytes) {
  contenders.push_back(stream_triad_contender());
  Samples const samples(state, contenders);
  std::string best = "stream_triad";
  for (auto const& [library, work] : contenders) {
    if (library == "nacre" || library == "stream_triad") continue;
    state.counters["nacre/" + library] = samples.ratio("nacre", library);
    if (best == "stream_triad" || samples.seconds_of(library) < samples.seconds_of(best)) best = library;
  }
  state.counters["modelled_bytes"] = bytes;
  state.counters["GB/s"] = 1e-9 * bytes / samples.seconds_of("nacre");
  state.counters["of_triad"] = bytes / StreamTriad::kBytes * samples.ratio("stream_triad", "nacre");
  hand_over(samples, kernel + (problem_name.empty() ? "" : "/" + problem_name), "kernel/" + kernel,
            problem_name.empty() ? "10000000" : problem_name, "nacre", best);
}

benchmark::internal::Benchmark* in_turns(benchmark::internal::Benchmark* b) {
  return b->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(quick() ? 3 : 11);
}

/// All libraries that have a kernel of that name.
using Libraries = std::vector<std::pair<std::string, std::map<std::string, MakeWork>>>;
Libraries const& libraries() {
  static Libraries const all{
#ifdef NACRE_PERF_HAVE_KOKKOS_KERNELS
      {"kokkos_kernels", kokkos_kernels_runs()},
#endif
#ifdef NACRE_PERF_HAVE_EIGEN
      {"eigen", eigen_kernel_runs()},
#endif
  };
  return all;
}

void add(Kernel const& kernel, std::string const& problem_name) {
  in_turns(benchmark::RegisterBenchmark(
      (kernel.name + "/" + problem_name).c_str(), [kernel, problem_name](benchmark::State& state) {
        Matrix const& A = problem(problem_name);
        Contenders contenders{{"nacre", kernel.make(A)}};
        for (auto const& [library, runs] : libraries())
          if (auto const found = runs.find(kernel.name); found != runs.end())
            contenders.emplace_back(library, found->second(A));
        compare(state, kernel.name, problem_name, contenders, kernel.bytes(A));
      }));
}

void register_vector_kernels() {
  using benchmark::RegisterBenchmark;
  RegisterBenchmark("stream_triad", stream_triad)->Unit(benchmark::kMillisecond);
  in_turns(RegisterBenchmark("axpby", [](benchmark::State& state) {
    auto const x = filled("x", 10000000), y = filled("y", 10000000);
    compare(state, "axpby", "", {{"nacre", [=] { axpby(Exec(), 2., x, .5, y); }}}, 24. * 1e7);
  }));
  in_turns(RegisterBenchmark("dot", [](benchmark::State& state) {
    auto const x = filled("x", 10000000), y = filled("y", 10000000);
    Contenders contenders{{"nacre", [=] { benchmark::DoNotOptimize(dot(Exec(), x, y)); }}};
#ifdef NACRE_PERF_HAVE_KOKKOS_KERNELS
    contenders.emplace_back("kokkos_kernels", kokkos_kernels_dot(x, y));
#endif
    compare(state, "dot", "", contenders, 16. * 1e7);
  }));
}

void register_all() {
  register_vector_kernels();
  std::vector<std::string> large{"poisson2d_1000", "poisson3d_100", "poisson27_80", "tets_80",
                                 "elasticity_40"},
      small{"poisson2d_500", "poisson3d_60", "poisson27_40", "tets_50", "elasticity_16"};
  if (quick()) {
    large = {"poisson2d_200", "poisson3d_40", "poisson27_30", "elasticity_16"};
    small = {"poisson2d_100", "poisson3d_20", "elasticity_8"};
  }
  if (std::getenv("NACRE_DATA_DIR") != nullptr)
    for (std::string const name : {"bcsstk14", "sherman3", "wathen7400"}) {
      large.push_back(name);
      small.push_back(name);
    }
  for (auto const& name : large) {
    for (auto const& kernel : products()) add(kernel, name);
    if (name.rfind("elasticity", 0) == 0)
      add({"spmv_bsr3", make_bsr,
           [](Matrix const& A) {
             double const blocks = static_cast<double>(A.num_entries()) / 9;
             return blocks * (9 * sizeof(double) + sizeof(Ordinal)) + 2 * vector_bytes(A.num_rows());
           }},
          name);
  }
  for (auto const& name : small)
    for (auto const& kernel : others()) add(kernel, name);
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
  nacre::perf::write_rows();
  nacre::perf::problem_in_use().reset();  // before Kokkos ends
  benchmark::Shutdown();
  return 0;
}
