#include <comparison.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include "perf/results.hpp"

namespace nacre::test {
namespace {

using perf::Verdict;

Verdict verdict_of(perf::MeasuredRow const& baseline, perf::MeasuredRow const& now) {
  return perf::judge(baseline, now).verdict;
}

TEST(Comparison, TakesAChangeWithinTheSpreadForNoise) {
  double const noise = perf::tolerance(row("amg_pcg", "tets", .9, .02), row("amg_pcg", "tets", .9, .02));

  EXPECT_NEAR(noise, .05 + 2 * .02 * std::sqrt(2.), 1e-12);
  EXPECT_EQ(verdict_of(row("a", "p", .8, .02), row("a", "p", .8 * (1 + .99 * noise), .02)), Verdict::same);
  EXPECT_EQ(verdict_of(row("a", "p", .8, .02), row("a", "p", .8 * (1 + 1.01 * noise), .02)), Verdict::worse);
  EXPECT_EQ(verdict_of(row("a", "p", .8, .02), row("a", "p", .8 / (1 + .99 * noise), .02)), Verdict::same);
  EXPECT_EQ(verdict_of(row("a", "p", .8, .02), row("a", "p", .8 / (1 + 1.01 * noise), .02)),
            Verdict::improved);
}

TEST(Comparison, AllowsMoreWhereTheSpreadIsLarger) {
  EXPECT_EQ(verdict_of(row("a", "p", 1), row("a", "p", 1.2)), Verdict::worse);
  EXPECT_EQ(verdict_of(row("a", "p", 1, .1), row("a", "p", 1.2)), Verdict::same);
  EXPECT_EQ(verdict_of(row("a", "p", 1), row("a", "p", 1.2, .1)), Verdict::same);
}

TEST(Comparison, AllowsMoreBesideTheTriadAndLessForMemory) {
  auto triad = row("a", "p", 1, 0), memory = row("a", "p", 1, 0);
  triad.peer_name = "stream_triad";
  memory.unit = "MB";

  EXPECT_DOUBLE_EQ(perf::tolerance(triad, triad), .10);
  EXPECT_DOUBLE_EQ(perf::tolerance(memory, memory), .03);
}

TEST(Comparison, LooksAtRatiosAndNotAtTimes) {
  auto now = row("a", "p", 1);
  now.ours *= 3;  // a slower machine, for the peer as well
  now.peer *= 3;

  EXPECT_EQ(verdict_of(row("a", "p", 1), now), Verdict::same);
}

TEST(Comparison, FindsRowsByNameAndProblem) {
  auto const baseline = result({row("spmv", "p", 1), row("spmv", "q", 1), row("spmm", "p", 1)});
  auto const now = result({row("spmm", "p", 2), row("spmv", "p", .5), row("new", "p", 1)});

  auto const judgements = perf::compare(baseline, now);

  auto const only = [&](Verdict verdict) {
    auto const some = perf::select(judgements, verdict);
    return some.size() == 1 ? some.front().row().id() : "not one";
  };
  ASSERT_EQ(judgements.size(), 4u);
  EXPECT_EQ(only(Verdict::worse), "spmm on p");
  EXPECT_EQ(only(Verdict::improved), "spmv on p");
  EXPECT_EQ(only(Verdict::missing), "spmv on q");
  EXPECT_EQ(only(Verdict::added), "new on p");
}

TEST(Comparison, SaysWhatChangedInWords) {
  auto changed = row("amg_pcg", "tets", 1.2);
  changed.peer_name = "muelu/default";

  auto const text = perf::to_text(
      perf::compare(result({row("amg_pcg", "tets", .8), row("amg_pcg", "jumps", 1)}), result({changed})));

  EXPECT_EQ(
      text,
      "worse: amg_pcg on tets: ratio to muelu/default 0.800 -> 1.200, +50.0 % (noise: +7.8 %), the best peer "
      "was hypre/aggressive\n"
      "missing: amg_pcg on jumps: was measured for the baseline, now it is not\n"
      "1 worse, 0 improved, 1 missing, 0 new, 0 the same\n");
}

}  // namespace
}  // namespace nacre::test
