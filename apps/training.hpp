#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nacre/core/problems.hpp>

#include "command_line.hpp"
#include "progress.hpp"
#include "report.hpp"

/// \file
/// What programs that learn something from random samples have in common.

namespace nacre::apps {

/// The options they share; a program sets its own defaults.
struct TrainingOptions {
  int size = 16, dimension = 1;
  int samples = 1, epochs = 100;
  std::int64_t seed = 1;
  double learning_rate = 1e-2;
  std::string history, report;  ///< files to write, if not empty
  bool progress = false;
  std::string command;  ///< as given
};

/// The shared options, for parse().
std::vector<Option> training_options(TrainingOptions& o, char const* meaning_of_samples);

/// The Poisson matrix in 1, 2 or 3 dimensions, `size` unknowns in each, without a mesh width: 2, 4 or 6 on the diagonal.
/// \throws UsageError if there would be too many unknowns
Problem<double> make_poisson(Comm const& comm, TrainingOptions const& o);

/// The learning rate of an epoch (1, 2, ...): as given for the first half, then falling linearly to nearly nothing, so
/// that the noise of the samples averages out.
double scheduled_rate(TrainingOptions const& o, int epoch);

/// \throws UsageError on more than one rank
void require_one_rank(Comm const& comm, char const* program);

/// Samples and parameters of every program in this order: `key=value`, numbers with enough digits.
using Results = std::vector<std::pair<std::string, std::string>>;
std::string to_text(double value, char const* format = "%.8g");
std::string to_text(std::vector<double> const& values, char const* format = "%.6g");

/// For the top of a page: short values, and names with blanks.
std::vector<std::pair<std::string, std::string>> facts_of(Results const& results);
/// `key=value` lines on stdout.
void print_results(Results const& results);

/// Keeps the loss of each epoch, shows progress, and stops a training that has left all bounds.
class LossLog {
 public:
  LossLog(Comm const& comm, TrainingOptions const& o);

  /// \throws nacre::Error if the loss is not finite
  void add(double loss);
  std::vector<double> const& losses() const { return losses_; }
  /// The mean of the last `count` losses; single ones are noisy.
  double recent(std::size_t count = 10) const;
  double seconds() const;
  void done() { progress_.clear(); }

 private:
  Progress progress_;
  int epochs_;
  double learning_rate_;
  std::vector<double> losses_;
  std::chrono::steady_clock::time_point start_;
};

/// The page that is the same for all: facts from the results, the loss against epochs (or what `axis` says).
Report make_training_report(std::string const& title, TrainingOptions const& o, Results const& results,
                            LossLog const& log, char const* axis = "epoch");

/// Prints the results, and writes the files that the options ask for. Rank 0 does the work; collective.
void write_results(Comm const& comm, TrainingOptions const& o, Results const& results, LossLog const& log,
                   Report const& report);

/// What a checkpoint keeps besides arrays.
using Metadata = std::map<std::string, std::string>;
/// The value of a key; empty if there is none.
std::string text_at(Metadata const& metadata, char const* key);
/// Numbers as metadata keep them, infinite ones among them, and back.
std::string to_words(std::vector<double> const& v);
std::vector<double> to_numbers(std::string const& text);

/// `35 s`, `3 min`, `1.5 h`
std::string time_text(double seconds);
double seconds_since(std::chrono::steady_clock::time_point start);
/// Of numbers in any order; 0 of none.
double median(std::vector<double> v);
/// The slope of log y over log x by least squares: the exponent of a law of growth.
double log_log_slope(std::vector<double> const& x, std::vector<double> const& y);

/// What stands below every page.
std::string report_footer();

}  // namespace nacre::apps
