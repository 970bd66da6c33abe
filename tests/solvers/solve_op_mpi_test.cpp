#include <nacre/solvers/solve_op.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include <nacre/autodiff/gradient_check.hpp>
#include <nacre/core/axpy.hpp>
#include <nacre/core/comm_ops.hpp>
#include <nacre/core/distributed_spmv_op.hpp>
#include <nacre/core/elementwise_functions.hpp>
#include <nacre/core/spmv.hpp>

#include "solvers/problems.hpp"
#include "support/dense.hpp"
#include "support/views.hpp"

namespace {

using nacre::Comm;
using nacre::GlobalOrdinal;
using nacre::Ordinal;
using nacre::RowPartition;
using nacre::solvers::SolveOp;
using nacre::solvers::SolveOptions;
using Vector = nacre::Vector<double>;
using Columns = nacre::MultiVector<double>;
using Rows = nacre::RowMajor<double>;
using Matrix = nacre::DistributedCsr<double>;
nacre::ExecOf<nacre::DefaultDevice> const& exec() {
  static nacre::ExecOf<nacre::DefaultDevice> const instance;
  return instance;
}

SolveOptions tight(std::string const& method, std::string const& preconditioner) {
  SolveOptions options;
  options.method = method;
  options.preconditioner = preconditioner;
  options.krylov.tolerance = 1e-13;
  options.krylov.restart = 60;
  options.require_convergence = true;
  // a perturbed matrix is not symmetric, but A x = b with it is what differences need
  options.check_symmetry = false;
  return options;
}

/// Diffusion and wind: nonsymmetric.
Matrix windy(RowPartition const& rows, GlobalOrdinal m) {
  return nacre::test::poisson<double>(rows, m, 0.3, 0.7);
}

/// N rows of which rank 0 has none where there are others.
RowPartition first_rank_without_rows(Comm const& comm, GlobalOrdinal n) {
  int const others = comm.size() - 1, r = comm.rank() - 1;
  if (others == 0) return RowPartition(comm, static_cast<Ordinal>(n));
  return RowPartition(comm, r < 0 ? 0 : static_cast<Ordinal>(n / others + (r < n % others ? 1 : 0)));
}

Vector first_column(Columns const& x) {
  Vector v("v", x.extent(0));
  Kokkos::deep_copy(v, Kokkos::subview(x, Kokkos::ALL(), 0));
  return v;
}
Rows by_rows(Columns const& x) {
  Rows v("v", x.extent(0), x.extent(1));
  Kokkos::deep_copy(v, x);
  return v;
}

template <class Op, class B>
void expect_correct(Comm const& comm, Op const& op, Matrix const& A, B const& b) {
  nacre::ad::GradientCheckOptions options;
  options.comm = comm;
  auto const errors = nacre::ad::gradient_check(exec(), op, options, A.values, b);
  EXPECT_LE(errors.adjoint, 1e-6) << op.description();
  EXPECT_LE(errors.tangent, 1e-6) << op.description();
  EXPECT_LE(errors.identity, 1e-11) << op.description();
  EXPECT_LE(errors.adjoint_tangent, 1e-6) << op.description();
  EXPECT_LE(errors.unwanted, 1e-11) << op.description();
  EXPECT_TRUE(op.report().all_converged());
}

class SolveMethods : public testing::TestWithParam<std::pair<char const*, char const*>> {};

TEST_P(SolveMethods, DifferentiateANonsymmetricSolve) {
  Comm const comm = Comm::world();
  auto const rows = RowPartition::even(comm, 49);
  auto const A = windy(rows, 7);
  auto const [method, preconditioner] = GetParam();

  expect_correct(comm, SolveOp<>(A.pattern, tight(method, preconditioner)), A,
                 first_column(nacre::test::noise_vectors<double>(rows, 1)));
}
INSTANTIATE_TEST_SUITE_P(All, SolveMethods,
                         testing::Values(std::pair{"gmres", "none"}, std::pair{"gmres", "amg"},
                                         std::pair{"gmres", "gauss_seidel"}, std::pair{"bicgstab", "ilu0"},
                                         std::pair{"gmres", "chebyshev"}, std::pair{"gmres", "block_jacobi"},
                                         std::pair{"bicgstab", "spai0"}));

TEST(Solve, DifferentiatesForAllLayouts) {
  Comm const comm = Comm::world();
  for (auto const& rows : {RowPartition::even(comm, 49), first_rank_without_rows(comm, 49)}) {
    auto const A = windy(rows, 7);
    auto const b = nacre::test::noise_vectors<double>(rows, 3);
    SolveOp<> const op(A.pattern, tight("gmres", "jacobi"));

    expect_correct(comm, op, A, b);
    expect_correct(comm, op, A, by_rows(b));
    expect_correct(comm, op, A, first_column(b));
  }
}

/// y = A [owned | ghost] by the rows of this rank, multilinear.
struct LocalProductOp {
  static constexpr char const* name = "test::local_product";
  static constexpr nacre::Form form = nacre::Form::multilinear;
  nacre::CsrPattern<> pattern;

