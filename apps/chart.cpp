#include "chart.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <nacre/core/error.hpp>

#include "html.hpp"

namespace nacre::apps {

namespace {

constexpr double kLeft = 66, kRight = 842, kTop = 12, kBottom = 300;
constexpr std::size_t kMostPoints = 1500;  // of a curve; more are averaged, a drawing has fewer pixels

/// 1, 2 or 5 times a power of ten that divides `range` into at most `parts` steps.
double round_step(double range, int parts) {
  double const raw = range / parts, decade = std::pow(10., std::floor(std::log10(raw)));
  for (int const digit : {1, 2, 5})
    if (raw <= digit * decade * (1 + 1e-12)) return digit * decade;
  return 10 * decade;
}

/// From numbers to a drawing; y counts in decades if it is logarithmic.
struct Axes {
  double low_x = 0, high_x = 1, low_y = 0, high_y = 1;
  bool logarithmic = false;

  bool drawable(double x, double y) const {
    return std::isfinite(x) && std::isfinite(y) && (!logarithmic || y > 0);
  }
  double height(double y) const { return logarithmic ? std::log10(y) : y; }
  double x(double value) const { return kLeft + (kRight - kLeft) * (value - low_x) / (high_x - low_x); }
  double y(double value) const {
    return kTop + (kBottom - kTop) * (high_y - height(value)) / (high_y - low_y);
  }
};

double x_of(Series const& s, std::size_t i) { return s.x.empty() ? static_cast<double>(i) : s.x[i]; }

Axes axes_for(Chart const& chart) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Axes axes;
  axes.logarithmic = chart.logarithmic;
  double low_x = kInfinity, high_x = -kInfinity, low_y = kInfinity, high_y = -kInfinity;
  auto const include = [&](double x, double y) {
    if (!axes.drawable(x, y)) return;
    low_x = std::min(low_x, x), high_x = std::max(high_x, x);
    low_y = std::min(low_y, axes.height(y)), high_y = std::max(high_y, axes.height(y));
  };
  for (auto const& s : chart.series)
    for (std::size_t i = 0; i < s.y.size(); ++i) include(x_of(s, i), s.y[i]);
  if (low_x <= high_x)
    for (auto const& level : chart.levels) include(low_x, level.second);
  if (low_x < high_x) axes.low_x = low_x, axes.high_x = high_x;
  if (!(low_y <= high_y)) return axes;
  if (chart.logarithmic) {
    axes.low_y = std::floor(low_y + 1e-9);
    axes.high_y = std::max(std::ceil(high_y - 1e-9), axes.low_y + 1);
  } else {
    double const margin = high_y > low_y ? .05 * (high_y - low_y) : std::max(1e-12, .05 * std::fabs(high_y));
    axes.low_y = low_y >= 0 && low_y < .3 * high_y ? 0 : low_y - margin;
    axes.high_y = high_y + margin;
  }
  return axes;
}

/// Lines and numbers behind the curves.
std::string grid(Axes const& axes, Chart const& chart) {
  std::string svg;
  auto const line = [&](double y, std::string const& text) {
    svg += cat("<line class=\"grid\" x1=\"", kLeft, "\" x2=\"", kRight, "\" y1=\"", px(y), "\" y2=\"", px(y),
               "\"/><text x=\"", kLeft - 8, "\" y=\"", px(y), "\" dy=\"4\" text-anchor=\"end\">", text,
               "</text>\n");
  };
  double const step = axes.logarithmic ? std::max(1., round_step(axes.high_y - axes.low_y, 10))
                                       : round_step(axes.high_y - axes.low_y, 8);
  for (double v = std::ceil(axes.low_y / step - 1e-9) * step; v <= axes.high_y + 1e-9 * step; v += step) {
    if (axes.logarithmic)
      line(axes.y(std::pow(10., v)), cat("1e", std::lround(v)));
    else
      line(axes.y(v), number(std::fabs(v) < 1e-9 * step ? 0. : v, "%.4g"));
  }
  double const x_step =
      std::max(axes.high_x - axes.low_x >= 12 ? 1. : 0., round_step(axes.high_x - axes.low_x, 12));
  for (double v = std::ceil(axes.low_x / x_step - 1e-9) * x_step; v <= axes.high_x + 1e-9 * x_step;
       v += x_step)
    svg += cat("<text x=\"", px(axes.x(v)), "\" y=\"", kBottom + 20, "\" text-anchor=\"middle\">",
               number(std::fabs(v) < 1e-9 * x_step ? 0. : v, "%.5g"), "</text>\n");
  if (!chart.y_label.empty())
    svg += cat("<text transform=\"translate(14 ", (kTop + kBottom) / 2,
               ") rotate(-90)\" text-anchor=\"middle\">", escape(chart.y_label), "</text>\n");
  return svg + cat("<text x=\"", (kLeft + kRight) / 2, "\" y=\"", kBottom + 40, "\" text-anchor=\"middle\">",
                   escape(chart.x_label), "</text>\n");
}

/// The mean over as many neighbours as leave at most kMostPoints.
Series thinned(Series const& s) {
  std::size_t const width = (s.y.size() + kMostPoints - 1) / kMostPoints;
  if (width <= 1) return s;
  Series few{s.name, {}, {}, s.dots, s.faint};
  for (std::size_t i = 0; i < s.y.size(); i += width) {
    std::size_t const count = std::min(width, s.y.size() - i);
    double x = 0, y = 0;
    for (std::size_t j = i; j < i + count; ++j) x += x_of(s, j), y += s.y[j];
    few.x.push_back(x / static_cast<double>(count));
    few.y.push_back(y / static_cast<double>(count));
  }
  return few;
}

std::string drawn(Axes const& axes, Series const& all, std::size_t color) {
  Series const s = thinned(all);
  std::string path;
  bool pen_down = false;
  for (std::size_t i = 0; i < s.y.size(); ++i) {
    bool const can = axes.drawable(x_of(s, i), s.y[i]);
    if (can && s.dots)
      path += cat('M', px(axes.x(x_of(s, i))), ' ', px(axes.y(s.y[i])), "h0");  // round caps make it a dot
    else if (can)
      path += cat(pen_down ? 'L' : 'M', px(axes.x(x_of(s, i))), ' ', px(axes.y(s.y[i])));
    pen_down = can;
  }
  return cat("<path class=\"curve",
             s.dots    ? " dots k"
             : s.faint ? " faint k"
                       : " k",
             color % kColors, "\" d=\"", path, "\"><title>", escape(s.name), "</title></path>\n");
}

/// Dark blue over green to yellow, as most people can tell apart; t in [0, 1].
std::string color_of(double t) {
  constexpr double kScale[][3] = {
      {68, 22, 95}, {50, 88, 140}, {32, 145, 140}, {110, 200, 90}, {250, 230, 50}};
  double const at = std::min(std::max(t, 0.), 1.) * 4;
  auto const i = static_cast<std::size_t>(std::min(at, 3.999));
  double const f = at - static_cast<double>(i);
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x",
                static_cast<int>(kScale[i][0] + f * (kScale[i + 1][0] - kScale[i][0])),
                static_cast<int>(kScale[i][1] + f * (kScale[i + 1][1] - kScale[i][1])),
                static_cast<int>(kScale[i][2] + f * (kScale[i + 1][2] - kScale[i][2])));
  return text;
}

