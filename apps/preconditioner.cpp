#include "preconditioner.hpp"

#include <algorithm>
#include <cstdio>

#include <nacre/core/error.hpp>
#include <nacre/solvers/amg.hpp>
#include <nacre/solvers/preconditioner_factory.hpp>

#include "learned_inverse.hpp"
#include "trilinos_method.hpp"

namespace nacre::apps {

namespace {

std::string digits(double value, char const* format) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

constexpr char const* kLearned = "learned:";

std::shared_ptr<LearnedPreconditioner> make_learned(Problem<double> const& problem, int block_size,
                                                    std::string const& file) {
  auto const& comm = problem.A.comm();
  auto network = LearnedInverse<float>::read(comm, file);
  auto const& o = network->options();
  auto const num_nodes =
      static_cast<std::size_t>(problem.A.pattern.num_owned_rows() / std::max(1, block_size));
  bool const has_places = comm.min(problem.coordinates.size() == num_nodes ? 1 : 0) == 1;
  require_fit(file, o, std::max(1, block_size), has_places ? 3 : 0, problem.name);
  NodeData nodes;
  nodes.features = o.node_features > 0 ? position_features(comm, problem.coordinates)
                                       : RowMajor<double>("features", num_nodes, 0);
  return std::make_shared<LearnedPreconditioner>(std::move(network), problem.A, nodes);
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
  if (name.rfind(kLearned, 0) == 0) {
    M.operation = make_learned(problem, block_size, name.substr(std::string(kLearned).size()));
    return M;
  }
  if (is_trilinos_preconditioner(name) || options.solver == "direct") {
    M.operation = make_trilinos_preconditioner(system, options);
    return M;
  }
  solvers::PreconditionerOptions choice;
  if (block_size > 0) choice.block_size = block_size;
  choice.ainv.drop_tolerance = options.ainv_drop_tolerance;
  auto factory_name = name;
  std::replace(factory_name.begin(), factory_name.end(), '-', '_');
  M.operation = solvers::make_preconditioner<double>(factory_name, problem.A, choice);
  return M;
}

namespace {

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

}  // namespace

void describe_setup(NamedPreconditioner const& M, Outcome& outcome) {
  if (auto const* const learned = dynamic_cast<LearnedPreconditioner const*>(M.operation.get())) {
    auto const& f = learned->factor();
    outcome.setup_parts = {{"network_seconds", f.network_seconds},
                           {"assembly_seconds", f.assembly_seconds},
                           {"start_seconds", f.start_seconds}};
  }
  describe_hierarchy(M, outcome);
}

}  // namespace nacre::apps
