// The style of launches, tested: every kernel is named nacre::..., and a repeated solve allocates nothing.
#include <gtest/gtest.h>
#include <impl/Kokkos_Profiling.hpp>

#include <set>
#include <string>

#include <nacre/core/problems.hpp>
#include <nacre/solvers/amg.hpp>
#include <nacre/solvers/krylov.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/preconditioner_factory.hpp>

namespace {

struct Seen {
  std::set<std::string> bad_labels;
  int kernels = 0, allocations = 0;
};
Seen seen;

void on_kernel(char const* label, std::uint32_t, std::uint64_t*) {
  ++seen.kernels;
  std::string const s(label);
  if (s.rfind("nacre::", 0) != 0 && s.rfind("Kokkos::", 0) != 0) seen.bad_labels.insert(s);
}
void on_allocation(Kokkos_Profiling_SpaceHandle, char const*, void const*, std::uint64_t) {
  ++seen.allocations;
}

/// Watches what runs while it lives.
struct Watch {
  Watch() {
    namespace tools = Kokkos::Tools::Experimental;
    seen = Seen();
    tools::set_begin_parallel_for_callback(on_kernel);
    tools::set_begin_parallel_reduce_callback(on_kernel);
    tools::set_begin_parallel_scan_callback(on_kernel);
    tools::set_allocate_data_callback(on_allocation);
  }
  ~Watch() {
    namespace tools = Kokkos::Tools::Experimental;
    tools::set_begin_parallel_for_callback(nullptr);
    tools::set_begin_parallel_reduce_callback(nullptr);
    tools::set_begin_parallel_scan_callback(nullptr);
    tools::set_allocate_data_callback(nullptr);
  }
};

TEST(KernelLabels, AllStartWithNacre) {
  auto const problem = nacre::poisson_3d(nacre::Comm::self(), {8, 8, 8});
  nacre::solvers::MatrixOperator<double> const A(problem.A);
  nacre::MultiVector<double> const b("b", 512, 1), x("x", 512, 1);
  Kokkos::deep_copy(b, 1.);

  {
    Watch const watch;
    for (auto const& name : nacre::solvers::preconditioner_names()) {
      auto const M = nacre::solvers::make_preconditioner(name, problem.A);
      auto const solver = nacre::solvers::make_krylov_solver<double>("pcg");
      Kokkos::deep_copy(x, 0.);
      solver->solve({}, A, M.get(), b, x);
    }
  }

  EXPECT_GT(seen.kernels, 100);
  for (auto const& label : seen.bad_labels)
    ADD_FAILURE() << "kernel '" << label << "' lacks the nacre:: prefix";
}

TEST(Pcg, WithAmgAllocatesNothingInASecondSolve) {
  auto const problem = nacre::poisson_3d(nacre::Comm::self(), {12, 12, 12});
  nacre::solvers::MatrixOperator<double> const A(problem.A);
  nacre::solvers::Amg<double> const M(problem.A);
  nacre::MultiVector<double> const b("b", 1728, 1), x("x", 1728, 1);
  Kokkos::deep_copy(b, 1.);
  auto const solver = nacre::solvers::make_krylov_solver<double>("pcg");
  solver->solve({}, A, &M, b, x);
  Kokkos::deep_copy(x, 0.);

  {
    Watch const watch;
    solver->solve({}, A, &M, b, x);
  }

  EXPECT_GT(seen.kernels, 10);
  EXPECT_EQ(seen.allocations, 0);
}

}  // namespace
