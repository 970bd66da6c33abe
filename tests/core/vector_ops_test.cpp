#include <nacre/core/vector_ops.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "support/backends.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::test::to_host;

template <class Device>
struct VectorOps : testing::Test {};
TYPED_TEST_SUITE(VectorOps, nacre::test::Backends);

template <class T, class Device>
nacre::MultiVector<T, Device> random_columns(std::string const& label, std::size_t n, std::size_t k,
                                             unsigned seed) {
  auto const flat = nacre::test::random_vector<T, Device>(label, n * k, seed);
  nacre::MultiVector<T, Device> v(label, n, k);
  Kokkos::deep_copy(Kokkos::View<T*, Device, Kokkos::MemoryUnmanaged>(v.data(), n * k), flat);
  return v;
}

template <class T, class Device>
void expect_all_match_plain_loops(std::size_t n, std::size_t k) {
  SCOPED_TRACE(nacre::cat("n = ", n, ", k = ", k));
  nacre::ExecOf<Device> const exec;
  double const tolerance = 100 * std::numeric_limits<T>::epsilon();
  auto const x = random_columns<T, Device>("x", n, k, 1);
  auto const y = random_columns<T, Device>("y", n, k, 2);
  auto const z = random_columns<T, Device>("z", n, k, 3);
  auto const w = random_columns<T, Device>("w", n, k, 4);
  auto const d = nacre::test::random_vector<T, Device>("d", n, 5);
  auto const x0 = to_host(x), y0 = to_host(y), z0 = to_host(z), w0 = to_host(w);
  auto const d0 = to_host(d);
  std::vector<double> a(k), b(k), g(k);
  for (std::size_t c = 0; c < k; ++c) {
    a[c] = 1.5 + static_cast<double>(c);
    b[c] = c % 3 == 0 ? 0. : -.5 * static_cast<double>(c);
    g[c] = c % 2 == 0 ? .25 : 0.;
  }
  auto const sum_over = [&](std::size_t c, auto const& u, auto const& v) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += static_cast<double>(u(i, c)) * static_cast<double>(v(i, c));
    return sum;
  };

  auto const dots = nacre::dot(exec, x, y);
  std::vector<double> pairs(2 * k), updated(2 * k), squares(k);
  nacre::dot2(exec, x, y, z, pairs.data());
  for (std::size_t c = 0; c < k; ++c) {
    EXPECT_NEAR(dots[c], sum_over(c, x0, y0), 1e-12 * static_cast<double>(n + 1));
    EXPECT_EQ(pairs[2 * c], dots[c]);
    EXPECT_NEAR(pairs[2 * c + 1], sum_over(c, x0, z0), 1e-12 * static_cast<double>(n + 1));
  }

  nacre::axpby(exec, a, x, b, y);
  auto const y1 = to_host(y);
  nacre::axpbypcz(exec, a, x, b, y, g, z);
  auto const z1 = to_host(z);
  nacre::multiply(exec, a, d, x, b, w);
  auto const w1 = to_host(w);
  nacre::axpy_dot(exec, a, x, y, z, updated.data());
  auto const y2 = to_host(y);
  nacre::cg_update(exec, a, z, w, x, y, squares.data());
  auto const x3 = to_host(x), y3 = to_host(y);
  for (std::size_t c = 0; c < k; ++c) {
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_NEAR(y1(i, c), a[c] * x0(i, c) + b[c] * y0(i, c), tolerance * 10);
      EXPECT_NEAR(z1(i, c), a[c] * x0(i, c) + b[c] * y1(i, c) + g[c] * z0(i, c), tolerance * 100);
      EXPECT_NEAR(w1(i, c), a[c] * d0(i) * x0(i, c) + b[c] * w0(i, c), tolerance * 10);
      EXPECT_NEAR(y2(i, c), y1(i, c) + a[c] * x0(i, c), tolerance * 100);
      EXPECT_NEAR(x3(i, c), x0(i, c) + a[c] * z1(i, c), tolerance * 1000);
      EXPECT_NEAR(y3(i, c), y2(i, c) - a[c] * w1(i, c), tolerance * 1000);
    }
    EXPECT_NEAR(updated[2 * c], sum_over(c, y2, y2), 1e-11 * static_cast<double>((n + 1) * k * k));
    EXPECT_NEAR(updated[2 * c + 1], sum_over(c, y2, z1), 1e-11 * static_cast<double>((n + 1) * k * k));
    EXPECT_NEAR(squares[c], sum_over(c, y3, y3), 1e-11 * static_cast<double>((n + 1) * k * k * k));
  }

  std::vector<double> each(k);
  nacre::dot_each(exec, z, d, each.data());
  auto const combined = nacre::test::random_vector<T, Device>("combined", n, 6);
  auto const combined0 = to_host(combined);
  nacre::combine(exec, a, z, combined);
  auto const combined1 = to_host(combined);
  for (std::size_t c = 0; c < k; ++c) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += static_cast<double>(z1(i, c)) * static_cast<double>(d0(i));
    EXPECT_NEAR(each[c], sum, 1e-11 * static_cast<double>((n + 1) * k));
  }
  for (std::size_t i = 0; i < n; ++i) {
    double sum = combined0(i);
    for (std::size_t c = 0; c < k; ++c) sum += a[c] * static_cast<double>(z1(i, c));
    EXPECT_NEAR(combined1(i), sum, tolerance * 1000 * static_cast<double>(k));
  }
  nacre::scale(exec, b, z);
  auto const z2 = to_host(z);
  for (std::size_t c = 0; c < k; ++c)
    for (std::size_t i = 0; i < n; ++i)
      EXPECT_NEAR(z2(i, c), b[c] * z1(i, c), tolerance * 100 * static_cast<double>(k * k));
}

