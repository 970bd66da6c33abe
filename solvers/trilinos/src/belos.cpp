// The one translation unit that includes Belos.
#include <nacre/trilinos/belos_solvers.hpp>

#include <BelosSolverFactory.hpp>
#include <BelosTpetraAdapter.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <mutex>
#include <set>
#include <sstream>

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/core/vector_ops.hpp>
#include <nacre/solvers/krylov.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/trilinos/parameter_reader.hpp>
#include <nacre/trilinos/preconditioner_operator.hpp>
#include <nacre/trilinos/tpetra_operator.hpp>
#include <nacre/trilinos/tpetra_view.hpp>
#include <nacre/trilinos/tpetra_view_impl.hpp>

namespace nacre::trilinos {

namespace {

using Vectors = TpetraVectors<double>;
using Op = TpetraOperator<double>;
using LinearProblem = Belos::LinearProblem<double, Vectors, Op>;
using Manager = Belos::SolverManager<double, Vectors, Op>;
using Factory = Belos::SolverFactory<double, Vectors, Op>;
using Exec = ExecOf<DefaultDevice>;

/// Names in Belos and in Nacre.
std::vector<std::pair<std::string, std::string>> const kOurs{{"Nacre PCG", "pcg"},
                                                             {"Nacre BiCGStab", "bicgstab"},
                                                             {"Nacre GMRES", "gmres"},
                                                             {"Nacre MINRES", "minres"}};

/// One of Nacre's Krylov methods as Belos sees its own.
class NacreManager final : public Manager {
 public:
  explicit NacreManager(std::string name) : name_(std::move(name)) {
    for (auto const& [belos, ours] : kOurs)
      if (belos == name_) method_ = ours;
  }

  Teuchos::RCP<Manager> clone() const override { return Teuchos::rcp(new NacreManager(name_)); }
  std::string description() const override {
    return cat('"', name_, "\": {Convergence Tolerance: ", options_.tolerance,
               ", Maximum Iterations: ", options_.max_iterations, '}');
  }

  LinearProblem const& getProblem() const override {
    if (problem_.is_null()) fail(cat(name_, ": no linear problem has been set"));
    return *problem_;
  }
  void setProblem(Teuchos::RCP<LinearProblem> const& problem) override { problem_ = problem; }
  void reset(Belos::ResetType const type) override {
    if ((type & Belos::Problem) != 0 && !problem_.is_null()) problem_->setProblem();
  }

  Teuchos::RCP<Teuchos::ParameterList const> getValidParameters() const override {
    return list({}, 0, 1, {});
  }
  Teuchos::RCP<Teuchos::ParameterList const> getCurrentParameters() const override {
    return list(options_, verbosity_, frequency_, stream_);
  }
  void setParameters(Teuchos::RCP<Teuchos::ParameterList> const& parameters) override {
    if (parameters.is_null()) return;
    solvers::KrylovOptions options = options_;
    ParameterReader reader(*parameters, name_);
    reader.field("Convergence Tolerance", options.tolerance);
    reader.field("Maximum Iterations", options.max_iterations);
    reader.field("Num Blocks", options.restart);
    reader.field("Flexible", options.flexible);
    reader.field("Verbosity", verbosity_);
    reader.field("Output Frequency", frequency_);
    std::string scaling = "Norm of RHS";
    reader.field("Implicit Residual Scaling", scaling,
                 NamedValues<std::string>{{"Norm of RHS", "Norm of RHS"}});
    // what generic drivers set for every method, and what has no meaning here
    for (auto const* name : {"Output Stream", "Output Style", "Timer Label", "Block Size",
                             "Adaptive Block Size", "Deflation Quorum", "Show Maximum Residual Norm Only"})
      reader.allow(name);
    reader.check();
    if (parameters->isParameter("Output Stream"))
      stream_ = parameters->get<Teuchos::RCP<std::ostream>>("Output Stream");
    solvers::make_krylov_solver<double>(method_,
                                        options);  // refuses options out of range, now and not in solve()
    options_ = options;
    parameters->setParametersNotAlreadySet(*getValidParameters());
  }

  int getNumIters() const override { return info_.iterations; }
  double achievedTol() const override { return info_.relative_residual; }
  bool isLOADetected() const override { return info_.status == solvers::Status::stagnated; }

