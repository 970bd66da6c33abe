#include <nacre/solvers/optimized_schwarz.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <nacre/solvers/gmres.hpp>
#include <nacre/solvers/interface_conditions.hpp>
#include <nacre/solvers/lloyd_aggregation.hpp>
#include <nacre/solvers/matrix_operator.hpp>

#include "support/derivatives.hpp"
#include "support/message_of.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::CsrMatrix;
using nacre::Ordinal;
using nacre::solvers::InterfaceCondition;
using nacre::solvers::OptimizedSchwarz;
using nacre::solvers::SchwarzDecomposition;
using nacre::solvers::SchwarzErrorOp;
using nacre::solvers::SchwarzErrorOptions;
using nacre::solvers::SchwarzOptions;
using nacre::test::Dense;
using nacre::test::message_of;
using nacre::test::random_vector;
using nacre::test::to_host;
using Device = nacre::DefaultDevice;
template <class T>
using Vector = nacre::Vector<T>;
template <class T>
using RowMajor = nacre::RowMajor<T>;
nacre::ExecOf<Device> const& exec() {
  static nacre::ExecOf<Device> const instance;
  return instance;
}

/// (1/h^2) (A + nu h^2 I) on nx by ny points, h = 1 / (nx + 1), plus something that makes it unsymmetric.
template <class T = double>
CsrMatrix<T> grid_matrix(int nx, int ny, double nu, double wind = 0) {
  double const h = 1. / (nx + 1);
  std::vector<nacre::Offset> row_ptr{0};
  std::vector<Ordinal> col;
  std::vector<T> values;
  for (int y = 0; y < ny; ++y)
    for (int x = 0; x < nx; ++x) {
      auto const add = [&](int u, int v, double value) {
        if (u < 0 || u >= nx || v < 0 || v >= ny) return;
        col.push_back(u + nx * v);
        values.push_back(static_cast<T>(value / (h * h)));
      };
      add(x, y - 1, -1);
      add(x - 1, y, -1 - wind);
      add(x, y, 4 + nu * h * h);
      add(x + 1, y, -1 + wind);
      add(x, y + 1, -1);
      row_ptr.push_back(static_cast<nacre::Offset>(col.size()));
    }
  return {nacre::CsrPattern<Device>(nx * ny, nx * ny, nacre::to_device<Device>("row_ptr", row_ptr),
                                    nacre::to_device<Device>("col", col)),
          nacre::to_device<Device>("values", values)};
}

/// Blocks of `width` by `height` points.
std::vector<Ordinal> boxes(int nx, int ny, int width, int height) {
  std::vector<Ordinal> part;
  int const across = (nx + width - 1) / width;
  for (int y = 0; y < ny; ++y)
    for (int x = 0; x < nx; ++x) part.push_back(x / width + across * (y / height));
  return part;
}

template <class T>
RowMajor<T> random_columns(std::size_t n, std::size_t k, unsigned seed) {
  RowMajor<T> const x("x", n, k);
  auto const from = to_host(random_vector<T, Device>("from", n * k, seed));
  auto const h = Kokkos::create_mirror_view(x);
  for (std::size_t i = 0; i < n * k; ++i) h(i / k, i % k) = from(i);
  Kokkos::deep_copy(x, h);
  return x;
}

/// A x = b for a dense A, by Gaussian elimination with row interchanges.
std::vector<double> solve_dense(Dense a, std::vector<double> b) {
  std::size_t const n = b.size();
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t p = k;
    for (std::size_t i = k; i < n; ++i)
      if (std::fabs(a[i][k]) > std::fabs(a[p][k])) p = i;
    std::swap(a[k], a[p]);
    std::swap(b[k], b[p]);
    for (std::size_t i = k + 1; i < n; ++i) {
      double const l = a[i][k] / a[k][k];
      for (std::size_t j = k; j < n; ++j) a[i][j] -= l * a[k][j];
      b[i] -= l * b[k];
    }
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = i + 1; j < n; ++j) b[i] -= a[i][j] * b[j];
    b[i] /= a[i][i];
  }
  return b;
}

