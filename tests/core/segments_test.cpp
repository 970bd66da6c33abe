#include <nacre/core/segment_reductions.hpp>
#include <nacre/core/segment_softmax.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/adjoints.hpp"
#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/matrices.hpp"

namespace {

using nacre::Offset;
using nacre::Ordinal;
using nacre::RowMajor;
using nacre::Segments;
using nacre::Vector;
using nacre::test::expect_correct_derivatives;
using nacre::test::expect_error;
using nacre::test::expect_near;
using nacre::test::random_vector;
using nacre::test::result_of;
using nacre::test::to_host;

template <class Device>
struct SegmentsTest : testing::Test {};
TYPED_TEST_SUITE(SegmentsTest, nacre::test::Backends);

using Lists = std::vector<std::vector<std::size_t>>;

/// The positions of each segment; requires that segment_of() agrees.
template <class Device>
Lists lists_of(Segments<Device> const& segments) {
  auto const ptr = to_host(segments.ptr()), entry = to_host(segments.entry());
  auto const segment_of = to_host(segments.segment_of());
  Lists lists(segments.num_segments());
  std::size_t count = 0;
  for (std::size_t g = 0; g < lists.size(); ++g)
    for (Offset t = ptr(g); t < ptr(g + 1); ++t, ++count) {
      auto const k = static_cast<std::size_t>(entry.extent(0) == 0 ? t : entry(t));
      EXPECT_EQ(static_cast<std::size_t>(segment_of(k)), g);
      lists[g].push_back(k);
    }
  EXPECT_EQ(count, segments.size());
  return lists;
}

std::vector<Ordinal> const kSizes{3, 0, 1, 20, 2, 0};

/// Of 26 positions each: one after the other with empty segments, the same in a mixed order, and all in one.
template <class Device>
std::vector<Segments<Device>> some_segments() {
  std::vector<Ordinal> index;
  for (Ordinal k = 0; k < 26; ++k) index.push_back((7 * k) % 26 % 5 == 3 ? 4 : (7 * k) % 26 % 5);
  return {Segments<Device>::of_sizes(kSizes), Segments<Device>::of_index(6, index),
          nacre::one_segment<Device>(26)};
}

TYPED_TEST(SegmentsTest, OfSizesOffsetsIndicesAndPatterns) {
  EXPECT_EQ(lists_of(Segments<TypeParam>::of_sizes({2, 0, 1})), (Lists{{0, 1}, {}, {2}}));
  Vector<Offset, TypeParam> const ptr = nacre::to_device<TypeParam>("ptr", std::vector<Offset>{0, 2, 2, 3});
  EXPECT_EQ(lists_of(Segments<TypeParam>(ptr)), (Lists{{0, 1}, {}, {2}}));
  EXPECT_EQ(lists_of(Segments<TypeParam>::of_index(3, {2, 0, 2})), (Lists{{1}, {}, {0, 2}}));
  EXPECT_EQ(Segments<TypeParam>::of_index(3, {0, 0, 2}).entry().extent(0), 0U);
  EXPECT_EQ(lists_of(nacre::one_segment<TypeParam>(3)), (Lists{{0, 1, 2}}));
  EXPECT_EQ(lists_of(nacre::one_segment<TypeParam>(0)), (Lists{{}}));
  EXPECT_EQ(lists_of(Segments<TypeParam>()), Lists());
  auto const A = nacre::test::from_dense<double, TypeParam>({{1, 0, 2}, {0, 0, 0}, {3, 0, 0}}, 3);
  EXPECT_EQ(lists_of(row_segments(A.pattern)), (Lists{{0, 1}, {}, {2}}));
  EXPECT_EQ(lists_of(column_segments(A.pattern)), (Lists{{0, 2}, {}, {1}}));
}

TYPED_TEST(SegmentsTest, RejectWhatAreNone) {
  expect_error("segments: size(1) = -2 is negative", [] { Segments<TypeParam>::of_sizes({1, -2}); });
  expect_error("segments: index(1) = 3 is not in [0, 3)", [] { Segments<TypeParam>::of_index(3, {0, 3}); });
  expect_error("segments: index(0) = -1 is not in [0, 3)", [] { Segments<TypeParam>::of_index(3, {-1}); });
  auto const of_ptr = [](std::vector<Offset> const& ptr) {
    Segments<TypeParam>(Vector<Offset const, TypeParam>(nacre::to_device<TypeParam>("ptr", ptr)));
  };
  expect_error("segments: ptr(0) = 1 is not 0", [&] { of_ptr({1, 2}); });
  expect_error("segments: ptr(2) = 1 is less than ptr(1) = 2", [&] { of_ptr({0, 2, 1}); });
  expect_error("segments: ptr is empty", [&] { of_ptr({}); });
}

/// Mixed numbers in [-1, 1] that are no closer than 1 / 15 in a column, so that differences do not change
/// which of them is the largest; for n <= 29.
template <class Scalar, class Device>
RowMajor<Scalar, Device> separated_rows(std::size_t n, std::size_t k) {
  RowMajor<Scalar, Device> const x("x", n, k);
  auto const h = Kokkos::create_mirror(x);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < k; ++j)
      h(i, j) = static_cast<Scalar>(2 * static_cast<double>((11 * i + 5 * j) % 29) / 29 - 1);
  Kokkos::deep_copy(x, h);
  return x;
}

