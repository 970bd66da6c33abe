#include <gtest/gtest.h>

#include <map>

#include <nacre/solvers/ic0.hpp>
#include <nacre/solvers/krylov.hpp>
#include <nacre/solvers/preconditioner_factory.hpp>

#include "solvers/problems.hpp"
#include "support/message_of.hpp"
#include "support/views.hpp"

using namespace nacre;
using namespace nacre::solvers;
using nacre::test::from_rows;
using nacre::test::inner;
using nacre::test::message_of;
using nacre::test::noise_vectors;
using nacre::test::poisson;
using nacre::test::true_residual;
using nacre::test::vectors;
using Row = nacre::test::Row;

namespace {

/// The default instance; none can be made before Kokkos is initialized.
ExecOf<DefaultDevice> exec() { return {}; }

std::vector<RowPartition> partitions(GlobalOrdinal n) {
  Comm const world = Comm::world();
  bool const last = world.rank() == world.size() - 1;
  return {RowPartition::even(world, n), RowPartition(world, last ? static_cast<Ordinal>(n) : 0)};
}

/// The names of the factory but for AMG, which has tests of its own.
std::vector<std::string> names() {
  std::vector<std::string> simple;
  for (auto const& name : preconditioner_names())
    if (name != "none" && name != "amg") simple.push_back(name);
  return simple;
}

/// Every name, and variants that take other paths.
std::map<std::string, PreconditionerOptions> variants() {
  std::map<std::string, PreconditionerOptions> all;
  for (auto const& name : names()) all[name] = {};
  all["gauss_seidel by colour"].gauss_seidel.order = GaussSeidelOptions::Order::by_color;
  all["gauss_seidel two sweeps"].gauss_seidel.sweeps = 2;
  all["block_jacobi of 7"].block_size = 7;
  all["ainv that keeps more"].ainv.drop_tolerance = .01;
  all["chebyshev of 1"].chebyshev.degree = 1;
  all["chebyshev of 6"].chebyshev.degree = 6;
  return all;
}

template <class Scalar>
std::unique_ptr<Preconditioner<Scalar>> make(std::string const& variant, DistributedCsr<Scalar> const& A,
                                             PreconditionerOptions const& options) {
  return make_preconditioner<Scalar>(variant.substr(0, variant.find(' ')), A, options);
}

template <class Scalar>
MultiVector<Scalar> applied(Preconditioner<Scalar> const& M, MultiVector<Scalar> const& x,
                            bool transposed = false) {
  auto const y = MultiVector<Scalar>("y", x.extent(0), x.extent(1));
  if (transposed)
    M.apply_transpose(exec(), x, y);
  else
    M.apply(exec(), x, y);
  return y;
}

/// The preconditioner as a dense matrix, column by column, on every rank.
std::vector<std::vector<double>> dense(Preconditioner<double> const& M, RowPartition const& rows) {
  auto const n = static_cast<std::size_t>(rows.num_global());
  std::vector<std::vector<double>> columns(n, std::vector<double>(n, 0.));
  for (std::size_t j = 0; j < n; ++j) {
    auto const e = vectors<double>(rows, 1);
    if (rows.owns(static_cast<GlobalOrdinal>(j)))
      Kokkos::deep_copy(
          Kokkos::subview(e, static_cast<std::size_t>(static_cast<GlobalOrdinal>(j) - rows.begin()), 0), 1.);
    auto const h = host_view(applied(M, e));
    for (std::size_t i = 0; i < h.extent(0); ++i)
      columns[j][static_cast<std::size_t>(rows.begin()) + i] = h(i, 0);
    rows.comm().all_reduce(columns[j].data(), static_cast<int>(n), ReduceOp::sum);
  }
  return columns;
}

bool positive_definite(std::vector<std::vector<double>> a) {
  for (std::size_t j = 0; j < a.size(); ++j) {
    for (std::size_t k = 0; k < j; ++k) a[j][j] -= a[j][k] * a[j][k];
    if (!(a[j][j] > 1e-10)) return false;
    a[j][j] = std::sqrt(a[j][j]);
    for (std::size_t i = j + 1; i < a.size(); ++i) {
      for (std::size_t k = 0; k < j; ++k) a[i][j] -= a[i][k] * a[j][k];
      a[i][j] /= a[j][j];
    }
  }
  return true;
}

template <class Scalar>
void expect_equal(MultiVector<Scalar> const& x, MultiVector<Scalar> const& y, double tolerance,
                  std::string const& what) {
  auto const hx = host_view(x), hy = host_view(y);
  for (std::size_t i = 0; i < hx.extent(0); ++i)
    for (std::size_t c = 0; c < hx.extent(1); ++c)
      ASSERT_NEAR(hx(i, c), hy(i, c), tolerance) << what << ' ' << i;
}

template <class Scalar>
struct Preconditioners : testing::Test {
  static constexpr double kRounding = std::is_same_v<Scalar, double> ? 1e-12 : 1e-4;
};
using Scalars = testing::Types<double, float>;
TYPED_TEST_SUITE(Preconditioners, Scalars);

TYPED_TEST(Preconditioners, TransposedApplyIsTheAdjoint) {
  for (auto const& rows : partitions(90)) {
    auto const A = poisson<TypeParam>(rows, 9, .5, .8);
    auto const x = noise_vectors<TypeParam>(rows, 3), y = noise_vectors<TypeParam>(rows, 3, 7);
    for (auto const& [name, options] : variants()) {
      if (name == "ic0" || name == "fsai0" || name == "ainv") continue;  // of symmetric matrices only
      auto const M = make(name, A, options);
      auto const Mx = applied(*M, x), Mty = applied(*M, y, true);
      for (int c = 0; c < 3; ++c)
        EXPECT_NEAR(inner(rows.comm(), Mx, y, c), inner(rows.comm(), x, Mty, c), 10 * this->kRounding)
            << name;
    }
  }
}

TYPED_TEST(Preconditioners, SeveralColumnsFareAsEachWouldAlone) {
  for (auto const& rows : partitions(81)) {
    auto const A = poisson<TypeParam>(rows, 9, .2);
    auto const x = noise_vectors<TypeParam>(rows, 6);
    for (auto const& [name, options] : variants()) {
      auto const M = make(name, A, options);
      auto const y = applied(*M, x);
      for (int c = 0; c < 6; ++c) {
        auto const xc = noise_vectors<TypeParam>(rows, 1, c);
        MultiVector<TypeParam> const yc(Kokkos::subview(y, Kokkos::ALL(), std::make_pair(c, c + 1)));
        expect_equal(yc, applied(*M, xc), this->kRounding, name);
      }
    }
  }
}

TYPED_TEST(Preconditioners, UpdateEqualsAFreshSetup) {
  for (auto const& rows : partitions(81)) {
    auto const A = poisson<TypeParam>(rows, 9, .2);
    DistributedCsr<TypeParam> const B{A.pattern, poisson<TypeParam>(rows, 9, 1.3).values};
    auto const x = noise_vectors<TypeParam>(rows, 2);
    for (auto const& [name, options] : variants()) {
      auto const M = make(name, A, options), fresh = make(name, B, options);
      auto const before = applied(*M, x), before_t = applied(*M, x, true);
      M->update(B);
      expect_equal(applied(*M, x), applied(*fresh, x), 0, name);
      expect_equal(applied(*M, x, true), applied(*fresh, x, true), 0, name);
      M->update(A);
      expect_equal(applied(*M, x), before, 0, name);
      expect_equal(applied(*M, x, true), before_t, 0, name);
      EXPECT_FALSE(M->description().empty());
      auto const other = poisson<TypeParam>(rows, 9, .2);
      EXPECT_NE(message_of([&] { M->update(other); }).find("another pattern"), std::string::npos) << name;
    }
  }
}

TEST(Preconditioner, IsSymmetricPositiveDefiniteIfTheMatrixIs) {
  for (auto const& rows : partitions(36)) {
    auto const A = poisson<double>(rows, 6, .01);
    for (auto const& [name, options] : variants()) {
      auto const M = dense(*make(name, A, options), rows);
      for (std::size_t i = 0; i < M.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) ASSERT_NEAR(M[i][j], M[j][i], 1e-13) << name;
      EXPECT_TRUE(positive_definite(M)) << name;
    }
  }
}

TEST(Preconditioner, GaussSeidelStaysPositiveDefiniteWhereRanksAreStronglyCoupled) {
  // 1.1 I + a matrix of ones is positive definite, and hardly diagonally dominant
  auto const rows = RowPartition::even(Comm::world(), 24);
  auto const A = from_rows<double>(rows, [](GlobalOrdinal i) {
    Row row;
    for (GlobalOrdinal j = 0; j < 24; ++j) row.emplace_back(j, i == j ? 2.1 : 1.);
    return row;
  });
  auto const M = dense(*make_preconditioner("gauss_seidel", A), rows);
  EXPECT_TRUE(positive_definite(M));
}

TEST(Preconditioner, DoesTheSameOnAnyNumberOfRanks) {
  // those that do not look at ranks
  GlobalOrdinal const m = 9;
  auto const alone = nacre::test::serial_poisson<double>(m, .1);
  for (auto const& rows : partitions(m * m)) {
    auto const A = poisson<double>(rows, m, .1);
    for (std::string const name : {"jacobi", "spai0", "chebyshev", "fsai0"}) {
      auto const expected = host_view(
          applied(*make_preconditioner(name, alone), noise_vectors<double>(alone.pattern.rows(), 1)));
      auto const found = host_view(applied(*make_preconditioner(name, A), noise_vectors<double>(rows, 1)));
      for (std::size_t i = 0; i < found.extent(0); ++i)
        ASSERT_NEAR(found(i, 0), expected(static_cast<std::size_t>(rows.begin()) + i, 0), 1e-13)
            << name << ' ' << i;
    }
  }
}

TEST(Preconditioner, MakesConjugateGradientsFaster) {
  GlobalOrdinal const m = 40;
  for (auto const& rows : partitions(m * m)) {
    auto const A = poisson<double>(rows, m);
    auto const b = vectors<double>(rows, 1, 1.);
    auto const solve = [&](Preconditioner<double> const* M) {
      auto const x = vectors<double>(rows, 1);
      auto const info = make_krylov_solver<double>("pcg")->solve(exec(), MatrixOperator<double>(A), M, b, x);
      EXPECT_EQ(info.status, Status::converged);
      EXPECT_LE(true_residual(A, b, x), 1e-8);
      return info.iterations;
    };
    int const plain = solve(nullptr);
    std::map<std::string, double> const at_most{{"jacobi", 1.}, {"spai0", 1.1}, {"block_jacobi", 1.1},
                                                {"ic0", .5},    {"ilu0", .5},   {"gauss_seidel", .6},
                                                {"fsai0", .75}, {"ainv", .75},  {"chebyshev", .5}};
    for (auto const& [name, factor] : at_most) {
      int const iterations = solve(make_preconditioner(name, A).get());
      EXPECT_LE(iterations, factor * plain + (rows.comm().size() > 1 ? .3 * plain : 0))
          << name << ' ' << plain;
    }
  }
}

TEST(Preconditioner, ABadDiagonalIsOneErrorThatNamesTheRow) {
  auto const rows = RowPartition::even(Comm::world(), 20);
  auto const with = [&](double value, bool present) {
    return from_rows<double>(rows, [&](GlobalOrdinal i) {
      Row row;
      if (i > 0) row.emplace_back(i - 1, -1.);
      if (i != 13 || present) row.emplace_back(i, i == 13 ? value : 2.);
      if (i < 19) row.emplace_back(i + 1, -1.);
      return row;
    });
  };
  for (auto const& name : names()) {
    if (name == "block_jacobi") continue;
    EXPECT_NE(message_of([&] {
                make_preconditioner(name, with(0., true));
              }).find(name + ": row 13 has 0 on the diagonal"),
              std::string::npos)
        << name;
    EXPECT_NE(message_of([&] {
                make_preconditioner(name, with(0., false));
              }).find(name + ": row 13 has no diagonal entry"),
              std::string::npos)
        << name;
    EXPECT_NE(message_of([&] {
                make_preconditioner(name, with(std::nan(""), true));
              }).find(name + ": row 13 has nan on the diagonal"),
              std::string::npos)
        << name;
  }
  PreconditionerOptions options;
  options.block_size = 1;
  EXPECT_NE(message_of([&] {
              make_preconditioner("block_jacobi", with(0., true), options);
            }).find("the diagonal block of rows 13 to 13 is singular"),
            std::string::npos);
}

TEST(Preconditioner, NegativePivotsAreReportedOrShifted) {
  auto const rows = RowPartition::even(Comm::world(), 4 * Comm::world().size());
  // blocks of the example of Kershaw (1978): positive definite, but IC(0) has a negative pivot
  double const k[4][4] = {{3, -2, 0, 2}, {-2, 3, -2, 0}, {0, -2, 3, -2}, {2, 0, -2, 3}};
  auto const kershaw = from_rows<double>(rows, [&](GlobalOrdinal i) {
    Row row;
    for (GlobalOrdinal j = 0; j < 4; ++j)
      if (k[i % 4][j] != 0) row.emplace_back(i / 4 * 4 + j, k[i % 4][j]);
    return row;
  });
  Ic0<double> const M(kershaw);
  EXPECT_GT(M.shift(), 0.);
  EXPECT_NE(M.description().find(cat("shift ", M.shift())), std::string::npos) << M.description();
  EXPECT_TRUE(positive_definite(dense(M, rows)));

  auto const negative = from_rows<double>(rows, [](GlobalOrdinal i) { return Row{{i, i == 2 ? -1. : 1.}}; });
  EXPECT_NE(message_of([&] {
              make_preconditioner("ic0", negative);
            }).find("ic0: the pivot of row 2 is not positive"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              make_preconditioner("fsai0", negative);
            }).find("row 2 is coupled to are not positive definite"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              make_preconditioner("ainv", negative);
            }).find("ainv: the pivot of row 2 is -1, must be a positive number"),
            std::string::npos);
}

