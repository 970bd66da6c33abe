#include "gcn_report.hpp"

#include <cstdio>

#include "html.hpp"
#include "program.hpp"

namespace nacre::apps {

namespace {

// More are drawn: tables would not fit the page, or be long.
constexpr std::size_t kMostColumns = 16, kMostRows = 16;

std::string percent(std::int64_t part, std::int64_t of) {
  return of > 0 ? number(100. * static_cast<double>(part) / static_cast<double>(of), "%.1f %%") : "";
}

Table confusion_table(std::vector<std::vector<std::int64_t>> const& confusion) {
  Table table{
      "Test nodes by their class (rows) and the one that the network gives them (columns)", {"class"}, {}};
  for (std::size_t j = 0; j < confusion.size(); ++j) table.header.push_back(std::to_string(j));
  table.header.insert(table.header.end(), {"nodes", "right"});
  for (std::size_t i = 0; i < confusion.size(); ++i) {
    std::int64_t sum = 0;
    for (auto const n : confusion[i]) sum += n;
    std::vector<std::string> row{std::to_string(i)};
    std::vector<double> shades{0};
    for (auto const n : confusion[i]) {
      row.push_back(std::to_string(n));
      shades.push_back(sum > 0 ? static_cast<double>(n) / static_cast<double>(sum) : 0);
    }
    row.insert(row.end(), {std::to_string(sum), percent(confusion[i][i], sum)});
    table.rows.push_back(row);
    table.shades.push_back(shades);
  }
  return table;
}

/// For many classes, the counts as colours.
FieldPanel confusion_field(std::vector<std::vector<std::int64_t>> const& confusion) {
  std::vector<double> counts;
  for (std::size_t i = confusion.size(); i-- > 0;)  // a field's first row is at the bottom
    for (auto const n : confusion[i]) counts.push_back(static_cast<double>(n));
  return {
      "Test nodes by their class (from top to bottom) and the one that the network gives them (from left to "
      "right)",
      {{"test nodes", confusion.size(), counts}}};
}

Report make_gcn_report(GcnOutputs const& outputs, Results const& results, GcnRecord const& record,
                       GcnScores const& scores) {
  Report report;
  report.title = "A graph convolutional network";
  report.subtitle = outputs.command;
  report.facts = facts_of(results);
  auto const& curves = record.curves;
  std::vector<double> epochs;
  for (std::size_t i = 0; i < curves.loss.size(); ++i) epochs.push_back(static_cast<double>(i + 1));
  std::string const which = record.accuracies.size() > 1 ? ", last network" : "";
  report.charts.push_back(
      {"Cross-entropy" + which,
       "epoch",
       "loss",
       {{"training (with dropout)", curves.loss, epochs}, {"validation", curves.validation_loss, epochs}}});
  Chart accuracy{"Accuracy on the validation nodes" + which,
                 "epoch",
                 "",
                 {{"validation", curves.validation_accuracy, epochs}}};
  accuracy.levels = {{"on the test nodes at the end", scores.test_accuracy}};
  report.charts.push_back(accuracy);
  if (record.accuracies.size() > kMostRows) {
    Chart all{"Accuracy on the test nodes", "network", "", {{"accuracy", record.accuracies, {}, true}}};
    for (std::size_t i = 0; i < record.accuracies.size(); ++i)
      all.series[0].x.push_back(static_cast<double>(i + 1));
    report.charts.push_back(all);
  } else if (record.accuracies.size() > 1) {
    Table all{"Networks", {"network", "accuracy on the test nodes"}, {}};
    for (std::size_t i = 0; i < record.accuracies.size(); ++i)
      all.rows.push_back({std::to_string(i + 1), number(record.accuracies[i], "%.4f")});
    report.tables.push_back(all);
  }
  if (scores.confusion.size() <= kMostColumns)
    report.tables.push_back(confusion_table(scores.confusion));
  else
    report.fields.push_back(confusion_field(scores.confusion));
  report.footer = report_footer();
  return report;
}

}  // namespace

void write_gcn_results(Comm const& comm, GcnOutputs const& outputs, Results const& results,
                       GcnRecord const& record, GcnScores const& scores) {
  on_first_rank(comm, [&] {
    print_results(results);
    auto const& curves = record.curves;
    if (!outputs.history.empty()) {
      std::string csv = "epoch,loss,validation_loss,validation_accuracy\n";
      for (std::size_t i = 0; i < curves.loss.size(); ++i)
        csv +=
            cat(i + 1, ',', number(curves.loss[i], "%.16e"), ',', number(curves.validation_loss[i], "%.16e"),
                ',', number(curves.validation_accuracy[i], "%.6f"), '\n');
      write_file(outputs.history, csv);
    }
    if (!outputs.report.empty())
      write_file(outputs.report, to_html(make_gcn_report(outputs, results, record, scores)));
  });
}

}  // namespace nacre::apps