template <class Op, class X>
auto rows_result(Op const& op, X const& x) -> typename X::HostMirror {
  auto const extents = op.output_extents(x);
  X const y("y", extents[0], extents[1]);
  Kokkos::deep_copy(y, 99);
  op.forward(typename X::execution_space(), y, x);
  return to_host(y);
}

/// Sum, mean, maximum and softmax of [E, k] against plain loops, and their derivatives.
template <class Scalar, class Device>
void expect_reductions(Segments<Device> const& segments, std::size_t k) {
  SCOPED_TRACE(nacre::cat(segments.num_segments(), " segments of ", segments.size(), ", ", k, " columns"));
  nacre::ExecOf<Device> const exec;
  double const tolerance = 100 * std::numeric_limits<Scalar>::epsilon();
  auto const x = separated_rows<Scalar, Device>(segments.size(), k);
  nacre::SegmentSumOp<Device> const sum(segments);
  nacre::SegmentMeanOp<Device> const mean(segments);
  nacre::SegmentMaxOp<Device> const max(segments);
  nacre::SegmentSoftmaxOp<Device> const softmax(segments);

  auto const sums = rows_result(sum, x), means = rows_result(mean, x), maxima = rows_result(max, x),
             weights = rows_result(softmax, x);

  auto const xh = to_host(x);
  auto const lists = lists_of(segments);
  for (std::size_t g = 0; g < lists.size(); ++g)
    for (std::size_t j = 0; j < k; ++j) {
      double total = 0, largest = lists[g].empty() ? 0 : -2, exponentials = 0;
      for (auto const p : lists[g]) {
        auto const at = static_cast<double>(xh(p, j));
        total += at;
        largest = std::fmax(largest, at);
        exponentials += std::exp(at);
      }
      ASSERT_NEAR(static_cast<double>(sums(g, j)), total, tolerance);
      ASSERT_NEAR(static_cast<double>(means(g, j)),
                  lists[g].empty() ? 0 : total / static_cast<double>(lists[g].size()), tolerance);
      ASSERT_EQ(static_cast<double>(maxima(g, j)), largest);
      for (auto const p : lists[g])
        ASSERT_NEAR(static_cast<double>(weights(p, j)),
                    std::exp(static_cast<double>(xh(p, j))) / exponentials, tolerance);
    }
  expect_correct_derivatives(exec, sum, x);
  expect_correct_derivatives(exec, mean, x);
  expect_correct_derivatives(exec, max, x);
  expect_correct_derivatives(exec, softmax, x);
}

TYPED_TEST(SegmentsTest, ReductionsAndTheirDerivativesAreRight) {
  // strips of sixteen, four and one column
  for (auto const& segments : some_segments<TypeParam>())
    for (std::size_t const k : {0, 1, 3, 16, 21}) expect_reductions<double, TypeParam>(segments, k);
  for (std::size_t const k : {1, 3}) {
    expect_reductions<double>(nacre::one_segment<TypeParam>(0), k);
    expect_reductions<double>(Segments<TypeParam>(), k);
    expect_reductions<double>(Segments<TypeParam>::of_sizes({0, 0}), k);
  }
}

TYPED_TEST(SegmentsTest, ReductionsAndTheirDerivativesAreRightInFloat) {
  for (auto const& segments : some_segments<TypeParam>()) expect_reductions<float, TypeParam>(segments, 5);
}

TYPED_TEST(SegmentsTest, VectorsAreReducedAsOneColumn) {
  nacre::ExecOf<TypeParam> const exec;
  for (auto const& segments : some_segments<TypeParam>()) {
    auto const x = random_vector<double, TypeParam>("x", segments.size(), 1);
    auto const column = RowMajor<double, TypeParam>(x.data(), segments.size(), 1);
    auto const same = [&](auto const& op) {
      auto const y = result_of<double, TypeParam>(op, x);
      auto const of_column = rows_result(op, column);
      ASSERT_EQ(y.size(), of_column.extent(0));
      for (std::size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y[i], of_column(i, 0), 1e-14);
      expect_correct_derivatives(exec, op, x);
    };
    same(nacre::SegmentSumOp<TypeParam>(segments));
    same(nacre::SegmentMeanOp<TypeParam>(segments));
    same(nacre::SegmentMaxOp<TypeParam>(segments));
    same(nacre::SegmentSoftmaxOp<TypeParam>(segments));
  }
}

