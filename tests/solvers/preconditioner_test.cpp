#include <gtest/gtest.h>

#include <nacre/solvers/ainv.hpp>
#include <nacre/solvers/chebyshev.hpp>
#include <nacre/solvers/fsai0.hpp>
#include <nacre/solvers/ilu0_impl.hpp>
#include <nacre/solvers/preconditioner_factory.hpp>
#include <nacre/solvers/smoother.hpp>

#include "solvers/problems.hpp"
#include "support/dense.hpp"
#include "support/views.hpp"

using namespace nacre;
using namespace nacre::solvers;
using nacre::test::Dense;
using nacre::test::from_rows;
using nacre::test::noise_vectors;
using nacre::test::serial_poisson;
using nacre::test::to_dense;
using nacre::test::to_host;
using Row = nacre::test::Row;

namespace {

/// The default instance; none can be made before Kokkos is initialized.
ExecOf<DefaultDevice> exec() { return {}; }

/// Solves a x = b by elimination.
std::vector<double> dense_solve(Dense a, std::vector<double> b) {
  auto const n = a.rows;
  for (GlobalOrdinal p = 0; p < n; ++p)
    for (GlobalOrdinal i = p + 1; i < n; ++i) {
      double const factor = a.at(i, p) / a.at(p, p);
      for (GlobalOrdinal j = p; j < n; ++j) a.at(i, j) -= factor * a.at(p, j);
      b[static_cast<std::size_t>(i)] -= factor * b[static_cast<std::size_t>(p)];
    }
  for (GlobalOrdinal i = n; i-- > 0;) {
    for (GlobalOrdinal j = i + 1; j < n; ++j)
      b[static_cast<std::size_t>(i)] -= a.at(i, j) * b[static_cast<std::size_t>(j)];
    b[static_cast<std::size_t>(i)] /= a.at(i, i);
  }
  return b;
}

std::vector<double> column(MultiVector<double> const& x) {
  auto const h = to_host(x);
  std::vector<double> v;
  for (std::size_t i = 0; i < h.extent(0); ++i) v.push_back(h(i, 0));
  return v;
}

std::vector<double> applied(std::string const& name, DistributedCsr<double> const& A,
                            MultiVector<double> const& r, PreconditionerOptions const& options = {},
                            bool transposed = false) {
  MultiVector<double> const z("z", r.extent(0), 1);
  auto const M = make_preconditioner(name, A, options);
  if (transposed)
    M->apply_transpose(exec(), r, z);
  else
    M->apply(exec(), r, z);
  return column(z);
}

void expect_near(std::vector<double> const& found, std::vector<double> const& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], tolerance) << i;
}

DistributedCsr<double> tridiagonal(int n, double below, double above) {
  return from_rows<double>(RowPartition(Comm::self(), n), [=](GlobalOrdinal i) {
    Row row;
    if (i > 0) row.emplace_back(i - 1, below);
    row.emplace_back(i, 3. + .1 * static_cast<double>(i % 4));
    if (i < n - 1) row.emplace_back(i + 1, above);
    return row;
  });
}

/// Runs the elimination level by level, as devices do.
Vector<double> factor_by_levels(DistributedCsr<double> const& A) {
  auto const& local = A.pattern.local();
  auto const& lower = solvers::detail::triangles<solvers::detail::RowOrder::natural>(local).lower;
  auto const schedule = solvers::detail::make_schedule(
      lower.pattern, solvers::detail::row_order(local, solvers::detail::RowOrder::natural, true),
      /*sequential=*/false);
  EXPECT_GT(schedule.level_ptr.size(), 3u);
  EXPECT_EQ(schedule.row.extent(0), static_cast<std::size_t>(local.num_rows()));
  Vector<double> const lu("lu", A.values.extent(0));
  Kokkos::deep_copy(lu, A.values);
  solvers::detail::for_rows_in_order(
      exec(), "nacre::test", schedule, static_cast<std::size_t>(local.num_rows()),
      solvers::detail::Ilu0Row<double, DefaultDevice>{local.row_ptr(), local.col(),
                                                      diagonal_positions(local).entry, lu, local.num_rows()});
  return lu;
}

}  // namespace

