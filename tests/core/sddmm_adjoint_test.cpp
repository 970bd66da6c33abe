#include <nacre/core/sddmm_adjoint.hpp>

#include <gtest/gtest.h>

#include "support/adjoints.hpp"
#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/message_of.hpp"

namespace {

using namespace nacre::test;

template <class Device>
struct SddmmAdjoint : testing::Test {};
TYPED_TEST_SUITE(SddmmAdjoint, Backends);

template <class Layout, class Device>
void expect_dense_gradients(int n, int m, std::size_t d) {
  SCOPED_TRACE(nacre::cat(n, " by ", m, ", ", d, " columns"));
  nacre::ExecOf<Device> const exec;
  auto const rows = static_cast<std::size_t>(n), cols = static_cast<std::size_t>(m);
  auto const dense = [d](std::vector<double> const& v, std::size_t size) {
    return std::is_same_v<Layout, Kokkos::LayoutRight> ? from_rows(v, size, d) : from_columns(v, size, d);
  };
  auto const A = random_with_zeros<double, Device>(n, m, .3, 1);
  auto const x = random_dense<Layout, double, Device>(rows, d, 2);
  auto const y = random_dense<Layout, double, Device>(cols, d, 3);
  auto const dense_x = dense(numbers_of(x), rows), dense_y = dense(numbers_of(y), cols);

  auto const found = run_adjoint(exec, nacre::SddmmOp<Device>{A.pattern, 3}, x, y);
  auto g = to_dense(A.pattern, found.y_bar);
  for (auto& row : g)
    for (auto& e : row) e *= 3;
  expect_near(dense(found.x_bar[0], rows), product(g, dense_y, d));
  expect_near(dense(found.x_bar[1], cols), product(transposed(g, cols), dense_x, d));

  auto const scaled = run_adjoint(exec, nacre::ScaledSddmmOp<Device>{A.pattern, 3}, A.values, x, y);
  auto const samples = masked(A.pattern, product(dense_x, transposed(dense_y, d), cols));
  auto weights = scaled.y_bar;
  std::vector<double> expected;
  auto const values = numbers_of(A.values);
  for (std::size_t k = 0; k < weights.size(); ++k) {
    expected.push_back(3 * weights[k] * samples[k]);
    weights[k] *= 3 * values[k];
  }
  g = to_dense(A.pattern, weights);
  expect_equal_to(1e-12, scaled.x_bar[0], expected);
  expect_near(dense(scaled.x_bar[1], rows), product(g, dense_y, d));
  expect_near(dense(scaled.x_bar[2], cols), product(transposed(g, cols), dense_x, d));
}

TYPED_TEST(SddmmAdjoint, IsTheDenseGradient) {
  for (auto const& [n, m] : {std::array<int, 2>{0, 0}, {1, 1}, {3, 0}, {37, 23}, {23, 37}})
    for (std::size_t const d : {1, 3, 20}) {
      expect_dense_gradients<Kokkos::LayoutRight, TypeParam>(n, m, d);
      expect_dense_gradients<Kokkos::LayoutLeft, TypeParam>(n, m, d);
    }
}

template <class Layout, class Scalar, class Device>
void expect_derivatives(nacre::CsrMatrix<Scalar, Device> const& A, std::size_t d) {
  nacre::ExecOf<Device> const exec;
  nacre::SddmmOp<Device> const op{A.pattern, -2};
  nacre::ScaledSddmmOp<Device> const scaled{A.pattern, .5};
  auto const x = random_dense<Layout, Scalar, Device>(static_cast<std::size_t>(A.num_rows()), d, 2),
             y = random_dense<Layout, Scalar, Device>(static_cast<std::size_t>(A.num_cols()), d, 3);
  expect_correct_derivatives(exec, op, x, y);
  expect_correct_derivatives(exec, scaled, A.values, x, y);
  expect_reproducible(exec, op, x, y);
  expect_reproducible(exec, scaled, A.values, x, y);
}

TYPED_TEST(SddmmAdjoint, AgreesWithDifferences) {
  for (auto const& [n, m] : {std::array<int, 2>{0, 0}, {1, 1}, {37, 23}}) {
    expect_derivatives<Kokkos::LayoutRight>(random_with_zeros<double, TypeParam>(n, m, .2, 1), 5);
    expect_derivatives<Kokkos::LayoutRight>(random_with_zeros<float, TypeParam>(n, m, .2, 1), 5);
    expect_derivatives<Kokkos::LayoutLeft>(random_with_zeros<double, TypeParam>(n, m, .2, 1), 5);
  }
  expect_derivatives<Kokkos::LayoutRight>(large_random<double, TypeParam>(100000, 90000, 1), 2);
}

TYPED_TEST(SddmmAdjoint, ForwardRejectsTooFewValues) {
  auto const A = from_dense<double, TypeParam>({{1, 2}}, 2);
  nacre::RowMajor<double, TypeParam> const x("x", 1, 2), y("y", 2, 2);
  nacre::Vector<double, TypeParam> const values("values", 1), out("out", 2);
  EXPECT_NE(message_of([&] {
              nacre::ScaledSddmmOp<TypeParam>{A.pattern}.forward(nacre::ExecOf<TypeParam>(), out, values, x,
                                                                 y);
            }).find("scaled_sddmm: view 'values' has extent(0) = 1 but the pattern's number of entries is 2"),
            std::string::npos);
}

}  // namespace
