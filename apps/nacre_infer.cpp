// Compares preconditioners that a network makes with others, on one or several ranks.
//
//   nacre_infer --network heat.safetensors --problem heat --size 32 --systems 1 --repeats 5
//   mpirun -n 2 nacre_infer --network heat.safetensors --problem heat.h5 --csv heat.csv
//
// Prints key=value lines. Exit status: 0 done, 1 a network's preconditioner did not converge, 2 wrong use, 3 any other error.

#include <algorithm>
#include <filesystem>
#include <sstream>

#include <nacre/core/config.hpp>

#include "learning_systems.hpp"
#include "method_comparison.hpp"
#include "method_report.hpp"
#include "nearest.hpp"
#include "outcome.hpp"
#include "program.hpp"

namespace {

using namespace nacre;
using namespace nacre::apps;

constexpr char const* kAbout =
    R"(Solves systems by conjugate gradients with preconditioners that networks of nacre_train make, and with others.

--network names one file or several, divided by commas. The systems come from --problem FILE.h5 of nacre_datagen or FILE.mtx, or
are generated: --problem )";

constexpr char const* kMoreAbout = R"(.
Ranks share each system: a network sees its neighbours' nodes on other ranks.

Prints, as means over the systems, iterations_<method> and, in seconds, setup_seconds_<method> and solve_seconds_<method>, for
a relative residual of 1e-8; iterations_<method>_1e-2 and so on for others; of networks, network_seconds_<method>,
assembly_seconds_<method> and start_seconds_<method>, the parts of their set-up: the forward pass, the assembly of the factor,
and FSAI(0) where a network starts from it. With --condition, also condition_<method>, the largest over the smallest eigenvalue
of the preconditioned matrix, and kaporin_<method>, the arithmetic over the geometric mean of its eigenvalues.

Exit status: 0 done, 1 a network's preconditioner, or without networks a method, did not converge on some system, 2 wrong use,
3 any other error.)";

/// The eigenvalues of larger matrices take minutes.
constexpr GlobalOrdinal kMostForCondition = 3000;

struct Options {
  LearningProblemOptions problem;
  std::string networks, methods = "none,jacobi,ic0,ainv,fsai0,spai0,amg", rhs = "mask", precision = "float",
                        factor_precision = "single";
  std::int64_t first = 0;
  int systems = 15, block_size = 1;
  ComparisonOptions comparison;
  std::string csv, report, command;
  bool condition = false, progress = false;
};

std::vector<std::string> split(std::string const& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');)
    if (!part.empty()) parts.push_back(part);
  return parts;
}

/// `learned`, or where there are several `learned_<file>`.
std::vector<std::string> names_of(std::vector<std::string> const& files) {
  std::vector<std::string> names;
  for (auto const& file : files)
    names.push_back(files.size() == 1 ? "learned" : "learned_" + std::filesystem::path(file).stem().string());
  return names;
}

/// One that is there twice; empty: none.
std::string repeated(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  auto const found = std::adjacent_find(names.begin(), names.end());
  return found == names.end() ? "" : *found;
}

Options parse_options(int argc, char const* const* argv, std::string& help) {
  Options o;
  o.command = command_of(argc, argv);
  std::vector<Option> options{
      {"--network", &o.networks, "files of nacre_train, divided by commas"},
      {"--systems", &o.systems, "how many", 1, 1e6},
      {"--first", &o.first, "number of the first system in the set or file", 0, 1e15},
      {"--block-size", &o.block_size, "unknowns of a node, for a matrix from a .mtx file", 1, 3},
      {"--methods", &o.methods, "others to compare with: also muelu, direct, or nothing"},
      {"--rhs", &o.rhs, "mask: A times ones; solution: A times random numbers; random"},
      {"--repeats", &o.comparison.repeats, "of each set-up and solve; times are medians", 1, 1000},
      {"--max-iterations", &o.comparison.max_iterations, "of conjugate gradients", 1, 1e9},
      {"--precision", &o.precision, "float or double: of the network's evaluation"},
      {"--factor-precision", &o.factor_precision, "single or same: how the application keeps the factor"},
      {"--condition", &o.condition,
       cat("find condition numbers, of preconditioners of one rank, for systems of at most ",
           kMostForCondition, " unknowns")},
      {"--csv", &o.csv, "write a line for each system and method to this file"},
      {"--report", &o.report, "write a page with residuals, times and tables to this HTML file"},
      {"--progress", &o.progress, "show progress on stderr though it is no terminal"}};
  for (auto const& option : learning_problem_options(o.problem)) options.push_back(option);
  help = parse("nacre_infer", kAbout + join(learning_problem_names()) + kMoreAbout, options, argc, argv);
  if (!help.empty()) return o;
  require_one_of("--rhs", o.rhs, {"mask", "solution", "random"});
  require_one_of("--precision", o.precision, {"float", "double"});
  require_one_of("--factor-precision", o.factor_precision, {"single", "same"});
  auto const networks = split(o.networks), methods = split(o.methods);
  if (networks.empty() && methods.empty())
    throw UsageError("there is nothing to compare; --network names a file of nacre_train, --methods others");
  if (auto const twice = repeated(methods); !twice.empty())
    throw UsageError(cat("--methods has ", twice, " twice"));
  for (auto const& method : methods)
    require_one_of("--methods", method,
                   {"none", "jacobi", "block_jacobi", "ic0", "ainv", "fsai0", "fsai0_single", "spai0",
                    "chebyshev", "amg", "muelu", "direct"});
#ifndef NACRE_HAVE_TRILINOS
  for (char const* method : {"muelu", "direct"})
    if (std::find(methods.begin(), methods.end(), method) != methods.end())
      throw UsageError(
          cat("--methods ", method, " needs Trilinos, which this build is without (NACRE_ENABLE_TRILINOS)"));
#endif
  if (auto const twice = repeated(names_of(networks)); !twice.empty())
    throw UsageError(cat("--network has two files of one name, ", twice.substr(twice.find('_') + 1)));
  if (!is_system_file(o.problem.problem))
    require_one_of("--problem", o.problem.problem, learning_problem_names());
  return o;
}

