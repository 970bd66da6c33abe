#include "sparse_inverse_report.hpp"

#include <algorithm>
#include <cmath>

namespace nacre::apps {

namespace {

/// How many of the systems took how many iterations, as the outline of bars.
Series histogram(std::string const& name, std::vector<MethodResult> const& results, double width) {
  Series s;
  s.name = name;
  double least = 1e300, most = 0;
  for (auto const& r : results) {
    least = std::min(least, std::floor(r.iterations[3] / width));
    most = std::max(most, std::floor(r.iterations[3] / width));
  }
  for (double bin = least - 1; bin <= most + 1; ++bin) {
    double count = 0;
    for (auto const& r : results) count += std::floor(r.iterations[3] / width) == bin ? 1 : 0;
    for (double const x : {bin * width, (bin + 1) * width}) {
      s.x.push_back(x);
      s.y.push_back(count);
    }
  }
  return s;
}

bool all_converged(std::vector<MethodResult> const& results) {
  return std::all_of(results.begin(), results.end(),
                     [](auto const& r) { return r.failure.empty() && r.iterations[3] >= 0; });
}

}  // namespace

Report make_training_report(std::string const& command, Results const& facts,
                            SparseInverseRecord const& record,
                            std::vector<std::vector<MethodResult>> const& results) {
  Report page;
  page.title = "A network that makes sparse approximate inverses";
  page.subtitle = command;
  page.facts = facts_of(facts);
  std::vector<double> epochs;
  for (std::size_t i = 0; i < record.losses.size(); ++i) epochs.push_back(static_cast<double>(i + 1));
  Chart loss{"Loss of each epoch", "epoch", "loss", {{"training", record.losses, epochs}}};
  loss.logarithmic = std::all_of(record.losses.begin(), record.losses.end(), [](double l) { return l > 0; });
  page.charts.push_back(loss);

  Chart iterations{"Iterations of conjugate gradients on the validation systems, means",
                   "epoch",
                   "iterations to 1e-8",
                   {{"learned", record.validation_iterations, record.validation_epochs}}};
  Chart bars{"How many validation systems took how many iterations to 1e-8", "iterations", "systems", {}};
  double most = 1;
  for (auto const& of_method : results)
    for (auto const& r : of_method)
      if (of_method[0].method == "learned" || of_method[0].method == "jacobi")
        most = std::max(most, static_cast<double>(r.iterations[3]));
  double const width = std::max(1., std::ceil(most / 60));
  Table table{"Means over the validation systems",
              {"method", "iterations to 1e-2", "1e-4", "1e-6", "1e-8", "set-up, s", "solve, s"},
              {}};
  for (auto const& of_method : results) {
    auto const& name = of_method[0].method;
    auto const mean = mean_iterations(of_method);
    double setup = 0, solve = 0;
    for (auto const& r : of_method) {
      setup += r.setup_seconds / static_cast<double>(of_method.size());
      solve += r.solve_seconds / static_cast<double>(of_method.size());
    }
    table.rows.push_back({name, to_text(mean[0], "%.4g"), to_text(mean[1], "%.4g"), to_text(mean[2], "%.4g"),
                          to_text(mean[3], "%.4g"), to_text(setup, "%.3g"), to_text(solve, "%.3g")});
    if (!all_converged(of_method)) continue;
    if (name == "jacobi" || name == "fsai0" || name == "ic0") iterations.levels.emplace_back(name, mean[3]);
    if (name == "learned" || name == "fsai0" || name == "jacobi")
      bars.series.push_back(histogram(name, of_method, width));
  }
  page.charts.push_back(iterations);
  if (!bars.series.empty()) page.charts.push_back(bars);
  page.tables.push_back(table);
  page.footer = report_footer();
  return page;
}

std::string history_csv(SparseInverseRecord const& record) {
  std::string csv = "epoch,loss,iterations\n";
  for (std::size_t e = 0; e < record.losses.size(); ++e) {
    csv += cat(e + 1, ',', to_text(record.losses[e], "%.9e"), ',');
    for (std::size_t v = 0; v < record.validation_epochs.size(); ++v)
      if (record.validation_epochs[v] == static_cast<double>(e + 1))
        csv += to_text(record.validation_iterations[v], "%.6g");
    csv += '\n';
  }
  return csv;
}

}  // namespace nacre::apps
