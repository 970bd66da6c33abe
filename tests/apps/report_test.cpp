#include "report.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace nacre::apps {
namespace {

std::size_t count(std::string const& text, std::string const& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

Report sample() {
  Report report;
  report.title = "a < b & \"c\"";
  report.facts = {{"unknowns", "1,000"}};
  report.tolerance = 1e-8;
  report.curves = {{"pcg", {1, 1e-2, 1e-4}}, {"gmres", {1, 1e-3}}};
  report.times = {{"pcg", {{"setup", 1.}, {"solve", 3.}}}};
  report.tables = {{"Hierarchy", {"level", "rows"}, {{"0", "1000"}, {"1", "100"}}}};
  return report;
}

TEST(Report, NeedsNothingButItself) {
  auto const html = to_html(sample());
  EXPECT_EQ(count(html, "http"), 0u);
  EXPECT_EQ(count(html, "src="), 0u);
  EXPECT_EQ(count(html, "<script"), 0u);
}

TEST(Report, DrawsEveryCurveBarAndRow) {
  auto const html = to_html(sample());
  EXPECT_EQ(count(html, "<path class=\"curve"), 2u);
  EXPECT_EQ(count(html, "<rect"), 2u);
  EXPECT_EQ(count(html, "<tr>"), 3u);
  EXPECT_EQ(count(html, "class=\"tolerance\""), 1u);
  for (std::string const tag : {"section", "svg", "table", "text", "dl", "main", "body"})
    EXPECT_EQ(count(html, "<" + tag + " ") + count(html, "<" + tag + ">"), count(html, "</" + tag + ">"))
        << tag;
}

TEST(Report, EscapesWhatItIsGiven) {
  auto const html = to_html(sample());
  EXPECT_NE(html.find("<h1>a &lt; b &amp; &quot;c&quot;</h1>"), std::string::npos);
}

TEST(Report, LeavesOutResidualsThatHaveNoLogarithm) {
  auto report = sample();
  report.curves = {{"broken", {1, std::nan(""), INFINITY, 0, 1e-3}}};
  auto const html = to_html(report);
  auto const path = html.substr(html.find(" d=\""), html.find("<title>broken") - html.find(" d=\""));
  EXPECT_EQ(count(path, "M"), 2u) << path;
  EXPECT_EQ(count(path, "L"), 0u) << path;
  EXPECT_EQ(count(path, "nan") + count(path, "inf"), 0u) << path;
}

TEST(Report, StandsAnEmptyOne) { EXPECT_EQ(count(to_html(Report{}), "</html>"), 1u); }

}  // namespace
}  // namespace nacre::apps
