#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <tuple>
#include <vector>

#include <nacre/core/operation.hpp>
#include <nacre/core/random.hpp>

#include "support/sparse.hpp"

/// \file
/// Adjoints beside plain loops over dense matrices.

namespace nacre::test {

/// What an adjoint adds to cotangents that are zero, and the cotangent of the result that it gets.
struct Cotangents {
  std::vector<double> y_bar;               ///< in the order of memory
  std::vector<std::vector<double>> x_bar;  ///< of each input
};

template <class View>
std::vector<double> numbers_of(View const& v) {
  auto const h = to_host(Kokkos::View<typename View::non_const_value_type const*, typename View::device_type,
                                      Kokkos::MemoryUnmanaged>(v.data(), v.size()));
  return std::vector<double>(h.data(), h.data() + h.extent(0));
}

/// One call of the adjoint, all cotangents wanted, y_bar random.
template <class Exec, class Op, class... In>
Cotangents run_adjoint(Exec const& exec, Op const& op, In const&... in) {
  using Device = typename Exec::device_type;
  using Y = OpResult<Op, OpInput<In>...>;
  using T = typename Y::non_const_value_type;
  auto const extents = op.output_extents(as_op_input(in)...);
  std::size_t size = 1;
  for (auto const e : extents) size *= e;
  // one more than needed: a view of no numbers still has data
  Vector<T, Device> const y_data("y", size + 1), y_bar_data = random_vector<T, Device>("y_bar", size + 1, 5);
  Y const y = make_op_view<Y>(y_data.data(), extents), y_bar = make_op_view<Y>(y_bar_data.data(), extents);
  op.forward(exec, y, as_op_input(in)...);
  std::tuple const data{Vector<typename In::non_const_value_type, Device>("x_bar", in.size() + 1)...};
  std::apply(
      [&](auto const&... x_bar) {
        op.adjoint(exec, y, y_bar, as_op_input(in)...,
                   make_op_view<OpOutput<OpInput<In>>>(x_bar.data(), extents_of(in))...);
      },
      data);
  exec.fence();
  auto const cut = [](std::vector<double> v) {
    v.pop_back();
    return v;
  };
  return {
      cut(numbers_of(y_bar_data)),
      std::apply(
          [&](auto const&... x_bar) { return std::vector<std::vector<double>>{cut(numbers_of(x_bar))...}; },
          data)};
}

/// Requires the same bits from two runs.
template <class Exec, class Op, class... In>
void expect_reproducible(Exec const& exec, Op const& op, In const&... in) {
  auto const first = run_adjoint(exec, op, in...), second = run_adjoint(exec, op, in...);
  for (std::size_t i = 0; i < first.x_bar.size(); ++i)
    EXPECT_TRUE(first.x_bar[i] == second.x_bar[i]) << Op::name << ", input " << i;
}

/// n-by-m numbers in the order of rows (or of columns) as a dense matrix.
inline Dense from_rows(std::vector<double> const& v, std::size_t n, std::size_t m) {
  Dense a(n, std::vector<double>(m));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < m; ++j) a[i][j] = v[i * m + j];
  return a;
}
inline Dense from_columns(std::vector<double> const& v, std::size_t n, std::size_t m) {
  Dense a(n, std::vector<double>(m));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < m; ++j) a[i][j] = v[j * n + i];
  return a;
}
/// a^T; m is the number of columns of a, which one without rows does not know.
inline Dense transposed(Dense const& a, std::size_t m) {
  Dense t(m, std::vector<double>(a.size()));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < m; ++j) t[j][i] = a[i][j];
  return t;
}
/// a b, with b having m columns.
inline Dense product(Dense const& a, Dense const& b, std::size_t m) {
  Dense c(a.size(), std::vector<double>(m, 0.));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t k = 0; k < b.size(); ++k)
      for (std::size_t j = 0; j < m; ++j) c[i][j] += a[i][k] * b[k][j];
  return c;
}

/// The entries of a dense matrix on a pattern.
template <class Device>
std::vector<double> masked(CsrPattern<Device> const& pattern, Dense const& a) {
  auto const row_ptr = to_host(pattern.row_ptr());
  auto const col = to_host(pattern.col());
  std::vector<double> entries;
  for (Ordinal i = 0; i < pattern.num_rows(); ++i)
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
      entries.push_back(a[static_cast<std::size_t>(i)][static_cast<std::size_t>(col(k))]);
  return entries;
}
template <class Device>
Dense to_dense(CsrPattern<Device> const& pattern, std::vector<double> const& values) {
  return to_dense(pattern, to_device<Device>("values", values));
}

inline void expect_equal_to(double tolerance, std::vector<double> const& found,
                            std::vector<double> const& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], expected[i], tolerance * (1 + std::abs(expected[i]))) << i;
}

/// A random matrix with empty rows, of which every seventh entry is an explicit zero.
template <class Scalar, class Device>
CsrMatrix<Scalar, Device> random_with_zeros(Ordinal n, Ordinal m, double density, unsigned seed) {
  auto const A = random_sparse<Scalar, Device>(n, m, density, seed);
  auto const h = to_host(A.values);
  for (std::size_t k = 0; k < h.extent(0); k += 7) h(k) = 0;
  Kokkos::deep_copy(A.values, h);
  return A;
}

/// A random n-by-m matrix with at most four entries a row, for large n.
template <class Scalar, class Device>
CsrMatrix<Scalar, Device> large_random(Ordinal n, Ordinal m, unsigned seed) {
  std::vector<Offset> row_ptr{0};
  std::vector<Ordinal> col;
  for (Ordinal i = 0; i < n; ++i) {
    std::array<Ordinal, 4> of_row;
    for (std::size_t k = 0; k < 4; ++k)
      of_row[k] = static_cast<Ordinal>(
          random_uniform(seed, static_cast<std::uint64_t>(i) * 4 + k, 0, static_cast<double>(m)));
    std::sort(of_row.begin(), of_row.end());
    auto const end = i % 5 == 3 ? of_row.begin() : std::unique(of_row.begin(), of_row.end());
    col.insert(col.end(), of_row.begin(), end);
    row_ptr.push_back(static_cast<Offset>(col.size()));
  }
  return {CsrPattern<Device>(n, m, to_device<Device>("row_ptr", row_ptr), to_device<Device>("col", col)),
          random_vector<Scalar, Device>("values", col.size(), seed)};
}

/// [n, k] random numbers of a layout.
template <class Layout, class Scalar, class Device>
Kokkos::View<Scalar**, Layout, Device> random_dense(std::size_t n, std::size_t k, unsigned seed) {
  Kokkos::View<Scalar**, Layout, Device> const x("x", n, k);
  auto const v = random_vector<Scalar, Device>("x", n * k, seed);
  Kokkos::deep_copy(Vector<Scalar, Device>(x.data(), n * k), v);
  return x;
}

}  // namespace nacre::test
