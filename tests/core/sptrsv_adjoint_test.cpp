#include <nacre/core/sptrsv_adjoint.hpp>

#include <gtest/gtest.h>

#include "support/adjoints.hpp"
#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/message_of.hpp"

namespace {

using namespace nacre::test;
using nacre::Diagonal;
using nacre::Triangle;
using nacre::TriangularOptions;
using Left = Kokkos::LayoutLeft;

template <class Device>
struct SptrsvAdjoint : testing::Test {};
TYPED_TEST_SUITE(SptrsvAdjoint, Backends);

/// Both triangles filled, small beside the diagonal; with an explicit zero in each row.
template <class Scalar, class Device>
nacre::CsrMatrix<Scalar, Device> solvable(int n, double density) {
  auto dense = to_dense(random_sparse<double, Device>(n, n, density, 1));
  for (std::size_t i = 0; i < dense.size(); ++i) {
    for (auto& a : dense[i]) a *= .3;
    dense[i][i] = 2. + .01 * static_cast<double>(i % 7);
    dense[i][(i + 2) % dense.size()] += 1e-30;  // an entry for sure
  }
  return from_dense<Scalar, Device>(dense, n);
}

std::vector<TriangularOptions> all_options() {
  std::vector<TriangularOptions> all;
  for (auto const triangle : {Triangle::lower, Triangle::upper})
    for (auto const diagonal : {Diagonal::stored, Diagonal::inverted, Diagonal::unit})
      for (bool const transpose : {false, true}) all.push_back({triangle, diagonal, transpose});
  return all;
}

std::string describe(int n, TriangularOptions const& options) {
  return nacre::cat("n = ", n, ", lower ", options.triangle == Triangle::lower, ", diagonal ",
                    static_cast<int>(options.diagonal), ", transposed ", options.transpose);
}

/// The triangle as a dense matrix, not transposed.
Dense triangle_of(Dense a, TriangularOptions const& options) {
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < a.size(); ++j) {
      if (options.triangle == Triangle::lower ? j > i : j < i) a[i][j] = 0;
      if (i == j && options.diagonal == Diagonal::unit) a[i][j] = 1;
      if (i == j && options.diagonal == Diagonal::inverted) a[i][j] = 1 / a[i][j];
    }
  return a;
}

/// t^-1 b for a triangle of either kind, by elimination.
Dense solution(Dense t, Dense b) {
  std::size_t const n = t.size();
  for (std::size_t p = 0; p < n; ++p)
    for (std::size_t i = 0; i < n; ++i) {
      if (i == p || t[i][p] == 0) continue;
      double const factor = t[i][p] / t[p][p];
      for (std::size_t j = 0; j < n; ++j) t[i][j] -= factor * t[p][j];
      for (std::size_t c = 0; c < b[i].size(); ++c) b[i][c] -= factor * b[p][c];
    }
  for (std::size_t i = 0; i < n; ++i)
    for (auto& e : b[i]) e /= t[i][i];
  return b;
}

template <class Scalar, class Device>
void expect_masked_dense_gradients(int n, std::size_t k, double tolerance) {
  auto const size = static_cast<std::size_t>(n);
  auto const A = solvable<Scalar, Device>(n, .1);
  auto const a = to_dense(A);
  auto const b = random_dense<Left, Scalar, Device>(size, k, 2);
  for (auto const& options : all_options()) {
    SCOPED_TRACE(describe(n, options));
    auto const found =
        run_adjoint(nacre::ExecOf<Device>(), nacre::SptrsvOp<Device>{A.pattern, options}, A.values, b);
    auto t = triangle_of(a, options);
    if (options.transpose) t = transposed(t, size);
    auto const x = solution(t, from_columns(numbers_of(b), size, k));
    auto const s = solution(transposed(t, size), from_columns(found.y_bar, size, k));
    auto t_bar = product(s, transposed(x, k), size);
    if (options.transpose) t_bar = transposed(t_bar, size);
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t j = 0; j < size; ++j) {
        bool const read = options.triangle == Triangle::lower ? j <= i : j >= i;
        t_bar[i][j] *= read ? -1 : 0;
        if (i == j && options.diagonal == Diagonal::unit) t_bar[i][j] = 0;
        if (i == j && options.diagonal == Diagonal::inverted) t_bar[i][j] *= -1 / (a[i][i] * a[i][i]);
      }
    expect_equal_to(tolerance, found.x_bar[0], masked(A.pattern, t_bar));
    expect_near<Scalar>(from_columns(found.x_bar[1], size, k), s);
  }
}