  Belos::ReturnType solve() override {
    auto const& problem = getProblem();
    if (!problem.isProblemSet())
      fail(cat(name_, ": the linear problem is not ready; call its setProblem() first"));
    if (problem.isLeftPrec() && problem.isRightPrec())
      fail(cat(name_, ": both a left and a right preconditioner are set; give one of them"));
    auto const A = square(problem.getOperator(), "operator");
    auto const M_op = problem.isLeftPrec() ? problem.getLeftPrec() : problem.getRightPrec();
    std::shared_ptr<solvers::Operator<double> const> M;
    if (!M_op.is_null()) M = to_nacre<double>(M_op);

    auto options = options_;
    bool const writes = A->comm().rank() == 0;
    auto& os = stream_.is_null() ? std::cout : *stream_;
    if (writes && (verbosity_ & (Belos::IterationDetails | Belos::StatusTestDetails)) != 0)
      options.on_iteration = [&os, this](int iteration, double residual) {
        if (iteration % std::max(frequency_, 1) == 0)
          os << "Iter " << std::setw(4) << iteration << ": " << std::scientific << residual
             << std::defaultfloat << '\n';
      };

    // scattered columns are copied; there and back for the solution
    auto const& rhs = *problem.getRHS();
    auto& lhs = *problem.getLHS();
    Vectors const b = rhs.isConstantStride() ? Vectors(rhs) : Vectors(rhs, Teuchos::Copy);
    Vectors x = lhs.isConstantStride() ? Vectors(lhs) : Vectors(lhs, Teuchos::Copy);
    info_ = solvers::make_krylov_solver<double>(method_, options)
                ->solve(Exec(), *A, M.get(), view(static_cast<Vectors const&>(b)), view(x));
    if (!lhs.isConstantStride()) Tpetra::deep_copy(lhs, x);

    if (writes && (verbosity_ & Belos::FinalSummary) != 0)
      os << name_ << ": " << to_string(info_.status) << " after " << info_.iterations
         << " iterations, relative residual " << info_.relative_residual << '\n';
    return info_.converged() ? Belos::Converged : Belos::Unconverged;
  }

 private:
  /// A matrix runs through Nacre's own product where that needs no copy; anything else as it is.
  std::shared_ptr<solvers::Operator<double> const> square(Teuchos::RCP<Op const> const& op,
                                                          char const* what) const {
    if (!op->getDomainMap()->isSameAs(*op->getRangeMap()))
      fail(cat(name_, ": the ", what, " has another domain than range map; vectors of both must be alike"));
    if (auto const matrix = Teuchos::rcp_dynamic_cast<TpetraMatrix<double> const>(op);
        !matrix.is_null() && matrix->isFillComplete() &&
        matrix->getRowMap()->isSameAs(*matrix->getRangeMap())) {
      Sharing sharing;
      auto const A = view(*matrix, WhenLayoutDiffers::copy, &sharing);
      if (A.comm().max(sharing.values ? 0 : 1) == 0)
        return std::make_shared<solvers::MatrixOperator<double>>(A);
    }
    return to_nacre<double>(op);
  }

  Teuchos::RCP<Teuchos::ParameterList> list(solvers::KrylovOptions const& options, int verbosity,
                                            int frequency, Teuchos::RCP<std::ostream> const& stream) const {
    auto list = Teuchos::rcp(new Teuchos::ParameterList(name_));
    list->set("Convergence Tolerance", options.tolerance,
              "||b - A x|| / ||b|| at which to stop; the true residual");
    list->set("Maximum Iterations", options.max_iterations);
    list->set("Num Blocks", options.restart, "GMRES: Krylov vectors kept");
    list->set("Flexible", options.flexible,
              "PCG: for preconditioners that change or are not quite symmetric");
    list->set("Verbosity", verbosity,
              "a sum of Belos::MsgType: IterationDetails and FinalSummary are heeded");
    list->set("Output Frequency", frequency);
    list->set("Output Stream", stream.is_null() ? Teuchos::rcpFromRef(std::cout) : stream);
    list->set("Implicit Residual Scaling", std::string("Norm of RHS"), "the only one");
    return list;
  }

