#include <nacre/core/layer_norm.hpp>
#include <nacre/core/segment_norm.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/matrices.hpp"

// Operations that bring rows or columns to mean zero and variance one.

namespace {

using nacre::Comm;
using nacre::LayerNormOp;
using nacre::MultiVector;
using nacre::NormalizeSegmentsOp;
using nacre::Offset;
using nacre::RowMajor;
using nacre::SegmentStatisticsOp;
using nacre::Vector;
using nacre::test::expect_correct_derivatives;
using nacre::test::expect_error;
using nacre::test::random_vector;
using nacre::test::to_host;

template <class Device>
struct Normalization : testing::Test {};
TYPED_TEST_SUITE(Normalization, nacre::test::Backends);

/// Random entries about `center`.
template <template <class, class> class Matrix, class Scalar, class Device>
Matrix<Scalar, Device> random_matrix(std::size_t n, std::size_t k, unsigned seed, double center = 0) {
  Matrix<Scalar, Device> const x("x", n, k);
  auto const h = Kokkos::create_mirror(x);
  auto const v = to_host(random_vector<double, nacre::HostDevice>("v", n * k, seed));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < k; ++j) h(i, j) = static_cast<Scalar>(v(i * k + j) + center);
  Kokkos::deep_copy(x, h);
  return x;
}

struct Statistics {
  double mean = 0, rstd = 0;
};
template <class Get>
Statistics statistics(std::size_t n, double eps, Get const& get) {
  Statistics s;
  double square = 0;
  for (std::size_t i = 0; i < n; ++i) s.mean += get(i) / static_cast<double>(n);
  for (std::size_t i = 0; i < n; ++i)
    square += (get(i) - s.mean) * (get(i) - s.mean) / static_cast<double>(n);
  s.rstd = 1 / std::sqrt(square + eps);
  return s;
}

template <template <class, class> class Matrix, class Scalar, class Device>
void expect_layer_norm(std::size_t n, std::size_t k) {
  SCOPED_TRACE(nacre::cat(n, " by ", k));
  nacre::ExecOf<Device> const exec;
  auto const x = random_matrix<Matrix, Scalar, Device>(n, k, 1, .5);
  auto const gamma = random_vector<Scalar, Device>("gamma", k, 2),
             beta = random_vector<Scalar, Device>("beta", k, 3);
  LayerNormOp<Device> const op{.01};
  Matrix<Scalar, Device> const y("y", n, k);
  op.forward(exec, y, x, gamma, beta);
  auto const xh = to_host(x), yh = to_host(y);
  auto const gh = to_host(gamma), bh = to_host(beta);
  double const tolerance = 50 * static_cast<double>(std::numeric_limits<Scalar>::epsilon());
  for (std::size_t i = 0; i < n; ++i) {
    auto const s = statistics(k, .01, [&](std::size_t j) { return static_cast<double>(xh(i, j)); });
    for (std::size_t j = 0; j < k; ++j)
      EXPECT_NEAR(static_cast<double>(yh(i, j)),
                  static_cast<double>(gh(j)) * (static_cast<double>(xh(i, j)) - s.mean) * s.rstd +
                      static_cast<double>(bh(j)),
                  tolerance);
  }
  // one column is beta whatever x is: its derivatives are zero but for rounding
  if (k != 1) expect_correct_derivatives(exec, op, x, gamma, beta);
}

template <class Scalar, class Device>
void expect_layer_norms() {
  for (auto const& [n, k] :
       {std::pair<std::size_t, std::size_t>{0, 0}, {0, 3}, {3, 0}, {1, 1}, {1, 2}, {37, 19}, {1023, 5}}) {
    expect_layer_norm<RowMajor, Scalar, Device>(n, k);
    expect_layer_norm<MultiVector, Scalar, Device>(n, k);
  }
}

TYPED_TEST(Normalization, OfRowsAndItsAdjointAreRight) { expect_layer_norms<double, TypeParam>(); }
TYPED_TEST(Normalization, OfRowsAndItsAdjointAreRightInFloat) { expect_layer_norms<float, TypeParam>(); }

TYPED_TEST(Normalization, OfARowFarFromZeroKeepsItsDigits) {
  RowMajor<float, TypeParam> const x("x", 1, 4), y("y", 1, 4);
  auto const h = Kokkos::create_mirror(x);
  for (int j = 0; j < 4; ++j) h(0, j) = 4096.f + static_cast<float>(j % 2);
  Kokkos::deep_copy(x, h);
  Vector<float, TypeParam> const gamma("gamma", 4), beta("beta", 4);
  Kokkos::deep_copy(gamma, 1.f);
  LayerNormOp<TypeParam>{1e-12}.forward(nacre::ExecOf<TypeParam>(), y, x, gamma, beta);
  EXPECT_NEAR(to_host(y)(0, 0), -1, 1e-6);
  EXPECT_NEAR(to_host(y)(0, 1), 1, 1e-6);
}

