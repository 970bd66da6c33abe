#include <nacre/trilinos/parameter_list.hpp>
#include <nacre/trilinos/parameter_reader.hpp>

namespace nacre::trilinos {

namespace {

using solvers::AmgCycle;
using solvers::AmgOptions;
using solvers::AmgPrecision;
using solvers::AmgSmoother;
using solvers::KrylovOptions;

template <class Enum>
NamedValues<Enum> named(std::initializer_list<Enum> values) {
  NamedValues<Enum> names;
  for (auto const v : values) names.emplace_back(to_string(v), v);
  return names;
}

/// Every option once, for reading and for writing.
template <class Visitor>
void visit(Visitor& v, KrylovOptions& o) {
  v.field("tolerance", o.tolerance);
  v.field("max_iterations", o.max_iterations);
  v.field("restart", o.restart);
  v.field("flexible", o.flexible);
}

template <class Visitor>
void visit(Visitor& v, AmgOptions& o) {
  v.field("smoother", o.smoother,
          named({AmgSmoother::automatic, AmgSmoother::jacobi, AmgSmoother::chebyshev, AmgSmoother::spai0,
                 AmgSmoother::gauss_seidel}));
  v.field("sweeps", o.sweeps);
  v.field("chebyshev_degree", o.chebyshev_degree);
  v.field("chebyshev_ratio", o.chebyshev_ratio);
  v.field("jacobi_damping", o.jacobi_damping);
  v.field("cycle", o.cycle, named({AmgCycle::v, AmgCycle::w}));
  v.field("precision", o.precision, named({AmgPrecision::same, AmgPrecision::single}));
  v.field("strength_threshold", o.strength_threshold);
  v.field("prolongator_damping", o.prolongator_damping);
  v.field("max_levels", o.max_levels);
  v.field("max_coarse_rows", o.max_coarse_rows);
  v.field("min_rows_per_rank", o.min_rows_per_rank);
  v.field("block_size", o.block_size);
}

void check(KrylovOptions const& o) {
  auto const require = [](bool holds, char const* name, auto value) {
    if (!holds) fail(cat("KrylovOptions: ", name, " = ", value, ", expected a positive number"));
  };
  require(o.tolerance > 0, "tolerance", o.tolerance);
  require(o.max_iterations > 0, "max_iterations", o.max_iterations);
  require(o.restart > 0, "restart", o.restart);
}
void check(AmgOptions const& o) { solvers::detail::check(o); }

template <class Options>
constexpr char const* kName = "Options";
template <>
constexpr char const* kName<KrylovOptions> = "KrylovOptions";
template <>
constexpr char const* kName<AmgOptions> = "AmgOptions";

}  // namespace

template <class Options>
Options from_parameters(Teuchos::ParameterList const& list) {
  Options options;
  ParameterReader reader(list, kName<Options>);
  visit(reader, options);
  reader.check();
  check(options);
  return options;
}

template <class Options>
Teuchos::ParameterList to_parameters(Options const& options) {
  Teuchos::ParameterList list(kName<Options>);
  ParameterWriter writer(list);
  Options copy = options;
  visit(writer, copy);
  return list;
}

template <>
SolverParameters from_parameters(Teuchos::ParameterList const& list) {
  SolverParameters p;
  ParameterReader reader(list, "SolverParameters");
  reader.field("solver", p.solver);
  reader.field("preconditioner", p.preconditioner);
  auto const krylov = reader.sublist("krylov"), amg = reader.sublist("amg");
  reader.check();
  p.krylov = from_parameters<KrylovOptions>(krylov);
  p.amg = from_parameters<AmgOptions>(amg);
  return p;
}

template <>
Teuchos::ParameterList to_parameters(SolverParameters const& p) {
  Teuchos::ParameterList list("SolverParameters");
  list.set("solver", p.solver);
  list.set("preconditioner", p.preconditioner);
  list.set("krylov", to_parameters(p.krylov));
  list.set("amg", to_parameters(p.amg));
  return list;
}

template <class Options>
Options from_xml(std::string const& file) {
  auto const list = read_xml(file);
  try {
    return from_parameters<Options>(list);
  } catch (Error const& e) {
    fail(cat(file, ": ", e.what()));
  }
}

template KrylovOptions from_parameters<KrylovOptions>(Teuchos::ParameterList const&);
template AmgOptions from_parameters<AmgOptions>(Teuchos::ParameterList const&);
template Teuchos::ParameterList to_parameters(KrylovOptions const&);
template Teuchos::ParameterList to_parameters(AmgOptions const&);
template KrylovOptions from_xml<KrylovOptions>(std::string const&);
template AmgOptions from_xml<AmgOptions>(std::string const&);
template SolverParameters from_xml<SolverParameters>(std::string const&);

}  // namespace nacre::trilinos
