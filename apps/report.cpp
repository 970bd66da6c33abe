#include "report.hpp"

#include <algorithm>
#include <cctype>

#include <nacre/core/error.hpp>

#include "html.hpp"

namespace nacre::apps {

namespace {

constexpr char const* kStyle = R"(
:root { color-scheme: light dark; --ink: #1d2330; --soft: #667085; --line: #d9dee7; --page: #f6f7f9; --card: #fff;
  --c0: #2563c9; --c1: #c2571a; --c2: #18864b; --c3: #8a3fb0;
  --c4: #a67c00; --c5: #0b7f8f; --c6: #c02f5f; --c7: #5f6b7a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf0; --soft: #98a2b3; --line: #343b49; --page: #12151c;
  --card: #1b2029; --c0: #74a7ff; --c1: #f0955a; --c2: #5bcb8f; --c3: #cc8df0;
  --c4: #e0bc4f; --c5: #58c7d6; --c6: #f58aae; --c7: #a9b4c2; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 58rem; margin: 0 auto; }
h1 { font-size: 1.6rem; margin: 0; line-height: 1.25; } h2 { font-size: 1rem; margin: 0 0 .75rem; }
.subtitle, footer { color: var(--soft); margin: .25rem 0 1.25rem; overflow-wrap: anywhere; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem;
  margin-bottom: 1rem; overflow-x: auto; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: .9rem 1.25rem; margin: 0; }
dt { color: var(--soft); font-size: .8rem; } dd { margin: 0; font-size: 1.05rem; font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere; }
.wide { grid-column: 1 / -1; }
svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--soft); font-size: 12px; } .grid { stroke: var(--line); }
.tolerance { stroke: var(--soft); stroke-dasharray: 5 4; } .curve { fill: none; stroke-width: 2; }
.k0 { stroke: var(--c0); } .k1 { stroke: var(--c1); stroke-dasharray: 8 6; }
.k2 { stroke: var(--c2); stroke-dasharray: 3 4; } .k3 { stroke: var(--c3); stroke-dasharray: 12 4 2 4; }
.k4 { stroke: var(--c4); } .k5 { stroke: var(--c5); stroke-dasharray: 8 6; }
.k6 { stroke: var(--c6); stroke-dasharray: 3 4; } .k7 { stroke: var(--c7); stroke-dasharray: 12 4 2 4; }
.f0 { fill: var(--c0); } .f1 { fill: var(--c1); } .f2 { fill: var(--c2); } .f3 { fill: var(--c3); }
.f4 { fill: var(--c4); } .f5 { fill: var(--c5); } .f6 { fill: var(--c6); } .f7 { fill: var(--c7); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; color: var(--soft); font-size: .85rem; }
.legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: 3px; margin-right: .4rem;
  vertical-align: -1px; }
.b0 { background: var(--c0); } .b1 { background: var(--c1); } .b2 { background: var(--c2); } .b3 { background: var(--c3); }
.b4 { background: var(--c4); } .b5 { background: var(--c5); } .b6 { background: var(--c6); } .b7 { background: var(--c7); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .75rem; border-bottom: 1px solid var(--line); text-align: left; }
tr:last-child td { border-bottom: 0; } th { color: var(--soft); font-weight: 500; font-size: .85rem; }
.number { text-align: right; } .faint { stroke-width: 1; opacity: .45; }
.dots { stroke-width: 6; stroke-linecap: round; stroke-dasharray: none; }
.fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1rem; }
figure { margin: 0; max-width: 26rem; } figure svg { border-radius: 6px; } figcaption { color: var(--soft);
  font-size: .85rem; margin-top: .35rem; text-align: center; }
.scale { display: flex; gap: .6rem; align-items: center; color: var(--soft); font-size: .85rem; margin-top: .75rem; }
.mesh { max-height: 40rem; fill: none; stroke: var(--line); stroke-width: .8; stroke-linejoin: round; }
.mesh .edge { stroke-width: 2.5; } .mesh .dot { stroke-width: 7; stroke-linecap: round; }
.caption { color: var(--soft); font-size: .85rem; margin: .5rem 0 0; }
.scale svg { height: .7rem; width: 16rem; border-radius: 3px; flex: none; }
)";

constexpr std::size_t kWide = 28;           // characters of a value that takes a line of its own
constexpr std::size_t kFirstTimeColor = 2;  // times are drawn in other colours than curves

