#include <gtest/gtest.h>

#include <limits>

#include <nacre/solvers/krylov.hpp>

#include "solvers/problems.hpp"
#include "support/message_of.hpp"
#include "support/views.hpp"

using namespace nacre;
using namespace nacre::solvers;
using nacre::test::from_rows;
using nacre::test::message_of;
using nacre::test::noise;
using nacre::test::noise_vectors;
using nacre::test::serial_poisson;
using nacre::test::true_residual;
using nacre::test::vectors;
using Row = nacre::test::Row;

namespace {

/// The default instance; none can be made before Kokkos is initialized.
ExecOf<DefaultDevice> exec() { return {}; }
double const kNaN = std::numeric_limits<double>::quiet_NaN();

/// y = d x, row by row.
template <class Scalar>
class Diagonal : public Operator<Scalar> {
 public:
  using typename Operator<Scalar>::Exec;
  using typename Operator<Scalar>::In;
  using typename Operator<Scalar>::Out;
  explicit Diagonal(std::vector<double> d) : d_(std::move(d)) {}
  Comm const& comm() const override { return comm_; }
  Ordinal num_local_rows() const override { return static_cast<Ordinal>(d_.size()); }
  Ordinal num_local_cols() const override { return num_local_rows(); }
  void apply(Exec const&, In const& x, Out const& y) const override {
    auto const hx = host_view(x);
    auto const hy = Kokkos::create_mirror_view(y);
    for (std::size_t c = 0; c < x.extent(1); ++c)
      for (std::size_t i = 0; i < d_.size(); ++i) hy(i, c) = static_cast<Scalar>(d_[i]) * hx(i, c);
    Kokkos::deep_copy(y, hy);
  }
  void apply_transpose(Exec const& e, In const& x, Out const& y) const override { apply(e, x, y); }

 private:
  Comm comm_;
  std::vector<double> d_;
};

std::vector<double> inverse_diagonal(GlobalOrdinal m) {
  std::vector<double> d;
  for (GlobalOrdinal i = 0; i < m * m; ++i) d.push_back(.25 * (1 + .9 * noise(i, 5)));
  return d;
}

template <class Scalar>
SolveInfo solve(std::string const& name, DistributedCsr<Scalar> const& A, MultiVector<Scalar> const& b,
                MultiVector<Scalar> const& x, KrylovOptions const& options = {},
                Operator<Scalar> const* M = nullptr) {
  return make_krylov_solver<Scalar>(name, options)->solve(exec(), MatrixOperator<Scalar>(A), M, b, x);
}

template <class Scalar>
DistributedCsr<Scalar> small_matrix(std::vector<Row> const& rows) {
  return from_rows<Scalar>(RowPartition(Comm::self(), static_cast<Ordinal>(rows.size())),
                           [&](GlobalOrdinal i) { return rows[static_cast<std::size_t>(i)]; });
}

MultiVector<double> column_of(std::vector<double> const& v) {
  MultiVector<double> x("x", v.size(), 1);
  auto const h = Kokkos::create_mirror_view(x);
  for (std::size_t i = 0; i < v.size(); ++i) h(i, 0) = v[i];
  Kokkos::deep_copy(x, h);
  return x;
}

/// Solves with every method that suits, with and without preconditioner, and looks at the true residual.
template <class Scalar>
void check_solves(std::string const& name, DistributedCsr<Scalar> const& A, GlobalOrdinal m,
                  double float_tolerance = 1e-4) {
  double const tolerance = std::is_same_v<Scalar, double> ? 1e-10 : float_tolerance;
  Diagonal<Scalar> const M(inverse_diagonal(m));
  KrylovOptions options;
  options.tolerance = tolerance;
  std::vector<double> seen;
  options.on_iteration = [&](int iteration, double relative) {
    EXPECT_EQ(static_cast<std::size_t>(iteration), seen.size());
    seen.push_back(relative);
  };
  for (Operator<Scalar> const* preconditioner :
       {static_cast<Operator<Scalar> const*>(nullptr), static_cast<Operator<Scalar> const*>(&M)}) {
    seen.clear();
    auto const b = noise_vectors<Scalar>(A.pattern.rows(), 1);
    auto const x = noise_vectors<Scalar>(A.pattern.rows(), 1, 3);
    auto const info = solve(name, A, b, x, options, preconditioner);
    EXPECT_EQ(info.status, Status::converged) << name << ' ' << to_string(info.status);
    EXPECT_LE(true_residual(A, b, x), tolerance * 1.001) << name;
    EXPECT_NEAR(info.relative_residual, true_residual(A, b, x), 1e-2 * tolerance) << name;
    EXPECT_GT(info.iterations, 5) << name;
    EXPECT_LT(info.iterations, 500) << name;
    EXPECT_EQ(info.history.size(), static_cast<std::size_t>(info.iterations) + 1) << name;
    EXPECT_EQ(seen.size(), info.history.size()) << name;
    EXPECT_EQ(info.history.back(), info.relative_residual) << name;
    EXPECT_EQ(info.columns.size(), 1u);
    EXPECT_GE(info.solve_seconds, 0.);
  }
}

}  // namespace

