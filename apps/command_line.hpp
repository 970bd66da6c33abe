#pragma once

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

/// \file
/// Command lines: what programs have in common.

namespace nacre::apps {

/// Wrong use of a program: an unknown option, a bad value. Exit status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An option of a program: where its value goes, which holds the default, and what it may be.
struct Option {
  char const* name;  ///< `--size`
  std::variant<int*, std::int64_t*, double*, std::string*, bool*, std::vector<std::string>*> value;
  std::string what;  ///< for --help; the default is added in brackets
  double at_least = -std::numeric_limits<double>::infinity();
  double at_most = std::numeric_limits<double>::infinity();
  bool exclusive = false;  ///< neither bound itself will do
};

/// Reads the arguments into the options' values.
/// \param about what the program does, for --help
/// \return the text to print if --help or --version is all that was asked for, else empty
/// \throws UsageError naming the option, what was found, and what was expected
std::string parse(std::string const& program, std::string const& about, std::vector<Option> const& options,
                  int argc, char const* const* argv);

/// \throws UsageError if the value is none of those known; it says which of them is nearest
void require_one_of(char const* option, std::string const& value, std::vector<std::string> const& known);

/// What CLI11 has to say about the arguments, and for unknown ones what was meant.
std::string explain(CLI::App const& app, CLI::ParseError const& error);

/// The arguments as they were given, for reports.
std::string command_of(int argc, char const* const* argv);

}  // namespace nacre::apps
