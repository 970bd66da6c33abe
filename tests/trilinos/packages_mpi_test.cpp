// MueLu, Ifpack2 and Amesos2 behind plain interfaces: nothing here includes their headers.
#include <gtest/gtest.h>

#include <Teuchos_ParameterList.hpp>

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/core/problems.hpp>
#include <nacre/solvers/krylov.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/trilinos/amesos2.hpp>
#include <nacre/trilinos/ifpack2.hpp>
#include <nacre/trilinos/muelu.hpp>
#include <support/views.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

using Exec = ExecOf<DefaultDevice>;

/// Columns of numbers that do not depend on how rows are dealt out.
MultiVector<double> right_hand_sides(RowPartition const& rows, int k) {
  MultiVector<double> const b("b", rows.num_owned(), k);
  auto const h = Kokkos::create_mirror_view(b);
  for (Ordinal i = 0; i < rows.num_owned(); ++i)
    for (int c = 0; c < k; ++c) h(i, c) = std::sin(1. + .3 * static_cast<double>(rows.begin() + i) + c);
  Kokkos::deep_copy(b, h);
  return b;
}

/// Iterations of Nacre's CG to 1e-8, or -1 if it did not get there.
int iterations(DistributedCsr<double> const& A, solvers::Operator<double> const* M,
               std::string const& method = "pcg") {
  auto const b = right_hand_sides(A.pattern.rows(), 2);
  MultiVector<double> const x("x", b.extent(0), b.extent(1));
  auto const info =
      solvers::make_krylov_solver<double>(method)->solve(Exec(), solvers::MatrixOperator<double>(A), M, b, x);
  return info.converged() ? info.iterations : -1;
}

DistributedCsr<double> twice_the_identity(Comm const& comm, GlobalOrdinal n) {
  auto const rows = RowPartition::even(comm, n);
  GlobalRows<double> mine;
  for (auto g = rows.begin(); g < rows.end(); ++g) {
    mine.col.push_back(g);
    mine.values.push_back(2.);
    mine.row_ptr.push_back(static_cast<Offset>(mine.col.size()));
  }
  return make_distributed<double>(rows, rows, mine);
}

template <class Call>
std::string error_of(Call const& call) {
  try {
    call();
  } catch (Error const& e) {
    return e.what();
  }
  return "no error";
}

/// MueLu's parameters for problems as small as these.
Teuchos::ParameterList several_levels() {
  Teuchos::ParameterList list;
  list.set("coarse: max size", 100);
  return list;
}

/// An unsymmetric matrix with rows of 37 unknowns on all ranks but the last.
DistributedCsr<double> unsymmetric(Comm const& comm, double scale = 1) {
  int const pieces = std::max(comm.size() - 1, 1);
  RowPartition const rows(
      comm, comm.rank() < pieces ? 37 * (comm.rank() + 1) / pieces - 37 * comm.rank() / pieces : 0);
  GlobalRows<double> mine;
  for (auto g = rows.begin(); g < rows.end(); ++g) {
    mine.col.push_back(g);
    mine.values.push_back(scale * (3 + .1 * static_cast<double>(g)));
    if (g > 0) mine.col.push_back(g - 1), mine.values.push_back(-scale);
    if (g % 3 == 0 && g + 5 < 37) mine.col.push_back(g + 5), mine.values.push_back(1.5 * scale);
    mine.row_ptr.push_back(static_cast<Offset>(mine.col.size()));
  }
  return make_distributed<double>(rows, rows, mine);
}

}  // namespace

TEST(MueLu, PreconditionsOurCg) {
  auto const p = poisson_3d(Comm::world(), {12, 12, 13});
  auto const list = several_levels();
  trilinos::MueLuOptions options;
  options.parameters = &list;
  trilinos::MueLuPreconditioner const M(p.A, options);
  int const with = iterations(p.A, &M);
  EXPECT_GT(with, 0);
  EXPECT_LE(with, 16);
  EXPECT_GE(M.num_levels(), 2);
  EXPECT_GT(M.operator_complexity(), 1.);
  EXPECT_LT(M.operator_complexity(), 2.);
  EXPECT_EQ(M.description().find("MueLu, "), 0u);
}

TEST(MueLu, SetsUpAgainForNewValues) {
  auto const p = poisson_3d(Comm::world(), {12, 12, 13});
  auto const list = several_levels();
  trilinos::MueLuOptions options;
  options.parameters = &list;
  options.reuse = "S";
  trilinos::MueLuPreconditioner M(p.A, options);
  DistributedCsr<double> const scaled{p.A.pattern, Vector<double>("values", p.A.values.extent(0))};
  int const before = iterations(p.A, &M);
  auto const h = to_host(p.A.values);
  for (std::size_t k = 0; k < h.extent(0); ++k) h(k) *= 1e6;
  Kokkos::deep_copy(scaled.values, h);

  M.update(scaled);

  EXPECT_NEAR(iterations(scaled, &M), before, 1);
  auto const b = right_hand_sides(p.A.pattern.rows(), 1);
  MultiVector<double> const x("x", b.extent(0), 1);
  M.apply(Exec(), b, x);
  double sum = 0;
  auto const hx = to_host(x);
  for (std::size_t i = 0; i < hx.extent(0); ++i) sum += hx(i, 0) * hx(i, 0);
  EXPECT_LT(p.A.comm().sum(sum), 1e-6) << "the old values were still in use";
}