/// \throws nacre::Error if not every network goes with every system, or condition numbers would take too long
void check(Options const& o, std::vector<nn::SparseInverseOptions> const& networks,
           std::vector<LinearSystem> const& systems) {
  auto const files = split(o.networks);
  for (auto const& system : systems) {
    for (std::size_t f = 0; f < networks.size(); ++f)
      require_fit(files[f], networks[f], system.block_size(), system.features.extent(1), system.name);
    if (o.condition && system.num_unknowns() > kMostForCondition)
      fail(cat("--condition: '", system.name, "' has ", system.num_unknowns(), " unknowns, expected at most ",
               kMostForCondition));
  }
}

template <class Scalar>
MethodTable compare(Comm const& comm, Options const& o, std::vector<LinearSystem> const& systems,
                    std::vector<std::unique_ptr<LearnedInverse<Scalar>>> const& networks,
                    Progress& progress) {
  auto const names = names_of(split(o.networks));
  auto const methods = split(o.methods);
  auto const precision = o.factor_precision == "single" ? FactorPrecision::single : FactorPrecision::same;
  bool const finds_condition = o.condition && comm.rank() == 0;
  MethodTable table(o.condition);
  for (std::size_t s = 0; s < systems.size(); ++s) {
    auto const rhs = right_hand_side_by_name(o.rhs);
    auto const system = make_compared(comm, systems[s], rhs, s + 1);
    auto const alone = finds_condition ? make_compared(systems[s], rhs, s + 1) : ComparedSystem();
    auto const show = [&](std::string const& method) {
      progress.update([&] { return cat("system ", s + 1, " of ", systems.size(), ", ", method); });
    };
    table.add_system(systems[s]);
    for (std::size_t f = 0; f < networks.size(); ++f) {
      show(names[f]);
      auto result = run_learned(names[f], *networks[f], system, o.comparison, precision);
      if (finds_condition) add_condition_numbers(result, *networks[f], alone, precision);
      table.add(result);
    }
    for (auto const& method : methods) {
      show(method);
      auto result = run_method(method, system, o.comparison);
      if (finds_condition) add_condition_numbers(result, alone);
      table.add(result);
    }
  }
  return table;
}

template <class Scalar>
bool run_with(Comm const& comm, Options const& o) {
  std::vector<std::unique_ptr<LearnedInverse<Scalar>>> networks;
  std::vector<nn::SparseInverseOptions> options;
  for (auto const& file : split(o.networks)) {
    networks.push_back(LearnedInverse<Scalar>::read(comm, file));
    options.push_back(networks.back()->options());
  }
  Progress progress(comm, o.progress);
  progress.stage("making systems");
  auto const systems = load_systems(comm, o.problem, o.first, o.systems, o.block_size);
  check(o, options, systems);
  auto const table = compare<Scalar>(comm, o, systems, networks, progress);
  progress.clear();
  auto results = table.results();
  results.insert(results.begin(), {{"problem", o.problem.problem},
                                   {"ranks", std::to_string(comm.size())},
                                   {"systems", std::to_string(systems.size())}});
  if (comm.rank() == 0) print_results(results);
  on_first_rank(comm, [&] {
    if (!o.csv.empty()) write_file(o.csv, table.csv());
    if (!o.report.empty()) write_file(o.report, to_html(table.report(o.problem.problem, o.command)));
  });
  auto const asked = o.networks.empty() ? split(o.methods) : names_of(split(o.networks));
  return std::all_of(asked.begin(), asked.end(), [&](auto const& name) { return table.converged(name); });
}

bool run(Comm const& comm, Options const& o) {
  check_outputs(comm, {o.csv, o.report});
  return o.precision == "double" ? run_with<double>(comm, o) : run_with<float>(comm, o);
}

}  // namespace

int main(int argc, char* argv[]) { return run_program("nacre_infer", argc, argv, parse_options, run); }