  template <class V, class X>
  std::array<std::size_t, 1> output_extents(V const&, X const&) const {
    return {{static_cast<std::size_t>(pattern.num_rows())}};
  }
  template <class Exec, class Y, class V, class X>
  void forward(Exec const& e, Y const& y, V const& values, X const& x) const {
    nacre::spmv(e, pattern, values, x, y);
  }
  template <class Exec, class Y, class V, class X, class VBar, class XBar>
  void adjoint(Exec const& e, Y const&, Y const& y_bar, V const& values, X const& x, VBar const& values_bar,
               XBar const& x_bar) const {
    auto const s = nacre::as_columns(y_bar);
    nacre::RowMajor<double> const none;
    if (nacre::is_given(values_bar))
      nacre::detail::add_outer_product(e, pattern, 1., s, nacre::as_columns(x), none, values_bar);
    if (nacre::is_given(x_bar))
      nacre::detail::add_transposed_product(e, pattern, values, s, nacre::as_columns(x_bar), none);
  }
};

/// A loss in which everything communicates: a distributed product, a solve by AMG-PCG, a replicated parameter,
/// ghosts, and a sum over the ranks.
struct Chain {
  Matrix A, W;
  Vector b, p;
  SolveOp<> solve;

  Chain(RowPartition const& rows, GlobalOrdinal m)
      : A(nacre::test::poisson<double>(rows, m, 0.3)),
        W(windy(rows, m)),
        b(first_column(nacre::test::noise_vectors<double>(rows, 1))),
        p("p", 1),
        solve(A.pattern, tight("pcg", "amg")) {
    Kokkos::deep_copy(p, 1.3);
  }
  Comm const& comm() const { return A.comm(); }

