// The performance regression suite: runs the benchmark programs beside it, gathers what they measured into one result,
// compares it with a baseline and draws the history. `./nacre perf` builds everything and runs this.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <command_line.hpp>
#include <nacre/core/atomic_file.hpp>
#include <nacre/core/error.hpp>

#include "child_process.hpp"
#include "comparison.hpp"
#include "history_page.hpp"
#include "suite.hpp"

namespace nacre::perf {
namespace {

struct Options {
  SuiteOptions suite;
  std::string json, compare, report, baselines = "perf/baselines";
  bool check = false, save_baseline = false, targets = false;
  std::vector<std::string> results;
  std::string help;  ///< to be printed instead of anything else
};

Options parse(int argc, char* argv[]) {
  Options o;
  auto const here = std::filesystem::path(own_program()).parent_path();
  o.suite.folder = here.string();
  o.suite.output = (here.parent_path() / "perf").string();
  CLI::App app(
      "Measures Nacre beside its peers. Exit status: 0 done, 1 worse than the baseline, 2 wrong use, 3 "
      "error.\n",
      "./nacre perf");
  app.add_flag("--quick", o.suite.quick, "small problems and few repetitions: less than two minutes");
  app.add_option("--ranks", o.suite.ranks, "AMG-PCG and its peers alone, on so many ranks")
      ->check(CLI::Range(1, 1 << 20));
  app.add_option("--programs", o.suite.programs,
                 "only these, of " + CLI::detail::join(suite_programs(), ", "))
      ->delimiter(',')
      ->check(CLI::IsMember(suite_programs()));
  app.add_option("--json", o.json, "the result as a file");
  app.add_option("--compare", o.compare,
                 "a result to compare with: status 1 if a ratio has worsened beyond noise");
  app.add_flag("--check", o.check, "compare with the baseline of this machine's class");
  app.add_flag("--save-baseline", o.save_baseline, "make this result the baseline of this machine's class");
  app.add_option("--baselines", o.baselines, "their folder")->capture_default_str();
  app.add_option("--report", o.report, "a page (HTML) with the ratios over time");
  app.add_option("--output", o.suite.output, "folder for tables, Google Benchmark's JSON and history")
      ->capture_default_str();
  app.add_option("--bin", o.suite.folder, "folder of the benchmark programs")->capture_default_str();
  app.add_flag("--targets", o.targets, "only print the programs that would run");
  app.add_option("results", o.results,
                 "files or folders of results: nothing is measured, the newest is compared, all are drawn");
  try {
    app.parse(argc, argv);
  } catch (CLI::CallForHelp const&) {
    o.help = app.help();
  } catch (CLI::ParseError const& error) {
    throw apps::UsageError(apps::explain(app, error));
  }
  if (o.check && !o.compare.empty()) throw apps::UsageError("--check and --compare: which of them?");
  if (!o.results.empty() &&
      (o.suite.quick || o.suite.ranks > 1 || !o.suite.programs.empty() || o.save_baseline))
    throw apps::UsageError(
        "where results are given nothing is measured: --quick, --ranks, --programs and "
        "--save-baseline do not apply");
  if (o.save_baseline && (!o.suite.programs.empty() || o.suite.ranks > 1))
    throw apps::UsageError("--save-baseline is for the whole suite: neither --programs nor --ranks applies");
  return o;
}

std::string baseline_file(Options const& o, bool quick) {
  return o.baselines + "/" + machine_class() + (quick ? ".quick.json" : ".json");
}

/// Finds out before an hour is spent.
void check_writable(std::string const& file) {
  if (!file.empty()) AtomicFile const attempt(file);
}

std::string save_in_history(Options const& o, Result const& result) {
  auto const folder = o.suite.output + "/history";
  std::filesystem::create_directories(folder);
  auto name = result.date + "-" + result.machine.commit;
  name.erase(std::remove(name.begin(), name.end(), ':'), name.end());
  write_result(folder + "/" + name + ".json", result);
  return folder;
}

/// \return whether nothing is worse
bool compare_with(std::string const& file, Result const& baseline, Result& result, Options const& o) {
  auto judgements = compare(baseline, result);
  if (std::all_of(judgements.begin(), judgements.end(),
                  [](auto const& j) { return j.verdict == Verdict::missing || j.verdict == Verdict::added; }))
    fail(cat(file, ": has no row in common with ",
             o.results.empty() ? std::string("what was measured") : o.results.back(),
             baseline.quick == result.quick ? "" : "; only one of them is of a --quick run"));
  if (auto const worse = select(judgements, Verdict::worse); o.results.empty() && !worse.empty()) {
    measure_again(result, worse, o.suite);
    judgements = compare(baseline, result);
  }
  std::printf("\nBeside %s, of %s, commit %s:\n%s", file.c_str(), baseline.date.c_str(),
              baseline.machine.commit.c_str(), to_text(judgements).c_str());
  if (baseline.machine.machine_class != result.machine.machine_class)
    std::printf("The baseline is of another machine: %s\n", baseline.machine.machine_class.c_str());
  return select(judgements, Verdict::worse).empty();
}

int run(Options o) {
  bool const measuring = o.results.empty();
  if (o.check) o.compare = baseline_file(o, measuring ? o.suite.quick : read_history(o.results).back().quick);
  Result baseline;
  if (!o.compare.empty()) baseline = read_result(o.compare);
  if (measuring) {  // what other programs measure is not missing
    auto const programs = programs_of(o.suite);
    auto& rows = baseline.rows;
    rows.erase(std::remove_if(rows.begin(), rows.end(),
                              [&](MeasuredRow const& row) {
                                return std::find(programs.begin(), programs.end(), row.program) ==
                                       programs.end();
                              }),
               rows.end());
  }
  if (o.save_baseline) {
    std::filesystem::create_directories(o.baselines);
    check_writable(baseline_file(o, o.suite.quick));
  }
  check_writable(o.json);
  check_writable(o.report);

  auto result = measuring ? run_suite(o.suite) : read_history(o.results).back();
  std::fputs(to_text(result).c_str(), stdout);
  bool const good = o.compare.empty() || compare_with(o.compare, baseline, result, o);
  auto history = o.results;
  if (measuring) history = {save_in_history(o, result)};
  if (!o.json.empty()) write_result(o.json, result);
  if (o.save_baseline) write_result(baseline_file(o, o.suite.quick), result);
  if (!o.report.empty()) write_file(o.report, history_page(read_history(history)));
  return good ? 0 : 1;
}

}  // namespace
}  // namespace nacre::perf

int main(int argc, char* argv[]) {
  try {
    auto const options = nacre::perf::parse(argc, argv);
    if (!options.help.empty()) {
      std::fputs(options.help.c_str(), stdout);
      return 0;
    }
    if (options.targets) {
      if (options.results.empty())
        for (auto const& program : nacre::perf::programs_of(options.suite))
          std::printf("%s\n", program.c_str());
      return 0;
    }
    return nacre::perf::run(options);
  } catch (nacre::apps::UsageError const& e) {
    std::fprintf(stderr, "nacre_perf: %s\n", e.what());
    return 2;
  } catch (std::exception const& e) {
    std::fprintf(stderr, "nacre_perf: %s\n", e.what());
    return 3;
  }
}
