#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include <nacre/core/coo.hpp>
#include <nacre/core/elasticity_systems.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/pcg.hpp>
#include <nacre/solvers/preconditioner_factory.hpp>

using namespace nacre;
using namespace nacre::solvers;

namespace {

using Counts = std::array<int, 4>;

/// A without the entries that are zero but for rounding.
CsrMatrix<double> without_zeros(CsrMatrix<double> const& A) {
  auto const row_ptr = host_view(A.pattern.row_ptr());
  auto const col = host_view(A.pattern.col());
  auto const values = host_view(A.values);
  double largest = 0;
  for (std::size_t k = 0; k < values.size(); ++k) largest = std::max(largest, std::fabs(values(k)));
  CooEntries<double> kept;
  for (Ordinal i = 0; i < A.num_rows(); ++i)
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
      if (std::fabs(values(k)) > 1e-13 * largest) kept.add(i, col(k), values(k));
  return assemble(A.num_rows(), A.num_rows(), kept);
}

LinearSystem twisted_beam(int resolution, double angle) {
  HyperelasticBody const body(beam_mesh(resolution), {});
  return elasticity_system("beam", body, twisted(body.mesh(), angle), .01,
                           end_points(body.mesh(), BeamEnds::both));
}

enum class Solution { ones, sines };

/// Iterations to 1e-2, 1e-4, 1e-6, 1e-8 for the right-hand side A (free v), v = 1 or sin(i + 1).
Counts iterations(LinearSystem const& system, CsrMatrix<double> const& constrained,
                  std::string const& preconditioner, Solution solution = Solution::sines) {
  DistributedCsr<double> const A{DistributedPattern<>(constrained.pattern), constrained.values};
  MatrixOperator<double> const op(A);
  auto const n = static_cast<std::size_t>(constrained.num_rows());
  MultiVector<double> const wanted("wanted", n, 1), b("b", n, 1);
  auto const numbers = Kokkos::create_mirror_view(wanted);
  auto const free = host_view(system.free);
  for (std::size_t i = 0; i < n; ++i)
    numbers(i, 0) = free.data()[i] * (solution == Solution::ones ? 1 : std::sin(static_cast<double>(i + 1)));
  Kokkos::deep_copy(wanted, numbers);
  ExecOf<DefaultDevice> const exec;
  op.apply(exec, wanted, b);
  auto const M = make_preconditioner(preconditioner, A);
  Counts counts{};
  for (std::size_t t = 0; t < 4; ++t) {
    MultiVector<double> const x("x", n, 1);
    KrylovOptions options;
    options.tolerance = std::pow(10., -2. - 2 * static_cast<double>(t));
    auto const info = Pcg<double>(options).solve(exec, op, M.get(), b, x);
    EXPECT_TRUE(info.converged()) << preconditioner << ": " << to_string(info.status);
    counts[t] = info.iterations;
  }
  return counts;
}

void expect_near(Counts const& found, Counts const& expected, std::string const& what) {
  for (std::size_t t = 0; t < 4; ++t)
    EXPECT_NEAR(found[t], expected[t], std::max(1., .03 * expected[t]))
        << what << " at the tolerance 1e-" << 2 * (t + 1);
}

struct Anchor {
  int resolution;
  double angle;
  std::vector<std::pair<std::string, Counts>> counts;
};

TEST(BeamSystems, TakeTheIterationsTheyAreKnownToTake) {
  Anchor const anchors[] = {{4, 0, {{"none", {{10, 31, 95, 162}}}, {"jacobi", {{6, 22, 76, 119}}}}},
                            {4,
                             2,
                             {{"none", {{10, 29, 106, 154}}},
                              {"jacobi", {{7, 22, 72, 105}}},
                              {"ic0", {{3, 8, 19, 29}}},
                              {"ainv", {{7, 33, 62, 75}}},
                              {"fsai0", {{4, 12, 34, 57}}}}},
                            {6,
                             2,
                             {{"none", {{11, 32, 134, 211}}},
                              {"jacobi", {{7, 21, 69, 161}}},
                              {"ic0", {{2, 6, 17, 40}}},
                              {"ainv", {{7, 26, 70, 120}}},
                              {"fsai0", {{4, 9, 37, 70}}}}}};
  for (auto const& anchor : anchors) {
    auto const system = twisted_beam(anchor.resolution, anchor.angle);
    auto const A = constrained_matrix(system);
    for (auto const& [name, expected] : anchor.counts)
      expect_near(iterations(system, A, name), expected,
                  cat(name, " for the beam ", anchor.resolution, " twisted by ", anchor.angle));
  }
}

// At rest most entries of the blocks are zero but for rounding. The counts known for factorisations there, 37 and 62, are
// those of a pattern that some of these zeros belong to and others not; no rule about them gives the same.
TEST(BeamSystems, AtRestTakeMoreIterationsIfZerosAreNoEntries) {
  auto const system = twisted_beam(4, 0);
  auto const A = constrained_matrix(system);
  auto const small = without_zeros(A);
  EXPECT_LT(small.values.extent(0), A.values.extent(0) * 2 / 3);
  auto const between = [&](std::string const& name, int known) {
    EXPECT_LT(iterations(system, A, name)[3], known) << name;
    EXPECT_GT(iterations(system, small, name)[3], known) << name;
  };
  between("ic0", 37);
  between("fsai0", 62);
  expect_near(iterations(system, small, "none"), {{10, 31, 95, 162}}, "none");
}

// Of fifteen random beams; the known means are of other ones, with the right-hand side of all ones.
TEST(SmallBeams, TakeAboutTheIterationsKnown) {
  std::vector<std::pair<std::string, double>> const known{{"none", 185}, {"jacobi", 144}, {"fsai0", 63.8}};
  for (auto const& [name, expected] : known) {
    double sum = 0;
    for (std::uint64_t index = 0; index < 15; ++index) {
      auto const system = elasticity_small(42, index);
      sum += iterations(system, constrained_matrix(system), name, Solution::ones)[3];
    }
    EXPECT_NEAR(sum / 15, expected, .1 * expected) << name;
  }
}

}  // namespace