TEST(Preconditioner, FactorisationsOfATridiagonalMatrixAreExact) {
  for (int const n : {1, 37, 1023}) {
    auto const S = tridiagonal(n, -1, -1), U = tridiagonal(n, -1.4, -.3);
    auto const r = noise_vectors<double>(S.pattern.rows(), 1);
    auto const rhs = column(r);
    if (n < 100) {
      expect_near(applied("ic0", S, r), dense_solve(to_dense(S), rhs), 1e-14);
      expect_near(applied("ilu0", U, r), dense_solve(to_dense(U), rhs), 1e-14);
      Dense const u = to_dense(U);
      Dense ut(n, n);
      for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) ut.at(i, j) = u.at(j, i);
      expect_near(applied("ilu0", U, r, {}, true), dense_solve(ut, rhs), 1e-14);
    } else {
      MultiVector<double> const z("z", r.extent(0), 1), back("back", r.extent(0), 1);
      make_preconditioner("ilu0", U)->apply(exec(), r, z);
      spmv(exec(), U, z, back);
      expect_near(column(back), rhs, 1e-13);
    }
  }
}

TEST(Preconditioner, Ilu0ReproducesTheMatrixOnItsPattern) {
  auto const A = serial_poisson<double>(6, .2, .9);
  auto const n = A.pattern.rows().num_global();
  DistributedCsr<double> const factors{A.pattern, factor_by_levels(A)};
  Dense const lu = to_dense(factors), a = to_dense(A);
  for (GlobalOrdinal i = 0; i < n; ++i)
    for (GlobalOrdinal j = 0; j < n; ++j) {
      if (a.at(i, j) == 0) continue;
      double product = i <= j ? lu.at(i, j) : 0;
      for (GlobalOrdinal k = 0; k < std::min(i, j + 1); ++k) product += lu.at(i, k) * lu.at(k, j);
      ASSERT_NEAR(product, a.at(i, j), 1e-14) << i << ' ' << j;
    }
}

TEST(Preconditioner, GaussSeidelSweepsForwardAndBack) {
  auto const A = serial_poisson<double>(6, .2, .9);
  auto const n = A.pattern.rows().num_global();
  Dense const a = to_dense(A);
  auto const r = noise_vectors<double>(A.pattern.rows(), 1);
  auto const rhs = column(r);
  std::vector<double> x(static_cast<std::size_t>(n), 0.);
  auto const relax = [&](GlobalOrdinal i) {
    double sum = rhs[static_cast<std::size_t>(i)];
    for (GlobalOrdinal j = 0; j < n; ++j)
      if (j != i) sum -= a.at(i, j) * x[static_cast<std::size_t>(j)];
    x[static_cast<std::size_t>(i)] = sum / a.at(i, i);
  };
  PreconditionerOptions options;
  options.gauss_seidel.order = GaussSeidelOptions::Order::natural;
  for (int sweeps = 1; sweeps <= 2; ++sweeps) {
    for (GlobalOrdinal i = 0; i < n; ++i) relax(i);
    for (GlobalOrdinal i = n; i-- > 0;) relax(i);
    options.gauss_seidel.sweeps = sweeps;
    expect_near(applied("gauss_seidel", A, r, options), x, 1e-14);
  }
  // the 5-point stencil has two colours: rows with even and odd x + y
  std::fill(x.begin(), x.end(), 0.);
  for (int const color : {0, 1, 1, 0})
    for (GlobalOrdinal i = 0; i < n; ++i)
      if ((i % 6 + i / 6) % 2 == color) relax(i);
  options.gauss_seidel = {GaussSeidelOptions::Order::by_color, 1};
  expect_near(applied("gauss_seidel", A, r, options), x, 1e-14);
}

