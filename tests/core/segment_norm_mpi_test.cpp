#include <nacre/core/segment_norm.hpp>

#include <gtest/gtest.h>

#include <algorithm>

#include "support/distributed_derivatives.hpp"
#include "support/message_of.hpp"

namespace {

using nacre::Comm;
using nacre::Offset;
using nacre::Ordinal;
using nacre::RowPartition;
using nacre::SharedSegments;
using nacre::test::DistributedCheck;
using nacre::test::Spread;
using Rows = nacre::RowMajor<double>;
using Statistics = nacre::SegmentStatisticsOp<>;
using Normalize = nacre::NormalizeSegmentsOp<>;

/// N rows of which the last rank has none where there are others.
RowPartition last_rank_without_rows(Comm const& comm, int n) {
  int const others = comm.size() - 1;
  if (others == 0) return RowPartition(comm, n);
  return RowPartition(comm, comm.rank() == others ? 0 : n / others + (comm.rank() < n % others ? 1 : 0));
}

SharedSegments<> share(Comm const& comm, std::vector<Offset> const& ptr) {
  using Ptr = nacre::Vector<Offset const>;
  return {comm, nacre::Segments<>(Ptr(nacre::to_device<nacre::DefaultDevice>("ptr", ptr)))};
}

/// This rank's rows in the segments that begin at these global rows.
SharedSegments<> segments_of(RowPartition const& rows, std::vector<int> const& begins) {
  std::vector<Offset> ptr;
  for (auto const begin : begins)
    ptr.push_back(
        static_cast<Offset>(std::clamp<std::int64_t>(begin, rows.begin(), rows.end()) - rows.begin()));
  return share(rows.comm(), ptr);
}

/// Random rows that do not depend on the number of ranks.
Rows scattered_rows(RowPartition const& rows, int k, unsigned seed) {
  Rows const x("x", static_cast<std::size_t>(rows.num_owned()), static_cast<std::size_t>(k));
  Kokkos::deep_copy(x, nacre::test::scattered_vectors(rows, k, seed));
  return x;
}

/// Three segments of which the second is empty, and one.
std::vector<std::vector<int>> const kBegins{{0, 9, 9, 31}, {0, 31}};

template <class F>
void for_each_distribution(F const& f) {
  Comm const comm = Comm::world();
  for (auto const& begins : kBegins)
    for (auto const& rows : {RowPartition::even(comm, 31), last_rank_without_rows(comm, 31)}) f(rows, begins);
}

TEST(SegmentStatistics, MatchDifferences) {
  for_each_distribution([](RowPartition const& rows, std::vector<int> const& begins) {
    Comm const& comm = rows.comm();
    DistributedCheck<Statistics, Rows>(comm, Statistics(segments_of(rows, begins), .01), {Spread::owned},
                                       Spread::owned, scattered_rows(rows, 3, 1))
        .run();
  });
}

/// Statistics, and rows normalized by them, with the gradients of a sum that weights these, all on one rank.
std::vector<double> all_numbers(RowPartition const& rows, std::vector<int> const& begins) {
  nacre::ExecOf<nacre::DefaultDevice> const exec;
  auto const segments = segments_of(rows, begins);
  Statistics const statistics(segments, .01);
  Normalize const normalize{segments.here()};
  auto const x = scattered_rows(rows, 3, 1), y_bar = scattered_rows(rows, 3, 2);
  Rows const stats("stats", 2 * segments.num_segments(), 3), stats_bar("stats_bar", stats.extent(0), 3),
      y("y", x.extent(0), 3), x_bar("x_bar", x.extent(0), 3);
  statistics.forward(exec, stats, x);
  normalize.forward(exec, y, x, stats);
  normalize.adjoint(exec, y, y_bar, x, stats, x_bar, stats_bar);
  statistics.adjoint(exec, stats, stats_bar, x, x_bar);
  std::vector<double> all;
  auto const append = [&](std::vector<double> const& v) { all.insert(all.end(), v.begin(), v.end()); };
  for (int c = 0; c < 3; ++c) {
    append(nacre::test::gather_column(Comm::self(), stats, c));
    append(nacre::test::gather_column(rows.comm(), y, c));
    append(nacre::test::gather_column(rows.comm(), x_bar, c));
  }
  return all;
}

TEST(SegmentStatistics, AndGradientsDoNotDependOnTheNumberOfRanks) {
  for_each_distribution([](RowPartition const& rows, std::vector<int> const& begins) {
    auto const spread = all_numbers(rows, begins);
    auto const alone = all_numbers(RowPartition::even(Comm::self(), 31), begins);

    ASSERT_EQ(spread.size(), alone.size());
    for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_NEAR(spread[i], alone[i], 1e-13) << "number " << i;
  });
}

TEST(SegmentStatistics, NormalizedColumnsHaveMeanZeroAndVarianceOne) {
  Comm const comm = Comm::world();
  auto const rows = RowPartition::even(comm, 31);
  auto const segments = segments_of(rows, {0, 9, 9, 31});
  auto const x = scattered_rows(rows, 2, 1);
  Rows const stats("stats", 6, 2), y("y", x.extent(0), 2);
  nacre::ExecOf<nacre::DefaultDevice> const exec;
  Statistics(segments, 1e-12).forward(exec, stats, x);
  Normalize{segments.here()}.forward(exec, y, x, stats);

  auto const column = nacre::test::gather_column(comm, y, 1);

  for (auto const& [begin, end] : {std::pair<std::size_t, std::size_t>{0, 9}, {9, 31}}) {
    double sum = 0, square = 0;
    for (std::size_t i = begin; i < end; ++i) sum += column[i], square += column[i] * column[i];
    EXPECT_NEAR(sum, 0, 1e-12);
    EXPECT_NEAR(square, static_cast<double>(end - begin), 1e-9);
  }
}

TEST(SharedSegments, RejectOtherNumbersOfThemOnOtherRanks) {
  Comm const comm = Comm::world();
  std::vector<Offset> const ptr(static_cast<std::size_t>(comm.rank()) + 2, 0);

  auto const message = nacre::test::message_of([&] { share(comm, ptr); });

  EXPECT_EQ(message, comm.size() == 1 ? "(no nacre::Error was thrown)"
                                      : nacre::cat("SharedSegments: 1 segments on rank 0, but ", comm.size(),
                                                   " on another (rank 0)"));
}

}  // namespace