TYPED_TEST(SegmentsTest, TheFirstMaximumGetsTheCotangent) {
  nacre::SegmentMaxOp<TypeParam> const op(Segments<TypeParam>::of_sizes({3, 2}));
  auto const x = nacre::to_device<TypeParam>("x", std::vector<double>{1, 4, 4, -2, -2});
  auto const y = nacre::to_device<TypeParam>("y", std::vector<double>{4, -2});
  auto const y_bar = nacre::to_device<TypeParam>("y_bar", std::vector<double>{10, 20});
  auto const x_bar = nacre::to_device<TypeParam>("x_bar", std::vector<double>{1, 1, 1, 1, 1});
  op.adjoint(nacre::ExecOf<TypeParam>(), y, y_bar, x, x_bar);
  auto const found = to_host(x_bar);
  EXPECT_EQ(std::vector<double>(found.data(), found.data() + 5), (std::vector<double>{1, 11, 1, 21, 1}));
}

TYPED_TEST(SegmentsTest, SoftmaxOfRowsOfASparseMatrixIsThatOfItsEntries) {
  auto const A = nacre::test::from_dense<double, TypeParam>({{1, 0, 2, 3}, {0, 0, 0, 0}, {0, -5, 0, 0}}, 4);
  double const sum = std::exp(-2.) + std::exp(-1.) + 1;
  expect_near<double>(
      result_of<double, TypeParam>(nacre::SegmentSoftmaxOp<TypeParam>(row_segments(A.pattern)), A.values),
      {std::exp(-2.) / sum, std::exp(-1.) / sum, 1 / sum, 1}, 10);
}

TYPED_TEST(SegmentsTest, SoftmaxOfInfinitiesAndLargeNumbers) {
  double const inf = std::numeric_limits<double>::infinity();
  nacre::SegmentSoftmaxOp<TypeParam> const op(Segments<TypeParam>::of_sizes({2, 2, 3, 2}));
  auto const x =
      nacre::to_device<TypeParam>("x", std::vector<double>{-inf, -inf, 0, -inf, inf, 1, inf, 1e4, -1e4});
  auto const y = result_of<double, TypeParam>(op, x);
  EXPECT_EQ(y, (std::vector<double>{0, 0, 1, 0, .5, 0, .5, 1, 0}));
  auto const x_bar = nacre::test::run_adjoint(nacre::ExecOf<TypeParam>(), op, x).x_bar[0];
  for (std::size_t k : {0, 1, 2, 3, 5, 7, 8}) EXPECT_EQ(x_bar[k], 0) << k;
}

TYPED_TEST(SegmentsTest, OfManyPositions) {
  std::mt19937 generator(1);
  std::vector<Ordinal> index(100000);
  for (auto& g : index) g = static_cast<Ordinal>(generator() % 30000);
  nacre::ExecOf<TypeParam> const exec;
  auto const x = random_vector<double, TypeParam>("x", index.size(), 1);
  for (auto const& segments :
       {Segments<TypeParam>::of_index(30000, index), nacre::one_segment<TypeParam>(index.size())}) {
    expect_correct_derivatives(exec, nacre::SegmentMeanOp<TypeParam>(segments), x);
    expect_correct_derivatives(exec, nacre::SegmentSoftmaxOp<TypeParam>(segments), x);
  }
}

TYPED_TEST(SegmentsTest, RejectWrongLengths) {
  nacre::ExecOf<TypeParam> const exec;
  auto const segments = Segments<TypeParam>::of_sizes({2, 3});
  Vector<double, TypeParam> const x("x", 4), x5("x", 5), y("y", 3), y2("y", 2);
  expect_error("segment_sum: view 'x' has extent(0) = 4 but the number of positions is 5",
               [&] { nacre::SegmentSumOp<TypeParam>(segments).forward(exec, y2, x); });
  expect_error("segment_mean: view 'y' has extent(0) = 3 but the number of segments is 2",
               [&] { nacre::SegmentMeanOp<TypeParam>(segments).forward(exec, y, x5); });
  expect_error("segment_max: view 'x' has extent(0) = 4",
               [&] { nacre::SegmentMaxOp<TypeParam>(segments).forward(exec, y2, x); });
  expect_error("segment_softmax: view 'x' has extent(0) = 4 but the number of positions is 5",
               [&] { nacre::SegmentSoftmaxOp<TypeParam>(segments).forward(exec, x, x); });
}

}  // namespace
