#include <nacre/core/edge_ops.hpp>
#include <nacre/core/gatv2.hpp>
#include <nacre/core/multi_head_spmm.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/matrices.hpp"

// Operations on the edges of a graph.

namespace {

using nacre::EdgeSumOp;
using nacre::GatV2ScoreOp;
using nacre::MultiHeadSpmmOp;
using nacre::MultiVector;
using nacre::Offset;
using nacre::Ordinal;
using nacre::RowMajor;
using nacre::Vector;
using nacre::test::expect_correct_derivatives;
using nacre::test::expect_correct_derivatives_within;
using nacre::test::expect_error;
using nacre::test::for_each_small_matrix;
using nacre::test::random_vector;
using nacre::test::to_host;

template <class Device>
struct EdgeOps : testing::Test {};
TYPED_TEST_SUITE(EdgeOps, nacre::test::Backends);

template <template <class, class> class Matrix, class Scalar, class Device>
Matrix<Scalar, Device> random_matrix(std::size_t n, std::size_t k, unsigned seed) {
  Matrix<Scalar, Device> const x("x", n, k);
  Kokkos::deep_copy(Vector<Scalar, Device>(x.data(), n * k), random_vector<Scalar, Device>("v", n * k, seed));
  return x;
}

template <class Op, class... In>
auto matrix_result(Op const& op, In const&... in) {
  using X = std::tuple_element_t<sizeof...(In) == 3 ? 1 : sizeof...(In) - 1, std::tuple<In...>>;
  auto const extents = op.output_extents(in...);
  X const y("y", extents[0], extents[1]);
  Kokkos::deep_copy(y, 99);
  op.forward(typename X::execution_space(), y, in...);
  return to_host(y);
}

/// The ends of each edge, in order.
template <class Device>
std::vector<std::pair<std::size_t, std::size_t>> edges_of(nacre::CsrPattern<Device> const& pattern) {
  auto const row_ptr = to_host(pattern.row_ptr());
  auto const col = to_host(pattern.col());
  std::vector<std::pair<std::size_t, std::size_t>> edges;
  for (Ordinal i = 0; i < pattern.num_rows(); ++i)
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
      edges.emplace_back(static_cast<std::size_t>(i), static_cast<std::size_t>(col(k)));
  return edges;
}

template <template <class, class> class Matrix, class Scalar, class Device>
void expect_edge_sum(nacre::CsrPattern<Device> const& pattern, std::size_t d) {
  auto const a = random_matrix<Matrix, Scalar, Device>(static_cast<std::size_t>(pattern.num_rows()), d, 1),
             b = random_matrix<Matrix, Scalar, Device>(static_cast<std::size_t>(pattern.num_cols()), d, 2);
  EdgeSumOp<Device> const op{pattern};
  auto const z = matrix_result(op, a, b);
  auto const ah = to_host(a), bh = to_host(b);
  auto const edges = edges_of(pattern);
  ASSERT_EQ(z.extent(0), edges.size());
  for (std::size_t k = 0; k < edges.size(); ++k)
    for (std::size_t c = 0; c < d; ++c) EXPECT_EQ(z(k, c), ah(edges[k].first, c) + bh(edges[k].second, c));
  expect_correct_derivatives(nacre::ExecOf<Device>(), op, a, b);
}

TYPED_TEST(EdgeOps, SumsAndTheirDerivativesAreRight) {
  for_each_small_matrix<double, TypeParam>([](auto const& A) {
    for (std::size_t const d : {0, 1, 9}) {
      expect_edge_sum<RowMajor, double>(A.pattern, d);
      expect_edge_sum<MultiVector, double>(A.pattern, d);
      expect_edge_sum<RowMajor, float>(A.pattern, d);
    }
  });
}

template <class Scalar, class Device>
void expect_scores(nacre::CsrPattern<Device> const& pattern, int heads, std::size_t width) {
  SCOPED_TRACE(nacre::cat(heads, " heads of ", width));
  auto const d = static_cast<std::size_t>(heads) * width;
  auto const l = random_matrix<RowMajor, Scalar, Device>(static_cast<std::size_t>(pattern.num_rows()), d, 1),
             r = random_matrix<RowMajor, Scalar, Device>(static_cast<std::size_t>(pattern.num_cols()), d, 2);
  auto const att = random_vector<Scalar, Device>("att", d, 3);
  GatV2ScoreOp<Device> const op{pattern, heads, .25};
  auto const s = matrix_result(op, l, r, att);
  auto const lh = to_host(l), rh = to_host(r);
  auto const ah = to_host(att);
  auto const edges = edges_of(pattern);
  ASSERT_EQ(s.extent(0), edges.size());
  double const tolerance = 100 * static_cast<double>(std::numeric_limits<Scalar>::epsilon());
  for (std::size_t k = 0; k < edges.size(); ++k)
    for (std::size_t h = 0; h < static_cast<std::size_t>(heads); ++h) {
      double sum = 0;
      for (std::size_t c = h * width; c < (h + 1) * width; ++c) {
        double const v =
            static_cast<double>(lh(edges[k].first, c)) + static_cast<double>(rh(edges[k].second, c));
        sum += static_cast<double>(ah(c)) * (v > 0 ? v : .25 * v);
      }
      EXPECT_NEAR(static_cast<double>(s(k, h)), sum, tolerance);
    }
  expect_correct_derivatives(nacre::ExecOf<Device>(), op, l, r, att);
}

template <class Scalar, class Device>
void expect_aggregation(nacre::CsrPattern<Device> const& pattern, int heads, std::size_t width) {
  SCOPED_TRACE(nacre::cat(heads, " heads of ", width));
  auto const d = static_cast<std::size_t>(heads) * width, n = static_cast<std::size_t>(pattern.num_rows());
  auto const alpha =
      random_matrix<RowMajor, Scalar, Device>(pattern.num_entries(), static_cast<std::size_t>(heads), 1);
  auto const x = random_matrix<RowMajor, Scalar, Device>(static_cast<std::size_t>(pattern.num_cols()), d, 2);
  MultiHeadSpmmOp<Device> const op{pattern, heads};
  auto const y = matrix_result(op, alpha, x);
  auto const ah = to_host(alpha), xh = to_host(x);
  auto const edges = edges_of(pattern);
  std::vector<double> expected(n * d, 0.);
  for (std::size_t k = 0; k < edges.size(); ++k)
    for (std::size_t c = 0; c < d; ++c)
      expected[edges[k].first * d + c] +=
          static_cast<double>(ah(k, c / width)) * static_cast<double>(xh(edges[k].second, c));
  double const tolerance = 100 * static_cast<double>(std::numeric_limits<Scalar>::epsilon());
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < d; ++c)
      EXPECT_NEAR(static_cast<double>(y(i, c)), expected[i * d + c], tolerance);
  expect_correct_derivatives(nacre::ExecOf<Device>(), op, alpha, x);
}

