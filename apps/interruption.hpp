#pragma once

#include <nacre/core/comm.hpp>

/// \file
/// Being told to stop.

namespace nacre::apps {

/// While it lives, SIGINT and SIGTERM do not end the program but ask it to; the second one of a kind ends it.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(Interruption const&) = delete;
  Interruption& operator=(Interruption const&) = delete;

  /// Whether any rank has been asked to stop. Collective.
  bool requested(Comm const& comm) const;
  /// Whether this rank has been asked to stop.
  bool requested() const;
};

}  // namespace nacre::apps
