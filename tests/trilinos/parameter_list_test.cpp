#include <gtest/gtest.h>

#include <cstdio>

#include <nacre/core/error.hpp>
#include <nacre/trilinos/parameter_list.hpp>
#include <nacre/trilinos/parameter_reader.hpp>

using namespace nacre;
using namespace nacre::trilinos;

namespace {

template <class Options>
std::string error_of(Teuchos::ParameterList const& list) {
  try {
    from_parameters<Options>(list);
  } catch (Error const& e) {
    return e.what();
  }
  return "no error";
}

bool contains(std::string const& text, std::string const& part) {
  return text.find(part) != std::string::npos;
}

/// Every option different from its default.
SolverParameters unusual() {
  SolverParameters p;
  p.solver = "gmres";
  p.preconditioner = "ilu0";
  p.krylov.tolerance = 1e-3;
  p.krylov.max_iterations = 17;
  p.krylov.restart = 5;
  p.krylov.flexible = true;
  p.amg.smoother = solvers::AmgSmoother::spai0;
  p.amg.sweeps = 3;
  p.amg.chebyshev_degree = 4;
  p.amg.chebyshev_ratio = 11;
  p.amg.jacobi_damping = .5;
  p.amg.cycle = solvers::AmgCycle::w;
  p.amg.aggregation_radius = 1;
  p.amg.precision = solvers::AmgPrecision::same;
  p.amg.strength_threshold = {.25, .1};
  p.amg.prolongator_damping = 0;
  p.amg.max_levels = 4;
  p.amg.max_coarse_rows = 99;
  p.amg.min_rows_per_rank = 12;
  p.amg.block_size = 3;
  p.preconditioner_options.block_size = 5;
  p.preconditioner_options.chebyshev.degree = 7;
  p.preconditioner_options.chebyshev.ratio = 4;
  p.preconditioner_options.chebyshev.maximum = 2;
  p.preconditioner_options.gauss_seidel.order = solvers::GaussSeidelOptions::Order::by_color;
  p.preconditioner_options.gauss_seidel.sweeps = 2;
  return p;
}

/// No entry of one is as in the other, sublists included.
void expect_all_different(Teuchos::ParameterList const& a, Teuchos::ParameterList const& b) {
  for (auto it = a.begin(); it != a.end(); ++it)
    if (it->second.isList())
      expect_all_different(a.sublist(it->first), b.sublist(it->first));
    else
      EXPECT_FALSE(it->second == b.getEntry(it->first)) << it->first << " is left out of unusual()";
}

}  // namespace

TEST(ParameterList, AnEmptyListGivesTheDefaults) {
  auto const p = from_parameters<SolverParameters>(Teuchos::ParameterList());
  EXPECT_EQ(to_parameters(p), to_parameters(SolverParameters()));
  EXPECT_EQ(p.krylov.tolerance, 1e-8);
}

TEST(ParameterList, EveryOptionSurvivesARoundTripThroughXml) {
  auto const p = unusual();
  auto const list = to_parameters(p);
  expect_all_different(list, to_parameters(SolverParameters()));
  std::string const file = testing::TempDir() + "nacre_solver_parameters.xml";
  write_xml(file, list);

  auto const q = from_xml<SolverParameters>(file);

  std::remove(file.c_str());
  EXPECT_EQ(to_parameters(q), list);
  EXPECT_EQ(q.amg.strength_threshold, p.amg.strength_threshold);
  EXPECT_EQ(q.amg.smoother, p.amg.smoother);
  EXPECT_EQ(q.krylov.max_iterations, 17);
  EXPECT_EQ(q.preconditioner_options.gauss_seidel.order, p.preconditioner_options.gauss_seidel.order);
  EXPECT_EQ(q.preconditioner_options.chebyshev.degree, 7);
}

TEST(ParameterList, SaysWhichNameWasMeantAndWhere) {
  Teuchos::ParameterList list;
  list.sublist("amg").set("smother", "jacobi");
  EXPECT_TRUE(contains(error_of<SolverParameters>(list),
                       "AmgOptions: unknown parameter 'smother'; did you mean 'smoother'?"));
  Teuchos::ParameterList value;
  value.set("smoother", "gauss seidel");
  EXPECT_TRUE(contains(error_of<solvers::AmgOptions>(value), "did you mean 'gauss-seidel'?"));
  Teuchos::ParameterList top;
  top.sublist("krilov");
  EXPECT_TRUE(contains(error_of<SolverParameters>(top), "did you mean 'krylov'?"));
}

TEST(ParameterList, RejectsAnotherTypeAndAValueOutOfRange) {
  Teuchos::ParameterList type;
  type.set("max_iterations", 1e3);
  EXPECT_TRUE(
      contains(error_of<solvers::KrylovOptions>(type), "'max_iterations' is double but must be an int"));
  Teuchos::ParameterList range;
  range.set("tolerance", -1.);
  EXPECT_TRUE(contains(error_of<solvers::KrylovOptions>(range), "tolerance = -1"));
  Teuchos::ParameterList amg;
  amg.set("jacobi_damping", 2.5);
  EXPECT_TRUE(contains(error_of<solvers::AmgOptions>(amg), "jacobi_damping = 2.5"));
}

TEST(ParameterList, TakesOneNumberForAnArray) {
  Teuchos::ParameterList list;
  list.set("strength_threshold", .5);
  EXPECT_EQ(from_parameters<solvers::AmgOptions>(list).strength_threshold, std::vector<double>{.5});
  list.set("strength_threshold", "small");
  EXPECT_TRUE(contains(error_of<solvers::AmgOptions>(list), "must be an Array(double)"));
}
