#include "trilinos_method.hpp"

#include <nacre/core/error.hpp>
#include <nacre/solvers/solve_info.hpp>

#ifdef NACRE_HAVE_TRILINOS
#include <nacre/trilinos/amesos2.hpp>
#include <nacre/trilinos/belos_solvers.hpp>
#include <nacre/trilinos/ifpack2.hpp>
#include <nacre/trilinos/muelu.hpp>
#endif

namespace nacre::apps {

bool is_trilinos_solver(std::string const& name) { return name == "direct" || name.rfind("belos:", 0) == 0; }

bool is_trilinos_preconditioner(std::string const& name) {
  return name == "muelu" || name.rfind("ifpack2:", 0) == 0;
}

#ifdef NACRE_HAVE_TRILINOS

namespace {

MultiVector<double> as_vectors(std::vector<Point> const& points) {
  MultiVector<double> coordinates("coordinates", points.size(), points.empty() ? 0 : 3);
  auto const host = Kokkos::create_mirror_view(coordinates);
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t d = 0; d < 3; ++d) host(i, d) = points[i][d];
  Kokkos::deep_copy(coordinates, host);
  return coordinates;
}

}  // namespace

std::shared_ptr<solvers::Preconditioner<double>> make_trilinos_preconditioner(System const& system,
                                                                              Options const& options) {
  auto const& problem = system.problem;
  if (options.solver == "direct") {
    trilinos::DirectOptions direct;
    direct.largest_residual = options.tolerance;
    return std::make_shared<trilinos::DirectSolver>(problem.A, direct);
  }
  if (options.preconditioner == "muelu") {
    trilinos::MueLuOptions muelu;
    muelu.block_size = problem.block_size;
    muelu.near_nullspace = problem.near_nullspace;
    muelu.coordinates = as_vectors(problem.coordinates);
    muelu.reuse = options.repeat > 0 ? "RP" : "none";
    return std::make_shared<trilinos::MueLuPreconditioner>(problem.A, muelu);
  }
  return trilinos::make_ifpack2_preconditioner(options.preconditioner.substr(std::string("ifpack2:").size()),
                                               problem.A);
}

solvers::SolveInfo solve_with_trilinos(Options const& options, solvers::KrylovOptions const& krylov,
                                       DistributedCsr<double> const& A, solvers::Operator<double> const* M,
                                       MultiVector<double> const& b, MultiVector<double> const& x) {
  if (options.solver == "direct") {
    auto const& direct = dynamic_cast<trilinos::DirectSolver const&>(*M);
    solvers::Operator<double>::Exec const exec;
    return options.transpose ? direct.solve_transpose(exec, b, x) : direct.solve(exec, b, x);
  }
  trilinos::register_belos_solvers();
  return trilinos::belos_solve(options.solver.substr(std::string("belos:").size()), A, M, b, x, krylov);
}

#else

namespace {

[[noreturn]] void refuse(char const* option, std::string const& name) {
  throw UsageError(
      cat(option, " = '", name, "' needs Trilinos, which this build is without (NACRE_ENABLE_TRILINOS)"));
}

}  // namespace

solvers::SolveInfo solve_with_trilinos(Options const& options, solvers::KrylovOptions const&,
                                       DistributedCsr<double> const&, solvers::Operator<double> const*,
                                       MultiVector<double> const&, MultiVector<double> const&) {
  refuse("--solver", options.solver);
}
std::shared_ptr<solvers::Preconditioner<double>> make_trilinos_preconditioner(System const&,
                                                                              Options const& options) {
  refuse("--preconditioner", options.preconditioner);
}

#endif

}  // namespace nacre::apps
