// The one translation unit of perf_solvers that includes Tpetra, MueLu and Belos.
#include <BelosLinearProblem.hpp>
#include <BelosPseudoBlockCGSolMgr.hpp>
#include <BelosTpetraAdapter.hpp>
#include <MueLu_CreateTpetraPreconditioner.hpp>
#include <Teuchos_DefaultMpiComm.hpp>
#include <Tpetra_CrsMatrix.hpp>

#include <nacre/core/error.hpp>

#include "solver_contender.hpp"

namespace nacre::perf {

namespace {

using Teuchos::RCP;
using Teuchos::rcp;

/// MueLu in Belos' PseudoBlockCG, on a matrix that belongs to Tpetra.
class MueLuBelos final : public SolverContender {
 public:
  using Map = Tpetra::Map<>;
  using TpetraCrs = Tpetra::CrsMatrix<double>;
  using Vectors = Tpetra::MultiVector<double>;
  using Operator = Tpetra::Operator<double>;
  using LinearProblem = Belos::LinearProblem<double, Vectors, Operator>;

  MueLuBelos(Problem<double> const& problem, std::string const& configuration) {
    make_matrix(problem.A);
    b_ = rcp(new Vectors(A_->getRangeMap(), 1));
    b_->putScalar(1);
    x_ = rcp(new Vectors(A_->getDomainMap(), 1));
    choose(configuration, problem.A.comm().size(), problem.block_size);
    if (problem.block_size > 1) take_nullspace(problem.near_nullspace);
  }
  void set_up() override {
    RCP<Operator> const as_operator = A_;
    auto list = list_;  // MueLu leaves things in it
    hierarchy_ = MueLu::CreateTpetraPreconditioner(as_operator, list);
  }
  void update() override { MueLu::ReuseTpetraPreconditioner(A_, *hierarchy_); }
  int solve() override {
    x_->putScalar(0);
    auto const problem = rcp(new LinearProblem(A_, x_, b_));
    problem->setLeftPrec(hierarchy_);
    problem->setProblem();
    auto const options = rcp(new Teuchos::ParameterList);
    options->set("Convergence Tolerance", kTolerance);
    options->set("Maximum Iterations", kMaxIterations);
    options->set("Residual Scaling", "Norm of Initial Residual");  // which is b, as the start is zero
    Belos::PseudoBlockCGSolMgr<double, Vectors, Operator> cg(problem, options);
    cg.solve();
    return cg.getNumIters();
  }
  std::vector<double> solution() const override {
    auto const x = x_->getData(0);
    return {x.begin(), x.end()};
  }

 private:
  /// Our local numbering of columns, owned ones first and then ghosts, is a column map of Tpetra's.
  void make_matrix(DistributedCsr<double> const& A) {
    auto const& pattern = A.pattern;
    auto const comm = rcp(new Teuchos::MpiComm<int>(pattern.comm().mpi()));
    auto const n = static_cast<std::size_t>(pattern.num_owned_rows());
    auto const global = static_cast<Tpetra::global_size_t>(pattern.rows().num_global());
    auto const row_map = rcp(new Map(global, n, 0, comm));
    auto const num_cols = static_cast<std::size_t>(pattern.local().num_cols());
    std::vector<Map::global_ordinal_type> columns(num_cols);
    for (std::size_t j = 0; j < num_cols; ++j) columns[j] = pattern.global_col(static_cast<Ordinal>(j));
    auto const col_map = num_cols == n ? row_map
                                       : rcp(new Map(Teuchos::OrdinalTraits<Tpetra::global_size_t>::invalid(),
                                                     Teuchos::arrayViewFromVector(columns), 0, comm));
    auto const row_ptr = host_view(pattern.local().row_ptr());
    auto const col = host_view(pattern.local().col());
    auto const values = host_view(A.values);
    Teuchos::ArrayRCP<std::size_t> ptr(row_ptr.extent(0));
    std::copy(row_ptr.data(), row_ptr.data() + ptr.size(), ptr.begin());
    Teuchos::ArrayRCP<int> index(col.extent(0));
    std::copy(col.data(), col.data() + index.size(), index.begin());
    Teuchos::ArrayRCP<double> value(values.extent(0));
    std::copy(values.data(), values.data() + value.size(), value.begin());
    A_ = rcp(new TpetraCrs(row_map, col_map, ptr, index, value));
    A_->fillComplete(row_map, row_map);
  }
  void choose(std::string const& configuration, int ranks, int block_size) {
    list_.set("verbosity", "none");
    list_.set("number of equations", block_size);
    list_.set("reuse: type", "RP");
    if (configuration == "chebyshev7" || configuration == "chebyshev20") {
      list_.set("smoother: type", "CHEBYSHEV");
      list_.sublist("smoother: params").set("chebyshev: degree", 2);
      list_.sublist("smoother: params")
          .set("chebyshev: ratio eigenvalue", configuration == "chebyshev7" ? 7. : 20.);
    } else if (configuration == "drop") {
      list_.set("aggregation: drop tol", .02);
    } else if (configuration != "default") {
      fail(cat("MueLu has no configuration '", configuration,
               "' here; there are default, chebyshev7, chebyshev20, drop"));
    }
    if (ranks > 1) {  // its direct coarse solves need a library that Debian's Trilinos lacks on several ranks
      list_.set("coarse: type", "RELAXATION");
      list_.sublist("coarse: params").set("relaxation: type", "Symmetric Gauss-Seidel");
      list_.sublist("coarse: params").set("relaxation: sweeps", 30);
    }
  }
  void take_nullspace(MultiVector<double> const& given) {
    auto const v = host_view(given);
    RCP<Vectors> const mine = rcp(new Vectors(A_->getDomainMap(), v.extent(1)));
    for (std::size_t c = 0; c < v.extent(1); ++c) {
      auto const column = mine->getDataNonConst(c);
      for (std::size_t i = 0; i < v.extent(0); ++i) column[static_cast<Teuchos_Ordinal>(i)] = v(i, c);
    }
    list_.sublist("user data").set("Nullspace", mine);
  }

  RCP<TpetraCrs> A_;
  RCP<Vectors> b_, x_;
  Teuchos::ParameterList list_;
  RCP<MueLu::TpetraOperator<>> hierarchy_;
};

}  // namespace

std::unique_ptr<SolverContender> make_muelu(Problem<double> problem, std::string const& configuration) {
  return std::make_unique<MueLuBelos>(problem, configuration);
}

}  // namespace nacre::perf
