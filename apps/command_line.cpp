#include "command_line.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>

#include <nacre/core/config.hpp>
#include <nacre/core/error.hpp>

#include "html.hpp"
#include "nearest.hpp"

namespace nacre::apps {

namespace {

bool is_bounded(double v) { return std::isfinite(v); }

std::string expectation(Option const& o) {
  if (is_bounded(o.at_least) && is_bounded(o.at_most))
    return o.exclusive ? cat("a number between ", o.at_least, " and ", o.at_most)
                       : cat("a number from ", o.at_least, " to ", o.at_most);
  if (is_bounded(o.at_least))
    return o.at_least == 0 ? (o.exclusive ? "a positive number" : "zero or more")
                           : cat("at least ", o.at_least);
  return "a finite number";
}

void check_range(Option const& o, double found) {
  bool const inside = o.exclusive ? found > o.at_least && found < o.at_most
                                  : found >= o.at_least && found <= o.at_most && std::isfinite(found);
  if (!inside) throw UsageError(cat(o.name, " = ", found, ", expected ", expectation(o)));
}

}  // namespace

void require_one_of(char const* option, std::string const& value, std::vector<std::string> const& known) {
  if (std::find(known.begin(), known.end(), value) == known.end())
    throw UsageError(cat(option, " = '", value, "' is not known; did you mean ", nearest(value, known), "?"));
}

std::string explain(CLI::App const& app, CLI::ParseError const& error) {
  std::vector<std::string> known;
  for (auto const* option : app.get_options())
    for (auto const& name : option->get_lnames()) known.push_back("--" + name);
  if (auto const extras = app.remaining();
      dynamic_cast<CLI::ExtrasError const*>(&error) != nullptr && !extras.empty()) {
    auto const given = extras[0].substr(0, extras[0].find('='));
    if (given.rfind("-", 0) == 0)
      return cat("unknown option ", given, "; did you mean ", nearest(given, known), "?");
    return cat("unexpected argument '", given, "'; options start with --");
  }
  return error.what();
}

std::string parse(std::string const& program, std::string const& about, std::vector<Option> const& options,
                  int argc, char const* const* argv) {
  CLI::App app(about + "\n", program);
  app.set_version_flag("--version", std::string("nacre " NACRE_VERSION));
  for (auto const& o : options) {
    if (auto* const flag = std::get_if<bool*>(&o.value))
      app.add_flag(o.name, **flag, o.what);
    else if (auto* const text = std::get_if<std::string*>(&o.value))
      app.add_option(o.name, **text, o.what + ((*text)->empty() ? "" : " [" + **text + "]"));
    else if (auto* const texts = std::get_if<std::vector<std::string>*>(&o.value))
      app.add_option(o.name, **texts, o.what);
    else if (auto* const real = std::get_if<double*>(&o.value))
      app.add_option(o.name, **real, o.what + " [" + number(**real, "%g") + "]");
    else if (auto* const large = std::get_if<std::int64_t*>(&o.value))
      app.add_option(o.name, **large, o.what + " [" + std::to_string(**large) + "]");
    else if (auto* const whole = std::get_if<int*>(&o.value))
      app.add_option(o.name, **whole, o.what + " [" + std::to_string(**whole) + "]");
  }
  try {
    app.parse(argc, argv);
  } catch (CLI::CallForHelp const&) {
    return app.help();
  } catch (CLI::CallForVersion const&) {
    return app.version() + "\n";
  } catch (CLI::ParseError const& error) {
    throw UsageError(explain(app, error));
  }
  for (auto const& o : options) {
    if (auto* const real = std::get_if<double*>(&o.value)) check_range(o, **real);
    if (auto* const large = std::get_if<std::int64_t*>(&o.value))
      check_range(o, static_cast<double>(**large));
    if (auto* const whole = std::get_if<int*>(&o.value)) check_range(o, **whole);
  }
  return "";
}

std::string command_of(int argc, char const* const* argv) {
  std::string command;
  for (int i = 0; i < argc; ++i) command += (i > 0 ? " " : "") + std::string(argv[i]);
  return command;
}

}  // namespace nacre::apps
