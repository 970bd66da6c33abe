#pragma once

#include <string>

#include <nacre/core/error.hpp>

namespace nacre::test {

/// What the nacre::Error thrown by `action()` says; says so if none is thrown.
template <class Action>
std::string message_of(Action const& action) {
  try {
    action();
  } catch (Error const& e) {
    return e.what();
  }
  return "(no nacre::Error was thrown)";
}

}  // namespace nacre::test