TEST(MueLu, TakesRigidBodyModesAndCoordinates) {
  auto const p = elasticity(Comm::world(), {6, 6, 6});
  auto const n = static_cast<std::size_t>(p.A.pattern.num_owned_rows());
  auto const list = several_levels();
  trilinos::MueLuOptions options;
  options.parameters = &list;
  options.block_size = 3;
  trilinos::MueLuPreconditioner const without(p.A, options);
  options.near_nullspace = p.near_nullspace;
  options.coordinates = MultiVector<double>("coordinates", n / 3, 3);
  auto const h = Kokkos::create_mirror_view(options.coordinates);
  for (std::size_t i = 0; i < n / 3; ++i)
    for (std::size_t d = 0; d < 3; ++d) h(i, d) = p.coordinates[i][d];
  Kokkos::deep_copy(options.coordinates, h);
  trilinos::MueLuPreconditioner const with(p.A, options);
  int const w = iterations(p.A, &with), wo = iterations(p.A, &without);
  EXPECT_GT(w, 0);
  EXPECT_LT(w, wo);

  options.near_nullspace = MultiVector<double>("short", n + 1, 6);
  EXPECT_NE(error_of([&] { trilinos::MueLuPreconditioner(p.A, options); }).find("extent(0)"),
            std::string::npos);
}

TEST(MueLu, TellsWhichParameterItDoesNotKnow) {
  auto const p = poisson_1d(Comm::world(), 50);
  Teuchos::ParameterList list;
  list.set("smoother: tipe", "CHEBYSHEV");
  trilinos::MueLuOptions options;
  options.parameters = &list;
  auto const what = error_of([&] { trilinos::MueLuPreconditioner(p.A, options); });
  EXPECT_NE(what.find("smoother: tipe"), std::string::npos) << what;
}

TEST(Ifpack2, PreconditionsOurMethods) {
  auto const p = poisson_3d(Comm::world(), {8, 8, 9});
  int const none = iterations(p.A, nullptr);
  // Ifpack2 estimates the eigenvalue from a random start, too low now and then
  Teuchos::ParameterList list;
  list.set("chebyshev: max eigenvalue", 2.);
  list.set("chebyshev: degree", 3);
  for (auto const* name : {"CHEBYSHEV", "chebyshev"}) {
    int const with = iterations(p.A, trilinos::make_ifpack2_preconditioner(name, p.A, &list).get());
    EXPECT_GT(with, 0) << name;
    EXPECT_LT(with, none) << name;
  }
  EXPECT_GT(iterations(p.A, trilinos::make_ifpack2_preconditioner("RELAXATION", p.A).get()), 0);
  for (auto const* name : {"ILUT", "RILUK", "SCHWARZ"}) {
    int const with = iterations(p.A, trilinos::make_ifpack2_preconditioner(name, p.A).get(), "gmres");
    EXPECT_GT(with, 0) << name;
    EXPECT_LT(with, none) << name;
  }
}

TEST(Ifpack2, TakesParametersAndNewValues) {
  auto const p = poisson_2d(Comm::world(), {9, 10});
  Teuchos::ParameterList list;
  list.set("relaxation: type", "Jacobi");
  list.set("relaxation: sweeps", 1);
  auto const M = trilinos::make_ifpack2_preconditioner("RELAXATION", p.A, &list);
  auto const b = right_hand_sides(p.A.pattern.rows(), 2);
  MultiVector<double> const x("x", b.extent(0), 2);
  M->apply(Exec(), b, x);
  auto const hb = to_host(b), hx = to_host(x);
  for (std::size_t i = 0; i < hb.extent(0); ++i) EXPECT_DOUBLE_EQ(hx(i, 1), hb(i, 1) / 4);

  DistributedCsr<double> const doubled{p.A.pattern, Vector<double>("values", p.A.values.extent(0))};
  auto const h = to_host(p.A.values);
  for (std::size_t k = 0; k < h.extent(0); ++k) h(k) *= 2;
  Kokkos::deep_copy(doubled.values, h);
  M->update(doubled);
  M->apply(Exec(), b, x);
  auto const again = to_host(x);
  auto const untouched = to_host(p.A.values);
  for (std::size_t i = 0; i < hb.extent(0); ++i) EXPECT_DOUBLE_EQ(again(i, 0), hb(i, 0) / 8);
  for (std::size_t k = 0; k < h.extent(0); ++k) EXPECT_EQ(2 * untouched(k), h(k));
}

