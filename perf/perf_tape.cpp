// What the tape costs beside the kernels it runs: a chain of 500 tanh, forward and backward, on the tape and by calls
// of the same kernels into memory that exists.
//
//   perf_tape --benchmark_format=json
//
// A repetition runs both in turn; reported are medians of processor time, in nanoseconds for each operation, and of
// their ratio.
#include <benchmark/benchmark.h>

#include <vector>

#include <nacre/autodiff/tape.hpp>
#include <nacre/core/comm.hpp>
#include <nacre/core/elementwise_functions.hpp>
#include <nacre/core/sums.hpp>

#include "support.hpp"
#include "timing.hpp"

namespace nacre::perf {
namespace {

using Device = DefaultDevice;
using Exec = Device::execution_space;
constexpr int kChain = 500;

void on_tape(ad::Tape<Device>& tape, Vector<double, Device> const& x) {
  tape.clear();
  auto y = tape.leaf(x);
  for (int i = 0; i < kChain; ++i) y = tape.apply(MapOp<Tanh>(), y);
  tape.backward(tape.apply(SumOp(), y));
}

/// The same kernels with every value and two cotangents at hand.
struct ByHand {
  using View = OpView<double, 1, Kokkos::LayoutRight, Device>;
  Exec exec;
  std::vector<Vector<double, Device>> values;
  Vector<double, Device> bars[2], sum{"sum", 1}, sum_bar{"sum_bar", 1};

  explicit ByHand(Vector<double, Device> const& x) : values{x} {
    for (int i = 0; i < kChain; ++i) values.emplace_back("value", x.extent(0));
    for (auto& bar : bars) bar = Vector<double, Device>("bar", x.extent(0));
  }
  static View view(Vector<double, Device> const& v) { return View(v.data(), v.extent(0)); }
  void run() const {
    MapOp<Tanh> const tanh;
    for (std::size_t i = 0; i < kChain; ++i) tanh.forward(exec, view(values[i + 1]), view(values[i]));
    SumOp().forward(exec, view(sum), view(values[kChain]));
    set_all(exec, sum_bar, 1);
    set_all(exec, bars[kChain % 2], 0);
    SumOp().adjoint(exec, view(sum), view(sum_bar), view(values[kChain]), view(bars[kChain % 2]));
    for (std::size_t i = kChain; i-- > 0;) {
      set_all(exec, bars[i % 2], 0);
      tanh.adjoint(exec, view(values[i + 1]), view(bars[(i + 1) % 2]), view(values[i]), view(bars[i % 2]));
    }
  }
};

void chain(benchmark::State& state) {
  Vector<double, Device> const x("x", static_cast<std::size_t>(state.range(0)));
  Kokkos::deep_copy(x, .5);
  ad::Tape<Device> tape;
  ByHand const by_hand(x);
  Samples const samples(state, {{"tape", [&] { on_tape(tape, x); }}, {"kernels", [&] { by_hand.run(); }}});
  for (std::string const name : {"tape", "kernels"})
    state.counters[name + "_ns"] = 1e9 * samples.seconds_of(name) / kChain;
  state.counters["tape/kernels"] = samples.ratio("tape", "kernels");
  hand_over(samples, cat("tape/chain_of_500_tanh/", state.range(0)), "tape/chain_of_500_tanh",
            cat(state.range(0)), "tape", "kernels");
  state.counters["value_mb"] = 1e-6 * static_cast<double>(tape.value_bytes());
  state.counters["derivative_mb"] = 1e-6 * static_cast<double>(tape.derivative_bytes());
}

}  // namespace
}  // namespace nacre::perf

int main(int argc, char* argv[]) {
  nacre::MpiScope const mpi(argc, argv);
  Kokkos::ScopeGuard const kokkos(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  nacre::perf::add_context();
  for (auto const& [length, iterations] : {std::pair{8, 31}, std::pair{1000, 15}, std::pair{100000, 3}})
    if (length < 100000 || !nacre::perf::quick())
      benchmark::RegisterBenchmark("tape/chain_of_500_tanh", nacre::perf::chain)
          ->Arg(length)
          ->Iterations(iterations)
          ->UseManualTime()
          ->Unit(benchmark::kMicrosecond);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  nacre::perf::write_rows();
  return 0;
}
