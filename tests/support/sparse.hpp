#pragma once

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>
#include <vector>

#include <nacre/core/csr_matrix.hpp>

#include "support/views.hpp"

/// \file
/// Small sparse matrices for tests, and what they are as dense ones.

namespace nacre::test {

using Dense = std::vector<std::vector<double>>;

/// A random n-by-m matrix, entries uniform in [-1, 1]. Every fifth row is empty, another is three times as
/// full.
template <class Scalar, class Device>
CsrMatrix<Scalar, Device> random_sparse(Ordinal n, Ordinal m, double density, unsigned seed) {
  std::mt19937 generator(seed);
  auto const uniform = [&generator] { return static_cast<double>(generator()) / 4294967296.; };
  std::vector<Offset> row_ptr{0};
  std::vector<Ordinal> col;
  std::vector<Scalar> values;
  for (Ordinal i = 0; i < n; ++i) {
    double const row_density = i % 5 == 3 ? 0 : i % 5 == 1 ? 3 * density : density;
    for (Ordinal j = 0; j < m; ++j)
      if (uniform() < row_density) {
        col.push_back(j);
        values.push_back(static_cast<Scalar>(2 * uniform() - 1));
      }
    row_ptr.push_back(static_cast<Offset>(col.size()));
  }
  return {CsrPattern<Device>(n, m, to_device<Device>("row_ptr", row_ptr), to_device<Device>("col", col)),
          to_device<Device>("values", values)};
}

/// The matrix with these rows; zeros are left out.
template <class Scalar, class Device>
CsrMatrix<Scalar, Device> from_dense(Dense const& rows, Ordinal num_cols) {
  std::vector<Offset> row_ptr{0};
  std::vector<Ordinal> col;
  std::vector<Scalar> values;
  for (auto const& row : rows) {
    for (std::size_t j = 0; j < row.size(); ++j)
      if (row[j] != 0) {
        col.push_back(static_cast<Ordinal>(j));
        values.push_back(static_cast<Scalar>(row[j]));
      }
    row_ptr.push_back(static_cast<Offset>(col.size()));
  }
  return {CsrPattern<Device>(static_cast<Ordinal>(rows.size()), num_cols,
                             to_device<Device>("row_ptr", row_ptr), to_device<Device>("col", col)),
          to_device<Device>("values", values)};
}

template <class Device, class Values>
Dense to_dense(CsrPattern<Device> const& pattern, Values const& values) {
  auto const row_ptr = to_host(pattern.row_ptr());
  auto const col = to_host(pattern.col());
  auto const v = to_host(values);
  Dense dense(static_cast<std::size_t>(pattern.num_rows()),
              std::vector<double>(static_cast<std::size_t>(pattern.num_cols()), 0.));
  for (Ordinal i = 0; i < pattern.num_rows(); ++i)
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
      dense[static_cast<std::size_t>(i)][static_cast<std::size_t>(col(k))] += static_cast<double>(v(k));
  return dense;
}
template <class Scalar, class Device>
Dense to_dense(CsrMatrix<Scalar, Device> const& A) {
  return to_dense(A.pattern, A.values);
}

/// Requires sorted columns without duplicates, offsets that fit, and nothing else.
template <class Device>
void expect_well_formed(CsrPattern<Device> const& pattern) {
  auto const row_ptr = to_host(pattern.row_ptr());
  auto const col = to_host(pattern.col());
  ASSERT_EQ(row_ptr(0), Offset(0));
  ASSERT_EQ(static_cast<std::size_t>(row_ptr(pattern.num_rows())), pattern.num_entries());
  for (Ordinal i = 0; i < pattern.num_rows(); ++i) {
    ASSERT_LE(row_ptr(i), row_ptr(i + 1));
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) {
      ASSERT_GE(col(k), 0);
      ASSERT_LT(col(k), pattern.num_cols());
      if (k > row_ptr(i)) {
        ASSERT_LT(col(k - 1), col(k)) << "row " << i;
      }
    }
  }
}

/// Requires equal sizes and entries equal to `tolerance` times the type's rounding error.
template <class Scalar = double>
void expect_near(Dense const& found, Dense const& expected, double tolerance = 100) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].size(), expected[i].size());
    for (std::size_t j = 0; j < found[i].size(); ++j)
      ASSERT_NEAR(found[i][j], expected[i][j], tolerance * std::numeric_limits<Scalar>::epsilon())
          << "row " << i << ", column " << j;
  }
}

/// Requires that f throws nacre::Error with `part` in its message.
template <class F>
void expect_error(std::string const& part, F const& f) {
  try {
    f();
    FAIL() << "expected nacre::Error with '" << part << "'";
  } catch (Error const& e) {
    EXPECT_NE(std::string(e.what()).find(part), std::string::npos) << e.what();
  }
}

}  // namespace nacre::test
