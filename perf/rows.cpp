#include "rows.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <nacre/core/atomic_file.hpp>
#include <nacre/core/error.hpp>

#include "row_json.hpp"

namespace nacre::perf {

namespace {

std::vector<Row>& rows() {
  static std::vector<Row> all;
  return all;
}

/// The value below which a part of the sorted numbers lies, interpolated.
double quantile(std::vector<double> const& sorted, double part) {
  double const position = part * static_cast<double>(sorted.size() - 1);
  auto const below = static_cast<std::size_t>(position);
  auto const above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

void record(Row const& row) {
  if (!std::isfinite(row.ratio) || row.ratio <= 0)
    fail(cat("record: the ratio of ", row.name, " on ", row.problem, " is ", row.ratio));
  auto& all = rows();
  auto const same = std::find_if(all.begin(), all.end(), [&](Row const& other) {
    return other.name == row.name && other.problem == row.problem;
  });
  if (same == all.end())
    all.push_back(row);
  else
    *same = row;
}

std::vector<Row> const& recorded_rows() { return rows(); }

void write_rows() {
  char const* const file = std::getenv("NACRE_PERF_ROWS");
  if (file == nullptr || *file == '\0') return;
  auto json = nlohmann::ordered_json::array();
  for (auto const& row : rows()) json.push_back(to_json(row));
  write_file(file, json.dump(1) + "\n");
}

bool quick() {
  char const* const asked = std::getenv("NACRE_PERF_QUICK");
  return asked != nullptr && *asked != '\0';
}

double median(std::vector<double> v) {
  if (v.empty()) return 0;
  std::sort(v.begin(), v.end());
  return quantile(v, .5);
}

double relative_spread(std::vector<double> v) {
  if (v.empty()) return 0;
  std::sort(v.begin(), v.end());
  double const middle = quantile(v, .5);
  return middle == 0 ? 0 : (quantile(v, .75) - quantile(v, .25)) / 2 / middle;
}

Row make_row(std::string name, std::string problem, std::vector<double> const& ours, std::string peer_name,
             std::vector<double> const& peer) {
  if (ours.size() != peer.size())
    fail(cat("make_row: ", name, " on ", problem, " has ", ours.size(), " times of ours and ", peer.size(),
             " of ", peer_name));
  std::vector<double> ratios;
  for (std::size_t r = 0; r < ours.size(); ++r) ratios.push_back(ours[r] / peer[r]);
  Row row;
  row.name = std::move(name);
  row.problem = std::move(problem);
  row.ours = median(ours);
  row.peer = median(peer);
  row.peer_name = std::move(peer_name);
  row.ratio = median(ratios);
  row.spread = relative_spread(ratios);
  return row;
}

}  // namespace nacre::perf