TYPED_TEST(SptrsvAdjoint, IsTheDenseGradientOnTheTriangle) {
  for (int const n : {0, 1, 2, 37}) {
    expect_masked_dense_gradients<double, TypeParam>(n, 1, 1e-12);
    expect_masked_dense_gradients<double, TypeParam>(n, 3, 1e-12);
    expect_masked_dense_gradients<float, TypeParam>(n, 2, 1e-5);
  }
}

TYPED_TEST(SptrsvAdjoint, AgreesWithDifferences) {
  nacre::ExecOf<TypeParam> const exec;
  for (int const n : {0, 1, 37}) {
    auto const A = solvable<double, TypeParam>(n, .1);
    auto const a = solvable<float, TypeParam>(n, .1);
    auto const size = static_cast<std::size_t>(n);
    for (auto const& options : all_options()) {
      SCOPED_TRACE(describe(n, options));
      nacre::SptrsvOp<TypeParam> const op{A.pattern, options};
      expect_correct_derivatives(exec, op, A.values, random_vector<double, TypeParam>("b", size, 2));
      expect_correct_derivatives(exec, op, A.values, random_dense<Left, double, TypeParam>(size, 3, 3));
      expect_correct_derivatives(exec, nacre::SptrsvOp<TypeParam>{a.pattern, options}, a.values,
                                 random_vector<float, TypeParam>("b", size, 2));
      expect_reproducible(exec, op, A.values, random_vector<double, TypeParam>("b", size, 2));
    }
  }
}

TYPED_TEST(SptrsvAdjoint, OfALargeMatrixAgreesWithDifferences) {
  // the entries of a random matrix, moved below the diagonal, and a diagonal
  using nacre::Ordinal;
  Ordinal const n = 100000;
  std::vector<nacre::Offset> row_ptr{0};
  std::vector<nacre::Ordinal> col;
  std::vector<double> values;
  for (Ordinal i = 0; i < n; ++i) {
    auto const j = static_cast<Ordinal>(nacre::random_uniform(1, static_cast<std::uint64_t>(i), 0, 1) * i);
    if (j < i) {
      col.push_back(j);
      values.push_back(.5);
    }
    col.push_back(i);
    values.push_back(2);
    row_ptr.push_back(static_cast<nacre::Offset>(col.size()));
  }
  nacre::CsrPattern<TypeParam> const pattern(n, n, nacre::to_device<TypeParam>("row_ptr", row_ptr),
                                             nacre::to_device<TypeParam>("col", col));
  auto const b = random_vector<double, TypeParam>("b", static_cast<std::size_t>(n), 2);
  for (bool const transpose : {false, true})
    expect_correct_derivatives(
        nacre::ExecOf<TypeParam>(),
        nacre::SptrsvOp<TypeParam>{pattern, {Triangle::lower, Diagonal::stored, transpose}},
        nacre::to_device<TypeParam>("values", values), b);
}

TYPED_TEST(SptrsvAdjoint, CopiesShareTheirScratch) {
  auto const A = solvable<double, TypeParam>(20, .2);
  nacre::SptrsvOp<TypeParam> const op{A.pattern, {}};
  auto const copy = op;
  double* const first = op.scratch.template get<double>(20);
  EXPECT_EQ(copy.scratch.template get<double>(20), first);
  EXPECT_EQ(copy.scratch.template get<float>(7), reinterpret_cast<float*>(first));
}

TYPED_TEST(SptrsvAdjoint, ForwardRejectsAMissingDiagonal) {
  auto const A = from_dense<double, TypeParam>({{2, 0}, {1, 0}}, 2);
  nacre::Vector<double, TypeParam> const b("b", 2), x("x", 2);
  EXPECT_EQ(message_of([&] {
              nacre::SptrsvOp<TypeParam>{A.pattern}.forward(nacre::ExecOf<TypeParam>(), x, A.values, b);
            }),
            "sptrsv: 1 of 2 rows have no entry on the diagonal, the first is row 1");
}

}  // namespace