TEST(Preconditioner, DiagonalOnesMatchTheirFormulas) {
  auto const A = serial_poisson<double>(5, .3, .7);
  auto const r = noise_vectors<double>(A.pattern.rows(), 1);
  Dense const a = to_dense(A);
  auto jacobi = column(r), spai = column(r);
  for (GlobalOrdinal i = 0; i < a.rows; ++i) {
    double squares = 0;
    for (GlobalOrdinal j = 0; j < a.cols; ++j) squares += a.at(i, j) * a.at(i, j);
    jacobi[static_cast<std::size_t>(i)] /= a.at(i, i);
    spai[static_cast<std::size_t>(i)] *= a.at(i, i) / squares;
  }
  expect_near(applied("jacobi", A, r), jacobi, 1e-15);
  expect_near(applied("spai0", A, r), spai, 1e-15);
}

TEST(Preconditioner, BlockJacobiSolvesItsBlocks) {
  auto const A = serial_poisson<double>(5, .3, .7);
  auto const r = noise_vectors<double>(A.pattern.rows(), 1);
  for (int const size : {1, 4, 7, 25, 64}) {
    Dense blocks = to_dense(A);
    for (GlobalOrdinal i = 0; i < 25; ++i)
      for (GlobalOrdinal j = 0; j < 25; ++j)
        if (i / size != j / size) blocks.at(i, j) = 0;
    PreconditionerOptions options;
    options.block_size = size;
    expect_near(applied("block_jacobi", A, r, options), dense_solve(blocks, column(r)), 1e-14);
  }
  // needs a pivot: no row can be eliminated as it stands
  auto const swap = from_rows<double>(RowPartition(Comm::self(), 4), [](GlobalOrdinal i) {
    return Row{{i ^ 1, 2. + static_cast<double>(i)}};
  });
  PreconditionerOptions options;
  options.block_size = 2;
  auto const s = noise_vectors<double>(swap.pattern.rows(), 1);
  auto const x = applied("block_jacobi", swap, s, options), b = column(s);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(x[i ^ 1], b[i] / (2. + static_cast<double>(i)), 1e-15);
}

TEST(Preconditioner, ChebyshevIsItsPolynomial) {
  // of the identity: z = t r with 1 - t = T_m(center / radius - 1 / radius) / T_m(center / radius)
  auto const identity = from_rows<double>(RowPartition(Comm::self(), 3), [](GlobalOrdinal i) {
    return Row{{i, 1.}};
  });
  auto const r = noise_vectors<double>(identity.pattern.rows(), 1);
  for (int const degree : {1, 2, 5}) {
    PreconditionerOptions options;
    options.chebyshev = {degree, 9., 1.8};
    double const center = 1., radius = .8;
    auto const T = [degree](double x) {
      return std::fabs(x) <= 1 ? std::cos(degree * std::acos(x)) : std::cosh(degree * std::acosh(x));
    };
    double const factor = 1 - T((center - 1) / radius) / T(center / radius);
    auto expected = column(r);
    for (auto& e : expected) e *= factor;
    expect_near(applied("chebyshev", identity, r, options), expected, 1e-14);
  }
  EXPECT_NEAR(Chebyshev<double>(serial_poisson<double>(30)).max_eigenvalue(), 2., .05);
}

TEST(Preconditioner, Fsai0IsBestOnItsPattern) {
  // (G A)_ij = 0 on the strict triangle of the pattern, and (G A G^T)_ii = 1
  auto const A = serial_poisson<double>(7, .05);
  Fsai0<double> const M(A);
  auto const n = A.pattern.rows().num_global();
  Dense const g = to_dense(M.factor()), a = to_dense(A);
  for (GlobalOrdinal i = 0; i < n; ++i) {
    double diagonal = 0;
    for (GlobalOrdinal j = 0; j <= i; ++j) {
      double ga = 0;
      for (GlobalOrdinal k = 0; k <= i; ++k) ga += g.at(i, k) * a.at(k, j);
      diagonal += ga * g.at(i, j);
      if (j < i && a.at(i, j) != 0) {
        ASSERT_NEAR(ga, 0., 1e-14) << i << ' ' << j;
      }
      if (a.at(i, j) == 0) {
        ASSERT_EQ(g.at(i, j), 0.);
      }
    }
    ASSERT_NEAR(diagonal, 1., 1e-14) << i;
    ASSERT_GT(g.at(i, i), 0.);
  }
}

