#pragma once

#include <Kokkos_Core.hpp>

#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include <nacre/core/atomic_file.hpp>
#include <nacre/core/comm.hpp>
#include <nacre/core/on_first_rank.hpp>

#include "command_line.hpp"

/// \file
/// What main() of every program does.

namespace nacre::apps {

/// Ends all ranks with one message if all of them failed; aborts them if only some did, since the others wait.
int report_error(char const* program, Comm const& comm, char const* what, int status);

/// Finds out before the work begins which files cannot be written after it; empty names are skipped. Collective.
void check_outputs(Comm const& comm, std::vector<std::string> const& paths);

namespace detail {

template <class Parse, class Run>
int run_with_kokkos(Comm const& comm, int argc, char* argv[], Parse const& parse_arguments, Run const& run) {
  std::vector<char*> ours, kokkos;  // Kokkos would take --help for itself
  for (int i = 0; i < argc; ++i) {
    if (i == 0 || std::strncmp(argv[i], "--kokkos-", 9) != 0) ours.push_back(argv[i]);
    if (i == 0 || std::strncmp(argv[i], "--kokkos-", 9) == 0) kokkos.push_back(argv[i]);
  }
  std::string help;
  auto const options = parse_arguments(static_cast<int>(ours.size()), ours.data(), help);
  if (!help.empty()) {
    if (comm.rank() == 0) std::fputs(help.c_str(), stdout);
    return 0;
  }
  auto count = static_cast<int>(kokkos.size());
  Kokkos::ScopeGuard const scope(count, kokkos.data());
  return run(comm, options) ? 0 : 1;
}

}  // namespace detail

/// Runs a program. \return its exit status: 0 done, 1 not converged, 2 wrong use, 3 any other error
/// \param parse_arguments `(argc, argv, help)` to options; a `help` that is not empty is printed, no more
/// \param run             `(comm, options)` to whether it converged; Kokkos is initialised
template <class Parse, class Run>
int run_program(char const* program, int argc, char* argv[], Parse const& parse_arguments, Run const& run) {
  MpiScope const mpi(argc, argv);
  Comm const comm = Comm::world();
  Comm const for_errors = Comm::world();  // messages of unfinished work must not meet it
  try {
    return detail::run_with_kokkos(comm, argc, argv, parse_arguments, run);
  } catch (UsageError const& e) {
    return report_error(program, for_errors, e.what(), 2);
  } catch (std::exception const& e) {
    return report_error(program, for_errors, e.what(), 3);
  }
}

}  // namespace nacre::apps
