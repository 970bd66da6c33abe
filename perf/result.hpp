#pragma once

#include <string>
#include <vector>

#include "machine.hpp"
#include "rows.hpp"

/// \file
/// Results of the regression suite in files.

namespace nacre::perf {

/// A row and the program that measures it.
struct MeasuredRow : Row {
  std::string program;
  /// Name and problem.
  std::string id() const { return name + " on " + problem; }
};

struct Result {
  std::string date;    ///< of the end of the run, as 2025-01-31T14:05:09Z
  bool quick = false;  ///< a short run
  Machine machine;
  std::vector<MeasuredRow> rows;

  /// The row of that name and problem, or null.
  MeasuredRow const* find(MeasuredRow const& like) const;
};

/// Now, as Result::date has it.
std::string date_now();

/// \throws nacre::Error naming the file and what is wrong with it
Result read_result(std::string const& file);
/// As a whole or not at all.
void write_result(std::string const& file, Result const& result);

/// The rows a program left by write_rows().
std::vector<MeasuredRow> read_rows(std::string const& file, std::string const& program);

/// The results in these files and in the files *.json of these folders, the oldest first.
/// \throws nacre::Error if there is none, or one is bad
std::vector<Result> read_history(std::vector<std::string> const& files_and_folders);

}  // namespace nacre::perf
