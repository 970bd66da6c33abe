#pragma once

#include <string>
#include <utility>
#include <vector>

#include "chart.hpp"

/// \file
/// A page about a run: facts, curves, fields, tables and times in one HTML file that needs nothing else.

namespace nacre::apps {

/// Residuals against iterations.
struct Curve {
  std::string name;
  std::vector<double> residuals;  ///< relative; before the first iteration and after each
};

/// A table; columns of numbers are aligned at the right.
struct Table {
  std::string title;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  /// How strongly the first cells of each row are coloured, from 0 to 1; rows and cells without a number are not.
  std::vector<std::vector<double>> shades = {};
};

/// A bar of a chart, made of parts one after the other.
struct Bar {
  std::string name;
  std::vector<std::pair<std::string, double>> parts;  ///< name and seconds
};

struct Report {
  std::string title, subtitle;
  std::vector<std::pair<std::string, std::string>> facts;  ///< the numbers at the top: name and value
  double tolerance = 0;                                    ///< drawn into the curves if positive
  std::vector<Curve> curves;
  std::vector<Chart> charts;       ///< after the curves
  std::vector<FieldPanel> fields;  ///< after the charts
  std::vector<MeshPanel> meshes;   ///< after the fields
  std::vector<Bar> times;
  std::vector<Table> tables;
  std::string footer;
};

/// The page as HTML: drawings are inline SVG, colours follow the reader's light or dark setting.
std::string to_html(Report const& report);

}  // namespace nacre::apps
