#pragma once

#include <Teuchos_Array.hpp>
#include <Teuchos_ParameterList.hpp>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nacre/core/error.hpp>

/// \file
/// Strict reading of Teuchos::ParameterLists: a misspelled name or a wrong type is an error that says what
/// was meant.

namespace nacre::trilinos {

/// The one of `names` closest to `name` by edit distance (Levenshtein 1966), without regard to case, spaces
/// or punctuation; empty if none is close.
std::string nearest_name(std::string const& name, std::vector<std::string> const& names);

/// The values a parameter may have by name.
template <class T>
using NamedValues = std::vector<std::pair<std::string, T>>;

/// Reads parameters one by one; check() then rejects those that nobody asked for.
///
///     ParameterReader reader(list, "KrylovOptions");
///     reader.field("tolerance", options.tolerance);
///     reader.field("restart", options.restart);
///     reader.check();
class ParameterReader {
 public:
  /// \param what is being set, for messages
  ParameterReader(Teuchos::ParameterList const& list, std::string what)
      : list_(list), what_(std::move(what)) {}

  /// value = the parameter `name`, if it is there. T: bool, int, double, std::string, or std::vector<double>
  /// (a Teuchos::Array or one number); an int will do for a double. \throws nacre::Error if it is of another
  /// type
  template <class T>
  void field(std::string const& name, T& value);
  /// The same for a parameter that is given as one of these names.
  /// \throws nacre::Error listing them if it is another
  template <class T>
  void field(std::string const& name, T& value, NamedValues<T> const& names) {
    std::string given;
    field(name, given);
    if (given.empty()) return;
    std::vector<std::string> valid;
    for (auto const& [valid_name, v] : names) {
      if (valid_name == given) {
        value = v;
        return;
      }
      valid.push_back(valid_name);
    }
    fail_unknown("value '" + given + "' of parameter '" + name + "'", given, valid);
  }
  /// A name that is allowed and read by someone else.
  void allow(std::string const& name) { names_.push_back(name); }
  /// The sublist `name`, empty if it is not there.
  Teuchos::ParameterList sublist(std::string const& name);

  /// \throws nacre::Error if the list has a parameter that was not asked for: its name, the nearest one, and
  /// all valid
  ///         ones
  void check() const;

 private:
  [[noreturn]] void fail_unknown(std::string const& found, std::string const& name,
                                 std::vector<std::string> const& valid) const;
  Teuchos::ParameterList const& list_;
  std::string what_;
  std::vector<std::string> names_;
};

/// The opposite: writes the same fields into a list.
class ParameterWriter {
 public:
  explicit ParameterWriter(Teuchos::ParameterList& list) : list_(list) {}
  template <class T>
  void field(std::string const& name, T const& value) {
    if constexpr (std::is_same_v<T, std::vector<double>>)
      list_.set(name, Teuchos::Array<double>(value));
    else
      list_.set(name, value);
  }
  template <class T>
  void field(std::string const& name, T const& value, NamedValues<T> const& names) {
    for (auto const& [valid_name, v] : names)
      if (v == value) list_.set(name, valid_name);
  }

 private:
  Teuchos::ParameterList& list_;
};

/// The list in an XML file. \throws nacre::Error naming the file if it cannot be read or parsed
Teuchos::ParameterList read_xml(std::string const& file);
/// Writes it, under a temporary name first.
void write_xml(std::string const& file, Teuchos::ParameterList const& list);

}  // namespace nacre::trilinos