  std::string name_, method_;
  Teuchos::RCP<LinearProblem> problem_;
  solvers::KrylovOptions options_;
  int verbosity_ = Belos::Errors, frequency_ = 1;
  Teuchos::RCP<std::ostream> stream_;
  solvers::SolveInfo info_;
};

class NacreFactory final : public Belos::CustomSolverFactory<double, Vectors, Op> {
 public:
  Teuchos::RCP<Manager> getSolver(std::string const& name,
                                  Teuchos::RCP<Teuchos::ParameterList> const& parameters) override {
    for (auto const& [belos, ours] : kOurs)
      if (Belos::Impl::upperCase(belos) == Belos::Impl::upperCase(name)) {
        auto const manager = Teuchos::rcp(new NacreManager(belos));
        manager->setParameters(parameters);
        return manager;
      }
    return Teuchos::null;
  }
  int numSupportedSolvers() const override { return static_cast<int>(kOurs.size()); }
  std::vector<std::string> supportedSolverNames() const override {
    std::vector<std::string> names;
    for (auto const& [belos, ours] : kOurs) names.push_back(belos);
    return names;
  }
  bool isSupported(std::string const& name) const override {
    return std::any_of(kOurs.begin(), kOurs.end(), [&](auto const& pair) {
      return Belos::Impl::upperCase(pair.first) == Belos::Impl::upperCase(name);
    });
  }
};

/// The residuals in what a Belos method has printed ("Iter 3, [ 1] : 1.2e-3"): the largest of each iteration.
/// Belos offers no other way that all its methods have.
std::vector<double> history_in(std::string const& text) {
  std::vector<double> history;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    auto const at = line.find("Iter");
    auto const colon = line.rfind(':');
    if (at == std::string::npos || colon == std::string::npos || colon < at) continue;
    char* end = nullptr;
    int const iteration = std::atoi(line.c_str() + at + 4);
    double const residual = std::strtod(line.c_str() + colon + 1, &end);
    if (end == line.c_str() + colon + 1 || iteration < 0) continue;
    auto const i = static_cast<std::size_t>(iteration);
    if (i == history.size())
      history.push_back(residual);
    else if (i < history.size())
      history[i] = std::max(history[i], residual);
  }
  return history;
}

/// ||b - A x|| / ||b|| of every column.
std::vector<double> true_residuals(solvers::Operator<double> const& A, MultiVector<double const> const& b,
                                   MultiVector<double> const& x, MultiVector<double> const& r) {
  A.residual(Exec(), b, x, r);
  auto const k = static_cast<int>(b.extent(1));
  std::vector<double> rr = dot(Exec(), r, r), bb = dot(Exec(), b, b);
  A.comm().all_reduce(rr.data(), k, ReduceOp::sum);
  A.comm().all_reduce(bb.data(), k, ReduceOp::sum);
  for (std::size_t c = 0; c < rr.size(); ++c) rr[c] = std::sqrt(bb[c] > 0 ? rr[c] / bb[c] : rr[c]);
  return rr;
}

}  // namespace

void register_belos_solvers() {
  static std::once_flag once;
  std::call_once(once, [] { Factory().addFactory(Teuchos::rcp(new NacreFactory())); });
}

