#include "suite.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>

#include <nacre/core/atomic_file.hpp>
#include <nacre/core/error.hpp>

#include "child_process.hpp"

namespace nacre::perf {

namespace {

/// One run of a program; its table stays beside its rows in the folder of outputs.
std::vector<MeasuredRow> run(std::string const& program, std::vector<std::string> const& arguments,
                             SuiteOptions const& options) {
  std::string const rows = options.output + "/" + program + ".rows.json";
  std::filesystem::remove(rows);  // of an earlier run
  std::vector<std::string> command{options.folder + "/" + program};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::map<std::string, std::string> environment{{"NACRE_PERF_ROWS", rows}};
  if (options.quick) environment["NACRE_PERF_QUICK"] = "1";
  // Google Benchmark says on stderr what our result says anyway; perf_solvers shows there how far it is
  std::string const base = options.output + "/" + program;
  auto const ended = run_program(command, environment, program == "perf_solvers" ? "" : base + ".log");
  write_file(base + ".txt", ended.out);
  if (ended.status != 0)
    fail(cat(to_string(command), " ended with status ", ended.status, "; its output is in ", base,
             ".txt and .log"));
  if (!std::filesystem::exists(rows)) {
    std::fprintf(stderr, "%s handed no rows over\n", program.c_str());
    return {};
  }
  return read_rows(rows, program);
}

/// Those that tell Google Benchmark where its own JSON goes; perf_solvers does not use it.
std::vector<std::string> arguments_for(std::string const& program, SuiteOptions const& options) {
  if (program == "perf_solvers") return {"--ranks=" + std::to_string(options.ranks)};
  return {"--benchmark_out_format=json", "--benchmark_out=" + options.output + "/" + program + ".json"};
}

}  // namespace

std::vector<std::string> const& suite_programs() {
  static std::vector<std::string> const names{"perf_solvers", "perf_kernels", "perf_adjoints", "perf_tape",
                                              "perf_nn"};
  return names;
}

std::vector<std::string> programs_of(SuiteOptions const& options) {
  if (options.ranks > 1) return {"perf_solvers"};
  return options.programs.empty() ? suite_programs() : options.programs;
}

Result run_suite(SuiteOptions const& options) {
  auto const programs = programs_of(options);
  for (auto const& program : programs)
    if (access((options.folder + "/" + program).c_str(), X_OK) != 0)
      fail(cat("there is no program ", program, " in ", options.folder,
               ": build the target perf/all with NACRE_BUILD_PERF=ON, as ./nacre perf does"));
  std::filesystem::create_directories(options.output);
  Result result;
  result.quick = options.quick;
  std::fprintf(stderr, "measuring the STREAM triad\n");
  result.machine = describe_machine();
  for (auto const& program : programs) {
    std::fprintf(stderr, "running %s\n", program.c_str());
    for (auto& row : run(program, arguments_for(program, options), options))
      result.rows.push_back(std::move(row));
  }
  result.date = date_now();
  return result;
}

void measure_again(Result& result, std::vector<Judgement> const& worse, SuiteOptions const& options) {
  std::set<std::pair<std::string, std::string>> again;
  for (auto const& j : worse) again.emplace(j.now.program, j.now.again);
  for (auto const& [program, argument] : again) {
    std::fprintf(stderr, "measuring again: %s %s\n", program.c_str(), argument.c_str());
    std::vector<std::string> arguments;
    if (program == "perf_solvers") arguments = arguments_for(program, options);
    if (!argument.empty()) arguments.push_back(argument);
    for (auto const& row : run(program, arguments, options))
      for (auto& old : result.rows)
        if (old.name == row.name && old.problem == row.problem && row.ratio < old.ratio) old = row;
  }
}

std::string to_text(Result const& result) {
  char line[256];
  std::snprintf(line, sizeof line, "%-32s %-32s %11s %11s %-18s %7s %7s\n", "what", "problem", "ours", "peer",
                "", "ratio", "spread");
  std::string text = line;
  for (auto const& row : result.rows) {
    std::snprintf(line, sizeof line, "%-32s %-32s %8.4g %-2s %8.4g %-2s %-18s %7.3f %5.1f %%\n",
                  row.name.c_str(), row.problem.c_str(), row.ours, row.unit.c_str(), row.peer,
                  row.unit.c_str(), row.peer_name.c_str(), row.ratio, 100 * row.spread);
    text += line;
  }
  return text;
}

}  // namespace nacre::perf
