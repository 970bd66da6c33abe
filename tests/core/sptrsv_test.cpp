#include <nacre/core/sptrsv.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include "support/backends.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::Diagonal;
using nacre::Triangle;
using nacre::TriangularOptions;
using nacre::test::Dense;
using nacre::test::to_host;

template <class Device>
struct Sptrsv : testing::Test {};
TYPED_TEST_SUITE(Sptrsv, nacre::test::Backends);

/// A full matrix with a diagonal, small elsewhere, so that every triangle is well conditioned.
template <class Scalar, class Device>
nacre::CsrMatrix<Scalar, Device> solvable(int n, double density, bool with_diagonal) {
  auto dense = nacre::test::to_dense(nacre::test::random_sparse<double, Device>(n, n, density, 1));
  for (std::size_t i = 0; i < dense.size(); ++i) {
    for (auto& a : dense[i]) a *= .3;
    dense[i][i] = with_diagonal ? 2. + .01 * static_cast<double>(i % 7) : 0.;
  }
  return nacre::test::from_dense<Scalar, Device>(dense, n);
}

/// The triangle that the options speak of, as a dense matrix.
Dense triangle_of(Dense const& a, TriangularOptions const& options) {
  Dense t(a.size(), std::vector<double>(a.size(), 0.));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < a.size(); ++j) {
      double v = options.triangle == Triangle::lower ? (j < i ? a[i][j] : 0.) : (j > i ? a[i][j] : 0.);
      if (i == j)
        v = options.diagonal == Diagonal::unit     ? 1.
            : options.diagonal == Diagonal::stored ? a[i][i]
                                                   : 1. / a[i][i];
      (options.transpose ? t[j][i] : t[i][j]) = v;
    }
  return t;
}

template <class Scalar, class View>
void expect_solution(Dense const& t, View const& x, View const& b) {
  auto const xh = to_host(x), bh = to_host(b);
  for (std::size_t c = 0; c < xh.extent(1); ++c)
    for (std::size_t i = 0; i < t.size(); ++i) {
      double sum = 0, size = 1;
      for (std::size_t j = 0; j < t.size(); ++j) {
        sum += t[i][j] * static_cast<double>(xh(j, c));
        size += std::fabs(t[i][j] * static_cast<double>(xh(j, c)));
      }
      ASSERT_NEAR(sum, static_cast<double>(bh(i, c)), 20 * size * std::numeric_limits<Scalar>::epsilon())
          << i;
    }
}

template <class Scalar, class Device>
void expect_all_solves(int n, double density, int k) {
  SCOPED_TRACE(nacre::cat("n = ", n, ", ", k, " columns"));
  nacre::ExecOf<Device> const exec;
  for (auto const triangle : {Triangle::lower, Triangle::upper})
    for (auto const diagonal : {Diagonal::stored, Diagonal::inverted, Diagonal::unit})
      for (bool const transpose : {false, true}) {
        TriangularOptions const options{triangle, diagonal, transpose};
        auto const A = solvable<Scalar, Device>(n, density, diagonal != Diagonal::unit);
        auto const t = triangle_of(nacre::test::to_dense(A), options);
        nacre::MultiVector<Scalar, Device> const b("b", static_cast<std::size_t>(n),
                                                   static_cast<std::size_t>(k)),
            x("x", b.extent(0), b.extent(1)), y("y", b.extent(0), b.extent(1));
        Kokkos::deep_copy(nacre::Vector<Scalar, Device>(b.data(), b.size()),
                          nacre::test::random_vector<Scalar, Device>("b", b.size(), 3));
        nacre::sptrsv(exec, A.pattern, A.values, b, x, options);
        expect_solution<Scalar>(t, x, b);
        Kokkos::deep_copy(y, b);
        nacre::sptrsv(exec, A.pattern, A.values, y, y, options);  // in place
        expect_solution<Scalar>(t, y, b);
        Kokkos::deep_copy(y, Scalar(0));
        nacre::detail::substitute_by_levels(exec, A.pattern, static_cast<Scalar const*>(A.values.data()),
                                            nacre::detail::Columns<Scalar>{b.data(), b.extent(0)},
                                            nacre::detail::Columns<Scalar>{y.data(), y.extent(0)}, k,
                                            options);
        expect_solution<Scalar>(t, y, b);
      }
}

TYPED_TEST(Sptrsv, SolvesWithEveryTriangle) {
  for (int const n : {0, 1, 37, 200}) {
    expect_all_solves<double, TypeParam>(n, .05, 1);
    expect_all_solves<float, TypeParam>(n, .05, 1);
    expect_all_solves<double, TypeParam>(n, .05, 3);
  }
  expect_all_solves<double, TypeParam>(1023, .002, 1);
}

TYPED_TEST(Sptrsv, LevelsDependOnEarlierOnes) {
  for (auto const triangle : {Triangle::lower, Triangle::upper}) {
    auto const A = solvable<double, TypeParam>(100, .05, true);
    auto const& levels = nacre::level_sets(A.pattern, triangle);
    auto const rows = to_host(levels.rows);
    std::vector<int> level_of(100, -1);
    for (int l = 0; l < levels.num_levels(); ++l)
      for (auto r = levels.level_ptr[l]; r < levels.level_ptr[l + 1]; ++r) level_of[rows(r)] = l;
    auto const row_ptr = to_host(A.pattern.row_ptr());
    auto const col = to_host(A.pattern.col());
    for (int i = 0; i < 100; ++i) {
      ASSERT_GE(level_of[i], 0);
      int deepest = -1;
      for (auto k = row_ptr(i); k < row_ptr(i + 1); ++k)
        if (triangle == Triangle::lower ? col(k) < i : col(k) > i)
          deepest = std::max(deepest, level_of[col(k)]);
      EXPECT_EQ(level_of[i], deepest + 1);
    }
  }
}

TYPED_TEST(Sptrsv, LevelsOfATridiagonalMatrixAreItsRows) {
  auto const A = nacre::test::from_dense<double, TypeParam>({{2, 1, 0}, {1, 2, 1}, {0, 1, 2}}, 3);
  EXPECT_EQ(nacre::level_sets(A.pattern, Triangle::lower).num_levels(), 3);
  EXPECT_EQ(to_host(nacre::level_sets(A.pattern, Triangle::upper).rows)(0), 2);
}

TYPED_TEST(Sptrsv, RejectsAMissingDiagonalAndWrongSizes) {
  nacre::ExecOf<TypeParam> const exec;
  auto const A = nacre::test::from_dense<double, TypeParam>({{2, 0}, {1, 0}}, 2);
  auto const R = nacre::test::from_dense<double, TypeParam>({{2, 0, 1}, {1, 0, 0}}, 3);
  nacre::Vector<double, TypeParam> const b("b", 2), x("x", 2), longer("longer", 3);
  nacre::test::expect_error("1 of 2 rows have no entry on the diagonal, the first is row 1",
                            [&] { nacre::sptrsv(exec, A.pattern, A.values, b, x); });
  nacre::test::expect_error("sptrsv: the matrix is 2 by 3, not square",
                            [&] { nacre::sptrsv(exec, R.pattern, R.values, b, x); });
  nacre::test::expect_error("sptrsv: view 'longer' is [3, 1]", [&] {
    nacre::sptrsv(exec, A.pattern, A.values, b, longer, {Triangle::lower, Diagonal::unit, false});
  });
}

}  // namespace
