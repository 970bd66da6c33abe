#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

/// \file
/// Drawings for pages: curves, fields on grids, and meshes.

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

/// A triangle mesh cut into parts, with numbers at nodes and edges.
struct MeshPanel {
  struct Value {
    int from = 0, to = 0;  ///< nodes; the same: at the node itself, drawn as a dot
    double value = 0;
  };
  std::string title, caption = {};
  std::vector<std::array<double, 2>> points = {};
  std::vector<std::array<int, 3>> triangles = {};
  std::vector<int> part = {};      ///< of each point: triangles within a part have its colour
  std::vector<Value> values = {};  ///< in the colours of FieldPanel
};

/// A section of a page with an inline SVG. Points that cannot be drawn leave a gap.
std::string to_html(Chart const& chart);
std::string to_html(FieldPanel const& panel);
std::string to_html(MeshPanel const& panel);

/// The means over windows of `width` numbers around each: what a noisy curve looks like from afar.
std::vector<double> running_mean(std::vector<double> const& values, std::size_t width);

}  // namespace nacre::apps