TEST(Ifpack2, SaysWhichNameWasMeant) {
  auto const p = poisson_1d(Comm::world(), 50);
  auto const what = error_of([&] { trilinos::make_ifpack2_preconditioner("CHEBISHEV", p.A); });
  EXPECT_NE(what.find("did you mean 'CHEBYSHEV'?"), std::string::npos) << what;
}

TEST(DirectSolver, SolvesWithSeveralRightHandSidesAndTransposed) {
  auto const A = unsymmetric(Comm::world());
  trilinos::DirectSolver const solver(A);
  for (int const k : {1, 3}) {
    auto const b = right_hand_sides(A.pattern.rows(), k);
    MultiVector<double> const x("x", b.extent(0), k), r("r", b.extent(0), k);
    Kokkos::deep_copy(x, 7.);

    auto const info = solver.solve(Exec(), b, x);
    EXPECT_TRUE(info.converged());
    EXPECT_LE(info.relative_residual, 1e-14) << k;
    EXPECT_EQ(info.columns.size(), static_cast<std::size_t>(k));
    spmv(Exec(), A, x, r);
    auto const hb = to_host(b), hr = to_host(r);
    for (std::size_t i = 0; i < hb.extent(0); ++i)
      for (int c = 0; c < k; ++c) EXPECT_NEAR(hr(i, c), hb(i, c), 1e-14);

    EXPECT_LE(solver.solve_transpose(Exec(), b, x).relative_residual, 1e-14) << k;
    spmv_transpose(Exec(), A, x, r);
    auto const ht = to_host(r);
    for (std::size_t i = 0; i < hb.extent(0); ++i)
      for (int c = 0; c < k; ++c) EXPECT_NEAR(ht(i, c), hb(i, c), 1e-13);
    EXPECT_LE(solver.solve(Exec(), b, x).relative_residual, 1e-14) << "after a transposed solve";
  }
}

TEST(DirectSolver, TakesNewValuesAndLeavesTheOldOnesAlone) {
  Comm const comm = Comm::world();
  auto const A = unsymmetric(comm);
  auto const old_values = to_host(A.values);
  trilinos::DirectSolver solver(A);
  auto other = unsymmetric(comm, 4.);
  auto const b = right_hand_sides(A.pattern.rows(), 2);
  MultiVector<double> const x("x", b.extent(0), 2);

  solver.update({A.pattern, other.values});

  EXPECT_LE(solver.solve(Exec(), b, x).relative_residual, 1e-14);
  auto const values = to_host(A.values);
  for (std::size_t k = 0; k < values.extent(0); ++k) EXPECT_EQ(values(k), old_values(k));
  auto const wrong = poisson_1d(comm, 50);
  EXPECT_THROW(solver.update(wrong.A), Error);
}

TEST(DirectSolver, MakesAKrylovMethodStopAtOnce) {
  auto const p = poisson_3d(Comm::world(), {10, 10, 11});
  trilinos::DirectSolver const M(p.A);
  EXPECT_EQ(iterations(p.A, &M), 1);
  EXPECT_EQ(M.description().find("Amesos2 KLU2"), 0u);
}

TEST(DirectSolver, SolvesNothingAndOneEquation) {
  Comm const comm = Comm::world();
  for (GlobalOrdinal const n : {0, 1}) {
    auto const A = twice_the_identity(comm, n);
    trilinos::DirectSolver const solver(A);
    auto const b = right_hand_sides(A.pattern.rows(), 2);
    MultiVector<double> const x("x", b.extent(0), 2);
    EXPECT_TRUE(solver.solve(Exec(), b, x).converged());
    auto const hb = to_host(b), hx = to_host(x);
    for (std::size_t i = 0; i < hb.extent(0); ++i) EXPECT_DOUBLE_EQ(hx(i, 1), hb(i, 1) / 2);
  }
}

TEST(DirectSolver, RejectsWhatCannotBeFactored) {
  Comm const comm = Comm::world();
  auto A = unsymmetric(comm);
  EXPECT_NE(error_of([&] { trilinos::DirectSolver(A, {"KLU3"}); }).find("no solver 'KLU3'"),
            std::string::npos);
  auto const rectangular = random_sparse(comm, 20, 30, .3);
  EXPECT_NE(error_of([&] { trilinos::DirectSolver{rectangular}; }).find("must be square"), std::string::npos);
  Kokkos::deep_copy(A.values, 0.);
  std::string const what = error_of([&] { trilinos::DirectSolver{A}; });
  EXPECT_NE(what.find("DirectSolver"), std::string::npos) << what;
}