/// M(L) r by the definition, with dense matrices; the transpose of each if asked for.
std::vector<double> reference_product(Dense const& A, Dense const& L, double scale,
                                      std::vector<Ordinal> const& part, int overlap,
                                      std::vector<double> const& r, bool transposed) {
  std::size_t const n = r.size();
  std::vector<double> z(n, 0.);
  Ordinal const parts = *std::max_element(part.begin(), part.end()) + 1;
  for (Ordinal d = 0; d < parts; ++d) {
    std::vector<bool> inside(n), own(n);
    for (std::size_t i = 0; i < n; ++i) inside[i] = own[i] = part[i] == d;
    for (int layer = 0; layer < overlap; ++layer) {
      auto const before = inside;
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
          if (before[i] && A[i][j] != 0) inside[j] = true;
    }
    std::vector<std::size_t> nodes;
    for (std::size_t i = 0; i < n; ++i)
      if (inside[i]) nodes.push_back(i);
    Dense local(nodes.size(), std::vector<double>(nodes.size()));
    std::vector<double> b(nodes.size());
    for (std::size_t p = 0; p < nodes.size(); ++p) {
      for (std::size_t q = 0; q < nodes.size(); ++q) {
        auto const i = nodes[p], j = nodes[q];
        double const value = A[i][j] + (!own[i] && !own[j] ? scale * L[i][j] : 0);
        (transposed ? local[q][p] : local[p][q]) = value;
      }
      b[p] = transposed && !own[nodes[p]] ? 0 : r[nodes[p]];
    }
    auto const x = solve_dense(local, b);
    for (std::size_t p = 0; p < nodes.size(); ++p)
      if (transposed || own[nodes[p]]) z[nodes[p]] += x[p];
  }
  return z;
}

/// Compares products with M and M^T, and T, of both kinds of factors with the definition.
void expect_reference(CsrMatrix<double> const& A, std::vector<Ordinal> const& part,
                      SchwarzOptions const& options, std::size_t k) {
  SCOPED_TRACE(
      nacre::cat("overlap ", options.overlap, ", widest band ", options.widest_band, ", columns ", k));
  SchwarzDecomposition<Device> const decomposition(A.pattern, part, options);
  double const scale = 1.5;
  auto const L = random_vector<double, Device>("L", A.num_entries(), 7);
  auto const dense = nacre::test::to_dense(A), dense_L = nacre::test::to_dense(A.pattern, L);
  auto const n = static_cast<std::size_t>(A.num_rows());
  auto const e = random_columns<double>(n, k, 3);
  RowMajor<double> const y("y", n, k);
  SchwarzErrorOp<> const op(decomposition, A.values, {scale, 1});
  op.forward(exec(), y, L, e);
  OptimizedSchwarz<double> const M({nacre::DistributedPattern<>(A.pattern), A.values}, decomposition, L,
                                   scale);
  nacre::MultiVector<double> const r("r", n, k), z("z", n, k), zt("zt", n, k);
  auto const eh = to_host(e), yh = to_host(y);
  auto const rh = Kokkos::create_mirror_view(r);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < k; ++c) rh(i, c) = eh(i, c);
  Kokkos::deep_copy(r, rh);
  M.apply(exec(), r, z);
  M.apply_transpose(exec(), r, zt);
  auto const zh = to_host(z), zth = to_host(zt);
  for (std::size_t c = 0; c < k; ++c) {
    std::vector<double> residual(n, 0.), given(n);
    double size = 0;
    for (std::size_t i = 0; i < n; ++i) given[i] = eh(i, c);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) residual[i] += dense[i][j] * given[j];
    auto const correction = reference_product(dense, dense_L, scale, part, options.overlap, residual, false);
    auto const product = reference_product(dense, dense_L, scale, part, options.overlap, given, false);
    auto const transposed = reference_product(dense, dense_L, scale, part, options.overlap, given, true);
    for (std::size_t i = 0; i < n; ++i) size = std::max(size, std::fabs(correction[i]));
    for (std::size_t i = 0; i < n; ++i) {
      ASSERT_NEAR(yh(i, c), given[i] - correction[i], 1e-12 * size) << "unknown " << i << ", column " << c;
      ASSERT_NEAR(zh(i, c), product[i], 1e-12 * size) << "unknown " << i << ", column " << c;
      ASSERT_NEAR(zth(i, c), transposed[i], 1e-12 * size) << "unknown " << i << ", column " << c;
    }
  }
}