std::string color_scale(double low, double high) {
  std::string html =
      cat("<div class=\"scale\"><span>", number(low, "%.3g"), "</span><svg viewBox=\"0 0 64 1\" ",
          "preserveAspectRatio=\"none\" shape-rendering=\"crispEdges\">");
  for (int i = 0; i < 64; ++i)
    html += cat("<rect x=\"", i, "\" y=\"0\" width=\"1\" height=\"1\" fill=\"", color_of(i / 63.), "\"/>");
  return html + cat("</svg><span>", number(high, "%.3g"), "</span></div>");
}

}  // namespace

std::string to_html(Chart const& chart) {
  Axes const axes = axes_for(chart);
  std::string html =
      cat("<section><h2>", escape(chart.title), "</h2>\n<svg viewBox=\"0 0 860 350\" role=\"img\" ",
          "aria-label=\"", escape(chart.title), "\">\n", grid(axes, chart));
  for (auto const& [name, value] : chart.levels) {
    if (!axes.drawable(0, value)) continue;
    html += cat("<line class=\"tolerance\" x1=\"", kLeft, "\" x2=\"", kRight, "\" y1=\"", px(axes.y(value)),
                "\" y2=\"", px(axes.y(value)), "\"/><text x=\"", kLeft + 6, "\" y=\"", px(axes.y(value)),
                "\" dy=\"-5\">", escape(name), "</text>\n");
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    html += drawn(axes, chart.series[i], i);
    names.push_back(chart.series[i].name);
  }
  return html + "</svg>\n" + legend(names) + "</section>\n";
}

