#pragma once

#include <string>
#include <utility>
#include <vector>

/// \file
/// Drawings for pages: curves, and fields on grids.

namespace nacre::apps {

/// Numbers along a curve.
struct Series {
  std::string name;
  std::vector<double> y;
  std::vector<double> x = {};  ///< empty: 0, 1, 2, ...
  bool dots = false;           ///< drawn as dots instead of a line
  bool faint = false;          ///< thin and pale, behind what matters
};

/// Curves over a common axis.
struct Chart {
  std::string title, x_label, y_label = {};
  std::vector<Series> series = {};
  bool logarithmic = false;                                 ///< the y axis
  std::vector<std::pair<std::string, double>> levels = {};  ///< horizontal lines with their names
};

/// A field on a grid, drawn as coloured squares; the first row is at the bottom.
struct Field {
  std::string name;
  std::size_t columns = 0;
  std::vector<double> values;  ///< row after row
};

/// Fields side by side that share one scale of colours.
struct FieldPanel {
  std::string title;
  std::vector<Field> fields;
};

/// A section of a page with an inline SVG. Points that cannot be drawn leave a gap.
std::string to_html(Chart const& chart);
std::string to_html(FieldPanel const& panel);

/// The means over windows of `width` numbers around each: what a noisy curve looks like from afar.
std::vector<double> running_mean(std::vector<double> const& values, std::size_t width);

}  // namespace nacre::apps
