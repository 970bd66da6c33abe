#include <nacre/trilinos/parameter_list.hpp>
#include <nacre/trilinos/parameter_reader.hpp>

namespace nacre::trilinos {

namespace {

using solvers::AmgCycle;
using solvers::AmgOptions;
using solvers::AmgPrecision;
using solvers::AmgSmoother;
using solvers::ChebyshevOptions;
using solvers::GaussSeidelOptions;
using solvers::KrylovOptions;
using solvers::PreconditionerOptions;

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
  v.field("cycle", o.cycle, named({AmgCycle::automatic, AmgCycle::v, AmgCycle::vw, AmgCycle::w}));
  v.field("precision", o.precision, named({AmgPrecision::same, AmgPrecision::single}));
  v.field("strength_threshold", o.strength_threshold);
  v.field("aggregation_radius", o.aggregation_radius);
  v.field("prolongator_damping", o.prolongator_damping);
  v.field("max_levels", o.max_levels);
  v.field("max_coarse_rows", o.max_coarse_rows);
  v.field("min_rows_per_rank", o.min_rows_per_rank);
  v.field("block_size", o.block_size);
}

template <class Visitor>
void visit(Visitor& v, ChebyshevOptions& o) {
  v.field("degree", o.degree);
  v.field("ratio", o.ratio);
  v.field("maximum", o.maximum);
}

template <class Visitor>
void visit(Visitor& v, GaussSeidelOptions& o) {
  using Order = GaussSeidelOptions::Order;
  v.field("order", o.order,
          NamedValues<Order>{
              {"automatic", Order::automatic}, {"natural", Order::natural}, {"by_color", Order::by_color}});
  v.field("sweeps", o.sweeps);
}

template <class Visitor>
void visit(Visitor& v, PreconditionerOptions& o) {
  v.field("block_size", o.block_size);
  v.sublist("chebyshev", o.chebyshev);
  v.sublist("gauss_seidel", o.gauss_seidel);
}

template <class Visitor>
void visit(Visitor& v, SolverParameters& o) {
  v.field("solver", o.solver);
  v.field("preconditioner", o.preconditioner);
  v.sublist("krylov", o.krylov);
  v.sublist("amg", o.amg);
  v.sublist("preconditioner_options", o.preconditioner_options);
}

/// What the other structs allow is checked by who takes them.
template <class Options>
void check(Options const&) {}
void check(KrylovOptions const& o) {
  auto const require = [](bool holds, char const* name, auto value) {
    if (!holds) fail(cat("KrylovOptions: ", name, " = ", value, ", expected a positive number"));
  };
  require(o.tolerance > 0, "tolerance", o.tolerance);
  require(o.max_iterations > 0, "max_iterations", o.max_iterations);
  require(o.restart > 0, "restart", o.restart);
}
void check(AmgOptions const& o) { solvers::detail::check(o); }

char const* name_of(KrylovOptions const&) { return "KrylovOptions"; }
char const* name_of(AmgOptions const&) { return "AmgOptions"; }
char const* name_of(ChebyshevOptions const&) { return "ChebyshevOptions"; }
char const* name_of(GaussSeidelOptions const&) { return "GaussSeidelOptions"; }
char const* name_of(PreconditionerOptions const&) { return "PreconditionerOptions"; }
char const* name_of(SolverParameters const&) { return "SolverParameters"; }

/// A ParameterReader that goes into sublists.
struct Reading : ParameterReader {
  using ParameterReader::ParameterReader;
  template <class Options>
  void sublist(std::string const& name, Options& options) {
    options = from_parameters<Options>(ParameterReader::sublist(name));
  }
};
struct Writing : ParameterWriter {
  explicit Writing(Teuchos::ParameterList& l) : ParameterWriter(l), list(l) {}
  template <class Options>
  void sublist(std::string const& name, Options const& options) {
    list.set(name, to_parameters(options));
  }
  Teuchos::ParameterList& list;
};

}  // namespace

template <class Options>
Options from_parameters(Teuchos::ParameterList const& list) {
  Options options;
  Reading reader(list, name_of(options));
  visit(reader, options);
  reader.check();
  check(options);
  return options;
}

template <class Options>
Teuchos::ParameterList to_parameters(Options const& options) {
  Teuchos::ParameterList list(name_of(options));
  Writing writer(list);
  Options copy = options;
  visit(writer, copy);
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
template PreconditionerOptions from_parameters<PreconditionerOptions>(Teuchos::ParameterList const&);
template SolverParameters from_parameters<SolverParameters>(Teuchos::ParameterList const&);
template Teuchos::ParameterList to_parameters(KrylovOptions const&);
template Teuchos::ParameterList to_parameters(AmgOptions const&);
template Teuchos::ParameterList to_parameters(PreconditionerOptions const&);
template Teuchos::ParameterList to_parameters(SolverParameters const&);
template KrylovOptions from_xml<KrylovOptions>(std::string const&);
template AmgOptions from_xml<AmgOptions>(std::string const&);
template PreconditionerOptions from_xml<PreconditionerOptions>(std::string const&);
template SolverParameters from_xml<SolverParameters>(std::string const&);

}  // namespace nacre::trilinos
