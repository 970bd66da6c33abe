#include <nacre/core/grouped_gemm.hpp>

#include <gtest/gtest.h>

#include "support/adjoints.hpp"
#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/matrices.hpp"

namespace {

using nacre::GatherMmOp;
using nacre::Ordinal;
using nacre::RowMajor;
using nacre::SegmentMmOp;
using nacre::Vector;
using nacre::test::expect_correct_derivatives;
using nacre::test::expect_error;
using nacre::test::random_vector;
using nacre::test::to_host;

template <class Device>
struct GroupedGemm : testing::Test {};
TYPED_TEST_SUITE(GroupedGemm, nacre::test::Backends);

template <class Scalar, class Device>
using Matrices = Kokkos::View<Scalar***, Kokkos::LayoutRight, Device>;

/// Factors with random entries: a [n, k], b [num_matrices, k, m].
template <class Scalar, class Device>
struct Factors {
  Vector<Scalar, Device> numbers_a, numbers_b;
  RowMajor<Scalar, Device> a;
  Matrices<Scalar, Device> b;
  Factors(std::size_t n, std::size_t num_matrices, std::size_t k, std::size_t m)
      : numbers_a(random_vector<Scalar, Device>("a", n * k + 1, 1)),
        numbers_b(random_vector<Scalar, Device>("b", num_matrices * k * m + 1, 2)),
        a(numbers_a.data(), n, k),
        b(numbers_b.data(), num_matrices, k, m) {}
};

template <class Scalar, class Device>
void expect_rows(RowMajor<Scalar, Device> const& y, std::vector<Ordinal> const& index,
                 Factors<Scalar, Device> const& f) {
  auto const yh = to_host(y), ah = to_host(f.a);
  auto const bh = to_host(f.b);
  double const tolerance = 20 * std::numeric_limits<Scalar>::epsilon();
  for (std::size_t i = 0; i < index.size(); ++i)
    for (std::size_t j = 0; j < f.b.extent(2); ++j) {
      double sum = 0;
      for (std::size_t l = 0; l < f.a.extent(1); ++l)
        sum +=
            static_cast<double>(ah(i, l)) * static_cast<double>(bh(static_cast<std::size_t>(index[i]), l, j));
      ASSERT_NEAR(static_cast<double>(yh(i, j)), sum, tolerance) << i << ' ' << j;
    }
}

/// y(i, :) = a(i, :) b(index(i)) by `op`, against plain loops, and all derivatives.
template <class Scalar, class Device, class Op>
void expect_products(Op const& op, std::vector<Ordinal> const& index, Factors<Scalar, Device> const& f) {
  RowMajor<Scalar, Device> const y("y", index.size(), f.b.extent(2));
  Kokkos::deep_copy(y, Scalar(99));
  op.forward(nacre::ExecOf<Device>(), y, f.a, f.b);
  expect_rows(y, index, f);
  expect_correct_derivatives(nacre::ExecOf<Device>(), op, f.a, f.b);
}

std::vector<Ordinal> lengths_of(std::vector<Ordinal> const& index, std::size_t num_matrices) {
  std::vector<Ordinal> lengths(num_matrices, 0);
  for (auto const g : index) ++lengths[static_cast<std::size_t>(g)];
  return lengths;
}

/// Both operations, rows in order of matrices and mixed; some matrices have no rows, another one many.
template <class Scalar, class Device>
void expect_both(std::size_t n, std::size_t num_matrices, std::size_t k, std::size_t m) {
  SCOPED_TRACE(nacre::cat(n, " rows, ", num_matrices, " matrices, ", k, " by ", m));
  std::mt19937 generator(3);
  std::vector<Ordinal> mixed(n);
  for (auto& g : mixed) {
    auto const drawn = generator() % num_matrices;
    g = static_cast<Ordinal>(drawn % 5 == 3 ? 0 : drawn);
  }
  auto sorted = mixed;
  std::sort(sorted.begin(), sorted.end());
  Factors<Scalar, Device> const f(n, num_matrices, k, m);
  expect_products(SegmentMmOp<Device>(lengths_of(sorted, num_matrices)), sorted, f);
  expect_products(GatherMmOp<Device>(num_matrices, sorted), sorted, f);
  expect_products(GatherMmOp<Device>(num_matrices, mixed), mixed, f);
}

template <class Scalar, class Device>
void expect_all() {
  expect_both<Scalar, Device>(100, 32, 7, 10);
  expect_both<Scalar, Device>(0, 3, 2, 2);
  expect_both<Scalar, Device>(1, 1, 1, 1);
  expect_both<Scalar, Device>(5, 2, 0, 3);
  expect_both<Scalar, Device>(5, 2, 3, 0);
  expect_both<Scalar, Device>(700, 2, 5, 3);
}

TYPED_TEST(GroupedGemm, ProductsAndTheirDerivativesAreRight) { expect_all<double, TypeParam>(); }
TYPED_TEST(GroupedGemm, ProductsAndTheirDerivativesAreRightInFloat) { expect_all<float, TypeParam>(); }

TYPED_TEST(GroupedGemm, OfNoMatricesIsNothing) {
  Factors<double, TypeParam> const f(0, 0, 2, 3);
  expect_products(SegmentMmOp<TypeParam>(std::vector<Ordinal>()), {}, f);
  expect_products(GatherMmOp<TypeParam>(0, {}), {}, f);
}

TYPED_TEST(GroupedGemm, GathersASmallExample) {
  RowMajor<double, TypeParam> const a("a", 2, 2), y("y", 2, 2);
  Matrices<double, TypeParam> const b("b", 2, 2, 2);
  auto const ah = Kokkos::create_mirror(a);
  auto const bh = Kokkos::create_mirror(b);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j) ah(i, j) = 2 * i + j + 1;
  bh(0, 0, 0) = bh(0, 1, 1) = 1;
  bh(1, 0, 0) = bh(1, 1, 1) = 2;
  Kokkos::deep_copy(a, ah);
  Kokkos::deep_copy(b, bh);
  GatherMmOp<TypeParam>(2, {0, 1}).forward(nacre::ExecOf<TypeParam>(), y, a, b);
  EXPECT_EQ(nacre::test::numbers_of(y), (std::vector<double>{1, 2, 6, 8}));
}