/// Heads of lengths that fill blocks, and of such that do not.
template <class Scalar, class Device, class F>
void for_each_shape(F const& f) {
  for_each_small_matrix<Scalar, Device>([&](auto const& A) {
    for (auto const& [heads, width] : {std::pair<int, std::size_t>{1, 1}, {3, 2}, {2, 8}, {2, 45}, {3, 0}})
      f(A.pattern, heads, width);
  });
}

TYPED_TEST(EdgeOps, ScoresAndTheirAdjointAreRight) {
  for_each_shape<double, TypeParam>(
      [](auto const& p, int h, std::size_t w) { expect_scores<double>(p, h, w); });
}
TYPED_TEST(EdgeOps, ScoresAndTheirAdjointAreRightInFloat) {
  for_each_shape<float, TypeParam>(
      [](auto const& p, int h, std::size_t w) { expect_scores<float>(p, h, w); });
}
TYPED_TEST(EdgeOps, AggregationAndItsDerivativesAreRight) {
  for_each_shape<double, TypeParam>(
      [](auto const& p, int h, std::size_t w) { expect_aggregation<double>(p, h, w); });
}
TYPED_TEST(EdgeOps, AggregationAndItsDerivativesAreRightInFloat) {
  for_each_shape<float, TypeParam>(
      [](auto const& p, int h, std::size_t w) { expect_aggregation<float>(p, h, w); });
}

