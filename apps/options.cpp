#include "options.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

#include <nacre/core/config.hpp>
#include <nacre/core/error.hpp>

#include "nearest.hpp"

namespace nacre::apps {

namespace {

/// Problems, and the cells or points in each direction they have unless --size says otherwise.
std::vector<std::pair<std::string, int>> const kProblems{
    {"poisson2d", 1000}, {"poisson3d", 100}, {"poisson27", 80}, {"anisotropic", 100},
    {"jumps", 100},      {"elasticity", 40}, {"tets", 80},      {"convection-diffusion", 64}};

bool starts_with(std::string const& text, char const* prefix) { return text.rfind(prefix, 0) == 0; }

/// Names that end in ':' stand for a family: `belos:` admits `belos:CG`.
bool is_choice(std::string const& value, std::vector<std::string> const& names) {
  for (auto const& name : names)
    if (value == name || (name.back() == '>' && starts_with(value, name.substr(0, name.find('<')).c_str()) &&
                          value.size() > name.find('<')))
      return true;
  return false;
}

std::vector<std::string> const kSmoothers{"automatic", "jacobi", "chebyshev", "spai0", "gauss-seidel"};

template <class Enum>
Enum choose(std::string const& option, std::string const& value, std::vector<std::string> const& names,
            std::vector<Enum> const& values) {
  check_choice(option, value, names);
  return values[static_cast<std::size_t>(std::find(names.begin(), names.end(), value) - names.begin())];
}

void require(bool holds, std::string const& option, double found, char const* expected) {
  if (!holds) throw UsageError(cat(option, " = ", found, ", expected ", expected));
}

void validate(Options const& o) {
  check_choice("--problem", o.problem, problem_names());
  check_choice("--solver", o.solver, solver_names());
  check_choice("--preconditioner", o.preconditioner, preconditioner_names());
  if (o.solver == "direct" && o.preconditioner != "none")
    throw UsageError(cat("--preconditioner = '", o.preconditioner, "': the solver direct takes none"));
  if (o.transpose && is_choice(o.solver, {"belos:<name>"}))
    throw UsageError(
        cat("--solver = '", o.solver, "' cannot solve the transpose; Nacre's own solvers and direct can"));
  require(o.size > 0, "--size", o.size, "a positive number");
  require(o.tolerance > 0 && o.tolerance < 1, "--tolerance", o.tolerance, "a number in (0, 1)");
  require(o.max_iterations > 0, "--max-iterations", o.max_iterations, "a positive number");
  require(o.restart > 0, "--restart", o.restart, "a positive number");
  require(o.repeat >= 0, "--repeat", o.repeat, "zero or more");
  require(o.anisotropy > 0 && std::isfinite(o.anisotropy), "--anisotropy", o.anisotropy, "a positive number");
  require(o.contrast > 0 && std::isfinite(o.contrast), "--contrast", o.contrast, "a positive number");
  require(o.diffusion > 0 && std::isfinite(o.diffusion), "--diffusion", o.diffusion, "a positive number");
  require(o.amg.sweeps > 0, "--amg-sweeps", o.amg.sweeps, "a positive number");
  require(o.amg.chebyshev_degree > 0, "--amg-chebyshev-degree", o.amg.chebyshev_degree, "a positive number");
  require(o.amg.max_levels > 0, "--amg-max-levels", o.amg.max_levels, "a positive number");
  require(o.amg.aggregation_radius >= 0 && o.amg.aggregation_radius <= 2, "--amg-aggregation-radius",
          o.amg.aggregation_radius, "0, 1 or 2");
  require(o.amg.max_coarse_rows > 0, "--amg-coarse-rows", o.amg.max_coarse_rows, "a positive number");
  require(o.ainv_drop_tolerance >= 0 && std::isfinite(o.ainv_drop_tolerance), "--ainv-drop-tolerance",
          o.ainv_drop_tolerance, "zero or a positive number");
  require(o.block_size >= 0, "--block-size", o.block_size, "a positive number");
  for (double const threshold : o.amg.strength_threshold)
    require(threshold >= 0 && threshold < 1, "--amg-threshold", threshold, "numbers in [0, 1)");
}

}  // namespace

std::vector<std::string> problem_names() {
  std::vector<std::string> names;
  for (auto const& problem : kProblems) names.push_back(problem.first);
  return names;
}

std::vector<std::string> solver_names() {
  return {"pcg", "bicgstab", "gmres", "minres", "direct", "belos:<name>"};
}

std::vector<std::string> preconditioner_names() {
  return {"none", "jacobi", "block-jacobi", "chebyshev", "gauss-seidel",   "ic0",           "ilu0", "fsai0",
          "ainv", "spai0",  "amg",          "muelu",     "ifpack2:<name>", "learned:<file>"};
}

void check_choice(std::string const& option, std::string const& value,
                  std::vector<std::string> const& names) {
  if (!is_choice(value, names))
    throw UsageError(cat(option, " = '", value, "' is not known; did you mean ", nearest(value, names),
                         "? It takes ", join(names)));
}

Options parse_options(int argc, char const* const* argv, std::string& help) {
  Options o;
  CLI::App app("Solves a sparse linear system A x = b on one or several ranks.\n", "nacre_solve");
  app.set_version_flag("--version", std::string("nacre " NACRE_VERSION));
  auto const text = [&app](char const* name, std::string& value, std::string const& what, char const* group) {
    app.add_option(name, value, what)->group(group);
  };
  auto const number = [&app](char const* name, auto& value, std::string const& what, char const* group) {
    app.add_option(name, value, what)->group(group);
  };
  std::string precision = "single", cycle = "automatic", smoother = "automatic";
  char const* group = "Problem";
  text("--matrix", o.matrix, "Matrix Market file (.mtx or .mtx.gz) with A", group);
  text("--problem", o.problem, "generated instead of read: " + join(problem_names()) + " [poisson3d]", group);
  number("--size", o.size, "cells or points per direction of a generated problem [about a million unknowns]",
         group);
  number("--anisotropy", o.anisotropy, "coefficient in the last direction of problem anisotropic [0.01]",
         group);
  number("--contrast", o.contrast, "largest over smallest coefficient of problem jumps [1e6]", group);
  number("--diffusion", o.diffusion, "of problem convection-diffusion, whose wind has speed about 1 [0.01]",
         group);
  app.add_flag("--random-numbering", o.random_numbering, "number the unknowns of problem tets at random")
      ->group(group);
  text("--rhs", o.rhs, "right-hand side b: ones, random, or a Matrix Market file [ones]", group);
  app.add_flag("--transpose", o.transpose, "solve A^T x = b")->group(group);
  group = "Method";
  text("--solver", o.solver, join(solver_names()) + " [pcg; bicgstab for convection-diffusion]", group);
  text("--preconditioner", o.preconditioner, join(preconditioner_names()) + " [amg]", group);
  number("--tolerance", o.tolerance, "relative residual ||b - A x|| / ||b|| at which to stop [1e-8]", group);
  number("--max-iterations", o.max_iterations, "iteration limit [1000]", group);
  number("--restart", o.restart, "Krylov vectors that gmres keeps [30]", group);
  app.add_flag("--flexible", o.flexible, "pcg for preconditioners that are not quite symmetric")
      ->group(group);
  number("--block-size", o.block_size,
         "rows of one node, for amg and block-jacobi [what the problem has; 1, 3]", group);
  number("--ainv-drop-tolerance", o.ainv_drop_tolerance,
         "below which ainv leaves out contributions to its factor [0.1]", group);
  number("--repeat", o.repeat,
         "solve N more times with new values on the same pattern, reusing the setup [0]", group);
  text("--precision", precision, "of the amg hierarchy: single or double; all else is double [single]",
       group);
  group = "AMG";
  text("--amg-cycle", cycle,
       "V, VW (V on the first two levels, W below), W, or automatic: VW, or W if the second level is small "
       "[automatic]",
       group);
  text("--amg-smoother", smoother, join(kSmoothers) + " [automatic]", group);
  number("--amg-sweeps", o.amg.sweeps, "smoothing steps before and after each coarse correction [1]", group);
  number("--amg-chebyshev-degree", o.amg.chebyshev_degree, "matrix products of one Chebyshev step [2]",
         group);
  number("--amg-max-levels", o.amg.max_levels, "levels at most [20]", group);
  number("--amg-coarse-rows", o.amg.max_coarse_rows,
         "a level of at most this many rows is solved directly [400]", group);
  number("--amg-aggregation-radius", o.amg.aggregation_radius,
         "of aggregates of the first level: 1, 2 or 0: 2 where rows are short [0]", group);
  app.add_option("--amg-threshold", o.amg.strength_threshold,
                 "strength of couplings that are kept, one for each level: 0.08,0.04 [chosen by the setup]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(group);
  group = "Output";
  text("--solution", o.solution, "write x to this Matrix Market file", group);
  text("--history", o.history, "write the residual of each iteration to this CSV file", group);
  text("--report", o.report, "write a page with curves, hierarchy and times to this HTML file", group);
  text("--vtu", o.vtu, "write mesh and x to this file for ParaView (generated problems)", group);
  app.add_flag("--progress", o.progress, "show progress on stderr though it is no terminal")->group(group);
  app.add_flag("--demo", o.demo, "solve with Nacre's own PCG and with Belos' CG and say what happened")
      ->group(group);
  try {
    app.parse(argc, argv);
  } catch (CLI::CallForHelp const&) {
    help = app.help();
    return o;
  } catch (CLI::CallForVersion const&) {
    help = "nacre " NACRE_VERSION "\n";
    return o;
  } catch (CLI::ParseError const& error) {
    throw UsageError(explain(app, error));
  }
  if (!o.matrix.empty() && app.count("--problem") > 0)
    throw UsageError("--matrix and --problem are both given; there is one system to solve");
  if (!o.matrix.empty() && !o.vtu.empty())
    throw UsageError("--vtu needs a generated problem; a matrix from a file has no mesh");
  for (auto const& [name, size] : kProblems)
    if (o.problem == name && app.count("--size") == 0) o.size = size;
  if (o.solver.empty())
    o.solver = o.matrix.empty() && o.problem == "convection-diffusion" ? "bicgstab" : "pcg";
  if (o.preconditioner.empty()) o.preconditioner = o.solver == "direct" ? "none" : "amg";
  o.command = command_of(argc, argv);
  if (o.size == 0 && app.count("--size") == 0) o.size = 1;  // an unknown problem is reported as such
  using solvers::AmgPrecision;
  using solvers::AmgSmoother;
  o.amg.precision = choose<AmgPrecision>("--precision", precision, {"single", "double"},
                                         {AmgPrecision::single, AmgPrecision::same});
  o.amg.cycle = choose<solvers::AmgCycle>(
      "--amg-cycle", cycle, {"automatic", "V", "VW", "W"},
      {solvers::AmgCycle::automatic, solvers::AmgCycle::v, solvers::AmgCycle::vw, solvers::AmgCycle::w});
  o.amg.smoother = choose<AmgSmoother>("--amg-smoother", smoother, kSmoothers,
                                       {AmgSmoother::automatic, AmgSmoother::jacobi, AmgSmoother::chebyshev,
                                        AmgSmoother::spai0, AmgSmoother::gauss_seidel});
  validate(o);
  return o;
}

}  // namespace nacre::apps
