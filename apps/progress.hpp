#pragma once

#include <chrono>
#include <string>

#include <nacre/core/comm.hpp>

/// \file
/// One line on stderr that says what a program is doing.

namespace nacre::apps {

/// Rewrites one line of a terminal, at most ten times a second; on rank 0 only, silent unless shown.
class Progress {
 public:
  /// \param forced show it though stderr is no terminal (mpirun hides the terminal behind a pipe)
  Progress(Comm const& comm, bool forced);
  ~Progress() { clear(); }
  Progress(Progress const&) = delete;
  Progress& operator=(Progress const&) = delete;

  /// A stage that begins; always shown.
  void stage(std::string const& what);
  /// How far the iteration is.
  void iteration(int number, double relative_residual);
  void epoch(int number, int of, double loss);
  /// What `text()` says; it is asked only if it is time to show something.
  template <class Text>
  void update(Text const& text) {
    if (is_time()) show(text());
  }
  /// Leaves an empty line for other output.
  void clear();

 private:
  bool is_time();
  void show(std::string const& text);
  bool shown_;
  std::size_t width_ = 0;  // of what stands on the line
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace nacre::apps