TEST(OptimizedSchwarz, IsWhatItsDefinitionSays) {
  auto const A = grid_matrix(7, 6, 1, .3);
  auto const part = boxes(7, 6, 3, 3);
  for (std::size_t const k : {1, 3, 23, 70}) expect_reference(A, part, {1, 64}, k);
  expect_reference(A, part, {2, 64}, 5);
  expect_reference(A, boxes(7, 6, 7, 6), {1, 64}, 2);  // one subdomain
  if (!nacre::solvers::detail::have_klu()) GTEST_SKIP() << "without KLU";
  expect_reference(A, part, {1, 0}, 6);
  expect_reference(A, part, {1, 4}, 6);
}

TEST(OptimizedSchwarz, InterchangesRowsWhereTheDiagonalIsSmall) {
  auto A = grid_matrix(6, 6, 1, .3);
  auto const row = to_host(nacre::row_of_entry(A.pattern));
  auto const col = to_host(A.pattern.col());
  auto const values = to_host(A.values);
  for (std::size_t e = 0; e < values.extent(0); ++e)
    if (row(e) == col(e)) values(e) = row(e) % 3 == 0 ? 0 : 1e-3;
  Kokkos::deep_copy(A.values, values);
  expect_reference(A, boxes(6, 6, 3, 3), {1, 64}, 19);
}

/// Spectral radius of T on n by n points with two halves.
double spectral_radius(int n, InterfaceCondition condition) {
  auto const A = grid_matrix(n, n, 1);
  double const h = 1. / (n + 1);
  SchwarzDecomposition<Device> const decomposition(A.pattern, boxes(n, n, n / 2, n));
  auto const L = nacre::solvers::interface_values(A.pattern, condition, h, 1);
  auto const found = nacre::solvers::schwarz_spectral_radius<Device>(decomposition, A.values, L, 1 / (h * h));
  EXPECT_TRUE(found.invariant);
  return found.value;
}

TEST(InterfaceConditions, GiveTheSpectralRadiiOfTheory) {
  EXPECT_NEAR(spectral_radius(16, InterfaceCondition::dirichlet), .5336, 1e-4);
  EXPECT_NEAR(spectral_radius(16, InterfaceCondition::zeroth_order), .2408, 1e-4);
  EXPECT_NEAR(spectral_radius(16, InterfaceCondition::second_order), .0955, 1e-4);
}

template <class T>
void expect_derivatives(int power, int widest_band) {
  SCOPED_TRACE(nacre::cat("power ", power, ", widest band ", widest_band));
  auto const A = grid_matrix(7, 5, 1, .3);
  SchwarzDecomposition<Device> const decomposition(A.pattern, boxes(7, 5, 3, 3), {1, widest_band});
  SchwarzErrorOp<> const op(decomposition, A.values, {64., power});
  auto const L = random_vector<T, Device>("L", A.num_entries(), 5);
  // differences in single precision would see its rounding
  if constexpr (std::is_same_v<T, double>)
    nacre::test::expect_correct_derivatives(exec(), op, L, random_columns<double>(35, 67, 2));
  else
    nacre::test::expect_correct_derivatives_within(2e-2, exec(), op, L, random_columns<double>(35, 3, 2));
}

TEST(SchwarzErrorOp, HasCorrectDerivatives) {
  expect_derivatives<double>(1, 64);
  expect_derivatives<double>(3, 64);
  if (nacre::solvers::detail::have_klu()) expect_derivatives<double>(2, 0);
}