template <class Scalar>
struct Krylov : testing::Test {};
using Scalars = testing::Types<double, float>;
TYPED_TEST_SUITE(Krylov, Scalars);

TYPED_TEST(Krylov, EveryMethodSolvesASymmetricPositiveDefiniteSystem) {
  auto const A = serial_poisson<TypeParam>(17);
  for (auto const& name : krylov_solver_names()) check_solves(name, A, 17);
}

TYPED_TEST(Krylov, BiCgStabAndGmresSolveANonsymmetricSystem) {
  auto const A = serial_poisson<TypeParam>(17, 0., 3.);
  for (auto const& name : {"bicgstab", "gmres"}) check_solves(name, A, 17);
}

TYPED_TEST(Krylov, MinresSolvesASymmetricIndefiniteSystem) {
  auto const A = serial_poisson<TypeParam>(17, -1.03);
  check_solves("minres", A, 17, 1e-3);
}

TYPED_TEST(Krylov, SeveralColumnsFareAsEachWouldAlone) {
  // more columns than a kernel takes; one is zero, one already solved, the others of different difficulty
  int const k = 11;
  auto const A = serial_poisson<TypeParam>(13);
  auto const& rows = A.pattern.rows();
  auto const b = noise_vectors<TypeParam>(rows, k);
  auto const start = noise_vectors<TypeParam>(rows, k, 40);
  auto const hb = Kokkos::create_mirror_view(b), hstart = Kokkos::create_mirror_view(start);
  Kokkos::deep_copy(hb, b);
  Kokkos::deep_copy(hstart, start);
  for (std::size_t i = 0; i < hb.extent(0); ++i) {
    hb(i, 3) = 0;
    for (int c = 6; c < k; ++c)
      hb(i, c) = hstart(i, c) = static_cast<TypeParam>(i == 80 + static_cast<unsigned>(c) ? 1 : 0);
  }
  Kokkos::deep_copy(b, hb);
  Kokkos::deep_copy(start, hstart);
  KrylovOptions options;
  options.tolerance = std::is_same_v<TypeParam, double> ? 1e-9 : 1e-4;
  options.restart = 20;
  Diagonal<TypeParam> const M(inverse_diagonal(13));

  for (auto const& name : krylov_solver_names()) {
    auto const x = vectors<TypeParam>(rows, k);
    Kokkos::deep_copy(x, start);
    auto const together = solve(name, A, b, x, options, &M);
    auto const hx = host_view(x);
    EXPECT_EQ(together.status, Status::converged) << name;
    ASSERT_EQ(together.columns.size(), static_cast<std::size_t>(k));
    int most = 0;
    for (int c = 0; c < k; ++c) {
      auto const bc = vectors<TypeParam>(rows, 1), xc = vectors<TypeParam>(rows, 1);
      auto const one = std::make_pair(c, c + 1);
      Kokkos::deep_copy(bc, Kokkos::subview(b, Kokkos::ALL(), one));
      Kokkos::deep_copy(xc, Kokkos::subview(start, Kokkos::ALL(), one));
      auto const alone = solve(name, A, bc, xc, options, &M);
      auto const hxc = host_view(xc);
      EXPECT_EQ(together.columns[static_cast<std::size_t>(c)].status, alone.status) << name << ' ' << c;
      EXPECT_NEAR(together.columns[static_cast<std::size_t>(c)].iterations, alone.iterations, 1)
          << name << ' ' << c;
      for (std::size_t i = 0; i < hx.extent(0); ++i)
        ASSERT_NEAR(hx(i, c), hxc(i, 0), 2000 * options.tolerance) << name << ' ' << c << ' ' << i;
      most = std::max(most, alone.iterations);
    }
    EXPECT_NEAR(together.iterations, most, 1) << name;
    EXPECT_EQ(together.columns[3].iterations, 0) << name;
  }
}

