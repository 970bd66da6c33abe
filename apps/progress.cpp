#include "progress.hpp"

#include <unistd.h>

#include <cstdio>

namespace nacre::apps {

Progress::Progress(Comm const& comm, bool forced)
    : shown_(comm.rank() == 0 && (forced || isatty(STDERR_FILENO))) {}

void Progress::stage(std::string const& what) { show(what + " ..."); }

void Progress::iteration(int number, double relative_residual) {
  if (!is_time()) return;
  char text[80];
  std::snprintf(text, sizeof text, "iteration %d, relative residual %.2e", number, relative_residual);
  show(text);
}

void Progress::epoch(int number, int of, double loss) {
  if (!is_time()) return;
  char text[80];
  std::snprintf(text, sizeof text, "epoch %d of %d, loss %.4e", number, of, loss);
  show(text);
}

bool Progress::is_time() {
  auto const now = std::chrono::steady_clock::now();
  if (!shown_ || now < next_) return false;
  next_ = now + std::chrono::milliseconds(100);
  return true;
}

void Progress::clear() {
  if (width_ > 0) show("");
}

void Progress::show(std::string const& text) {
  if (!shown_) return;
  std::string const padding(width_ > text.size() ? width_ - text.size() : 0, ' ');
  std::fprintf(stderr, "\r%s%s%s", text.c_str(), padding.c_str(), text.empty() ? "\r" : "");
  std::fflush(stderr);
  width_ = text.size();
}

}  // namespace nacre::apps