Chart residual_chart(Report const& report) {
  Chart chart{"Relative residual", "iteration"};
  chart.logarithmic = true;
  for (auto const& curve : report.curves) chart.series.push_back({curve.name, curve.residuals});
  if (report.tolerance > 0) chart.levels = {{"tolerance", report.tolerance}};
  return chart;
}

std::string time_chart(std::vector<Bar> const& bars) {
  std::vector<std::string> names;
  double longest = 0;
  for (auto const& bar : bars) {
    double total = 0;
    for (auto const& [name, seconds] : bar.parts) {
      total += seconds;
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    longest = std::max(longest, total);
  }
  constexpr double kLeft = 170, kWidth = 590, kRow = 34;
  double const scale = longest > 0 ? kWidth / longest : 0;
  std::string html =
      cat("<section><h2>Time</h2>\n<svg viewBox=\"0 0 860 ", kRow * static_cast<double>(bars.size()) + 4,
          "\" role=\"img\" aria-label=\"seconds\">\n");
  double y = 4;
  for (auto const& bar : bars) {
    html += cat("<text x=\"", kLeft - 10, "\" y=\"", y + 17, "\" text-anchor=\"end\">", escape(bar.name),
                "</text>");
    double x = kLeft, total = 0;
    for (auto const& [name, seconds] : bar.parts) {
      auto const color = kFirstTimeColor + static_cast<std::size_t>(
                                               std::find(names.begin(), names.end(), name) - names.begin());
      html += cat("<rect class=\"f", color % kColors, "\" x=\"", px(x), "\" y=\"", y, "\" width=\"",
                  px(seconds * scale), "\" height=\"24\"><title>", escape(name), ' ', number(seconds, "%.3g"),
                  " s</title></rect>");
      x += seconds * scale;
      total += seconds;
    }
    html += cat("<text x=\"", px(x + 8), "\" y=\"", y + 17, "\">", number(total, "%.3g"), " s</text>\n");
    y += kRow;
  }
  return html + "</svg>\n" + legend(names, kFirstTimeColor) + "</section>\n";
}

bool is_number(std::string const& cell) {
  return !cell.empty() && (std::isdigit(static_cast<unsigned char>(cell[0])) || cell[0] == '-');
}

std::string table_section(Table const& table) {
  auto const cell = [](char const* tag, std::string const& text, bool right, std::string const& style = "") {
    return cat('<', tag, right ? " class=\"number\"" : "", style, '>', escape(text), "</", tag, '>');
  };
  std::string html = cat("<section><h2>", escape(table.title), "</h2>\n<table><tr>");
  for (std::size_t j = 0; j < table.header.size(); ++j) {
    bool const right = std::any_of(table.rows.begin(), table.rows.end(),
                                   [j](auto const& row) { return j < row.size() && is_number(row[j]); });
    html += cell("th", table.header[j], right);
  }
  html += "</tr>\n";
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    auto const& row = table.rows[i];
    html += "<tr>";
    for (std::size_t j = 0; j < row.size(); ++j) {
      bool const shaded = i < table.shades.size() && j < table.shades[i].size() && table.shades[i][j] > 0;
      // lets the page's own colour through, light or dark
      std::string const style = shaded ? cat(" style=\"background:rgba(59,130,246,",
                                             number(.65 * table.shades[i][j], "%.2f"), ")\"")
                                       : "";
      html += cell("td", row[j], is_number(row[j]), style);
    }
    html += "</tr>\n";
  }
  return html + "</table></section>\n";
}

}  // namespace

std::string to_html(Report const& report) {
  std::string html =
      cat("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
          "content=\"width=device-width, initial-scale=1\">\n<title>",
          escape(report.title), "</title>\n<style>", kStyle, "</style></head>\n<body><main>\n<h1>",
          escape(report.title), "</h1>\n<p class=\"subtitle\">", escape(report.subtitle),
          "</p>\n<section><dl>\n");
  for (auto const& [name, value] : report.facts)
    html += cat(value.size() > kWide ? "<div class=\"wide\"><dt>" : "<div><dt>", escape(name), "</dt><dd>",
                escape(value), "</dd></div>\n");
  html += "</dl></section>\n";
  if (!report.curves.empty()) html += to_html(residual_chart(report));
  for (auto const& chart : report.charts) html += to_html(chart);
  for (auto const& panel : report.fields) html += to_html(panel);
  for (auto const& panel : report.meshes) html += to_html(panel);
  if (!report.times.empty()) html += time_chart(report.times);
  for (auto const& table : report.tables) html += table_section(table);
  return html + cat("<footer>", escape(report.footer), "</footer>\n</main></body></html>\n");
}

}  // namespace nacre::apps
