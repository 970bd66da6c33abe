// Makes data sets of linear systems to learn preconditioners from, on one or several ranks.
//
//   mpirun -n 4 nacre_datagen --problem heat --count 1000 --output heat.h5
//   nacre_datagen --import-mtx A.mtx B.mtx.gz --output own.h5
//
// Prints key=value lines. Exit status: 0 done, 1 interrupted, 2 wrong use, 3 any other error.

#include <algorithm>

#include <nacre/core/on_first_rank.hpp>

#include "nearest.hpp"
#include "program.hpp"
#include "system_generation.hpp"
#include "system_matrices.hpp"
#include "training.hpp"

namespace {

using namespace nacre;
using namespace nacre::apps;

constexpr char const* kAbout =
    R"(Makes data sets of linear systems to learn preconditioners from, in HDF5 files.

--problem says which: )";

constexpr char const* kMoreAbout = R"(.
System i depends on the options and i alone, so that the file is the same on any number of ranks, which share the systems.
Steps in time of elasticity follow from each other: one rank makes all --steps of a --size, from --size-min on.

Each system is kept in the folder OUTPUT.parts as soon as it is finished, and OUTPUT appears when there are all. Whatever
stops the program, --resume goes on from there; SIGINT and SIGTERM stop it with status 1.

--import-mtx makes a set of matrices in Matrix Market files instead. --export-mtx writes the matrices of the set --input, or
of the one just made, with rows and columns of prescribed unknowns as those of the identity.

Exit status: 0 done, 1 interrupted, 2 wrong use, 3 any other error.)";

struct Options {
  LearningProblemOptions problem;
  GenerationOptions generation;
  std::vector<std::string> import_mtx;
  std::string input, export_mtx;
  int block_size = 1;
};

bool is_given(int argc, char const* const* argv, std::string const& option) {
  return std::any_of(argv, argv + argc, [&](std::string const& argument) {
    return argument == option || argument.rfind(option + "=", 0) == 0;
  });
}

Options parse_options(int argc, char const* const* argv, std::string& help) {
  Options o;
  o.generation.program = "nacre_datagen";
  std::vector<Option> options{
      {"--output", &o.generation.output, "the file to make"},
      {"--count", &o.generation.count, "systems to make", 1, 1e9},
      {"--resume", &o.generation.resume, "go on with what there is of a run that was stopped"}};
  auto const of_problem = learning_problem_options(o.problem);
  options.insert(options.end(), of_problem.begin(), of_problem.end());
  std::vector<Option> const more{
      {"--import-mtx", &o.import_mtx, "make a set of these Matrix Market files, plain or gzipped"},
      {"--block-size", &o.block_size, "unknowns of a node of --import-mtx", 1, 1000},
      {"--input", &o.input, "a set to --export-mtx; nothing is made"},
      {"--export-mtx", &o.export_mtx,
       "write matrices and masks of free unknowns to this folder (Matrix Market)"},
      {"--progress", &o.generation.progress, "show progress on stderr though it is no terminal"}};
  options.insert(options.end(), more.begin(), more.end());
  help = parse("nacre_datagen", kAbout + join(learning_problem_names()) + kMoreAbout, options, argc, argv);
  if (!help.empty()) return o;
  bool const imports = !o.import_mtx.empty(), generates = is_given(argc, argv, "--problem");
  if (!o.input.empty()) {
    if (imports || generates || !o.generation.output.empty())
      throw UsageError("--input goes with --export-mtx alone: nothing is made");
    if (o.export_mtx.empty()) throw UsageError("--input needs --export-mtx, which names a folder");
    return o;
  }
  if (imports && (generates || o.generation.resume))
    throw UsageError("--import-mtx does not go with --problem or --resume");
  if (!imports && o.block_size != 1) throw UsageError("--block-size belongs to --import-mtx");
  if (o.generation.output.empty()) throw UsageError("--output is missing, which names the file to make");
  if (imports) return o;
  auto const problem = make_learning_problem(o.problem);
  if (problem.num_systems > 0 && o.generation.count > problem.num_systems) {
    if (is_given(argc, argv, "--count"))
      throw UsageError(cat("--count = ", o.generation.count, ", but --problem ", problem.name, " has ",
                           problem.num_systems, " systems with these --steps, --size and --size-min"));
    o.generation.count = problem.num_systems;
  }
  return o;
}

bool run(Comm const& comm, Options const& o) {
  auto const start = std::chrono::steady_clock::now();
  auto const& output = o.generation.output;
  SystemStatistics statistics;
  if (!o.import_mtx.empty()) {
    on_first_rank(comm, [&] { import_matrices(o.import_mtx, o.block_size, output, statistics); });
  } else if (o.input.empty()) {
    check_outputs(comm, {output});
    if (!generate(comm, o.generation, make_learning_problem(o.problem), statistics)) return false;
  }
  on_first_rank(comm, [&] {
    if (!o.export_mtx.empty()) {
      SystemStatistics exported;
      export_matrices(o.input.empty() ? output : o.input, o.export_mtx, exported);
      statistics = exported;
    }
    Results results{{"ranks", std::to_string(comm.size())}};
    if (o.input.empty() && o.import_mtx.empty()) results.emplace_back("problem", o.problem.problem);
    auto const facts = statistics.results();
    results.insert(results.end(), facts.begin(), facts.end());
    results.emplace_back("seconds", to_text(seconds_since(start), "%.4g"));
    print_results(results);
  });
  return true;
}

}  // namespace

int main(int argc, char* argv[]) { return run_program("nacre_datagen", argc, argv, parse_options, run); }