TYPED_TEST(EdgeOps, BothEndsMayBeTheSameMatrix) {
  nacre::ExecOf<TypeParam> const exec;
  auto const A = nacre::test::random_sparse<double, TypeParam>(17, 17, .2, 1);
  auto const x = random_matrix<RowMajor, double, TypeParam>(17, 10, 1);
  auto const att = random_vector<double, TypeParam>("att", 10, 2);
  auto const total = [](auto const& first, auto const& second) {
    auto const sum = to_host(first), more = to_host(second);
    for (std::size_t e = 0; e < sum.size(); ++e) sum.data()[e] += more.data()[e];
    return sum;
  };
  auto const expect_same = [](auto const& together, auto const& apart) {
    auto const h = to_host(together);
    for (std::size_t e = 0; e < h.size(); ++e) EXPECT_NEAR(h.data()[e], apart.data()[e], 1e-14);
  };
  using Rows = RowMajor<double, TypeParam>;
  Rows const both("both", 17, 10), a_bar("a_bar", 17, 10), b_bar("b_bar", 17, 10);
  Vector<double, TypeParam> const att_bar("att_bar", 10);
  auto const z_bar = random_matrix<RowMajor, double, TypeParam>(A.num_entries(), 10, 3);
  EdgeSumOp<TypeParam> const sum{A.pattern};
  sum.adjoint(exec, z_bar, z_bar, x, x, both, both);
  sum.adjoint(exec, z_bar, z_bar, x, x, a_bar, b_bar);
  expect_same(both, total(a_bar, b_bar));

  GatV2ScoreOp<TypeParam> const score{A.pattern, 1};
  auto const s_bar = random_matrix<RowMajor, double, TypeParam>(A.num_entries(), 1, 4);
  score.adjoint(exec, s_bar, s_bar, x, x, att, both, both, att_bar);
  score.adjoint(exec, s_bar, s_bar, x, x, att, a_bar, b_bar, att_bar);
  expect_same(both, total(a_bar, b_bar));
}

TYPED_TEST(EdgeOps, OfManyEdges) {
  nacre::ExecOf<TypeParam> const exec;
  auto const pattern = nacre::test::large_sparse<double, TypeParam>(20000, 15000, 1).pattern;
  auto const l = random_matrix<RowMajor, double, TypeParam>(20000, 6, 1),
             r = random_matrix<RowMajor, double, TypeParam>(15000, 6, 2);
  auto const att = random_vector<double, TypeParam>("att", 6, 3);
  auto const alpha = random_matrix<RowMajor, double, TypeParam>(pattern.num_entries(), 2, 4);
  expect_correct_derivatives(exec, EdgeSumOp<TypeParam>{pattern}, l, r);
  expect_correct_derivatives(exec, MultiHeadSpmmOp<TypeParam>{pattern, 2}, alpha, r);
  // a few of so many sums are so close to zero that a difference meets the kink
  expect_correct_derivatives_within(1e-4, exec, GatV2ScoreOp<TypeParam>{pattern, 2}, l, r, att);
}

TYPED_TEST(EdgeOps, RejectWhatDoesNotFit) {
  nacre::ExecOf<TypeParam> const exec;
  auto const pattern = nacre::test::from_dense<double, TypeParam>({{1, 1, 0}, {0, 1, 1}}, 3).pattern;
  RowMajor<double, TypeParam> const two("two", 2, 4), three("three", 3, 4), narrow("narrow", 3, 2),
      z("z", 4, 4), s("s", 4, 2);
  Vector<double, TypeParam> const att("att", 3);
  expect_error("edge_sum: view 'two' has extent(0) = 2 but the pattern's number of columns is 3",
               [&] { EdgeSumOp<TypeParam>{pattern}.forward(exec, z, two, two); });
  expect_error("edge_sum: view 'narrow' has extent(1) = 2 but the number of columns of a is 4",
               [&] { EdgeSumOp<TypeParam>{pattern}.forward(exec, z, two, narrow); });
  expect_error("gatv2_score: 4 columns for 3 heads, expected a multiple", [&] {
    GatV2ScoreOp<TypeParam>{pattern, 3}.forward(exec, s, two, three, att);
  });
  expect_error("gatv2_score: view 'att' has extent(0) = 3 but the number of columns of l is 4", [&] {
    GatV2ScoreOp<TypeParam>{pattern, 2}.forward(exec, s, two, three, att);
  });
  expect_error("multi_head_spmm: view 'z' has extent(1) = 4 but the number of heads is 2", [&] {
    MultiHeadSpmmOp<TypeParam>{pattern, 2}.forward(exec, two, z, three);
  });
  expect_error("multi_head_spmm: 4 columns for 0 heads, expected a multiple", [&] {
    MultiHeadSpmmOp<TypeParam>{pattern, 0}.forward(exec, two, s, three);
  });
}

}  // namespace