TEST(Preconditioner, AinvWithoutDroppingIsTheInverse) {
  auto const A = serial_poisson<double>(7, .05);
  auto const r = noise_vectors<double>(A.pattern.rows(), 1);
  PreconditionerOptions options;
  options.ainv.drop_tolerance = 0;
  expect_near(applied("ainv", A, r, options), dense_solve(to_dense(A), column(r)), 1e-13);
}

TEST(Preconditioner, AinvDropsSmallContributions) {
  // row by row of the 5-point stencil a quarter of each neighbour before it, next to nothing of others
  Ainv<double> const M(serial_poisson<double>(12));
  Dense const zt = to_dense(M.factor()), a = to_dense(serial_poisson<double>(12));
  for (GlobalOrdinal j = 0; j < 144; ++j)
    for (GlobalOrdinal i = 0; i < 144; ++i)
      ASSERT_NEAR(zt.at(j, i), i == j ? 1. : i < j && a.at(i, j) != 0 ? .27 : 0., .025) << j << ' ' << i;
  EXPECT_EQ(M.description(), "AINV, drop tolerance 0.1, 408 nonzeros");
}

TEST(Preconditioner, AnEmptyMatrixIsFine) {
  auto const A = from_rows<double>(RowPartition(Comm::self(), 0), [](GlobalOrdinal) { return Row(); });
  MultiVector<double> const r("r", 0, 1);
  for (auto const& name : preconditioner_names())
    if (name != "none") {
      EXPECT_TRUE(applied(name, A, r).empty()) << name;
      EXPECT_TRUE(applied(name, A, r, {}, true).empty()) << name;
    }
}

TEST(Coloring, GivesCoupledRowsDifferentColors) {
  // not symmetric: row i is coupled to 3 i + 1 mod n
  int const n = 37;
  auto const A = from_rows<double>(RowPartition(Comm::self(), n), [](GlobalOrdinal i) {
    GlobalOrdinal const j = (3 * i + 1) % 37;
    return i == j ? Row{{i, 1.}} : Row{{std::min(i, j), 1.}, {std::max(i, j), 1.}};
  });
  auto const& colors = coloring(A.pattern.local());
  EXPECT_LE(colors.num_colors, 4);
  for (std::size_t i = 0; i < 37; ++i) {
    EXPECT_GE(colors.color[i], 0);
    EXPECT_LT(colors.color[i], colors.num_colors);
    if ((3 * i + 1) % 37 != i) {
      EXPECT_NE(colors.color[i], colors.color[(3 * i + 1) % 37]) << i;
    }
  }
  EXPECT_EQ(coloring(serial_poisson<double>(8).pattern.local()).num_colors, 2);
  EXPECT_EQ(&coloring(A.pattern.local()), &colors);
}

TEST(Smoother, TakesSteps) {
  auto const A = serial_poisson<double>(12);
  MatrixOperator<double> const op(A);
  auto const b = noise_vectors<double>(A.pattern.rows(), 2);
  MultiVector<double> const x("x", b.extent(0), 2), y("y", b.extent(0), 2), r("r", b.extent(0), 2);
  std::shared_ptr<Preconditioner<double> const> const M = make_preconditioner("gauss_seidel", A);
  Kokkos::deep_copy(x, 1e300);  // must not be read
  double last = 1e300;
  for (int steps = 1; steps <= 4; ++steps) {
    Smoother<double>(M, steps).smooth(exec(), op, b, x, true);
    // step by step from where it is
    if (steps == 1)
      M->apply(exec(), b, y);
    else
      Smoother<double>(M).smooth(exec(), op, b, y);
    expect_near(column(x), column(y), 1e-14);
    op.residual(exec(), b, x, r);
    double const norm = dot(exec(), r, r)[1];
    EXPECT_LT(norm, .97 * last);
    last = norm;
  }
  EXPECT_THROW(Smoother<double>(nullptr), Error);
  EXPECT_THROW(Smoother<double>(M, 0), Error);
}
