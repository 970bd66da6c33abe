#pragma once

#include <algorithm>

#include "support/sparse.hpp"

/// \file
/// The matrices that every operation on sparse matrices is tested with.

namespace nacre::test {

/// A random n-by-m matrix of up to seven entries a row, made in time proportional to them; some rows are
/// empty.
template <class Scalar, class Device>
CsrMatrix<Scalar, Device> large_sparse(Ordinal n, Ordinal m, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<Offset> row_ptr{0};
  std::vector<Ordinal> col;
  for (Ordinal i = 0; i < n; ++i) {
    std::vector<Ordinal> row(generator() % 8);
    for (auto& j : row) j = static_cast<Ordinal>(generator() % static_cast<unsigned>(m));
    std::sort(row.begin(), row.end());
    row.erase(std::unique(row.begin(), row.end()), row.end());
    col.insert(col.end(), row.begin(), row.end());
    row_ptr.push_back(static_cast<Offset>(col.size()));
  }
  return {CsrPattern<Device>(n, m, to_device<Device>("row_ptr", row_ptr), to_device<Device>("col", col)),
          random_vector<Scalar, Device>("values", col.size(), seed)};
}

/// The matrix with every seventh value an explicit zero.
template <class Scalar, class Device>
CsrMatrix<Scalar, Device> with_explicit_zeros(CsrMatrix<Scalar, Device> const& A) {
  auto const values = to_host(A.values);
  for (std::size_t k = 0; k < values.extent(0); k += 7) values(k) = 0;
  Kokkos::deep_copy(A.values, values);
  return A;
}

/// Calls `f(A)` for a matrix without rows and columns, one of one entry, rectangular ones with empty rows and
/// explicit zeros, and one without entries.
template <class Scalar, class Device, class F>
void for_each_small_matrix(F const& f) {
  for (auto const& [n, m] : {std::pair<int, int>{0, 0}, {1, 1}, {23, 17}, {11, 29}}) {
    SCOPED_TRACE(cat(n, " by ", m));
    f(with_explicit_zeros(random_sparse<Scalar, Device>(n, m, n == 1 ? 1.1 : .2, 1)));
  }
  SCOPED_TRACE("no entries");
  f(from_dense<Scalar, Device>({{0, 0}, {0, 0}, {0, 0}}, 2));
}

/// A vector of `n` numbers that a function computes.
template <class Scalar, class Device, class Op, class... In>
std::vector<double> result_of(Op const& op, In const&... in) {
  auto const extents = op.output_extents(in...);
  static_assert(std::tuple_size_v<decltype(extents)> == 1, "of operations with vectors as results");
  Vector<Scalar, Device> const y("y", extents[0]);
  Kokkos::deep_copy(y, Scalar(99));
  op.forward(ExecOf<Device>(), y, in...);
  auto const h = to_host(y);
  return std::vector<double>(h.data(), h.data() + h.extent(0));
}

/// Requires numbers equal to `tolerance` times the type's rounding error.
template <class Scalar>
void expect_near(std::vector<double> const& found, std::vector<double> const& expected,
                 double tolerance = 100) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], expected[i], tolerance * std::numeric_limits<Scalar>::epsilon()) << "at " << i;
}

}  // namespace nacre::test