TEST(SchwarzErrorOp, TakesInterfaceValuesInSinglePrecision) {
  auto const A = grid_matrix(7, 5, 1, .3);
  SchwarzDecomposition<Device> const decomposition(A.pattern, boxes(7, 5, 3, 3));
  SchwarzErrorOp<> const op(decomposition, A.values, {64., 2});
  auto const single = random_vector<float, Device>("L", A.num_entries(), 5);
  Vector<double> const L("L", A.num_entries()), L_bar("L_bar", A.num_entries());
  Vector<float> const single_bar("single_bar", A.num_entries());
  Kokkos::deep_copy(L, single);
  Kokkos::deep_copy(single_bar, 1.f);
  auto const e = random_columns<double>(35, 9, 1), y_bar = random_columns<double>(35, 9, 2);
  RowMajor<double> const y("y", 35, 9), single_y("single_y", 35, 9), unwanted;
  op.forward(exec(), y, L, e);
  op.adjoint(exec(), y, y_bar, L, e, L_bar, unwanted);
  op.forward(exec(), single_y, single, e);
  op.adjoint(exec(), single_y, y_bar, single, e, single_bar, unwanted);
  EXPECT_EQ(op.num_factorings(), 1) << "the same numbers";
  auto const expected = to_host(L_bar);
  auto const found = to_host(single_bar);
  double largest = 0;
  for (std::size_t k = 0; k < expected.extent(0); ++k) largest = std::max(largest, std::fabs(expected(k)));
  for (std::size_t k = 0; k < expected.extent(0); ++k)
    ASSERT_NEAR(found(k) - 1, expected(k), 1e-6 * (1 + largest)) << "entry " << k;
}

TEST(SchwarzErrorOp, FactorsOncePerSetOfInterfaceValuesAndGivesNothingToOthers) {
  auto const A = grid_matrix(8, 8, 1);
  SchwarzDecomposition<Device> const decomposition(A.pattern, boxes(8, 8, 4, 4));
  SchwarzErrorOp<> const op(decomposition, A.values, {81., 4});
  auto const L = random_vector<double, Device>("L", A.num_entries(), 5);
  Vector<double> const L_bar("L_bar", A.num_entries());
  auto const e = random_columns<double>(64, 5, 1);
  RowMajor<double> const y("y", 64, 5), e_bar("e_bar", 64, 5);
  op.forward(exec(), y, L, e);
  op.adjoint(exec(), y, y, L, e, L_bar, e_bar);
  EXPECT_EQ(op.num_factorings(), 1);
  auto const changed = to_host(L);
  changed(0) += 1;
  Kokkos::deep_copy(L, changed);
  op.forward(exec(), y, L, e);
  EXPECT_EQ(op.num_factorings(), 2);

  auto const entries = to_host(decomposition.interface_entries());
  auto const bar = to_host(L_bar);
  std::vector<bool> is_interface(A.num_entries());
  for (std::size_t k = 0; k < entries.extent(0); ++k)
    is_interface[static_cast<std::size_t>(entries(k))] = true;
  for (std::size_t k = 0; k < A.num_entries(); ++k) EXPECT_EQ(is_interface[k], bar(k) != 0) << "entry " << k;
}

TEST(OptimizedSchwarz, PreconditionsGmres) {
  auto const A = grid_matrix(32, 32, 1);
  double const h = 1. / 33;
  SchwarzDecomposition<Device> const decomposition(A.pattern, boxes(32, 32, 16, 32));
  nacre::DistributedCsr<double> const distributed{nacre::DistributedPattern<>(A.pattern), A.values};
  auto const b = random_vector<double, Device>("b", 1024, 1);
  nacre::solvers::KrylovOptions options;
  options.tolerance = 1e-10;
  auto const iterations = [&](InterfaceCondition condition) {
    OptimizedSchwarz<double> const M(distributed, decomposition,
                                     nacre::solvers::interface_values(A.pattern, condition, h, 1),
                                     1 / (h * h));
    Vector<double> const x("x", 1024);
    auto const info =
        nacre::solvers::Gmres<double>(options).solve({}, nacre::solvers::MatrixOperator<double>(distributed),
                                                     &M, nacre::as_columns(b), nacre::as_columns(x));
    EXPECT_TRUE(info.converged());
    return info.iterations;
  };
  int const ras = iterations(InterfaceCondition::dirichlet),
            oo0 = iterations(InterfaceCondition::zeroth_order),
            oo2 = iterations(InterfaceCondition::second_order);
  EXPECT_LT(oo0, ras);
  EXPECT_LT(oo2, oo0);
  RecordProperty("iterations", nacre::cat(ras, ", ", oo0, ", ", oo2));
}

