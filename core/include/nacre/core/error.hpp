#pragma once

#include <cstddef>
#include <sstream>
#include <stdexcept>
#include <string>

/// \file
/// The exception type of Nacre and the checks that throw it.

namespace nacre {

/// Thrown by host code when a documented precondition does not hold.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Joins its arguments into one string: `cat("n = ", 3)`.
template <class... Args>
std::string cat(Args const&... args) {
  std::ostringstream os;
  (os << ... << args);
  return os.str();
}

/// Throws Error. The message says what is wrong, where, what was found and what was expected.
[[noreturn]] inline void fail(std::string const& what) { throw Error(what); }

/// Requires `view.extent(dim) == expected`; the message names the operation, the view, both sizes,
/// and where the expected size comes from.
template <class View>
void check_extent(char const* op, View const& view, int dim, std::size_t expected,
                  char const* expected_from) {
  if (view.extent(dim) == expected) return;
  std::string const label = view.label();  // empty where memory belongs to others
  fail(cat(op, ": ", label.empty() ? "a view" : "view '" + label + "'", " has extent(", dim,
           ") = ", view.extent(dim), " but ", expected_from, " is ", expected));
}

}  // namespace nacre
