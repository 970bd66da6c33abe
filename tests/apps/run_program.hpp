#pragma once

#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

/// \file
/// Runs programs as their users do and looks at what they leave.

namespace nacre::test {

/// A folder of its own, gone with the object.
class Folder {
 public:
  Folder() {
    std::string name = testing::TempDir() + "nacre_XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~Folder() {
    for (auto const& file : files()) unlink((*this / file).c_str());
    rmdir(path_.c_str());
  }
  Folder(Folder const&) = delete;
  Folder& operator=(Folder const&) = delete;

  std::string operator/(std::string const& file) const { return path_ + "/" + file; }
  std::string write(std::string const& file, std::string const& text) const {
    std::ofstream(*this / file) << text;
    return *this / file;
  }
  std::string read(std::string const& file) const {
    std::ostringstream text;
    text << std::ifstream(*this / file).rdbuf();
    return text.str();
  }
  /// Names of what is in it, sorted.
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    DIR* const folder = opendir(path_.c_str());
    while (auto const* entry = readdir(folder))
      if (entry->d_name[0] != '.' || std::string(entry->d_name).size() > 2) names.push_back(entry->d_name);
    closedir(folder);
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::string path_;
};

struct Ended {
  int status = -1;
  std::string out, err;
  double seconds = 0;

  /// The value of a `key=value` line; empty if there is none.
  std::string operator[](std::string const& key) const {
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);)
      if (line.rfind(key + "=", 0) == 0) return line.substr(key.size() + 1);
    return "";
  }
  double number(std::string const& key) const {
    auto const text = (*this)[key];
    char* end = nullptr;
    double const value = std::strtod(text.c_str(), &end);
    EXPECT_TRUE(!text.empty() && *end == '\0') << key << "=" << text << " is not a number; output:\n"
                                               << out << err;
    return value;
  }
};

namespace detail {

/// For a shell; what the program says goes to the files `out` and `err` of the folder.
inline std::string command_line(std::string const& program, int ranks, std::string const& arguments,
                                Folder const& output) {
  // what ./nacre sets for mpirun: root may, more ranks than cores are fine, tests beside each other share the
  // cores
  for (char const* name :
       {"OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "OMPI_MCA_rmaps_base_oversubscribe",
        "OMPI_MCA_orte_execute_quiet", "OMPI_MCA_mpi_yield_when_idle"})
    setenv(name, "1", 1);
  setenv("OMPI_MCA_hwloc_base_binding_policy", "none", 1);
  setenv("OMPI_MCA_ess_singleton_isolated", "1", 1);
  setenv("HWLOC_HIDE_ERRORS", "2", 1);  // of what hwloc does not see in containers
  std::string command;
#ifdef NACRE_TEST_MPIEXEC
  if (ranks > 1) command += NACRE_TEST_MPIEXEC " -n " + std::to_string(ranks) + " ";
#endif
  return command + NACRE_TEST_PROGRAMS "/" + program + " " + arguments + " >" + output / "out" + " 2>" +
         output / "err" + " </dev/null";
}

inline int status_of(int code) { return WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code); }

}  // namespace detail

/// Runs a program with these arguments, which a shell reads; kills it after a minute (status 124).
/// \param before commands for the shell that change what the program may do
inline Ended run_program(std::string const& program, int ranks, std::string const& arguments,
                         std::string const& before = "") {
#ifndef NACRE_TEST_MPIEXEC
  if (ranks > 1) return {};
#endif
  Folder const folder;
  auto const command = before + "timeout 60 " + detail::command_line(program, ranks, arguments, folder);
  auto const start = std::chrono::steady_clock::now();
  int const code = std::system(command.c_str());
  Ended ended;
  ended.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  ended.status = detail::status_of(code);
  ended.out = folder.read("out");
  ended.err = folder.read("err");
  return ended;
}

inline Ended nacre_solve(int ranks, std::string const& arguments) {
  return run_program("nacre_solve", ranks, arguments);
}

/// The numbers of ranks that this build can run on, up to `most`.
inline std::vector<int> numbers_of_ranks([[maybe_unused]] int most) {
  std::vector<int> ranks{1};
#ifdef NACRE_TEST_MPIEXEC
  for (int n = 2; n <= most; ++n) ranks.push_back(n);
#endif
  return ranks;
}

}  // namespace nacre::test