/// The kernels of devices, run where the others are, against the operation.
template <class Device>
void expect_single_kernels() {
  nacre::ExecOf<Device> const exec;
  std::vector<Ordinal> const index{2, 0, 2, 2, 3, 0, 2};
  auto const groups = nacre::Segments<Device>::of_index(4, index);
  Factors<double, Device> const f(7, 4, 3, 5);
  GatherMmOp<Device> const op(4, index);
  auto const expected = nacre::test::run_adjoint(exec, op, f.a, f.b);
  RowMajor<double, Device> const y("y", 7, 5), y_bar("y_bar", 7, 5), a_bar("a_bar", 7, 3);
  Matrices<double, Device> const b_bar("b_bar", 4, 3, 5);
  Kokkos::deep_copy(Vector<double, Device>(y_bar.data(), 35),
                    nacre::to_device<Device>("y_bar", expected.y_bar));
  Kokkos::deep_copy(a_bar, 1);
  Kokkos::deep_copy(b_bar, 1);
  nacre::detail::grouped_rows_by_entries<false>(exec, "nacre::test", groups, f.a, f.b, false, y);
  nacre::detail::grouped_rows_by_entries<true>(exec, "nacre::test", groups, y_bar, f.b, true, a_bar);
  nacre::detail::grouped_outer_by_entries(exec, "nacre::test", groups, f.a, y_bar, b_bar);
  expect_rows(y, index, f);
  auto const a_found = nacre::test::numbers_of(a_bar), b_found = nacre::test::numbers_of(b_bar);
  for (std::size_t i = 0; i < a_found.size(); ++i) EXPECT_NEAR(a_found[i] - 1, expected.x_bar[0][i], 1e-14);
  for (std::size_t i = 0; i < b_found.size(); ++i) EXPECT_NEAR(b_found[i] - 1, expected.x_bar[1][i], 1e-14);
}

TYPED_TEST(GroupedGemm, TheKernelsOfDevicesAreRight) { expect_single_kernels<TypeParam>(); }

TYPED_TEST(GroupedGemm, RejectsWhatDoesNotFit) {
  nacre::ExecOf<TypeParam> const exec;
  RowMajor<double, TypeParam> const a("a", 5, 2), y("y", 5, 3);
  Matrices<double, TypeParam> const b("b", 3, 2, 3), wide("wide", 3, 4, 3), two("two", 2, 2, 3);
  expect_error("segment_mm: size(1) = -1 is negative", [] { SegmentMmOp<TypeParam>({2, -1}); });
  expect_error("gather_mm: index(2) = 3 is not in [0, 3)", [] { GatherMmOp<TypeParam>(3, {0, 1, 3}); });
  // also where it is the last length that is wrong
  expect_error("segment_mm: view 'a' has extent(0) = 5 but the sum of the lengths is 6", [&] {
    SegmentMmOp<TypeParam>({2, 0, 4}).forward(exec, y, a, b);
  });
  expect_error("gather_mm: view 'a' has extent(0) = 5 but the number of indices is 2", [&] {
    GatherMmOp<TypeParam>(3, {0, 1}).forward(exec, y, a, b);
  });
  SegmentMmOp<TypeParam> const op({2, 0, 3});
  expect_error("segment_mm: view 'two' has extent(0) = 2 but the number of groups is 3",
               [&] { op.forward(exec, y, a, two); });
  expect_error("segment_mm: view 'wide' has extent(1) = 4 but the number of columns of the left factor is 2",
               [&] { op.forward(exec, y, a, wide); });
  expect_error("segment_mm: view 'a' has extent(1) = 2 but the number of columns of the right factors is 3",
               [&] { op.forward(exec, a, a, b); });
}

}  // namespace
