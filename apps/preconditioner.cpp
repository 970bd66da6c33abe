#include "preconditioner.hpp"

#include <algorithm>
#include <cstdio>

#include <nacre/core/error.hpp>
#include <nacre/solvers/amg.hpp>
#include <nacre/solvers/preconditioner_factory.hpp>

#include "trilinos_method.hpp"

namespace nacre::apps {

namespace {

std::string digits(double value, char const* format) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

NamedPreconditioner make_preconditioner(System const& system, Options const& options) {
  NamedPreconditioner M;
  auto const& name = options.preconditioner;
  if (name == "none" && options.solver != "direct") return M;
  auto const& problem = system.problem;
  int const block_size = options.block_size > 0   ? options.block_size
                         : problem.block_size > 1 ? problem.block_size
                                                  : 0;
  if (name == "amg") {
    auto amg = options.amg;
    amg.block_size = block_size > 0 ? block_size : 1;
    auto const made = problem.near_nullspace.extent(1) > 0
                          ? std::make_shared<solvers::Amg<double>>(problem.A, problem.near_nullspace, amg)
                          : std::make_shared<solvers::Amg<double>>(problem.A, amg);
    M.hierarchy = [made] { return made->summary(); };
    M.operation = made;
    return M;
  }
  if (is_trilinos_preconditioner(name) || options.solver == "direct") {
    M.operation = make_trilinos_preconditioner(system, options);
    return M;
  }
  solvers::PreconditionerOptions choice;
  if (block_size > 0) choice.block_size = block_size;
  auto factory_name = name;
  std::replace(factory_name.begin(), factory_name.end(), '-', '_');
  M.operation = solvers::make_preconditioner<double>(factory_name, problem.A, choice);
  return M;
}

void describe_hierarchy(NamedPreconditioner const& M, Outcome& outcome) {
  if (!M.hierarchy) return;
  auto const summary = M.hierarchy();
  outcome.operator_complexity = summary.operator_complexity();
  outcome.hierarchy.title = "Hierarchy";
  outcome.hierarchy.header = {"level", "unknowns", "nonzeros", "per row", "ranks", "MB", "threshold"};
  int number = 0;
  for (auto const& level : summary.levels)
    outcome.hierarchy.rows.push_back(
        {cat(number++), with_commas(level.rows), with_commas(level.nonzeros),
         digits(level.rows > 0 ? static_cast<double>(level.nonzeros) / static_cast<double>(level.rows) : 0.,
                "%.1f"),
         cat(level.active_ranks), digits(level.megabytes, "%.1f"), digits(level.strength_threshold, "%.3g")});
}

}  // namespace nacre::apps
