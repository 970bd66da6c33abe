#include "outcome.hpp"

#include <sys/resource.h>

#include <cstdio>

#include <nacre/core/error.hpp>

namespace nacre::apps {

namespace {

std::string digits(double value, char const* format = "%.4g") {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// A label for a curve or a bar.
std::string method_of(Outcome const& o) {
  return o.preconditioner == "none" ? o.solver : o.solver + " + " + o.preconditioner;
}

}  // namespace

double peak_rss_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;  // Linux counts in KiB
}

std::string to_text(Outcome const& o) {
  std::string text =
      cat("problem=", o.problem, "\nunknowns=", o.unknowns, "\nnonzeros=", o.nonzeros, "\nranks=", o.ranks,
          "\nsolver=", o.solver, "\npreconditioner=", o.preconditioner, "\nstatus=", to_string(o.info.status),
          "\niterations=", o.info.iterations, "\nrelative_residual=", digits(o.info.relative_residual),
          "\nsetup_seconds=", digits(o.info.setup_seconds), "\nsolve_seconds=", digits(o.info.solve_seconds));
  for (auto const& [name, seconds] : o.setup_parts) text += cat('\n', name, '=', digits(seconds));
  if (o.repeats > 0)
    text +=
        cat("\nresetup_seconds=", digits(o.resetup_seconds), "\nresolve_seconds=", digits(o.resolve_seconds));
  return text + cat("\noperator_complexity=", digits(o.operator_complexity),
                    "\npeak_rss_mb=", digits(o.peak_rss_mb, "%.0f"), '\n');
}

std::string history_csv(Outcome const& o) {
  std::string csv = "iteration,relative_residual\n";
  for (std::size_t i = 0; i < o.info.history.size(); ++i)
    csv += cat(i, ',', digits(o.info.history[i], "%.9e"), '\n');
  return csv;
}

std::string with_commas(GlobalOrdinal n) {
  std::string text = std::to_string(n);
  for (auto i = static_cast<int>(text.size()) - 3; i > (n < 0 ? 1 : 0); i -= 3)
    text.insert(static_cast<std::size_t>(i), ",");
  return text;
}

Report make_report(std::vector<Outcome> const& outcomes, std::string const& command) {
  auto const& first = outcomes.front();
  Report report;
  report.title = cat(first.problem, ", ", with_commas(first.unknowns), " unknowns");
  report.subtitle = command;
  report.tolerance = first.tolerance;
  report.facts = {{"unknowns", with_commas(first.unknowns)},
                  {"nonzeros", with_commas(first.nonzeros)},
                  {"ranks", cat(first.ranks)},
                  {"tolerance", digits(first.tolerance)}};
  Table methods{
      "Solves", {"method", "status", "iterations", "relative residual", "setup (s)", "solve (s)"}, {}};
  for (auto const& o : outcomes) {
    methods.rows.push_back({method_of(o), to_string(o.info.status), cat(o.info.iterations),
                            digits(o.info.relative_residual, "%.3e"), digits(o.info.setup_seconds, "%.3f"),
                            digits(o.info.solve_seconds, "%.3f")});
    if (!o.info.history.empty()) report.curves.push_back({method_of(o), o.info.history});
    report.times.push_back(
        {method_of(o), {{"setup", o.info.setup_seconds}, {"solve", o.info.solve_seconds}}});
    if (o.repeats > 0)
      report.times.push_back(
          {"again, new values", {{"setup", o.resetup_seconds}, {"solve", o.resolve_seconds}}});
  }
  report.facts.emplace_back("operator complexity", digits(first.operator_complexity, "%.3f"));
  report.facts.emplace_back("peak memory of a rank", digits(first.peak_rss_mb, "%.0f MB"));
  if (!first.description.empty()) report.facts.emplace_back("preconditioner", first.description);
  report.tables.push_back(methods);
  if (!first.hierarchy.rows.empty()) report.tables.push_back(first.hierarchy);
  report.footer = "Nacre " NACRE_VERSION ", " NACRE_COMPILER ", " NACRE_BUILD_TYPE;
  return report;
}

}  // namespace nacre::apps
