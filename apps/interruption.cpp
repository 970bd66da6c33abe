#include "interruption.hpp"

#include <csignal>

namespace nacre::apps {

namespace {

volatile std::sig_atomic_t asked = 0;

void ask(int signal) {
  asked = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

Interruption::Interruption() {
  asked = 0;
  std::signal(SIGINT, ask);
  std::signal(SIGTERM, ask);
}

Interruption::~Interruption() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool Interruption::requested(Comm const& comm) const { return comm.max(static_cast<int>(asked)) != 0; }
bool Interruption::requested() const { return asked != 0; }

}  // namespace nacre::apps
