// Differentiable operations, forward and backward, on the matrices on which numml was measured; the forward pass
// beside Eigen's, where it was found, in the same run. In float, on one thread of a serial build.
//
//   perf_adjoints --benchmark_filter=spmv --benchmark_format=json
//
// A benchmark is an operation on a matrix; a repetition runs forward, backward and Eigen in turn, so that a change
// of the machine's speed meets all of them. Reported are medians of processor time, in microseconds, and of the
// ratios within a repetition. Backward is the adjoint alone, all cotangents wanted and added to. Plans and cached
// transposes exist before; Eigen has none and finds the sparsity of a sum, a product or a transpose anew.
// Columns that begin with `recorded` compare with times of numml of another machine and another day: orientation.
#include <benchmark/benchmark.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nacre/core/problems.hpp>
#include <nacre/core/spadd_adjoint.hpp>
#include <nacre/core/spgemm_adjoint.hpp>
#include <nacre/core/spmm_adjoint.hpp>
#include <nacre/core/sptrsv_adjoint.hpp>
#include <nacre/core/transpose_adjoint.hpp>

#include "adjoint_benchmarks.hpp"
#include "support.hpp"
#include "timing.hpp"

namespace nacre::perf {
namespace {

using Device = DefaultDevice;
using Exec = Device::execution_space;
using Matrix = CsrMatrix<float, Device>;

/// Forward and backward pass of an operation; both refer to what they need.
struct Passes {
  std::function<void()> forward, backward;
};

/// Seconds numml needs, of section "f32" of its record: forward, backward.
struct Recorded {
  double forward, backward;
};
std::map<std::string, Recorded> const& recorded() {
  static std::map<std::string, Recorded> const times{
      {"spmv/1d_32768", {7.823e-05, 1.893e-04}},      {"spmv/2d_256", {1.937e-04, 5.232e-04}},
      {"spmm/1d_32768", {2.054e-03, 3.184e-03}},      {"spmm/2d_256", {6.213e-03, 1.062e-02}},
      {"spgemm/1d_32768", {1.655e-03, 3.109e-02}},    {"spgemm/2d_256", {1.200e-02, 2.345e-01}},
      {"spadd/1d_32768", {4.038e-04, 2.701e-04}},     {"spadd/2d_256", {1.344e-03, 1.049e-03}},
      {"sptrsv/1d_32768", {2.395e-04, 8.410e-02}},    {"sptrsv/2d_256", {4.840e-04, 2.510e-01}},
      {"transpose/1d_32768", {1.252e-01, 1.891e-04}}, {"transpose/2d_256", {4.165e-01, 6.810e-04}}};
  return times;
}

/// Memory for a view, filled with ones, that `keep` holds.
template <class View>
View ones_like(View const&, std::array<std::size_t, compat::kRank<View>> const& extents,
               std::vector<Vector<float, Device>>& keep) {
  std::size_t size = 1;
  for (auto const e : extents) size *= e;
  keep.emplace_back("nacre::perf", size);
  Kokkos::deep_copy(keep.back(), 1.f);
  return make_op_view<View>(keep.back().data(), extents);
}

template <class Op, class... In>
Passes passes_of(Op const& op, In const&... in) {
  using Y = OpResult<Op, OpInput<In>...>;
  auto const keep = std::make_shared<std::vector<Vector<float, Device>>>();
  auto const extents = op.output_extents(as_op_input(in)...);
  Y const y = ones_like(Y(), extents, *keep), y_bar = ones_like(Y(), extents, *keep);
  auto const inputs = std::make_tuple(as_op_input(in)...);
  auto const x_bar = std::make_tuple(ones_like(OpOutput<OpInput<In>>(), extents_of(in), *keep)...);
  // small steps, so that sums that grow with each repetition stay finite
  Kokkos::deep_copy(y_bar, 1e-6f);
  // the inputs themselves are kept, too
  auto const owners = std::make_tuple(in...);
  Exec const exec;
  return {[=] { std::apply([&](auto const&... x) { op.forward(exec, y, x...); }, inputs); },
          [=, keep_alive = std::make_tuple(keep, owners)] {
            std::apply([&](auto const&... v) { op.adjoint(exec, y, y_bar, v...); },
                       std::tuple_cat(inputs, x_bar));
          }};
}

Passes make_passes(std::string const& operation, Matrix const& A) {
  auto const n = static_cast<std::size_t>(A.num_rows());
  Vector<float, Device> const other("other", A.num_entries());  // a matrix beside A, on its pattern
  Kokkos::deep_copy(other, A.values);
  auto const fill = [](auto const& v) {
    Kokkos::deep_copy(v, 1.f);
    return v;
  };
  if (operation == "spmv")
    return passes_of(SpmvOp<Device>{A.pattern}, A.values, fill(Vector<float, Device>("x", n)));
  if (operation == "spmm")
    return passes_of(SpmmOp<Device>{A.pattern}, A.values,
                     fill(RowMajor<float, Device>("x", n, static_cast<std::size_t>(kDenseColumns))));
  if (operation == "spgemm")
    return passes_of(SpgemmOp<Device>{std::make_shared<SpgemmPlan<Device> const>(A.pattern, A.pattern)},
                     A.values, other);
  if (operation == "spadd")
    return passes_of(PlainSpaddOp<Device>{std::make_shared<SpaddPlan<Device> const>(A.pattern, A.pattern)},
                     A.values, other);
  if (operation == "sptrsv")
    return passes_of(SptrsvOp<Device>{A.pattern}, A.values, fill(Vector<float, Device>("b", n)));
  return passes_of(TransposeOp<Device>{A.pattern}, A.values);
}

void measure(benchmark::State& state, std::string const& operation, std::string const& problem,
             Matrix const& A) {
  Contenders contenders;
  auto const passes = make_passes(operation, A);
  contenders.emplace_back("forward", passes.forward);
  contenders.emplace_back("backward", passes.backward);
#ifdef NACRE_PERF_HAVE_EIGEN
  contenders.emplace_back("eigen", eigen_run(operation, A));
#endif
  Samples const samples(state, contenders);
  state.counters["backward/forward"] = samples.ratio("backward", "forward");
#ifdef NACRE_PERF_HAVE_EIGEN
  state.counters["forward/eigen"] = samples.ratio("forward", "eigen");
#endif
  auto const& numml = recorded().at(operation + "/" + problem);
  state.counters["recorded_numml_forward/ours"] = numml.forward / samples.seconds_of("forward");
  state.counters["recorded_numml_backward/ours"] = numml.backward / samples.seconds_of("backward");
  state.SetLabel("numml: recorded on another machine, another day");
}

void register_all() {
  for (std::string const problem : {"1d_32768", "2d_256"})
    for (std::string const operation : {"spmv", "spmm", "spgemm", "spadd", "sptrsv", "transpose"})
      benchmark::RegisterBenchmark((operation + "/" + problem).c_str(),
                                   [operation, problem](benchmark::State& state) {
                                     auto const self = Comm::self();
                                     measure(state, operation, problem,
                                             problem == "1d_32768"
                                                 ? poisson_1d<float>(self, 32768).A.local()
                                                 : poisson_2d<float>(self, {256, 256, 1}).A.local());
                                   })
          ->UseManualTime()
          ->Unit(benchmark::kMicrosecond)
          ->Iterations(41);
}

}  // namespace
}  // namespace nacre::perf

int main(int argc, char* argv[]) {
  nacre::MpiScope const mpi(argc, argv);
  Kokkos::ScopeGuard const kokkos(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  nacre::perf::add_context();
#ifdef NACRE_PERF_HAVE_EIGEN
  benchmark::AddCustomContext("eigen_version", nacre::perf::eigen_version());
#endif
  nacre::perf::register_all();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