TEST(Preconditioner, TheFactoryListsItsNames) {
  auto const A = poisson<double>(RowPartition::even(Comm::world(), 9), 3);
  EXPECT_EQ(make_preconditioner("none", A), nullptr);
  EXPECT_NE(message_of([&] {
              make_preconditioner("jacoby", A);
            }).find("no preconditioner 'jacoby'; there are none, jacobi, block_jacobi"),
            std::string::npos);
  PreconditionerOptions options;
  options.block_size = 0;
  EXPECT_NE(message_of([&] { make_preconditioner("block_jacobi", A, options); }).find("block_size = 0"),
            std::string::npos);
  options.chebyshev.degree = 0;
  EXPECT_NE(message_of([&] { make_preconditioner("chebyshev", A, options); }).find("degree = 0"),
            std::string::npos);
  options.ainv.drop_tolerance = -1;
  EXPECT_NE(message_of([&] { make_preconditioner("ainv", A, options); }).find("drop_tolerance = -1"),
            std::string::npos);
  options.gauss_seidel.sweeps = 0;
  EXPECT_NE(message_of([&] { make_preconditioner("gauss_seidel", A, options); }).find("sweeps = 0"),
            std::string::npos);
}

TEST(Preconditioner, RejectsWhatDoesNotFit) {
  Comm const world = Comm::world();
  auto const rows = RowPartition::even(world, 12);
  GlobalRows<double> mine;
  for (auto i = rows.begin(); i < rows.end(); ++i) {
    mine.col.push_back(i);
    mine.values.push_back(1.);
    mine.row_ptr.push_back(static_cast<Offset>(mine.col.size()));
  }
  auto const wide = make_distributed(rows, RowPartition::even(world, 14), mine);
  auto const A = poisson<double>(RowPartition::even(world, 9), 3);
  auto const too_long = MultiVector<double>("x", A.values.extent(0) + 100, 1);
  for (auto const& name : names()) {
    EXPECT_NE(message_of([&] { make_preconditioner(name, wide); }).find(name + ": the matrix must be square"),
              std::string::npos);
    auto const M = make_preconditioner(name, A);
    EXPECT_NE(message_of([&] { M->apply(exec(), too_long, too_long); }).find("extent(0) = "),
              std::string::npos)
        << name;
  }
}

}  // namespace
