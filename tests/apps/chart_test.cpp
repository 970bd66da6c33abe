#include "chart.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace nacre::apps {
namespace {

std::size_t count(std::string const& text, std::string const& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(Chart, DrawsSeriesLevelsAndLabels) {
  Chart chart{"Title", "across", "up", {{"a", {1, 2, 3}}, {"b", {3, 2, 1}, {0, 5, 10}, /*dots=*/true}}};
  chart.levels = {{"limit", 2.5}};
  auto const html = to_html(chart);
  EXPECT_EQ(count(html, "<path class=\"curve"), 2u);
  EXPECT_EQ(count(html, "dots"), 1u);
  EXPECT_EQ(count(html, "class=\"tolerance\""), 1u);
  for (char const* text : {">across<", ">up<", ">limit<", ">10<"}) EXPECT_GE(count(html, text), 1u) << text;
}

TEST(Chart, LeavesGapsWhereItCannotDraw) {
  Chart chart{"t", "x", "", {{"a", {1, -1, std::nan(""), 10, 100}}}, /*logarithmic=*/true};
  auto const html = to_html(chart);
  auto const path = html.substr(html.find(" d=\""), html.find("<title>a") - html.find(" d=\""));
  EXPECT_EQ(count(path, "M"), 2u) << path;
  EXPECT_EQ(count(path, "L"), 1u) << path;
  EXPECT_EQ(count(html, "1e0"), 1u);
}

TEST(Chart, StandsNothingOneNumberAndConstants) {
  for (std::vector<double> const& y :
       {std::vector<double>{}, {3}, {2, 2, 2}, {0, 0}, {std::nan("")}, {1e300, -1e300}}) {
    for (bool const logarithmic : {false, true}) {
      auto const html = to_html(Chart{"t", "x", "", {{"a", y}}, logarithmic});
      EXPECT_EQ(count(html, "nan") + count(html, "inf"), 0u) << html;
      EXPECT_LT(html.size(), 10000u);
    }
  }
}

TEST(Chart, ThinsOutLongSeries) {
  EXPECT_LT(to_html(Chart{"t", "x", "", {{"a", std::vector<double>(1000000, 1.)}}}).size(), 50000u);
}

TEST(FieldPanel, DrawsEveryCellOnACommonScale) {
  auto const html = to_html(FieldPanel{"t", {{"a", 2, {0, 1, 2, 3}}, {"b", 2, {3, std::nan("")}}}});
  EXPECT_EQ(count(html, "<figure>"), 2u);
  EXPECT_EQ(count(html, "<rect"), 5u + 64u);
  EXPECT_EQ(count(html, "#fae632"), 3u);  // the largest: in a, in b, on the scale
}

TEST(MeshPanel, DrawsTrianglesPartsAndValues) {
  MeshPanel panel{"t",
                  "caption & more",
                  {{{0, 0}}, {{2, 0}}, {{2, 1}}, {{0, 1}}},
                  {{{0, 1, 2}}, {{0, 2, 3}}},
                  {0, 0, 0, 1}};
  panel.values = {{0, 0, -1}, {0, 2, 1}, {2, 2, 3}};
  auto const html = to_html(panel);
  EXPECT_EQ(count(html, "Z\""), 2u);
  EXPECT_EQ(count(html, "hsl("), 1u);  // the other triangle is of two parts
  EXPECT_EQ(count(html, "class=\"dot\""), 2u);
  EXPECT_EQ(count(html, "class=\"edge\" d=\"M0.0 300.0L600.0 0.0\""), 1u);
  EXPECT_LT(html.find("class=\"edge\""), html.find("class=\"dot\""));
  EXPECT_EQ(count(html, "#fae632"), 2u);  // the largest and the scale
  EXPECT_EQ(count(html, "caption &amp; more"), 1u);
}

TEST(MeshPanel, StandsNothingAndOnePoint) {
  for (MeshPanel const& panel : {MeshPanel{"t"}, MeshPanel{"t", "", {{{1, 1}}}, {}, {0}, {{0, 0, 2}}}}) {
    auto const html = to_html(panel);
    EXPECT_EQ(count(html, "nan") + count(html, "inf"), 0u) << html;
    EXPECT_EQ(count(html, "<svg"), count(html, "</svg>"));
    EXPECT_EQ(count(html, "</section>"), 1u);
  }
}

TEST(RunningMean, IsCentredAndKeepsLinesStraight) {
  auto const mean = running_mean({0, 1, 2, 3, 4, 5}, 4);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(mean[i], static_cast<double>(i), 1e-15);
}

}  // namespace
}  // namespace nacre::apps