TYPED_TEST(Krylov, KeepsItsWorkBetweenSolvesOfAnySize) {
  for (auto const& name : krylov_solver_names()) {
    auto const solver = make_krylov_solver<TypeParam>(name, {1e-4});
    std::vector<int> iterations;
    for (int const k : {1, 3, 1}) {
      auto const A = serial_poisson<TypeParam>(k == 3 ? 9 : 14);
      auto const b = noise_vectors<TypeParam>(A.pattern.rows(), k);
      auto const x = vectors<TypeParam>(A.pattern.rows(), k);
      auto const info = solver->solve(exec(), MatrixOperator<TypeParam>(A), nullptr, b, x);
      EXPECT_EQ(info.status, Status::converged) << name;
      iterations.push_back(info.iterations);
    }
    EXPECT_EQ(iterations[0], iterations[2]) << name;
  }
}

TEST(KrylovStatus, AZeroRightHandSideHasTheZeroSolution) {
  auto const A = serial_poisson<double>(5);
  for (auto const& name : krylov_solver_names()) {
    auto const x = noise_vectors<double>(A.pattern.rows(), 2);
    auto const info = solve(name, A, vectors<double>(A.pattern.rows(), 2), x);
    EXPECT_EQ(info.status, Status::converged) << name;
    EXPECT_EQ(info.iterations, 0) << name;
    EXPECT_EQ(info.relative_residual, 0.) << name;
    auto const hx = host_view(x);
    for (std::size_t i = 0; i < hx.extent(0); ++i) EXPECT_EQ(hx(i, 1), 0.);
  }
}

TEST(KrylovStatus, AnEmptySystemIsSolved) {
  RowPartition const none(Comm::self(), 0);
  auto const A = from_rows<double>(none, [](GlobalOrdinal) { return Row(); });
  for (auto const& name : krylov_solver_names()) {
    EXPECT_EQ(solve(name, A, vectors<double>(none, 1), vectors<double>(none, 1)).status, Status::converged)
        << name;
    EXPECT_EQ(solve(name, A, vectors<double>(none, 0), vectors<double>(none, 0)).status, Status::converged)
        << name;
  }
}

TEST(KrylovStatus, NotFiniteWhereANaNComesFrom) {
  auto const A = serial_poisson<double>(5);
  auto const bad = serial_poisson<double>(5);
  auto const values = Kokkos::create_mirror_view(bad.values);
  Kokkos::deep_copy(values, bad.values);
  values(40) = kNaN;
  Kokkos::deep_copy(bad.values, values);
  auto const b = vectors<double>(A.pattern.rows(), 1, 1.);
  auto const bad_b = vectors<double>(A.pattern.rows(), 1, kNaN);
  std::vector<double> d(25, 1.);
  d[7] = kNaN;
  Diagonal<double> const bad_M(d);
  for (auto const& name : krylov_solver_names()) {
    auto const x = [&] { return vectors<double>(A.pattern.rows(), 1); };
    EXPECT_EQ(solve(name, A, bad_b, x()).status, Status::not_finite) << name;
    EXPECT_EQ(solve(name, A, b, bad_b).status, Status::not_finite) << name;
    EXPECT_EQ(solve(name, bad, b, x()).status, Status::not_finite) << name;
    EXPECT_EQ(solve(name, A, b, x(), {}, &bad_M).status, Status::not_finite) << name;
    EXPECT_EQ(solve(name, A, bad_b, x()).iterations, 0) << name;
  }
}

