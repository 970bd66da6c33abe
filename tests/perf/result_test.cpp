#include <result.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

#include "perf/results.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

namespace nacre::test {
namespace {

TEST(Rows, TakeTheMedianOfTheRatiosWithinRepetitions) {
  auto const row = perf::make_row("spmv", "p", {1, 2, 30}, "eigen", {2, 2, 10});

  EXPECT_EQ(row.ours, 2);
  EXPECT_EQ(row.peer, 2);
  EXPECT_EQ(row.ratio, 1);  // of .5, 1, 3; quartiles .75 and 2
  EXPECT_DOUBLE_EQ(row.spread, (2 - .75) / 2);
}

TEST(Rows, AreRefusedWithoutAPositiveRatio) {
  auto bad = row("spmv", "p", 1);
  for (double const ratio :
       {0., -1., std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    bad.ratio = ratio;
    EXPECT_NE(message_of([&] { perf::record(bad); }).find("spmv on p"), std::string::npos);
  }
}

TEST(Rows, GoFromAProgramToTheSuite) {
  TemporaryFolder const folder;
  auto sent = row("spmv", "p", .75);
  sent.iterations = 12;
  perf::record(row("spmv", "p", .5));
  perf::record(row("spmm", "p", .5));
  perf::record(sent);  // takes the place of the first
  setenv("NACRE_PERF_ROWS", (folder.file("rows.json")).c_str(), 1);

  perf::write_rows();

  unsetenv("NACRE_PERF_ROWS");
  auto const rows = perf::read_rows(folder.file("rows.json"), "perf_kernels");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].id(), "spmv on p");
  EXPECT_EQ(rows[0].ratio, .75);
  EXPECT_EQ(rows[0].iterations, 12);
  EXPECT_EQ(rows[0].program, "perf_kernels");
  EXPECT_EQ(rows[0].again, sent.again);
  EXPECT_EQ(rows[1].id(), "spmm on p");
}

TEST(ResultFiles, ComeBackAsTheyWere) {
  TemporaryFolder const folder;
  auto kept = row("amg_pcg", "tets", .875, .0625);
  kept.iterations = 14;
  kept.relative_residual = 3e-9;
  kept.peak_rss_mb = 355;
  auto const written = result({kept, row("spmv", "p", .5)});

  perf::write_result(folder.file("result.json"), written);
  auto const read = perf::read_result(folder.file("result.json"));

  ASSERT_EQ(read.rows.size(), 2u);
  EXPECT_EQ(read.rows[0].id(), kept.id());
  EXPECT_EQ(read.rows[0].ratio, kept.ratio);
  EXPECT_EQ(read.rows[0].spread, kept.spread);
  EXPECT_EQ(read.rows[0].iterations, 14);
  EXPECT_EQ(read.rows[0].relative_residual, 3e-9);
  EXPECT_EQ(read.rows[0].peak_rss_mb, 355);
  EXPECT_EQ(read.rows[1].iterations, 0);
  EXPECT_EQ(read.rows[1].program, "perf_solvers");
  EXPECT_EQ(read.date, written.date);
  EXPECT_EQ(read.machine.machine_class, written.machine.machine_class);
  EXPECT_EQ(read.machine.triad_gb_per_s, written.machine.triad_gb_per_s);
  EXPECT_EQ(read.machine.commit, written.machine.commit);
}

TEST(ResultFiles, AreRefusedWithTheirName) {
  TemporaryFolder const folder;
  folder.file("text.json", "no JSON");
  folder.file("other.json", R"({"rows": []})");
  auto const complaint = [&](std::string const& name) {
    return message_of([&] { perf::read_result(folder.file(name)); });
  };

  EXPECT_NE(complaint("text.json").find("text.json: is not JSON"), std::string::npos);
  EXPECT_NE(complaint("other.json").find("other.json: is no result"), std::string::npos);
  EXPECT_NE(complaint("none.json").find("none.json: cannot be read"), std::string::npos);
}

TEST(ResultFiles, OfAFolderAreSortedByDate) {
  TemporaryFolder const folder;
  auto old = result({row("spmv", "p", 1)}), young = old;
  young.date = "2025-03-01T00:00:00Z";
  perf::write_result(folder.file("a.json"), young);
  perf::write_result(folder.file("b.json"), old);

  auto const history = perf::read_history({folder.file("")});

  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[0].date, old.date);
  EXPECT_EQ(history[1].date, young.date);
}

}  // namespace
}  // namespace nacre::test
