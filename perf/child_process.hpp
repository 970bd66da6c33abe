#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

/// \file
/// Other programs, run and waited for.

namespace nacre::perf {

struct Ended {
  int status = 0;   ///< of exit; 128 and the signal if one ended it
  std::string out;  ///< what it wrote to stdout
};

/// Runs a program to its end.
/// \param command     its file or name, then its arguments
/// \param environment variables it has besides ours
/// \param errors      a file for its stderr; empty: ours
Ended run_program(std::vector<std::string> const& command,
                  std::map<std::string, std::string> const& environment = {}, std::string const& errors = "");

/// The command as a person would type it.
std::string to_string(std::vector<std::string> const& command);

/// This program's own file.
std::string own_program();

}  // namespace nacre::perf