TEST(KrylovStatus, AColumnThatIsNotFiniteLeavesTheOthersAlone) {
  auto const A = serial_poisson<double>(9);
  auto const b = noise_vectors<double>(A.pattern.rows(), 3);
  auto const h = Kokkos::create_mirror_view(b);
  Kokkos::deep_copy(h, b);
  h(11, 1) = kNaN;
  Kokkos::deep_copy(b, h);
  Diagonal<double> const M(inverse_diagonal(9));
  for (auto const& name : krylov_solver_names()) {
    auto const x = vectors<double>(A.pattern.rows(), 3);
    auto const info = solve(name, A, b, x, {}, &M);
    EXPECT_EQ(info.status, Status::not_finite) << name;
    EXPECT_EQ(info.columns[0].status, Status::converged) << name;
    EXPECT_EQ(info.columns[1].status, Status::not_finite) << name;
    EXPECT_EQ(info.columns[2].status, Status::converged) << name;
    EXPECT_LE(true_residual(A, b, x, 0), 1e-8) << name;
    EXPECT_LE(true_residual(A, b, x, 2), 1e-8) << name;
  }
}

TEST(KrylovStatus, MaxIterationsWithTheResidualReached) {
  auto const A = serial_poisson<double>(20);
  auto const b = vectors<double>(A.pattern.rows(), 1, 1.);
  KrylovOptions options;
  options.max_iterations = 5;
  for (auto const& name : krylov_solver_names()) {
    auto const x = vectors<double>(A.pattern.rows(), 1);
    auto const info = solve(name, A, b, x, options);
    EXPECT_EQ(info.status, Status::max_iterations) << name;
    EXPECT_EQ(info.iterations, 5) << name;
    EXPECT_NEAR(info.relative_residual, true_residual(A, b, x), 1e-12) << name;
    EXPECT_EQ(info.history.size(), 6u) << name;
  }
}

TEST(KrylovStatus, IndefiniteMatricesAndPreconditioners) {
  auto const A = serial_poisson<double>(9);
  auto const indefinite = serial_poisson<double>(9, -3.);
  auto const b = noise_vectors<double>(A.pattern.rows(), 1);
  auto d = inverse_diagonal(9);
  for (auto& e : d) e = -e;
  Diagonal<double> const negative(d);
  auto const x = [&] { return vectors<double>(A.pattern.rows(), 1); };
  EXPECT_EQ(solve("pcg", indefinite, b, x()).status, Status::indefinite);
  EXPECT_EQ(solve("pcg", A, b, x(), {}, &negative).status, Status::indefinite);
  EXPECT_EQ(solve("minres", A, b, x(), {}, &negative).status, Status::indefinite);
  EXPECT_FALSE(solve("pcg", indefinite, b, x()).converged());
}

TEST(KrylovStatus, BreakdownWhereTheRecurrenceDividesByZero) {
  // r . A r = 0 for every r
  auto const skew = small_matrix<double>({{{0, 0.}, {1, 1.}}, {{0, -1.}, {1, 0.}}});
  EXPECT_EQ(solve("bicgstab", skew, column_of({1, 0}), column_of({0, 0})).status, Status::breakdown);
  EXPECT_EQ(solve("gmres", skew, column_of({1, 0}), column_of({0, 0})).status, Status::converged);
  // A b = 0
  auto const singular = small_matrix<double>({{{0, 0.}, {1, 1.}}, {{0, 0.}, {1, 0.}}});
  EXPECT_EQ(solve("gmres", singular, column_of({1, 0}), column_of({0, 0})).status, Status::breakdown);
  auto const symmetric_singular = small_matrix<double>({{{0, 0.}, {1, 0.}}, {{0, 0.}, {1, 1.}}});
  EXPECT_EQ(solve("minres", symmetric_singular, column_of({1, 0}), column_of({0, 0})).status,
            Status::breakdown);
  Diagonal<double> const zero(std::vector<double>(2, 0.));
  EXPECT_EQ(solve<double>("pcg", skew, column_of({1, 0}), column_of({0, 0}), {}, &zero).status,
            Status::breakdown);
}