std::string to_html(FieldPanel const& panel) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (auto const& field : panel.fields)
    for (double const v : field.values)
      if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  double const range = high > low ? high - low : 1;
  std::string html = cat("<section><h2>", escape(panel.title), "</h2>\n<div class=\"fields\">\n");
  for (auto const& field : panel.fields) {
    std::size_t const rows = field.columns > 0 ? field.values.size() / field.columns : 0;
    html += cat("<figure><svg viewBox=\"0 0 ", field.columns, ' ', rows, "\" role=\"img\" aria-label=\"",
                escape(field.name), "\" shape-rendering=\"crispEdges\">\n");
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < field.columns; ++j) {
        double const v = field.values[i * field.columns + j];
        if (std::isfinite(v))
          html += cat("<rect x=\"", j, "\" y=\"", rows - 1 - i, "\" width=\"1\" height=\"1\" fill=\"",
                      color_of((v - low) / range), "\"/>");
      }
    html += cat("</svg><figcaption>", escape(field.name), "</figcaption></figure>\n");
  }
  return html + "</div>\n" + color_scale(low, high) + "</section>\n";
}

std::string to_html(MeshPanel const& panel) {
  double low = std::numeric_limits<double>::infinity(), high = -low, left = low, bottom = low, right = high,
         top = high;
  for (auto const& v : panel.values) low = std::min(low, v.value), high = std::max(high, v.value);
  for (auto const& [x, y] : panel.points) {
    left = std::min(left, x), right = std::max(right, x);
    bottom = std::min(bottom, y), top = std::max(top, y);
  }
  constexpr double kMargin = 8;
  double const extent = std::max(right - left, top - bottom);
  double const scale = extent > 0 ? 600 / extent : 1, range = high > low ? high - low : 1;
  auto const x = [&](int i) { return px((panel.points[static_cast<std::size_t>(i)][0] - left) * scale); };
  auto const y = [&](int i) { return px((top - panel.points[static_cast<std::size_t>(i)][1]) * scale); };
  auto const part = [&](int i) { return panel.part[static_cast<std::size_t>(i)]; };
  std::string html = cat("<section><h2>", escape(panel.title), "</h2>\n");
  if (panel.points.empty()) return html + "</section>\n";
  html += cat("<svg class=\"mesh\" viewBox=\"", -kMargin, ' ', -kMargin, ' ',
              px((right - left) * scale + 2 * kMargin), ' ', px((top - bottom) * scale + 2 * kMargin),
              "\" role=\"img\" aria-label=\"", escape(panel.title), "\">\n");
  for (auto const& [i, j, k] : panel.triangles) {
    html += cat("<path d=\"M", x(i), ' ', y(i), 'L', x(j), ' ', y(j), 'L', x(k), ' ', y(k), "Z\"");
    if (part(i) == part(j) && part(j) == part(k))  // steps of the golden angle keep neighbours apart
      html += cat(" fill=\"hsl(", number(std::fmod(137.508 * part(i), 360), "%.0f"), " 55% 60% / .35)\"");
    html += "/>\n";
  }
  for (bool const dots : {false, true})  // dots above lines
    for (auto const& v : panel.values)
      if ((v.from == v.to) == dots)
        html += cat("<path class=\"", dots ? "dot" : "edge", "\" d=\"M", x(v.from), ' ', y(v.from), 'L',
                    x(v.to), ' ', y(v.to), "\" stroke=\"", color_of((v.value - low) / range), "\"><title>",
                    number(v.value, "%.4g"), "</title></path>\n");
  html += "</svg>\n";
  if (low <= high) html += color_scale(low, high);
  if (!panel.caption.empty()) html += cat("<p class=\"caption\">", escape(panel.caption), "</p>\n");
  return html + "</section>\n";
}

std::vector<double> running_mean(std::vector<double> const& values, std::size_t width) {
  std::vector<double> sums{0}, means;
  for (double const v : values) sums.push_back(sums.back() + v);
  std::size_t const half = width / 2;
  for (std::size_t i = 0; i < values.size(); ++i) {
    // narrower towards the ends, so that the mean does not lag behind
    std::size_t const reach = std::min({half, i, values.size() - 1 - i});
    means.push_back((sums[i + reach + 1] - sums[i - reach]) / static_cast<double>(2 * reach + 1));
  }
  return means;
}

}  // namespace nacre::apps
