#include <gtest/gtest.h>

#include <nacre/solvers/krylov.hpp>

#include "solvers/problems.hpp"
#include "support/message_of.hpp"

using namespace nacre;
using namespace nacre::solvers;
using nacre::test::message_of;
using nacre::test::noise_vectors;
using nacre::test::poisson;
using nacre::test::serial_poisson;
using nacre::test::true_residual;
using nacre::test::vectors;

#ifdef NACRE_HAVE_MPI
namespace {
int num_reductions = 0;
}
// takes the place of the library's, as the profiling interface of MPI provides for
extern "C" int MPI_Allreduce(void const* in, void* out, int n, MPI_Datatype type, MPI_Op op, MPI_Comm comm) {
  ++num_reductions;
  return PMPI_Allreduce(in, out, n, type, op, comm);
}
#endif

namespace {

/// The default instance; none can be made before Kokkos is initialized.
ExecOf<DefaultDevice> exec() { return {}; }

/// All rows in uneven pieces; the first and the last rank of three have none or few.
std::vector<RowPartition> partitions(GlobalOrdinal n) {
  Comm const world = Comm::world();
  bool const last = world.rank() == world.size() - 1;
  return {RowPartition::even(world, n), RowPartition(world, last ? static_cast<Ordinal>(n) : 0)};
}

SolveInfo solve(std::string const& name, DistributedCsr<double> const& A, MultiVector<double> const& b,
                MultiVector<double> const& x, KrylovOptions const& options = {},
                Operator<double> const* M = nullptr) {
  return make_krylov_solver<double>(name, options)->solve(exec(), MatrixOperator<double>(A), M, b, x);
}

TEST(KrylovOnRanks, GivesTheNumbersOfOneRank) {
  GlobalOrdinal const m = 11;
  for (auto const& name : krylov_solver_names()) {
    double const shift = name == "minres" ? -1.03 : 0, wind = name == "gmres" || name == "bicgstab" ? 1. : 0.;
    auto const alone = serial_poisson<double>(m, shift, wind);
    auto const x1 = vectors<double>(alone.pattern.rows(), 2);
    auto const expected = solve(name, alone, noise_vectors<double>(alone.pattern.rows(), 2), x1);
    ASSERT_EQ(expected.status, Status::converged) << name;
    auto const h1 = host_view(x1);
    for (auto const& rows : partitions(m * m)) {
      auto const A = poisson<double>(rows, m, shift, wind);
      auto const x = vectors<double>(rows, 2);
      auto const b = noise_vectors<double>(rows, 2);
      auto const info = solve(name, A, b, x);
      EXPECT_EQ(info.status, Status::converged) << name;
      EXPECT_NEAR(info.iterations, expected.iterations, name == "minres" || name == "bicgstab" ? 5 : 0)
          << name;
      EXPECT_LE(true_residual(A, b, x, 1), 1e-8) << name;
      auto const h = host_view(x);
      for (Ordinal i = 0; i < rows.num_owned(); ++i)
        for (int c = 0; c < 2; ++c)
          ASSERT_NEAR(h(i, c), h1(static_cast<std::size_t>(rows.begin() + i), c), 1e-5) << name << ' ' << i;
      // the same report everywhere
      auto const& comm = rows.comm();
      EXPECT_EQ(comm.max(info.iterations), comm.min(info.iterations));
      EXPECT_EQ(comm.max(info.relative_residual), comm.min(info.relative_residual));
      EXPECT_EQ(comm.max(static_cast<int>(info.status)), comm.min(static_cast<int>(info.status)));
    }
  }
}

TEST(KrylovOnRanks, ReportsOneStatusEverywhere) {
  auto const rows = RowPartition::even(Comm::world(), 81);
  auto const A = poisson<double>(rows, 9, -3.);
  auto const b = noise_vectors<double>(rows, 1);
  EXPECT_EQ(solve("pcg", A, b, vectors<double>(rows, 1)).status, Status::indefinite);
  if (rows.owns(80)) Kokkos::deep_copy(Kokkos::subview(b, b.extent(0) - 1, 0), std::nan(""));
  for (auto const& name : krylov_solver_names())
    EXPECT_EQ(solve(name, A, b, vectors<double>(rows, 1)).status, Status::not_finite) << name;
}

TEST(KrylovOnRanks, AWrongLengthOnOneRankStopsAll) {
  auto const rows = RowPartition::even(Comm::world(), 81);
  auto const A = poisson<double>(rows, 9);
  bool const last = rows.comm().rank() == rows.comm().size() - 1;
  MultiVector<double> const b("b", static_cast<std::size_t>(rows.num_owned()), 1);
  MultiVector<double> const x("x", static_cast<std::size_t>(rows.num_owned() + (last ? 1 : 0)), 1);
  for (auto const& name : krylov_solver_names())
    EXPECT_NE(message_of([&] { solve(name, A, b, x); }).find(name + ": b and x have length"),
              std::string::npos);
}

TEST(KrylovOnRanks, DifferentNumbersOfColumnsStopAll) {
  auto const rows = RowPartition::even(Comm::world(), 81);
  if (rows.comm().size() == 1) GTEST_SKIP() << "one rank agrees with itself";
  auto const A = poisson<double>(rows, 9);
  int const k = rows.comm().rank() == 0 ? 1 : 2;
  auto const b = noise_vectors<double>(rows, k), x = vectors<double>(rows, k);
  EXPECT_NE(
      message_of([&] { solve("pcg", A, b, x); }).find("pcg: b has 1 columns here and 2 on another rank"),
      std::string::npos);
}

#ifdef NACRE_HAVE_MPI
/// Reductions an iteration takes: the difference between a long and a short solve.
double reductions_per_iteration(std::string const& name, int k, bool preconditioned, bool flexible) {
  auto const rows = RowPartition::even(Comm::world(), 900);
  auto const A = poisson<double>(rows, 30);
  MatrixOperator<double> const M(poisson<double>(rows, 30));  // symmetric positive definite, however bad
  auto const b = noise_vectors<double>(rows, k);
  int counts[2];
  for (int const steps : {5, 15}) {
    KrylovOptions options;
    options.max_iterations = steps;
    options.flexible = flexible;
    auto const x = vectors<double>(rows, k);
    num_reductions = 0;
    auto const info = solve(name, A, b, x, options, preconditioned ? &M : nullptr);
    counts[steps > 5] = num_reductions;
    EXPECT_EQ(info.iterations, steps) << name;
  }
  return (counts[1] - counts[0]) / 10.;
}

TEST(KrylovOnRanks, TakesTwoReductionsAnIteration) {
  if (Comm::world().size() == 1) GTEST_SKIP() << "one rank reduces nothing";
  for (auto const& name : krylov_solver_names())
    for (int const k : {1, 3, 10})
      for (bool const preconditioned : {false, true})
        EXPECT_EQ(reductions_per_iteration(name, k, preconditioned, false), 2.) << name << ' ' << k;
  EXPECT_EQ(reductions_per_iteration("pcg", 3, true, true), 2.);
}
#endif

}  // namespace