TEST(KrylovStatus, ASingularButInconsistentSystemIsNeverConverged) {
  auto const singular = small_matrix<double>({{{0, 1.}, {1, -1.}}, {{0, -1.}, {1, 1.}}});
  for (auto const& name : krylov_solver_names()) {
    auto const info = solve(name, singular, column_of({1, .5}), column_of({0, 0}));
    EXPECT_FALSE(info.converged()) << name;
    EXPECT_GT(info.relative_residual, .1) << name;
  }
}

TEST(KrylovStatus, StagnatedWhenCyclesGainNothing) {
  int const n = 8;
  std::vector<Row> shift;
  for (int i = 0; i < n; ++i) shift.push_back({{(i + 1) % n, 1.}});
  std::vector<double> e(static_cast<std::size_t>(n), 0.);
  e[0] = 1;
  KrylovOptions options;
  options.restart = 4;
  EXPECT_EQ(
      solve("gmres", small_matrix<double>(shift), column_of(e), column_of(std::vector<double>(n)), options)
          .status,
      Status::stagnated);
  options.restart = 8;
  EXPECT_EQ(
      solve("gmres", small_matrix<double>(shift), column_of(e), column_of(std::vector<double>(n)), options)
          .status,
      Status::converged);
}

TEST(KrylovStatus, StagnatedWhereRoundingForbidsTheTolerance) {
  auto const A = serial_poisson<double>(20);
  KrylovOptions options;
  options.tolerance = 1e-20;
  for (auto const& name : krylov_solver_names()) {
    auto const b = noise_vectors<double>(A.pattern.rows(), 1);
    auto const x = vectors<double>(A.pattern.rows(), 1);
    auto const info = solve(name, A, b, x, options);
    EXPECT_TRUE(info.status == Status::stagnated || info.status == Status::breakdown)
        << name << ' ' << to_string(info.status);
    EXPECT_LT(info.relative_residual, 1e-13) << name;
    EXPECT_NEAR(info.relative_residual, true_residual(A, b, x), 1e-15) << name;
  }
}

namespace {
/// A matrix that is thirty times larger at each product: what was right for the last is far off for the next.
class Exploding : public Diagonal<double> {
 public:
  using Diagonal<double>::Diagonal;
  void apply(Exec const& e, In const& x, Out const& y) const override {
    Diagonal<double>::apply(e, x, y);
    scale(e, factor_ *= 30, y);
  }

 private:
  mutable double factor_ = 1;
};
}  // namespace

TEST(KrylovStatus, DivergedWhenTheResidualExplodes) {
  RowPartition const rows(Comm::self(), 50);
  std::vector<double> d;
  for (int i = 0; i < 50; ++i) d.push_back(1 + i);
  for (auto const& name : {"pcg", "gmres"}) {
    Exploding const A(d);
    auto const info = make_krylov_solver<double>(name)->solve(
        exec(), A, nullptr, noise_vectors<double>(rows, 1), vectors<double>(rows, 1));
    EXPECT_EQ(info.status, Status::diverged) << name << ' ' << to_string(info.status);
  }
}

