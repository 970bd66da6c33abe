#include "training.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "html.hpp"
#include "program.hpp"

namespace nacre::apps {

std::vector<Option> training_options(TrainingOptions& o, char const* meaning_of_samples) {
  double const most = std::numeric_limits<int>::max();
  return {{"--size", &o.size, "unknowns in each direction", 1, most},
          {"--dimension", &o.dimension, "1, 2 or 3", 1, 3},
          {"--samples", &o.samples, meaning_of_samples, 1, most},
          {"--epochs", &o.epochs, "steps of the optimiser", 1, most},
          {"--seed", &o.seed, "of all random numbers", 0, 1e15},
          {"--learning-rate", &o.learning_rate, "of the optimiser; falls to nothing in the second half", 0,
           1e6, true},
          {"--history", &o.history, "write the loss of each epoch to this CSV file"},
          {"--report", &o.report, "write a page with curves and pictures to this HTML file"},
          {"--progress", &o.progress, "show progress on stderr though it is no terminal"}};
}

Problem<double> make_poisson(Comm const& comm, TrainingOptions const& o) {
  double const unknowns = std::pow(static_cast<double>(o.size), o.dimension);
  double const entries = unknowns * (2 * o.dimension + 1);
  if (entries > static_cast<double>(std::numeric_limits<Ordinal>::max()))
    throw UsageError(cat("--size = ", o.size, " in ", o.dimension, " dimensions: about ", entries,
                         " matrix entries, expected at most ", std::numeric_limits<Ordinal>::max()));
  auto const n = static_cast<GlobalOrdinal>(o.size);
  if (o.dimension == 1) return poisson_1d(comm, n);
  if (o.dimension == 2) return poisson_2d(comm, {n, n, 1});
  return poisson_3d(comm, {n, n, n});
}

double scheduled_rate(TrainingOptions const& o, int epoch) {
  double const left = o.epochs - epoch + 1;  // epochs, this one included
  return o.learning_rate * std::min(1., left / std::max(1., .5 * o.epochs));
}

void require_one_rank(Comm const& comm, char const* program) {
  if (comm.size() > 1)
    throw UsageError(cat(program, " runs on one rank, not on ", comm.size(),
                         "; of the programs that learn, nacre_inversion ", "takes several"));
}

std::string to_text(double value, char const* format) { return number(value, format); }

std::string to_text(std::vector<double> const& values, char const* format) {
  std::string text;
  for (double const v : values) text += (text.empty() ? "" : ",") + number(v, format);
  return text;
}

std::vector<std::pair<std::string, std::string>> facts_of(Results const& results) {
  std::vector<std::pair<std::string, std::string>> facts;
  for (auto const& [key, value] : results) {
    std::string name = key;
    for (auto& c : name)
      if (c == '_') c = ' ';
    if (value.size() <= 60) facts.emplace_back(name, value);
  }
  return facts;
}

void print_results(Results const& results) {
  std::string text;
  for (auto const& [key, value] : results) text += key + "=" + value + "\n";
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

LossLog::LossLog(Comm const& comm, TrainingOptions const& o)
    : progress_(comm, o.progress), epochs_(o.epochs), learning_rate_(o.learning_rate) {
  losses_.reserve(static_cast<std::size_t>(o.epochs) + 1);
  start_ = std::chrono::steady_clock::now();
}

void LossLog::add(double loss) {
  if (!std::isfinite(loss))
    fail(cat("the loss of epoch ", losses_.size() + 1, " is ", loss, "; a --learning-rate below ",
             learning_rate_, " may help"));
  losses_.push_back(loss);
  progress_.epoch(static_cast<int>(losses_.size()), epochs_, loss);
}

double LossLog::recent(std::size_t count) const {
  double sum = 0;
  std::size_t const n = std::min(count, losses_.size());
  for (std::size_t i = losses_.size() - n; i < losses_.size(); ++i) sum += losses_[i];
  return n > 0 ? sum / static_cast<double>(n) : 0;
}

double LossLog::seconds() const { return seconds_since(start_); }

Report make_training_report(std::string const& title, TrainingOptions const& o, Results const& results,
                            LossLog const& log, char const* axis) {
  Report report;
  report.title = title;
  report.subtitle = o.command;
  report.facts = facts_of(results);
  Chart loss{"Loss", axis, "loss"};
  auto const range = std::minmax_element(log.losses().begin(), log.losses().end());
  loss.logarithmic = !log.losses().empty() && *range.first > 0 && *range.second > 20 * *range.first;
  std::size_t const window = log.losses().size() / 20;
  bool const noisy = window >= 5;
  loss.series = {{"loss", log.losses(), {}, false, noisy}};
  if (noisy) loss.series.push_back({cat("mean of ", window, " epochs"), running_mean(log.losses(), window)});
  report.charts.push_back(loss);
  report.footer = report_footer();
  return report;
}

void write_results(Comm const& comm, TrainingOptions const& o, Results const& results, LossLog const& log,
                   Report const& report) {
  on_first_rank(comm, [&] {
    print_results(results);
    if (!o.history.empty()) {
      std::string csv = "epoch,loss\n";
      for (std::size_t i = 0; i < log.losses().size(); ++i)
        csv += cat(i, ',', number(log.losses()[i], "%.12e"), '\n');
      write_file(o.history, csv);
    }
    if (!o.report.empty()) write_file(o.report, to_html(report));
  });
}

std::string text_at(Metadata const& metadata, char const* key) {
  auto const found = metadata.find(key);
  return found == metadata.end() ? "" : found->second;
}

std::string to_words(std::vector<double> const& v) {
  std::string text;
  for (double const x : v) text += number(x, "%.17g") + ' ';
  return text;
}

std::vector<double> to_numbers(std::string const& text) {
  std::vector<double> v;
  char* end = nullptr;
  for (char const* at = text.c_str();; at = end) {
    double const x = std::strtod(at, &end);  // streams do not read infinite ones
    if (end == at) return v;
    v.push_back(x);
  }
}

std::string time_text(double seconds) {
  if (seconds < 120) return number(seconds, "%.0f s");
  if (seconds < 7200) return number(seconds / 60, "%.0f min");
  return number(seconds / 3600, seconds < 36000 ? "%.1f h" : "%.0f h");
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> v) {
  if (v.empty()) return 0;
  std::sort(v.begin(), v.end());
  return .5 * (v[v.size() / 2] + v[(v.size() - 1) / 2]);
}

double log_log_slope(std::vector<double> const& x, std::vector<double> const& y) {
  auto const n = static_cast<double>(x.size());
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    double const a = std::log(x[i]), b = std::log(y[i]);
    sx += a;
    sy += b;
    sxx += a * a;
    sxy += a * b;
  }
  return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

std::string report_footer() { return "Nacre " NACRE_VERSION ", " NACRE_COMPILER ", " NACRE_BUILD_TYPE; }

}  // namespace nacre::apps