TEST(OptimizedSchwarz, TakesOverNewValues) {
  auto const A = grid_matrix(6, 6, 1, .2), B = grid_matrix(6, 6, 5);
  SchwarzDecomposition<Device> const decomposition(A.pattern, boxes(6, 6, 3, 3));
  nacre::DistributedPattern<> const pattern(A.pattern);
  OptimizedSchwarz<double> M({pattern, A.values}, decomposition), fresh({pattern, B.values}, decomposition);
  M.update({pattern, B.values});
  auto const r = random_vector<double, Device>("r", 36, 1);
  Vector<double> const z("z", 36), expected("expected", 36);
  M.apply(exec(), nacre::as_columns(r), nacre::as_columns(z));
  fresh.apply(exec(), nacre::as_columns(r), nacre::as_columns(expected));
  auto const found = to_host(z), wanted = to_host(expected);
  for (std::size_t i = 0; i < 36; ++i) EXPECT_EQ(found(i), wanted(i));
}

TEST(OptimizedSchwarz, WorksInSinglePrecision) {
  auto const A = grid_matrix(7, 6, 1, .3);
  auto const single = grid_matrix<float>(7, 6, 1, .3);
  auto const r = random_vector<float, Device>("r", 42, 1);
  Vector<double> const rd("r", 42), z("z", 42);
  Vector<float> const zs("zs", 42);
  Kokkos::deep_copy(rd, r);
  for (int const widest_band : {64, 0}) {
    if (widest_band == 0 && !nacre::solvers::detail::have_klu()) continue;
    SchwarzOptions const options{1, widest_band};
    OptimizedSchwarz<double>({nacre::DistributedPattern<>(A.pattern), A.values},
                             {A.pattern, boxes(7, 6, 3, 3), options})
        .apply(exec(), nacre::as_columns(rd), nacre::as_columns(z));
    OptimizedSchwarz<float>({nacre::DistributedPattern<>(single.pattern), single.values},
                            {single.pattern, boxes(7, 6, 3, 3), options})
        .apply(exec(), nacre::as_columns(r), nacre::as_columns(zs));
    auto const expected = to_host(z);
    auto const found = to_host(zs);
    double largest = 0;
    for (std::size_t i = 0; i < 42; ++i) largest = std::max(largest, std::fabs(expected(i)));
    for (std::size_t i = 0; i < 42; ++i) ASSERT_NEAR(found(i), expected(i), 1e-5 * largest);
  }
}

TEST(SchwarzErrorOp, TakesNoColumnsAndNoUnknowns) {
  auto const A = grid_matrix(4, 4, 1);
  SchwarzErrorOp<> const op(SchwarzDecomposition<Device>(A.pattern, boxes(4, 4, 2, 4)), A.values);
  Vector<double> const L("L", A.num_entries()), L_bar("L_bar", A.num_entries());
  RowMajor<double> const none("none", 16, 0);
  op.forward(exec(), none, L, none);
  op.adjoint(exec(), none, none, L, none, L_bar, none);
  for (std::size_t k = 0; k < A.num_entries(); ++k) EXPECT_EQ(to_host(L_bar)(k), 0);
  Vector<double> const nothing("nothing", 0);
  nacre::CsrPattern<Device> const empty;
  SchwarzErrorOp<>(SchwarzDecomposition<Device>(empty, nacre::solvers::lloyd_aggregation(empty, .5)), nothing)
      .forward(exec(), nothing, nothing, nothing);
}

