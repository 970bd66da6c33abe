#include <nacre/solvers/matrix_operator.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include "support/views.hpp"

namespace {

using nacre::GlobalOrdinal;

/// n-by-m, entry (i, j) = 1 + ((3 i + 5 j) mod 7) for j in {i, 2i, m-1-i} within range: reaches far across ranks.
nacre::DistributedCsr<double> skewed_matrix(nacre::RowPartition const& rows,
                                            nacre::RowPartition const& cols) {
  nacre::GlobalRows<double> mine;
  GlobalOrdinal const m = cols.num_global();
  for (GlobalOrdinal i = rows.begin(); i < rows.end(); ++i) {
    std::vector<GlobalOrdinal> js{i, 2 * i, m - 1 - i};
    std::sort(js.begin(), js.end());
    js.erase(std::unique(js.begin(), js.end()), js.end());
    for (auto const j : js)
      if (j >= 0 && j < m) {
        mine.col.push_back(j);
        mine.values.push_back(1. + static_cast<double>((3 * i + 5 * j) % 7));
      }
    mine.row_ptr.push_back(static_cast<nacre::Offset>(mine.col.size()));
  }
  return nacre::make_distributed(rows, cols, mine);
}

double entry(GlobalOrdinal i, GlobalOrdinal j, GlobalOrdinal m) {
  return j == i || j == 2 * i || j == m - 1 - i ? 1. + static_cast<double>((3 * i + 5 * j) % 7) : 0.;
}

void fill(nacre::RowPartition const& p, nacre::MultiVector<double> const& x, double frequency) {
  auto const h = Kokkos::create_mirror_view(x);
  for (int i = 0; i < p.num_owned(); ++i)
    for (std::size_t c = 0; c < h.extent(1); ++c)
      h(i, c) = std::sin(frequency * static_cast<double>(p.begin() + i + 1) + static_cast<double>(c));
  Kokkos::deep_copy(x, h);
}

void check_products(nacre::RowPartition const& rows, nacre::RowPartition const& cols) {
  nacre::solvers::MatrixOperator<double> const A(skewed_matrix(rows, cols));
  nacre::MultiVector<double> x("x", cols.num_owned(), 2), y("y", rows.num_owned(), 2),
      z("z", cols.num_owned(), 2);
  fill(cols, x, 0.7);

  A.apply({}, x, y);
  A.apply_transpose({}, y, z);

  auto const value = [](GlobalOrdinal j, int c) { return std::sin(0.7 * static_cast<double>(j + 1) + c); };
  auto const product = [&](GlobalOrdinal i, int c) {
    double sum = 0;
    for (GlobalOrdinal j = 0; j < cols.num_global(); ++j) sum += entry(i, j, cols.num_global()) * value(j, c);
    return sum;
  };
  auto const hy = nacre::test::to_host(y), hz = nacre::test::to_host(z);
  for (int i = 0; i < rows.num_owned(); ++i)
    for (int c = 0; c < 2; ++c)
      EXPECT_NEAR(hy(i, c), product(rows.begin() + i, c), 1e-12) << "row " << rows.begin() + i;
  for (int j = 0; j < cols.num_owned(); ++j)
    for (int c = 0; c < 2; ++c) {
      double sum = 0;
      for (GlobalOrdinal i = 0; i < rows.num_global(); ++i)
        sum += entry(i, cols.begin() + j, cols.num_global()) * product(i, c);
      EXPECT_NEAR(hz(j, c), sum, 1e-10) << "column " << cols.begin() + j;
    }
}

TEST(MatrixOperator, MultipliesLikeAPlainLoop) {
  auto const world = nacre::Comm::world();
  check_products(nacre::RowPartition::even(world, 37), nacre::RowPartition::even(world, 23));
  check_products(nacre::RowPartition::even(world, 23), nacre::RowPartition::even(world, 41));
}

TEST(MatrixOperator, AcceptsRanksWithoutRows) {
  auto const world = nacre::Comm::world();
  bool const last = world.rank() == world.size() - 1;
  nacre::RowPartition const all_on_last(world, last ? 12 : 0);
  check_products(all_on_last, all_on_last);
  check_products(nacre::RowPartition::even(world, 2), all_on_last);
  check_products(nacre::RowPartition(world, 0), nacre::RowPartition(world, 0));
}

TEST(MatrixOperator, RejectsAShortVectorOnEveryRank) {
  auto const world = nacre::Comm::world();
  auto const rows = nacre::RowPartition::even(world, 9);
  nacre::solvers::MatrixOperator<double> const A(skewed_matrix(rows, rows));
  nacre::MultiVector<double> x("x", rows.num_owned() + 1, 1), y("y", rows.num_owned(), 1);

  try {
    A.apply({}, x, y);
    FAIL() << "expected nacre::Error";
  } catch (nacre::Error const& e) {
    EXPECT_NE(std::string(e.what()).find("view 'x' has extent(0) = "), std::string::npos) << e.what();
  }
}

TEST(MakeDistributed, ReportsABadColumnOnEveryRank) {
  auto const world = nacre::Comm::world();
  auto const rows = nacre::RowPartition::even(world, 6);
  nacre::GlobalRows<double> mine;
  for (auto i = rows.begin(); i < rows.end(); ++i) {
    mine.col.push_back(i == 5 ? 17 : i);
    mine.values.push_back(1);
    mine.row_ptr.push_back(static_cast<nacre::Offset>(mine.col.size()));
  }

  try {
    nacre::make_distributed(rows, rows, mine);
    FAIL() << "expected nacre::Error";
  } catch (nacre::Error const& e) {
    EXPECT_NE(std::string(e.what()).find("column 17 is outside [0, 6)"), std::string::npos) << e.what();
  }
}

}  // namespace
