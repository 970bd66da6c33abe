#include "method_report.hpp"

#include <algorithm>
#include <cmath>

#include "outcome.hpp"
#include "sparse_inverse_learning.hpp"

namespace nacre::apps {

namespace {

char const* const kToleranceNames[4] = {"1e-2", "1e-4", "1e-6", "1e-8"};

double mean(std::vector<MethodResult> const& results, double MethodResult::*member) {
  double sum = 0;
  for (auto const& r : results) sum += r.*member;
  return sum / static_cast<double>(results.size());
}
/// For a table; a mean of numbers that are not all there is none.
std::string mean_text(double mean, char const* format) {
  return std::isfinite(mean) ? to_text(mean, format) : "";
}
/// Text between quotes, as CSV has it.
std::string quoted(std::string const& text) {
  std::string out = "\"";
  for (char const c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}
double mean_nonzeros(std::vector<MethodResult> const& results) {
  double sum = 0;
  for (auto const& r : results) sum += static_cast<double>(r.nonzeros);
  return sum / static_cast<double>(results.size());
}

}  // namespace

void MethodTable::add_system(LinearSystem const& system) {
  auto const b = static_cast<GlobalOrdinal>(system.block_size());
  systems_.push_back({system.name, system.num_unknowns(),
                      static_cast<GlobalOrdinal>(system.A.pattern.num_entries()) * b * b});
}

void MethodTable::add(MethodResult const& result) {
  auto const at = std::find(methods_.begin(), methods_.end(), result.method);
  auto const m = static_cast<std::size_t>(at - methods_.begin());
  if (at == methods_.end()) {
    methods_.push_back(result.method);
    results_.emplace_back();
  }
  results_[m].push_back(result);
}

std::vector<MethodResult> const& MethodTable::of(std::string const& method) const {
  auto const at = std::find(methods_.begin(), methods_.end(), method);
  if (at == methods_.end()) fail(cat("there are no results of method '", method, "'"));
  return results_[static_cast<std::size_t>(at - methods_.begin())];
}

bool MethodTable::converged(std::string const& method) const {
  auto const& results = of(method);
  return std::all_of(results.begin(), results.end(), [](auto const& r) { return r.failure.empty(); });
}

Results MethodTable::results() const {
  Results out;
  double unknowns = 0, nonzeros = 0;
  for (auto const& s : systems_) {
    unknowns += static_cast<double>(s.unknowns) / static_cast<double>(systems_.size());
    nonzeros += static_cast<double>(s.nonzeros) / static_cast<double>(systems_.size());
  }
  out.emplace_back("unknowns_mean", to_text(unknowns));
  out.emplace_back("nonzeros_mean", to_text(nonzeros));
  for (std::size_t m = 0; m < methods_.size(); ++m) {
    auto const& r = results_[m];
    auto const add = [&](char const* what, double value) {
      out.emplace_back(cat(what, "_", methods_[m]), to_text(value, "%.4g"));
    };
    auto const iterations = mean_iterations(r);
    add("iterations", iterations[3]);
    for (std::size_t t = 0; t < 3; ++t)
      out.emplace_back(cat("iterations_", methods_[m], "_", kToleranceNames[t]),
                       to_text(iterations[t], "%.4g"));
    add("setup_seconds", mean(r, &MethodResult::setup_seconds));
    add("solve_seconds", mean(r, &MethodResult::solve_seconds));
    if (mean(r, &MethodResult::network_seconds) > 0) {
      add("network_seconds", mean(r, &MethodResult::network_seconds));
      add("assembly_seconds", mean(r, &MethodResult::assembly_seconds));
      add("start_seconds", mean(r, &MethodResult::start_seconds));
    }
    if (mean_nonzeros(r) > 0) add("nonzeros", mean_nonzeros(r));
    if (has_condition_numbers_) {
      add("condition", mean(r, &MethodResult::condition));
      add("kaporin", mean(r, &MethodResult::kaporin));
    }
    auto const failed = std::find_if(r.begin(), r.end(), [](auto const& x) { return !x.failure.empty(); });
    if (failed != r.end()) out.emplace_back(cat("failure_", methods_[m]), failed->failure);
  }
  return out;
}

std::string MethodTable::csv() const {
  std::string text =
      "system,unknowns,nonzeros,method,iterations_1e-2,iterations_1e-4,iterations_1e-6,iterations_1e-8,"
      "setup_seconds,solve_seconds,network_seconds,assembly_seconds,start_seconds,preconditioner_nonzeros,"
      "condition,kaporin,failure\n";
  for (std::size_t s = 0; s < systems_.size(); ++s)
    for (auto const& results : results_) {
      auto const& r = results[s];
      text +=
          cat(quoted(systems_[s].name), ',', systems_[s].unknowns, ',', systems_[s].nonzeros, ',', r.method);
      for (int const i : r.iterations) text += cat(',', i);
      for (double const seconds :
           {r.setup_seconds, r.solve_seconds, r.network_seconds, r.assembly_seconds, r.start_seconds})
        text += "," + to_text(seconds, "%.6g");
      text += cat(',', r.nonzeros, ',', to_text(r.condition, "%.6g"), ',', to_text(r.kaporin, "%.6g"), ',',
                  quoted(r.failure), '\n');
    }
  return text;
}

Report MethodTable::report(std::string const& problem, std::string const& command) const {
  Report page;
  page.title = "Preconditioners of conjugate gradients: " + problem;
  page.subtitle = command;
  page.tolerance = kTolerances.back();
  page.facts = {{"systems", std::to_string(systems_.size())},
                {"unknowns of the first", with_commas(systems_.front().unknowns)}};
  Table table;
  table.title = "Means over the systems";
  table.header = {"method", "iterations to 1e-2", "1e-4",     "1e-6",
                  "1e-8",   "set-up, s",          "solve, s", "nonzeros"};
  if (has_condition_numbers_) table.header.insert(table.header.end(), {"condition", "Kaporin"});
  Table failures{"Not converged", {"method", "systems", "the first of them", "why"}, {}};
  for (std::size_t m = 0; m < methods_.size(); ++m) {
    auto const& r = results_[m];
    std::vector<std::string> row{methods_[m]};
    for (double const iterations : mean_iterations(r)) row.push_back(mean_text(iterations, "%.4g"));
    double const set_up = mean(r, &MethodResult::setup_seconds),
                 solve = mean(r, &MethodResult::solve_seconds);
    for (double const seconds : {set_up, solve}) row.push_back(mean_text(seconds, "%.3g"));
    row.push_back(mean_nonzeros(r) > 0 ? with_commas(static_cast<GlobalOrdinal>(mean_nonzeros(r))) : "");
    if (has_condition_numbers_)
      for (auto const member : {&MethodResult::condition, &MethodResult::kaporin})
        row.push_back(mean_text(mean(r, member), "%.4g"));
    table.rows.push_back(row);
    auto const failed = [](MethodResult const& result) { return !result.failure.empty(); };
    if (auto const first = std::find_if(r.begin(), r.end(), failed); first != r.end())
      failures.rows.push_back({methods_[m], cat(std::count_if(r.begin(), r.end(), failed), " of ", r.size()),
                               systems_[static_cast<std::size_t>(first - r.begin())].name, first->failure});
    if (!r.front().history.empty()) page.curves.push_back({methods_[m], r.front().history});
    if (std::isfinite(set_up + solve))
      page.times.push_back({methods_[m], {{"set-up", set_up}, {"solve", solve}}});
  }
  page.tables.push_back(table);
  if (!failures.rows.empty()) page.tables.push_back(failures);
  page.footer = report_footer();
  return page;
}

}  // namespace nacre::apps