TEST(OptimizedSchwarz, SaysWhatDoesNotFit) {
  auto const A = grid_matrix(4, 4, 1);
  auto const part = boxes(4, 4, 2, 4);
  auto const decompose = [&](std::vector<Ordinal> const& p, SchwarzOptions const& options = {}) {
    return message_of([&] { SchwarzDecomposition<Device>(A.pattern, p, options); });
  };
  EXPECT_EQ(decompose({0, 1}),
            "schwarz_decomposition: parts of 2 unknowns are given but the matrix has 16 rows");
  EXPECT_EQ(decompose(std::vector<Ordinal>(16, 1)), "schwarz_decomposition: part 0 of 2 is empty");
  EXPECT_EQ(decompose(std::vector<Ordinal>(16, -1)),
            "schwarz_decomposition: unknown 0 is in part -1, expected one from 0 to 15");
  EXPECT_EQ(decompose(part, {0, 64}), "schwarz_decomposition: overlap = 0, must be at least 1");

  SchwarzDecomposition<Device> const decomposition(A.pattern, part);
  SchwarzErrorOp<> const op(decomposition, A.values);
  Vector<double> const zero("zero", A.num_entries()), x("x", 16), y("y", 16);
  EXPECT_EQ(message_of([&] { op.forward(exec(), y, x, x); }),
            "nacre::schwarz_error: view 'x' has extent(0) = 16 but the pattern's number of entries is 64");
  EXPECT_EQ(message_of([&] {
              SchwarzErrorOp<>(decomposition, A.values, {1, 0});
            }),
            "nacre::schwarz_error: power = 0, must be at least 1");
  SchwarzErrorOp<> const singular(decomposition, zero);
  EXPECT_EQ(message_of([&] { singular.forward(exec(), y, zero, x); }),
            "schwarz: the matrix of subdomain 0, of 12 unknowns, is singular or not finite");
  if (nacre::solvers::detail::have_klu()) {
    SchwarzErrorOp<> const sparse(SchwarzDecomposition<Device>(A.pattern, part, {1, 0}), zero);
    EXPECT_EQ(message_of([&] { sparse.forward(exec(), y, zero, x); }),
              "schwarz: the matrix of subdomain 0, of 12 unknowns, cannot be factored: KLU: the matrix is "
              "singular: its rank is about 0 of 12");
  }
}

TEST(LloydAggregation, MakesPartsOfSimilarSizes) {
  auto const A = grid_matrix(60, 50, 0);
  auto const part = nacre::solvers::lloyd_aggregation(A.pattern, .02);
  std::vector<int> size(60);
  for (Ordinal const p : part) ++size[static_cast<std::size_t>(p)];
  EXPECT_GE(*std::min_element(size.begin(), size.end()), 10);
  EXPECT_LE(*std::max_element(size.begin(), size.end()), 130);
  EXPECT_EQ(part, nacre::solvers::lloyd_aggregation(A.pattern, .02)) << "deterministic";
  EXPECT_NE(part, nacre::solvers::lloyd_aggregation(A.pattern, .02, {5, 2})) << "of the seed";
  auto const two = nacre::solvers::lloyd_aggregation(A.pattern, 1e-9);
  EXPECT_EQ(*std::max_element(two.begin(), two.end()), 1);
  EXPECT_EQ(message_of([&] { nacre::solvers::lloyd_aggregation(A.pattern, 0); }),
            "lloyd_aggregation: ratio = 0, must be in (0, 1]");
}

TEST(LloydAggregation, MakesAPartOfAComponentWithoutACentre) {
  auto const A = nacre::test::from_dense<double, Device>(
      {{1, 0, 0, 0, 0}, {0, 1, 0, 0, 0}, {0, 0, 1, 1, 0}, {0, 0, 1, 1, 0}, {0, 0, 0, 0, 1}}, 5);
  auto const part = nacre::solvers::lloyd_aggregation(A.pattern, .1);
  EXPECT_EQ(part[2], part[3]);
  std::vector<Ordinal> sorted{part[0], part[1], part[2], part[4]};
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, (std::vector<Ordinal>{0, 1, 2, 3}));
}

TEST(SpectralRadius, IsThatOfKnownMatrices) {
  // a rotation by 60 degrees times 2, and a Jordan block of eigenvalue 1
  std::vector<double> const rotation{1, -std::sqrt(3.), std::sqrt(3.), 1};
  for (auto const& eigenvalue : nacre::solvers::hessenberg_eigenvalues(rotation, 2))
    EXPECT_NEAR(std::abs(eigenvalue), 2, 1e-14);
  int const n = 30;
  auto const found = nacre::solvers::spectral_radius(n, [&](double const* x, double* y) {
    for (int i = 0; i < n; ++i) y[i] = i / 40. * x[i] + (i + 1 < n ? x[i + 1] : 0);  // far from normal
    y[n - 2] = rotation[0] * x[n - 2] + rotation[1] * x[n - 1];
    y[n - 1] = rotation[2] * x[n - 2] + rotation[3] * x[n - 1];
  });
  EXPECT_NEAR(found.value, 2, 1e-10);
  EXPECT_NEAR(std::fabs(found.eigenvalue.imag()), std::sqrt(3.), 1e-10);
}

}  // namespace
