#include "result.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include <nacre/core/atomic_file.hpp>
#include <nacre/core/error.hpp>

#include "row_json.hpp"

namespace nacre::perf {

namespace {

using Json = nlohmann::ordered_json;

Json parse_file(std::string const& file) {
  std::ifstream in(file);
  if (!in || std::filesystem::is_directory(file)) fail(cat(file, ": cannot be read as a file"));
  try {
    return Json::parse(in);
  } catch (nlohmann::json::exception const& e) {
    fail(cat(file, ": is not JSON: ", e.what()));
  }
}

/// `read()`, with what is missing in the JSON as an error that names the file.
template <class Read>
auto reading(std::string const& file, Read const& read) -> decltype(read()) {
  try {
    return read();
  } catch (nlohmann::json::exception const& e) {
    fail(cat(file, ": is no result of the performance suite: ", e.what()));
  }
}

MeasuredRow measured_row(Json const& json, std::string const& program) {
  MeasuredRow row;
  static_cast<Row&>(row) = row_from_json(json);
  row.program = program;
  return row;
}

Json to_json(Machine const& machine) {
  Json triad;
  for (auto const& [threads, bandwidth] : machine.triad_gb_per_s) triad[std::to_string(threads)] = bandwidth;
  Json json;
  json["class"] = machine.machine_class;
  json["cpu"] = machine.cpu;
  json["cores"] = machine.cores;
  json["stream_triad_gb_per_s"] = triad;
  json["compiler"] = machine.compiler;
  json["flags"] = machine.flags;
  json["commit"] = machine.commit;
  json["kokkos"] = machine.kokkos;
  return json;
}

Machine machine_from_json(Json const& json) {
  Machine machine;
  machine.machine_class = json.at("class");
  machine.cpu = json.at("cpu");
  machine.cores = json.at("cores");
  for (auto const& [threads, bandwidth] : json.at("stream_triad_gb_per_s").items())
    machine.triad_gb_per_s[std::atoi(threads.c_str())] = bandwidth;
  machine.compiler = json.at("compiler");
  machine.flags = json.at("flags");
  machine.commit = json.at("commit");
  machine.kokkos = json.at("kokkos");
  return machine;
}

}  // namespace

MeasuredRow const* Result::find(MeasuredRow const& like) const {
  for (auto const& row : rows)
    if (row.name == like.name && row.problem == like.problem) return &row;
  return nullptr;
}

std::string date_now() {
  std::time_t const now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

Result read_result(std::string const& file) {
  auto const json = parse_file(file);
  return reading(file, [&] {
    Result result;
    result.machine = machine_from_json(json.at("machine"));
    result.date = json.at("date");
    result.quick = json.at("quick");
    for (auto const& row : json.at("rows")) result.rows.push_back(measured_row(row, row.at("program")));
    return result;
  });
}

void write_result(std::string const& file, Result const& result) {
  Json json;
  json["machine"] = to_json(result.machine);
  json["date"] = result.date;
  json["quick"] = result.quick;
  json["rows"] = Json::array();
  for (auto const& row : result.rows) {
    auto with_program = to_json(static_cast<Row const&>(row));
    with_program["program"] = row.program;
    json["rows"].push_back(with_program);
  }
  write_file(file, json.dump(1) + "\n");
}

std::vector<MeasuredRow> read_rows(std::string const& file, std::string const& program) {
  auto const json = parse_file(file);
  return reading(file, [&] {
    std::vector<MeasuredRow> rows;
    for (auto const& row : json) rows.push_back(measured_row(row, program));
    return rows;
  });
}

std::vector<Result> read_history(std::vector<std::string> const& files_and_folders) {
  std::vector<std::string> files;
  for (auto const& path : files_and_folders) {
    if (!std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    for (auto const& entry : std::filesystem::directory_iterator(path))
      if (entry.path().extension() == ".json") files.push_back(entry.path().string());
  }
  if (files.empty()) fail(cat(files_and_folders.front(), ": there is no .json file in this folder"));
  std::sort(files.begin(), files.end());
  std::vector<Result> results;
  for (auto const& file : files) results.push_back(read_result(file));
  std::stable_sort(results.begin(), results.end(),
                   [](auto const& a, auto const& b) { return a.date < b.date; });
  return results;
}

}  // namespace nacre::perf
