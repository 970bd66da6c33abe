#include "child_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <nacre/core/error.hpp>

namespace nacre::perf {

namespace {

[[noreturn]] void become(std::vector<std::string> const& command,
                         std::map<std::string, std::string> const& environment, std::string const& errors) {
  if (!errors.empty()) {
    int const file = open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file >= 0) dup2(file, STDERR_FILENO);
  }
  for (auto const& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> arguments;
  for (auto const& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  std::fprintf(stderr, "cannot run %s: %s\n", arguments[0], std::strerror(errno));
  _exit(127);
}

}  // namespace

Ended run_program(std::vector<std::string> const& command,
                  std::map<std::string, std::string> const& environment, std::string const& errors) {
  int ends[2];
  if (pipe(ends) != 0) fail(cat("cannot make a pipe: ", std::strerror(errno)));
  std::fflush(nullptr);
  pid_t const child = fork();
  if (child < 0) fail(cat("cannot start ", command.front(), ": ", std::strerror(errno)));
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    become(command, environment, errors);
  }
  close(ends[1]);
  Ended ended;
  char buffer[4096];
  for (;;) {
    auto const n = read(ends[0], buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    ended.out.append(buffer, static_cast<std::size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

std::string to_string(std::vector<std::string> const& command) {
  std::string text;
  for (auto const& word : command) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string own_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

}  // namespace nacre::perf
