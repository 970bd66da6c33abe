#include "row_json.hpp"

#include <cmath>

namespace nacre::perf {

namespace {

nlohmann::json number_or_null(double value) {
  return value == 0 || !std::isfinite(value) ? nlohmann::json() : nlohmann::json(value);
}

/// What number_or_null() wrote.
double number_or_zero(nlohmann::ordered_json const& json) { return json.is_null() ? 0 : json.get<double>(); }

}  // namespace

nlohmann::ordered_json to_json(Row const& row) {
  nlohmann::ordered_json json;
  json["name"] = row.name;
  json["problem"] = row.problem;
  json["ours"] = row.ours;
  json["peer"] = row.peer;
  json["peer_name"] = row.peer_name;
  json["unit"] = row.unit;
  json["ratio"] = row.ratio;
  json["spread"] = row.spread;
  json["iterations"] = row.iterations == 0 ? nlohmann::json() : nlohmann::json(row.iterations);
  json["relative_residual"] = number_or_null(row.relative_residual);
  json["peak_rss_mb"] = number_or_null(row.peak_rss_mb);
  json["again"] = row.again;
  return json;
}

Row row_from_json(nlohmann::ordered_json const& json) {
  Row row;
  row.name = json.at("name");
  row.problem = json.at("problem");
  row.ours = json.at("ours");
  row.peer = json.at("peer");
  row.peer_name = json.at("peer_name");
  row.unit = json.at("unit");
  row.ratio = json.at("ratio");
  row.spread = json.at("spread");
  row.iterations = static_cast<int>(number_or_zero(json.at("iterations")));
  row.relative_residual = number_or_zero(json.at("relative_residual"));
  row.peak_rss_mb = number_or_zero(json.at("peak_rss_mb"));
  row.again = json.at("again");
  return row;
}

}  // namespace nacre::perf
