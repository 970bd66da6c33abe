#include "method_comparison.hpp"

#include <cmath>

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/core/random.hpp>
#include <nacre/solvers/amg.hpp>
#include <nacre/solvers/condition_number.hpp>
#include <nacre/solvers/factored_inverse.hpp>
#include <nacre/solvers/fsai0.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/pcg.hpp>
#include <nacre/solvers/preconditioner_factory.hpp>

#include "trilinos_method.hpp"

namespace nacre::apps {

using Exec = ExecOf<DefaultDevice>;

RightHandSide right_hand_side_by_name(std::string const& name) {
  if (name == "mask") return RightHandSide::mask;
  if (name == "solution") return RightHandSide::solution;
  if (name == "random") return RightHandSide::random;
  fail(cat("'", name, "' is no right-hand side; there are mask, solution, random"));
}

namespace {

/// The rows of a matrix of one rank that this rank is to own.
DistributedCsr<double> distribute(RowPartition const& rows, CsrMatrix<double> const& A) {
  auto const row_ptr = host_view(A.pattern.row_ptr());
  auto const col = host_view(A.pattern.col());
  auto const values = host_view(A.values);
  GlobalRows<double> mine;
  for (auto i = rows.begin(); i < rows.end(); ++i) {
    for (auto k = row_ptr(i); k < row_ptr(i + 1); ++k) {
      mine.col.push_back(col(k));
      mine.values.push_back(values(k));
    }
    mine.row_ptr.push_back(static_cast<Offset>(mine.col.size()));
  }
  return make_distributed<double>(rows, rows, mine);
}

RowMajor<double> owned_rows(RowPartition const& nodes, RowMajor<double> const& all) {
  RowMajor<double> const mine("owned", static_cast<std::size_t>(nodes.num_owned()), all.extent(1));
  auto const first = static_cast<std::size_t>(nodes.begin());
  Kokkos::deep_copy(mine, Kokkos::subview(all, std::make_pair(first, first + mine.extent(0)), Kokkos::ALL()));
  return mine;
}

void add_right_hand_side(ComparedSystem& system, RightHandSide rhs, std::uint64_t seed) {
  auto const& comm = system.A.comm();
  auto const n = static_cast<std::size_t>(system.A.pattern.num_owned_rows());
  auto const first = static_cast<std::uint64_t>(system.A.pattern.rows().begin());
  MultiVector<double> const v("v", n, 1);
  system.b = MultiVector<double>("b", n, 1);
  auto const host = Kokkos::create_mirror_view(v);
  auto const free = host_view(system.nodes.free);
  for (std::size_t i = 0; i < n; ++i)
    host(i, 0) = free.data()[i] * (rhs == RightHandSide::mask ? 1. : random_uniform(seed, first + i, -1, 1));
  Kokkos::deep_copy(v, host);
  if (rhs == RightHandSide::random)
    Kokkos::deep_copy(system.b, v);
  else
    spmv(Exec(), system.A, v, system.b);
  double norm = 0;
  auto const b = host_view(system.b);
  for (std::size_t i = 0; i < n; ++i) norm += b(i, 0) * b(i, 0);
  norm = comm.sum(norm);
  if (!(norm > 0) || !std::isfinite(norm))
    fail(cat("system '", system.name, "': the square of its right-hand side's norm is ", norm,
             ", expected a positive number"));
}

}  // namespace

ComparedSystem make_compared(LinearSystem const& system, RightHandSide rhs, std::uint64_t seed) {
  return make_compared(Comm::self(), system, rhs, seed);
}

ComparedSystem make_compared(Comm const& comm, LinearSystem const& system, RightHandSide rhs,
                             std::uint64_t seed) {
  ComparedSystem compared;
  compared.name = system.name;
  compared.block_size = system.block_size();
  auto const A = constrained_matrix(system);
  if (comm.size() == 1) {
    compared.A = {DistributedPattern<>(A.pattern), A.values};
    compared.nodes = {system.features, system.free,
                      DistributedBlocks{DistributedPattern<>(system.A.pattern), system.A.values}};
  } else {
    auto const nodes = RowPartition::even(comm, system.num_nodes());
    RowPartition const rows(comm, nodes.num_owned() * system.block_size());
    BlockExpansion<> const expansion(system.A.pattern, system.block_size());
    compared.A = distribute(rows, A);
    compared.nodes = {
        owned_rows(nodes, system.features), owned_rows(nodes, system.free),
        to_blocks(distribute(rows, expansion.expand(Exec(), system.A.values)), system.block_size())};
  }
  add_right_hand_side(compared, rhs, seed);
  return compared;
}

namespace {

template <class Make>
void set_up_and_solve(MethodResult& result, ComparedSystem const& system, ComparisonOptions const& options,
                      Make const& make) {
  auto const& comm = system.A.comm();
  decltype(make()) M;
  try {
    std::vector<double> seconds;
    for (int i = 0; i < options.repeats; ++i) {
      comm.barrier();
      auto const start = std::chrono::steady_clock::now();
      M = make();
      Kokkos::fence();
      seconds.push_back(comm.max(seconds_since(start)));
    }
    result.setup_seconds = median(seconds);
  } catch (Error const& e) {  // the same on all ranks
    result.failure = e.what();
    return;
  }
  solvers::KrylovOptions krylov;
  krylov.tolerance = kTolerances.back();
  krylov.max_iterations = options.max_iterations;
  solvers::Pcg<double> pcg(krylov);
  solvers::MatrixOperator<double> const A(system.A);
  MultiVector<double> const x("x", system.b.extent(0), 1);
  std::vector<double> seconds;
  solvers::SolveInfo info;
  for (int i = 0; i < options.repeats; ++i) {
    Kokkos::deep_copy(x, 0.);
    comm.barrier();
    auto const start = std::chrono::steady_clock::now();
    info = pcg.solve(Exec(), A, M.get(), system.b, x);
    Kokkos::fence();
    seconds.push_back(comm.max(seconds_since(start)));
  }
  result.solve_seconds = median(seconds);
  result.history = info.history;
  for (std::size_t t = 0; t < kTolerances.size(); ++t)
    for (std::size_t k = 0; k < info.history.size() && result.iterations[t] < 0; ++k)
      if (info.history[k] <= kTolerances[t] * (1 + 1e-12)) result.iterations[t] = static_cast<int>(k);
  if (!info.converged()) {
    result.iterations.back() = -1;  // whatever a residual without meaning was
    result.failure = cat("PCG ended as ", to_string(info.status));
  }
}

}  // namespace

namespace {

using Made = std::shared_ptr<solvers::Preconditioner<double>>;

/// \param[out] nonzeros of the preconditioner, where they are known
Made make_method(std::string const& method, ComparedSystem const& system, GlobalOrdinal& nonzeros,
                 solvers::AmgPrecision precision = solvers::AmgOptions().precision) {
  if (method == "amg") {
    solvers::AmgOptions amg;
    amg.block_size = system.block_size;
    amg.precision = precision;
    return std::make_shared<solvers::Amg<double>>(system.A, amg);
  }
  if (method == "block_jacobi") {
    solvers::PreconditionerOptions blocks;
    blocks.block_size = system.block_size;
    return solvers::make_preconditioner<double>(method, system.A, blocks);
  }
  if (method == "fsai0") {
    auto const made = std::make_shared<solvers::Fsai0<double>>(system.A);
    nonzeros = made->factor().pattern.num_global_entries();
    return made;
  }
  if (method == "fsai0_single") {
    auto const made = solvers::Fsai0<double>(system.A).factor();
    nonzeros = made.pattern.num_global_entries();
    return std::make_shared<solvers::FactoredInverse<double, DefaultDevice, float>>(
        in_single_precision(made));
  }
  if (method == "direct" || is_trilinos_preconditioner(method)) {
    System of_trilinos;
    of_trilinos.problem.A = system.A;
    of_trilinos.problem.block_size = system.block_size;
    Options chosen;
    chosen.solver = method == "direct" ? "direct" : "pcg";
    chosen.preconditioner = method == "direct" ? "none" : method;
    return make_trilinos_preconditioner(of_trilinos, chosen);
  }
  return solvers::make_preconditioner<double>(method, system.A);
}

template <class Make>
void find_condition_numbers(MethodResult& result, ComparedSystem const& alone, Make const& make) {
  try {
    Made const M = make();
    auto const numbers =
        solvers::condition_numbers({alone.A.pattern.local(), alone.A.values}, M ? M.get() : nullptr);
    result.condition = numbers.condition;
    result.kaporin = numbers.kaporin;
  } catch (Error const&) {  // then there are none
  }
}

}  // namespace

MethodResult run_method(std::string const& method, ComparedSystem const& system,
                        ComparisonOptions const& options) {
  MethodResult result;
  result.method = method;
  set_up_and_solve(result, system, options, [&] { return make_method(method, system, result.nonzeros); });
  return result;
}

void add_condition_numbers(MethodResult& result, ComparedSystem const& alone) {
  GlobalOrdinal nonzeros = 0;
  find_condition_numbers(result, alone, [&] {
    // rounded numbers make a cycle that is not symmetric enough
    return make_method(result.method, alone, nonzeros, solvers::AmgPrecision::same);
  });
}

template <class Scalar>
MethodResult run_learned(std::string const& name, LearnedInverse<Scalar>& network,
                         ComparedSystem const& system, ComparisonOptions const& options,
                         FactorPrecision precision) {
  MethodResult result;
  result.method = name;
  set_up_and_solve(result, system, options, [&]() -> Made {
    auto const made = network.make(system.A, system.nodes, precision);
    result.network_seconds = made.network_seconds;
    result.assembly_seconds = made.assembly_seconds;
    result.start_seconds = made.start_seconds;
    result.nonzeros = made.F.pattern.num_global_entries();
    return made.operation;
  });
  return result;
}

template <class Scalar>
void add_condition_numbers(MethodResult& result, LearnedInverse<Scalar>& network, ComparedSystem const& alone,
                           FactorPrecision precision) {
  find_condition_numbers(result, alone,
                         [&]() -> Made { return network.make(alone.A, alone.nodes, precision).operation; });
}

template MethodResult run_learned(std::string const&, LearnedInverse<float>&, ComparedSystem const&,
                                  ComparisonOptions const&, FactorPrecision);
template MethodResult run_learned(std::string const&, LearnedInverse<double>&, ComparedSystem const&,
                                  ComparisonOptions const&, FactorPrecision);
template void add_condition_numbers(MethodResult&, LearnedInverse<float>&, ComparedSystem const&,
                                    FactorPrecision);
template void add_condition_numbers(MethodResult&, LearnedInverse<double>&, ComparedSystem const&,
                                    FactorPrecision);

}  // namespace nacre::apps