/// Segments with these numbers of rows.
template <class Device>
nacre::SharedSegments<Device> segments_of(std::vector<int> const& sizes) {
  return {Comm::self(), nacre::Segments<Device>::of_sizes(sizes)};
}

template <template <class, class> class Matrix, class Scalar, class Device>
void expect_segment_norm(std::vector<int> const& sizes, std::size_t k) {
  SCOPED_TRACE(nacre::cat(sizes.size(), " segments, ", k, " columns"));
  nacre::ExecOf<Device> const exec;
  auto const segments = segments_of<Device>(sizes);
  std::size_t const G = sizes.size(), n = segments.here().size();
  SegmentStatisticsOp<Device> const statistics_op(segments, .01);
  NormalizeSegmentsOp<Device> const normalize{segments.here()};
  auto const x = random_matrix<Matrix, Scalar, Device>(n, k, 1, .5);
  Matrix<Scalar, Device> const stats("stats", 2 * G, k), y("y", n, k);
  Kokkos::deep_copy(stats, Scalar(99));
  statistics_op.forward(exec, stats, x);
  normalize.forward(exec, y, x, stats);
  auto const xh = to_host(x), sh = to_host(stats), yh = to_host(y);
  double const tolerance = 50 * static_cast<double>(std::numeric_limits<Scalar>::epsilon());
  std::size_t first = 0;
  for (std::size_t g = 0; g < G; ++g) {
    auto const size = static_cast<std::size_t>(sizes[g]);
    for (std::size_t j = 0; j < k; ++j) {
      auto const s =
          statistics(size, .01, [&](std::size_t i) { return static_cast<double>(xh(first + i, j)); });
      EXPECT_NEAR(static_cast<double>(sh(g, j)), s.mean, tolerance);
      EXPECT_NEAR(static_cast<double>(sh(G + g, j)), s.rstd, 10 * tolerance);
      for (std::size_t i = first; i < first + size; ++i)
        EXPECT_NEAR(static_cast<double>(yh(i, j)), (static_cast<double>(xh(i, j)) - s.mean) * s.rstd,
                    10 * tolerance);
    }
    first += size;
  }
  expect_correct_derivatives(exec, statistics_op, x);
  // statistics of their own, not those of x
  expect_correct_derivatives(exec, normalize, x, random_matrix<Matrix, Scalar, Device>(2 * G, k, 4));
}

template <class Scalar, class Device>
void expect_segment_norms() {
  for (auto const& sizes : {std::vector<int>{}, {0}, {1}, {37}, {1023}, {3, 0, 1, 17, 0}})
    for (std::size_t const k : {0, 1, 9}) {
      expect_segment_norm<RowMajor, Scalar, Device>(sizes, k);
      expect_segment_norm<MultiVector, Scalar, Device>(sizes, k);
    }
}

TYPED_TEST(Normalization, OfSegmentsAndItsAdjointsAreRight) { expect_segment_norms<double, TypeParam>(); }
TYPED_TEST(Normalization, OfSegmentsAndItsAdjointsAreRightInFloat) {
  expect_segment_norms<float, TypeParam>();
}

TYPED_TEST(Normalization, RejectsWhatDoesNotFit) {
  nacre::ExecOf<TypeParam> const exec;
  RowMajor<double, TypeParam> const x("x", 3, 4), y("y", 3, 4), stats("stats", 2, 4);
  Vector<double, TypeParam> const gamma("gamma", 3), beta("beta", 4);
  expect_error("layer_norm: view 'gamma' has extent(0) = 3 but the number of columns of x is 4",
               [&] { LayerNormOp<TypeParam>{}.forward(exec, y, x, gamma, beta); });
  expect_error("segment_statistics: view 'x' has extent(0) = 3 but the number of rows in segments is 2",
               [&] { SegmentStatisticsOp<TypeParam>(segments_of<TypeParam>({2})).forward(exec, stats, x); });
  expect_error(
      "normalize_segments: view 'stats' has extent(0) = 2 but twice the number of segments is 4", [&] {
        NormalizeSegmentsOp<TypeParam>{segments_of<TypeParam>({2, 1}).here()}.forward(exec, y, x, stats);
      });
  expect_error("segment_statistics: eps = 0, expected a positive number",
               [] { SegmentStatisticsOp<TypeParam>(segments_of<TypeParam>({2}), 0.); });
}

}  // namespace
