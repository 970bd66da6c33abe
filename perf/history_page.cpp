#include "history_page.hpp"

#include <algorithm>
#include <cmath>

#include <html.hpp>

#include <nacre/core/error.hpp>

#include "comparison.hpp"

namespace nacre::perf {

namespace {

using apps::escape;
using apps::number;
using apps::px;

constexpr char const* kStyle = R"(
:root { color-scheme: light dark; --ink: #1d2330; --soft: #667085; --line: #d9dee7; --page: #f6f7f9; --card: #fff;
  --curve: #2563c9; --band: rgba(37,99,201,.16); --good: #18794a; --bad: #c0362c; --good-bg: #e3f4ea; --bad-bg: #fbe6e4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf0; --soft: #98a2b3; --line: #343b49; --page: #12151c;
  --card: #1b2029; --curve: #74a7ff; --band: rgba(116,167,255,.2); --good: #6fd39c; --bad: #ff938a; --good-bg: #173425;
  --bad-bg: #43201e; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 80rem; margin: 0 auto; }
h1 { font-size: 1.6rem; margin: 0; line-height: 1.25; }
h2 { font-size: 1rem; margin: 0 0 .5rem; } h2 code { font-size: 1.05rem; }
.subtitle, .note, footer { color: var(--soft); margin: .25rem 0 1.25rem; overflow-wrap: anywhere; }
.note { font-size: .85rem; margin: 0 0 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem;
  margin-bottom: 1rem; overflow-x: auto; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: .9rem 1.25rem; margin: 0; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; } .wide { grid-column: span 2; }
table { border-collapse: collapse; width: 100%; min-width: 70rem; table-layout: fixed; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .75rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
tr:last-child td { border-bottom: 0; } th { color: var(--soft); font-weight: 500; font-size: .8rem; }
.number { text-align: right; } td.ratio { font-weight: 600; } small { color: var(--soft); font-size: .8rem; }
th.amount { width: 6.5rem; } th.peer { width: 10rem; }
th.ratio { width: 5rem; } th.chart { width: 22.5rem; } td.chart { padding: .2rem 0 .2rem .75rem; }
td:first-child { white-space: normal; overflow-wrap: anywhere; }
svg { display: block; width: 340px; height: 56px; } svg text { fill: var(--soft); font-size: 10px; }
.band { fill: var(--band); } .curve { fill: none; stroke: var(--curve); stroke-width: 1.8; stroke-linejoin: round; }
.dot { fill: var(--curve); } .one { stroke: var(--soft); stroke-dasharray: 4 4; stroke-width: 1; }
.badge { border-radius: 999px; padding: .05rem .55rem; font-size: .8rem; }
.worse { color: var(--bad); background: var(--bad-bg); } .improved { color: var(--good); background: var(--good-bg); }
.same { color: var(--soft); }
)";

/// A row's place in the history: the results that have it.
struct Track {
  std::vector<std::size_t> when;
  std::vector<MeasuredRow const*> rows;
};

Track track_of(MeasuredRow const& like, std::vector<Result const*> const& results) {
  Track track;
  for (std::size_t r = 0; r < results.size(); ++r)
    if (auto const* const row = results[r]->find(like)) {
      track.when.push_back(r);
      track.rows.push_back(row);
    }
  return track;
}

/// Its ratios over the results, in a band of their spread, with the line where ours is as fast as the peer.
std::string sparkline(Track const& track, std::vector<Result const*> const& results) {
  constexpr double kLeft = 8, kRight = 296, kTop = 8, kBottom = 48;
  double low = track.rows.front()->ratio, high = low;
  for (auto const* const row : track.rows) {
    low = std::min(low, row->ratio * (1 - row->spread));
    high = std::max(high, row->ratio * (1 + row->spread));
  }
  if (1 > low - .5 * (high - low) - .1 && 1 < high + .5 * (high - low) + .1) {  // near enough to be shown
    low = std::min(low, 1.);
    high = std::max(high, 1.);
  }
  double const margin = std::max(.06 * (high - low), .02 * high);
  low -= margin;
  high += margin;
  auto const x = [&](std::size_t r) {
    return results.size() == 1
               ? kRight
               : kLeft + (kRight - kLeft) * static_cast<double>(r) / static_cast<double>(results.size() - 1);
  };
  auto const y = [&](double ratio) { return kBottom - (kBottom - kTop) * (ratio - low) / (high - low); };
  auto const point = [&](std::size_t i, double ratio) {
    return cat(px(x(track.when[i])), ',', px(y(ratio)), ' ');
  };
  std::string curve, upper, lower, dots;
  for (std::size_t i = 0; i < track.rows.size(); ++i) {
    auto const& row = *track.rows[i];
    curve += point(i, row.ratio);
    upper += point(i, row.ratio * (1 + row.spread));
    lower = point(i, row.ratio * (1 - row.spread)) + lower;
    auto const& result = *results[track.when[i]];
    dots += cat("<circle class=\"dot\" r=\"", i + 1 == track.rows.size() ? 3.4 : 2.2, "\" cx=\"",
                px(x(track.when[i])), "\" cy=\"", px(y(row.ratio)), "\"><title>", escape(result.date), ", ",
                escape(result.machine.commit), ": ", number(row.ratio, "%.3f"), " (",
                number(row.ours, "%.4g"), ' ', escape(row.unit), " beside ", number(row.peer, "%.4g"), ' ',
                escape(row.unit), " of ", escape(row.peer_name), ")</title></circle>");
  }
  std::string svg = "<svg viewBox=\"0 0 340 56\" role=\"img\" aria-label=\"ratio over time\">";
  if (low < 1 && 1 < high)
    svg += cat("<line class=\"one\" x1=\"", kLeft, "\" x2=\"", kRight, "\" y1=\"", px(y(1)), "\" y2=\"",
               px(y(1)), "\"/><text x=\"", kRight + 6, "\" y=\"", px(y(1)), "\" dy=\"3\">1.00</text>");
  if (track.rows.size() > 1)
    svg += cat("<polygon class=\"band\" points=\"", upper, lower, "\"/><polyline class=\"curve\" points=\"",
               curve, "\"/>");
  double const last = track.rows.back()->ratio;
  if (std::fabs(y(last) - y(1)) > 10 || !(low < 1 && 1 < high))
    svg += cat("<text x=\"", kRight + 6, "\" y=\"", px(y(last)), "\" dy=\"3\">", number(last, "%.2f"),
               "</text>");
  return svg + dots + "</svg>";
}

std::string amount(double value, std::string const& unit) {
  if (unit == "s" && value < 1e-3) return number(1e6 * value, "%.4g") + " µs";
  if (unit == "s" && value < 1) return number(1e3 * value, "%.4g") + " ms";
  return number(value, "%.4g") + " " + escape(unit);
}

/// How the newest result of a row compares with the one before it.
std::string badge(Track const& track) {
  if (track.rows.size() < 2) return "<span class=\"badge same\">first</span>";
  auto const& before = *track.rows[track.rows.size() - 2];
  auto const& now = *track.rows.back();
  Judgement const j = judge(before, now);
  char const* const kind = j.verdict == Verdict::worse      ? "worse"
                           : j.verdict == Verdict::improved ? "improved"
                                                            : "same";
  return cat("<span class=\"badge ", kind, "\">", number(100 * j.change(), "%+.1f"), " %</span>");
}

std::string table_row(MeasuredRow const& row, std::vector<Result const*> const& results) {
  auto const track = track_of(row, results);
  auto const& now = *track.rows.back();
  std::string details;
  auto const add = [&](std::string const& text) { details += (details.empty() ? "" : ", ") + text; };
  if (now.iterations > 0) add(cat(now.iterations, " iterations"));
  if (now.peak_rss_mb > 0 && now.unit != "MB") add(number(now.peak_rss_mb, "%.0f MB"));
  if (track.when.back() + 1 != results.size()) add("not in the newest result");
  if (!details.empty()) details = "<br><small>" + details + "</small>";
  return cat("<tr><td>", escape(now.problem), details, "</td><td class=\"number\">",
             amount(now.ours, now.unit), "</td><td class=\"number\">", amount(now.peer, now.unit),
             "</td><td><small>", escape(now.peer_name), "</small></td><td class=\"number ratio\">",
             number(now.ratio, "%.3f"), "</td><td class=\"number\"><small>±",
             number(100 * now.spread, "%.1f"), " %</small></td><td class=\"number\">", badge(track),
             "</td><td class=\"chart\">", sparkline(track, results), "</td></tr>\n");
}

std::string fact(std::string const& name, std::string const& value, bool wide = false) {
  return cat(wide ? "<div class=\"wide\"><dt>" : "<div><dt>", escape(name), "</dt><dd>", escape(value),
             "</dd></div>\n");
}

std::string facts(Result const& newest, std::size_t count) {
  auto const& m = newest.machine;
  std::string triad;
  for (auto const& [threads, bandwidth] : m.triad_gb_per_s)
    triad += cat(triad.empty() ? "" : ", ", number(bandwidth, "%.1f"), " GB/s with ", threads,
                 threads == 1 ? " thread" : " threads");
  return cat("<section><dl>\n", fact("newest result", newest.date), fact("commit", m.commit),
             fact("results", std::to_string(count)), fact("cores", std::to_string(m.cores)),
             fact("processor", m.cpu, true), fact("STREAM triad", triad, true), fact("compiler", m.compiler),
             fact("Kokkos", m.kokkos), fact("flags", m.flags, true), "</dl></section>\n");
}

}  // namespace

std::string history_page(std::vector<Result> const& history) {
  if (history.empty()) fail("history_page: there is no result to draw");
  auto const& newest = history.back();
  std::vector<Result const*> results;
  for (auto const& result : history)
    if (result.machine.machine_class == newest.machine.machine_class) results.push_back(&result);
  std::vector<MeasuredRow> rows;  // the newest result's first
  for (auto r = results.rbegin(); r != results.rend(); ++r)
    for (auto const& row : (*r)->rows)
      if (std::none_of(rows.begin(), rows.end(), [&](auto const& seen) { return seen.id() == row.id(); }))
        rows.push_back(row);
  std::vector<std::string> names;
  for (auto const& row : rows)
    if (std::find(names.begin(), names.end(), row.name) == names.end()) names.push_back(row.name);

  std::string html =
      cat("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
          "content=\"width=device-width, initial-scale=1\">\n<title>Nacre performance</title>\n<style>",
          kStyle,
          "</style></head>\n<body><main>\n<h1>Nacre performance</h1>\n<p class=\"subtitle\">Ours over the "
          "best peer, or what stands in for one, measured in the same run; below 1 ours is better. Bands are "
          "the spread "
          "within a run.</p>\n",
          facts(newest, results.size()));
  if (auto const others = history.size() - results.size(); others > 0)
    html += cat("<p class=\"note\">", others,
                others == 1 ? " result of another class" : " results of other classes", " of machines ",
                others == 1 ? "is" : "are", " left out.</p>\n");
  for (auto const& name : names) {
    html += cat(
        "<section><h2><code>", escape(name),
        "</code></h2>\n<table><tr><th>problem</th><th class=\"number amount\">ours</th><th class=\"number "
        "amount\">peer</th><th class=\"peer\">peer is</th><th class=\"number ratio\">ratio</th><th "
        "class=\"number ratio\">spread</th><th class=\"number ratio\">change</th><th class=\"chart\">ratio, ",
        escape(results.front()->date.substr(0, 10)), " to ", escape(newest.date.substr(0, 10)),
        "</th></tr>\n");
    for (auto const& row : rows)
      if (row.name == name) html += table_row(row, results);
    html += "</table></section>\n";
  }
  return html +
         "<footer>Change is that of the ratio since the result before; coloured where it exceeds the noise."
         "</footer>\n</main></body></html>\n";
}

}  // namespace nacre::perf