namespace {
/// Products with an error of 1e-5, exact residuals.
class Noisy : public Operator<double> {
 public:
  explicit Noisy(DistributedCsr<double> const& A) : A_(A) {}
  Comm const& comm() const override { return A_.comm(); }
  Ordinal num_local_rows() const override { return A_.num_local_rows(); }
  Ordinal num_local_cols() const override { return A_.num_local_cols(); }
  void apply(Exec const& e, In const& x, Out const& y) const override {
    A_.apply(e, x, y);
    auto const h = Kokkos::create_mirror_view(y);
    Kokkos::deep_copy(h, y);
    for (std::size_t i = 0; i < h.extent(0); ++i)
      h(i, 0) *= 1 + 1e-5 * noise(static_cast<GlobalOrdinal>(i), 9);
    Kokkos::deep_copy(y, h);
  }
  void apply_transpose(Exec const& e, In const& x, Out const& y) const override { apply(e, x, y); }
  void residual(Exec const& e, In const& b, In const& x, Out const& r) const override {
    A_.residual(e, b, x, r);
  }

 private:
  MatrixOperator<double> A_;
};
}  // namespace

TEST(KrylovStatus, GoesOnFromTheTrueResidualWhereTheRecurrenceWasWrong) {
  auto const A = serial_poisson<double>(12);
  auto const b = noise_vectors<double>(A.pattern.rows(), 1);
  KrylovOptions options;
  options.tolerance = 1e-10;
  for (auto const& name : krylov_solver_names()) {
    auto const x = vectors<double>(A.pattern.rows(), 1);
    auto const info = make_krylov_solver<double>(name, options)->solve(exec(), Noisy(A), nullptr, b, x);
    EXPECT_EQ(info.status, Status::converged) << name << ' ' << to_string(info.status);
    EXPECT_LE(true_residual(A, b, x), 1e-10) << name;
  }
}

TEST(Pcg, FlexibleSolvesTheSameSystems) {
  auto const A = serial_poisson<double>(17);
  auto const b = noise_vectors<double>(A.pattern.rows(), 2);
  Diagonal<double> const M(inverse_diagonal(17));
  KrylovOptions options;
  auto const x = vectors<double>(A.pattern.rows(), 2), y = vectors<double>(A.pattern.rows(), 2);
  auto const standard = solve("pcg", A, b, x, options, &M);
  options.flexible = true;
  auto const flexible = solve("pcg", A, b, y, options, &M);
  EXPECT_EQ(flexible.status, Status::converged);
  EXPECT_NEAR(flexible.iterations, standard.iterations, 1);
  EXPECT_LE(true_residual(A, b, y, 1), 1e-8);
}

TEST(Krylov, RejectsWhatDoesNotFit) {
  auto const A = serial_poisson<double>(5);
  auto const short_x = vectors<double>(RowPartition(Comm::self(), 24), 1);
  auto const b = vectors<double>(A.pattern.rows(), 1, 1.), two = vectors<double>(A.pattern.rows(), 2);
  Diagonal<double> const small(std::vector<double>(3, 1.));
  EXPECT_NE(message_of([&] {
              solve("pcg", A, b, short_x);
            }).find("b and x have length 25 and 24 but the matrix has 25"),
            std::string::npos);
  EXPECT_NE(message_of([&] { solve("gmres", A, b, two); }).find("b has 1 columns and x 2"),
            std::string::npos);
  EXPECT_NE(
      message_of([&] { solve<double>("minres", A, b, b, {}, &small); }).find("the preconditioner is 3 by 3"),
      std::string::npos);
  auto const wide = from_rows<double>(RowPartition(Comm::self(), 2), [](GlobalOrdinal i) {
    return Row{{i, 1.}};
  });
  EXPECT_EQ(message_of([&] { make_krylov_solver<double>("cg"); }),
            "make_krylov_solver: no method 'cg'; there are pcg, bicgstab, gmres, minres");
  EXPECT_NE(message_of([&] { make_krylov_solver<double>("pcg", {-1.}); }).find("tolerance = -1"),
            std::string::npos);
  KrylovOptions options;
  options.max_iterations = 0;
  EXPECT_NE(message_of([&] { make_krylov_solver<double>("pcg", options); }).find("max_iterations = 0"),
            std::string::npos);
}
