#include <history_page.hpp>

#include <gtest/gtest.h>

#include "perf/results.hpp"
#include "support/message_of.hpp"

namespace nacre::test {
namespace {

std::size_t count(std::string const& text, std::string const& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(HistoryPage, DrawsEachRowOnceWithItsRatiosOverTime) {
  auto first = result({row("amg_pcg", "tets_80", 1.25), row("spmv", "poisson3d_100", .5)});
  auto second = result({row("amg_pcg", "tets_80", .875), row("spmv", "poisson3d_100", .5)});
  first.date = "2025-01-01T00:00:00Z";
  second.date = "2025-02-01T00:00:00Z";

  auto const page = perf::history_page({first, second});

  EXPECT_EQ(count(page, "<svg"), 2u);
  EXPECT_EQ(count(page, "<circle"), 4u);
  EXPECT_EQ(count(page, "tets_80"), 1u);
  EXPECT_EQ(count(page, "poisson3d_100"), 1u);
  EXPECT_NE(page.find("2025-01-01T00:00:00Z, 0123456789ab: 1.250"), std::string::npos);
  EXPECT_NE(page.find("<span class=\"badge improved\">-30.0 %</span>"), std::string::npos);
  EXPECT_NE(page.find("<span class=\"badge same\">+0.0 %</span>"), std::string::npos);
  EXPECT_NE(page.find("12.5 GB/s with 1 thread, 25.0 GB/s with 2 threads"), std::string::npos);
}

TEST(HistoryPage, NeedsNothingFromElsewhere) {
  auto const page = perf::history_page({result({row("spmv", "p", 1)})});

  for (auto const* const reference : {"http:", "https:", "src=", "href=", "url(", "@import"})
    EXPECT_EQ(page.find(reference), std::string::npos) << reference;
}

TEST(HistoryPage, KeepsARowThatTheNewestResultLacks) {
  auto const page = perf::history_page({result({row("old", "p", 1)}), result({row("new", "p", 1)})});

  EXPECT_EQ(count(page, "<svg"), 2u);
  EXPECT_EQ(count(page, "not in the newest result"), 1u);
}

TEST(HistoryPage, LeavesOtherMachinesOut) {
  auto other = result({row("spmv", "elsewhere", 1)});
  other.machine.machine_class = "another-4-cores";

  auto const page = perf::history_page({other, result({row("spmv", "here", 1)})});

  EXPECT_EQ(count(page, "elsewhere"), 0u);
  EXPECT_NE(page.find("1 result of another class of machines is left out"), std::string::npos);
}

TEST(HistoryPage, EscapesWhatIsWritten) {
  auto const page = perf::history_page({result({row("a<b", "p&q", 1)})});

  EXPECT_NE(page.find("a&lt;b"), std::string::npos);
  EXPECT_NE(page.find("p&amp;q"), std::string::npos);
}

TEST(HistoryPage, NeedsAResult) {
  EXPECT_NE(message_of([] { perf::history_page({}); }).find("no result"), std::string::npos);
}

}  // namespace
}  // namespace nacre::test