namespace {

/// \param op A for Tpetra
solvers::SolveInfo solve_by_belos(std::string const& solver, solvers::Operator<double> const& A,
                                  Teuchos::RCP<TpetraOperator<double> const> const& op,
                                  solvers::Operator<double> const* M, MultiVector<double const> const& b,
                                  MultiVector<double> const& x, solvers::KrylovOptions const& options,
                                  Teuchos::ParameterList const* parameters) {
  using solvers::Status;
  auto const start = std::chrono::steady_clock::now();
  auto const n = static_cast<std::size_t>(A.num_local_rows());
  check_extent("belos_solve", b, 0, n, "the number of rows this rank owns");
  check_extent("belos_solve", x, 0, n, "the number of rows this rank owns");
  check_extent("belos_solve", x, 1, b.extent(1), "the number of right-hand sides");
  register_belos_solvers();
  Factory factory;
  if (!factory.isSupported(solver)) {
    std::set<std::string> sorted;  // Belos lists them in no order, some twice, and some it was built without
    for (auto const& name : factory.supportedSolverNames())
      if (factory.isSupported(name)) sorted.insert(name);
    std::vector<std::string> const names(sorted.begin(), sorted.end());
    std::string const meant = nearest_name(solver, names);
    std::string all;
    for (auto const& name : names) all += (all.empty() ? "" : ", ") + name;
    fail(cat("belos_solve: Belos has no solver '", solver, '\'',
             meant.empty() ? "" : "; did you mean '" + meant + "'?", " It has: ", all));
  }

  auto const map = op->getRangeMap();
  auto const problem = Teuchos::rcp(new LinearProblem(op, to_tpetra(map, x), to_tpetra<double>(map, b)));
  if (M != nullptr) {
    // the caller keeps M: a pointer that owns nothing will do
    std::shared_ptr<solvers::Operator<double> const> const borrowed(std::shared_ptr<void>(), M);
    problem->setRightPrec(to_tpetra(borrowed, map, map));
  }

  auto const list = Teuchos::rcp(new Teuchos::ParameterList());
  if (parameters != nullptr) *list = *parameters;
  auto const valid = factory.create(solver, Teuchos::null)->getValidParameters();
  auto const set = [&](char const* name, auto const& value) {
    if (valid->isParameter(name) && !list->isParameter(name)) list->set(name, value);
  };
  auto const printed = Teuchos::rcp(new std::ostringstream());
  set("Convergence Tolerance", options.tolerance);
  set("Num Blocks", options.restart);
  set("Implicit Residual Scaling", std::string("Norm of RHS"));
  set("Explicit Residual Scaling", std::string("Norm of RHS"));
  set("Verbosity", static_cast<int>(Belos::IterationDetails | Belos::StatusTestDetails));
  set("Output Style", static_cast<int>(Belos::Brief));
  set("Output Frequency", 1);
  set("Output Stream", Teuchos::rcp_implicit_cast<std::ostream>(printed));
  if (valid->isParameter("Maximum Restarts") && !list->isParameter("Maximum Restarts"))
    list->set("Maximum Restarts", options.max_iterations);  // the iteration limit decides

  Teuchos::RCP<Manager> manager;
  try {
    manager = factory.create(solver, list);  // some methods take where to print from the first list only
  } catch (Belos::BelosError const&) {       // and LSQR prints in one style only, so its history is not seen
    list->set("Output Style", static_cast<int>(Belos::General));
    manager = factory.create(solver, list);
  }

  solvers::SolveInfo info;
  MultiVector<double> const r("nacre::belos_solve::residual", n, b.extent(1));
  auto residuals = true_residuals(A, b, x, r);
  auto const largest = [&] {
    return residuals.empty() ? 0. : *std::max_element(residuals.begin(), residuals.end());
  };
  info.history.push_back(largest());
  bool finite = std::isfinite(largest());
  bool claimed = finite && largest() <= options.tolerance;
  info.status = claimed ? Status::converged : finite ? Status::max_iterations : Status::not_finite;
  for (int attempt = 0; attempt < 4 && finite && largest() > options.tolerance; ++attempt) {
    if (info.iterations >= options.max_iterations) {
      info.status = Status::max_iterations;
      break;
    }
    if (valid->isParameter("Maximum Iterations") &&
        (parameters == nullptr || !parameters->isParameter("Maximum Iterations")))
      list->set("Maximum Iterations", options.max_iterations - info.iterations);
    printed->str("");
    try {
      manager->setParameters(list);
      problem->setProblem();
      manager->setProblem(problem);
      // "loss of accuracy": the method's own residual had converged, the true one had not
      claimed = manager->solve() == Belos::Converged || manager->isLOADetected();
      info.status = claimed ? Status::converged : Status::max_iterations;
    } catch (Belos::BelosError const& e) {
      // "non-positive value for p^H*A*p" is how Belos' conjugate gradients meet an indefinite matrix
      bool const indefinite = std::string(e.what()).find("non-positive") != std::string::npos;
      info.status = indefinite ? Status::indefinite : Status::breakdown;
      claimed = false;
    }
    info.iterations += manager->getNumIters();
    auto seen = history_in(printed->str());  // Belos prints on rank 0 only
    A.comm().broadcast(seen, 0);
    if (seen.size() > 1) info.history.insert(info.history.end(), seen.begin() + 1, seen.end());
    residuals = true_residuals(A, b, x, r);
    finite = std::isfinite(largest());
    if (!claimed) break;
    if (largest() > options.tolerance) info.status = Status::stagnated;  // unless another attempt helps
  }
  if (!finite) info.status = Status::not_finite;
  if (finite && largest() <= options.tolerance) info.status = Status::converged;
  info.relative_residual = largest();
  if (info.history.size() != static_cast<std::size_t>(info.iterations) + 1)
    info.history.push_back(info.relative_residual);
  for (double const residual : residuals)
    info.columns.push_back(
        {residual <= options.tolerance ? Status::converged : info.status, info.iterations, residual});
  info.solve_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return info;
}

}  // namespace

solvers::SolveInfo belos_solve(std::string const& solver, DistributedCsr<double> const& A,
                               solvers::Operator<double> const* M, MultiVector<double const> const& b,
                               MultiVector<double> const& x, solvers::KrylovOptions const& options,
                               Teuchos::ParameterList const* parameters) {
  if (A.pattern.rows() != A.pattern.cols())
    fail(cat("belos_solve: the matrix is ", A.pattern.rows().num_global(), " by ",
             A.pattern.cols().num_global(), "; it must be square, rows and columns owned alike"));
  return solve_by_belos(solver, solvers::MatrixOperator<double>(A), to_tpetra(A), M, b, x, options,
                        parameters);
}

solvers::SolveInfo belos_solve(std::string const& solver, solvers::Operator<double> const& A,
                               solvers::Operator<double> const* M, MultiVector<double const> const& b,
                               MultiVector<double> const& x, solvers::KrylovOptions const& options,
                               Teuchos::ParameterList const* parameters) {
  A.comm().fail_together(A.num_local_rows() == A.num_local_cols()
                             ? std::string()
                             : cat("belos_solve: the operator has ", A.num_local_rows(), " rows and ",
                                   A.num_local_cols(), " columns on this rank; it must be square"));
  // the caller keeps A: a pointer that owns nothing will do
  std::shared_ptr<solvers::Operator<double> const> const borrowed(std::shared_ptr<void>(), &A);
  return solve_by_belos(solver, A, to_tpetra<double>(borrowed), M, b, x, options, parameters);
}

}  // namespace nacre::trilinos