TYPED_TEST(VectorOps, MatchPlainLoops) {
  for (std::size_t const n : {0, 1, 37, 1023, 5000})
    for (std::size_t const k : {1, 2, 11}) {
      expect_all_match_plain_loops<double, TypeParam>(n, k);
      expect_all_match_plain_loops<float, TypeParam>(n, k);
    }
}

TYPED_TEST(VectorOps, DotsOfFloatsAccumulateInDouble) {
  std::size_t const n = 1 << 20;
  nacre::Vector<float, TypeParam> ones("ones", n);
  Kokkos::deep_copy(ones, .1f);
  EXPECT_NEAR(nacre::dot(nacre::ExecOf<TypeParam>(), ones, ones)[0],
              static_cast<double>(n) * static_cast<double>(.1f) * static_cast<double>(.1f), 1e-8);
}

TYPED_TEST(VectorOps, AZeroFactorDoesNotReadTheOldValues) {
  nacre::Vector<double, TypeParam> x("x", 40), y("y", 40), z("z", 40);
  Kokkos::deep_copy(x, 3.);
  Kokkos::deep_copy(y, std::nan(""));
  Kokkos::deep_copy(z, std::nan(""));
  nacre::ExecOf<TypeParam> const exec;
  nacre::axpby(exec, 2., x, 0., y);
  nacre::scale(exec, 0., z);
  EXPECT_EQ(to_host(y)(39), 6.);
  EXPECT_EQ(to_host(z)(39), 0.);
}

TYPED_TEST(VectorOps, WorkOnColumnsOfWiderViews) {
  nacre::MultiVector<double, TypeParam> v("v", 50, 5);
  nacre::ExecOf<TypeParam> const exec;
  auto const middle = Kokkos::subview(v, Kokkos::ALL(), std::make_pair(1, 4));
  auto const last = Kokkos::subview(v, Kokkos::ALL(), 4);
  Kokkos::deep_copy(last, 2.);
  Kokkos::deep_copy(middle, 1.);
  nacre::scale(exec, std::vector<double>{1, 2, 3}, middle);
  EXPECT_EQ(nacre::dot(exec, last, last)[0], 200.);
  auto const h = to_host(v);
  EXPECT_EQ(h(49, 0), 0.);
  EXPECT_EQ(h(49, 3), 3.);
  EXPECT_EQ(h(49, 4), 2.);
}

TYPED_TEST(VectorOps, RejectVectorsThatDoNotFit) {
  nacre::ExecOf<TypeParam> const exec;
  nacre::MultiVector<double, TypeParam> x("x", 5, 2), y("y", 5, 3);
  nacre::RowMajor<double, TypeParam> rows("rows", 5, 2);
  nacre::test::expect_error("axpby: view 'y' is [5, 3] but the first argument is [5, 2]",
                            [&] { nacre::axpby(exec, 1., x, 1., y); });
  nacre::test::expect_error("axpby: 1 scalars for 2 columns",
                            [&] { nacre::axpby(exec, std::vector<double>{1}, x, 1., x); });
  nacre::test::expect_error("the columns of view 'rows' are not contiguous",
                            [&] { nacre::scale(exec, 1., rows); });
}

}  // namespace