  /// \param[out] gradients of b, p, and the two matrices as dense ones, on every rank
  double loss(std::vector<double>* gradients = nullptr, std::vector<Vector>* local = nullptr) const {
    nacre::ad::Tape<> tape;
    auto const values = tape.leaf(A.values), weights = tape.leaf(W.values);
    auto const rhs = tape.leaf(b), parameter = tape.leaf(p);
    auto const f = tape.apply(nacre::DistributedSpmvOp<>(W.pattern), weights, rhs);
    auto const x = tape.apply(solve, values, f);
    auto const mine = tape.apply(nacre::ReplicateOp<>(comm()), parameter);
    auto const t = tape.apply(nacre::TanhOp(), tape.apply(nacre::ScaleOp(), mine, x));
    auto const all = tape.apply(nacre::ImportGhostsOp<>(W.pattern.halo()), t);
    auto const z = tape.apply(LocalProductOp{W.pattern.local()}, weights, all);
    auto const total = tape.apply(nacre::SumOverRanksOp(comm()), tape.apply(nacre::DotOp(), z, z));
    if (gradients != nullptr) {
      tape.backward(total);
      auto const copy = [&](auto const& leaf) {
        auto const bar = tape.gradient(leaf);
        Vector v("bar", bar.extent(0));
        Kokkos::deep_copy(v, bar);
        return v;
      };
      Vector const values_bar = copy(values), weights_bar = copy(weights), b_bar = copy(rhs),
                   p_bar = copy(parameter);
      auto const h = nacre::test::to_host(b_bar);
      *gradients = comm().all_gather(std::vector<double>(h.data(), h.data() + h.extent(0)));
      gradients->push_back(nacre::test::to_host(p_bar)(0));
      for (auto const& bar : {Matrix{A.pattern, values_bar}, Matrix{W.pattern, weights_bar}}) {
        auto const dense = nacre::test::to_dense(bar);
        gradients->insert(gradients->end(), dense.entries.begin(), dense.entries.end());
      }
      if (local != nullptr) *local = {values_bar, weights_bar, b_bar, p_bar};
    }
    return nacre::test::to_host(total.value)(0);
  }
};

TEST(DistributedGradient, DoesNotDependOnTheNumberOfRanks) {
  Comm const comm = Comm::world();
  GlobalOrdinal const m = 9;
  std::vector<double> alone, spread;
  double const reference = Chain(RowPartition::even(Comm::self(), m * m), m).loss(&alone);
  for (auto const& rows : {RowPartition::even(comm, m * m), first_rank_without_rows(comm, m * m)}) {
    double const loss = Chain(rows, m).loss(&spread);

    EXPECT_NEAR(loss, reference, 1e-12 * std::fabs(reference));
    ASSERT_EQ(spread.size(), alone.size());
    double error = 0, norm = 0;
    for (std::size_t i = 0; i < alone.size(); ++i) {
      error += (spread[i] - alone[i]) * (spread[i] - alone[i]);
      norm += alone[i] * alone[i];
    }
    EXPECT_LE(std::sqrt(error / norm), 1e-12);
    EXPECT_NEAR(spread[static_cast<std::size_t>(m * m)], alone[static_cast<std::size_t>(m * m)],
                1e-12 * std::fabs(alone[static_cast<std::size_t>(m * m)]));
  }
}

std::vector<double> noise(std::size_t n, int seed) {
  std::vector<double> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = nacre::test::noise(static_cast<GlobalOrdinal>(i), seed);
  return v;
}
/// A symmetric matrix of random numbers on A's pattern.
std::vector<double> symmetric_noise(Matrix const& A) {
  std::vector<double> v;
  auto const row_ptr = nacre::host_view(A.pattern.local().row_ptr());
  auto const col = nacre::host_view(A.pattern.local().col());
  for (Ordinal i = 0; i < A.pattern.num_owned_rows(); ++i)
    for (nacre::Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) {
      GlobalOrdinal const row = A.pattern.rows().begin() + i, column = A.pattern.global_col(col(k));
      v.push_back(nacre::test::noise(std::min(row, column), std::max(row, column)));
    }
  return v;
}

TEST(DistributedGradient, MatchesDifferences) {
  Comm const comm = Comm::world();
  GlobalOrdinal const m = 9;
  Chain const chain(RowPartition::even(comm, m * m), m);
  std::vector<double> gathered;
  std::vector<Vector> bars;
  chain.loss(&gathered, &bars);
  std::vector<Vector> const leaves{chain.A.values, chain.W.values, chain.b, chain.p};
  for (std::size_t l = 0; l < leaves.size(); ++l) {
    bool const replicated = l == 3;
    auto const keep = nacre::test::to_host(leaves[l]), bar = nacre::test::to_host(bars[l]);
    // PCG needs a matrix that stays symmetric
    auto const direction =
        l == 0 ? symmetric_noise(chain.A) : noise(keep.extent(0), replicated ? 0 : comm.rank());
    auto const at = [&](double h) {
      auto const v = nacre::test::to_host(leaves[l]);
      for (std::size_t i = 0; i < v.extent(0); ++i) v(i) = keep(i) + h * direction[i];
      Kokkos::deep_copy(leaves[l], v);
      double const loss = chain.loss();
      Kokkos::deep_copy(leaves[l], keep);
      return loss;
    };
    double derivative = 0;
    if (!replicated || comm.rank() == 0)
      for (std::size_t i = 0; i < bar.extent(0); ++i) derivative += bar(i) * direction[i];
    derivative = comm.sum(derivative);
    double const h = 1e-5, differences = (at(h) - at(-h)) / (2 * h);

    EXPECT_NEAR(derivative, differences, 1e-6 * std::fabs(differences)) << "leaf " << l;
  }
}

TEST(Solve, ZeroCotangentOnSomeOrAllRanksHangsNowhere) {
  Comm const comm = Comm::world();
  auto const rows = RowPartition::even(comm, 49);
  auto const A = windy(rows, 7);
  Vector const b = first_column(nacre::test::noise_vectors<double>(rows, 1)), x("x", b.extent(0)),
               x_bar("x_bar", b.extent(0)), values_bar("values_bar", A.values.extent(0)),
               b_bar("b_bar", b.extent(0));
  SolveOp<> const op(A.pattern, tight("gmres", "jacobi"));
  op.forward(exec(), x, A.values, b);

  op.adjoint(exec(), x, x_bar, A.values, b, values_bar, b_bar);
  EXPECT_EQ(op.report().num_adjoint, 0);
  EXPECT_EQ(op.report().num_skipped, 1);
  if (comm.rank() == 0) Kokkos::deep_copy(x_bar, 1.);
  op.adjoint(exec(), x, x_bar, A.values, b, values_bar, b_bar);

  EXPECT_EQ(op.report().num_adjoint, 1);
  EXPECT_EQ(op.report().num_setups, 1);
  EXPECT_GT(nacre::test::inner(comm, Columns(nacre::as_columns(b_bar)), Columns(nacre::as_columns(b_bar))),
            0);
}

/// What a tape does on a rank that no cotangent reaches.
TEST(Replicate, IsRunOnRanksThatNoCotangentReaches) {
  Comm const comm = Comm::world();
  Vector const p("p", 2), q("q", 1);
  Kokkos::deep_copy(p, 1.);
  Kokkos::deep_copy(q, 1.);
  nacre::ad::Tape<> tape;
  auto const leaf = tape.leaf(p), other = tape.leaf(q);
  auto const mine = tape.apply(nacre::ReplicateOp<>(comm), leaf);
  auto const used = tape.apply(nacre::DotOp(), mine, mine), unused = tape.apply(nacre::DotOp(), other, other);

  tape.backward(comm.rank() == 0 ? used : unused);

  EXPECT_EQ(nacre::test::to_host(tape.gradient(leaf))(1), 2.);  // of rank 0 alone
}

}  // namespace
