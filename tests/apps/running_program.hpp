#pragma once

#include <csignal>
#include <functional>
#include <thread>

#include "run_program.hpp"

/// \file
/// Programs that run beside a test, which sends them signals.

namespace nacre::test {

/// Asks again and again, for a minute at most. \return whether the answer was yes
inline bool becomes_true(std::function<bool()> const& question) {
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!question()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

class RunningProgram {
 public:
  RunningProgram(std::string const& program, int ranks, std::string const& arguments) {
    auto const command = "exec " + detail::command_line(program, ranks, arguments, output_);
    pid_ = fork();
    if (pid_ != 0) return;
    execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  ~RunningProgram() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  RunningProgram(RunningProgram const&) = delete;
  RunningProgram& operator=(RunningProgram const&) = delete;

  /// With several ranks, mpirun gets it.
  void send(int signal) const { kill(pid_, signal); }

  /// What it has said on stderr so far.
  std::string err() const { return output_.read("err"); }

  /// Waits for its end, which must come within a minute (status 124).
  Ended wait() {
    int code = 0;
    Ended ended;
    bool const came = becomes_true([&] { return waitpid(pid_, &code, WNOHANG) == pid_; });
    ended.status = came ? detail::status_of(code) : 124;
    if (came) pid_ = 0;
    ended.out = output_.read("out");
    ended.err = output_.read("err");
    return ended;
  }

 private:
  Folder output_;
  pid_t pid_ = 0;
};

}  // namespace nacre::test
