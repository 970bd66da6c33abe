// The one translation unit that includes hypre.
#include <HYPRE.h>
#include <HYPRE_IJ_mv.h>
#include <HYPRE_krylov.h>
#include <HYPRE_parcsr_ls.h>

#include <numeric>

#include <nacre/core/error.hpp>

#include "solver_contender.hpp"

namespace nacre::perf {

namespace {

void check(HYPRE_Int code, char const* what) {
  if (code == 0) return;
  char text[256] = "";
  HYPRE_DescribeError(code, text);
  HYPRE_ClearAllErrors();
  fail(cat("hypre: ", what, ": ", text));
}

/// BoomerAMG in hypre's own PCG, which stops by the 2-norm of the residual relative to that of the right-hand side.
class Hypre final : public SolverContender {
 public:
  Hypre(Problem<double> const& problem, std::string const& configuration)
      : comm_(problem.A.comm().mpi()), configuration_(configuration), block_size_(problem.block_size) {
    if (configuration != "default" && configuration != "aggressive" && configuration != "threshold")
      fail(cat("hypre has no configuration '", configuration,
               "' here; there are default, aggressive, threshold"));
    HYPRE_Init();
    make_matrix(problem.A);
    b_ = make_vector(1);
    x_ = make_vector(0);
  }
  ~Hypre() override {
    if (pcg_ != nullptr) HYPRE_ParCSRPCGDestroy(pcg_);
    if (amg_ != nullptr) HYPRE_BoomerAMGDestroy(amg_);
    HYPRE_IJVectorDestroy(x_);
    HYPRE_IJVectorDestroy(b_);
    HYPRE_IJMatrixDestroy(matrix_);
    HYPRE_Finalize();
  }
  Hypre(Hypre const&) = delete;
  Hypre& operator=(Hypre const&) = delete;

  void set_up() override {
    check(HYPRE_BoomerAMGCreate(&amg_), "create BoomerAMG");
    HYPRE_BoomerAMGSetPrintLevel(amg_, 0);
    HYPRE_BoomerAMGSetTol(amg_, 0);
    HYPRE_BoomerAMGSetMaxIter(amg_, 1);
    if (configuration_ != "default") HYPRE_BoomerAMGSetAggNumLevels(amg_, 1);
    HYPRE_BoomerAMGSetNumFunctions(amg_, block_size_);
    if (configuration_ == "threshold") HYPRE_BoomerAMGSetStrongThreshold(amg_, .5);
    check(HYPRE_ParCSRPCGCreate(comm_, &pcg_), "create PCG");
    HYPRE_PCGSetTol(pcg_, kTolerance);
    HYPRE_PCGSetMaxIter(pcg_, kMaxIterations);
    HYPRE_PCGSetTwoNorm(pcg_, 1);
    HYPRE_PCGSetPrintLevel(pcg_, 0);
    HYPRE_ParCSRPCGSetPrecond(pcg_, HYPRE_BoomerAMGSolve, HYPRE_BoomerAMGSetup, amg_);
    check(HYPRE_ParCSRPCGSetup(pcg_, A(), vector(b_), vector(x_)), "set-up");
  }
  // There is nothing to reuse a hierarchy with: BoomerAMG sets up all of it again.
  void update() override { check(HYPRE_ParCSRPCGSetup(pcg_, A(), vector(b_), vector(x_)), "set-up"); }
  int solve() override {
    check(HYPRE_ParVectorSetConstantValues(vector(x_), 0), "zero start");
    check(HYPRE_ParCSRPCGSolve(pcg_, A(), vector(b_), vector(x_)), "solve");
    HYPRE_Int iterations = 0;
    HYPRE_PCGGetNumIterations(pcg_, &iterations);
    return iterations;
  }
  std::vector<double> solution() const override {
    std::vector<HYPRE_BigInt> rows(static_cast<std::size_t>(end_ - begin_));
    std::iota(rows.begin(), rows.end(), begin_);
    std::vector<double> x(rows.size());
    check(HYPRE_IJVectorGetValues(x_, static_cast<HYPRE_Int>(x.size()), rows.data(), x.data()), "solution");
    return x;
  }

 private:
  void make_matrix(DistributedCsr<double> const& A) {
    auto const& rows = A.pattern.rows();
    begin_ = static_cast<HYPRE_BigInt>(rows.begin());
    end_ = static_cast<HYPRE_BigInt>(rows.end());
    auto const row_ptr = host_view(A.pattern.local().row_ptr());
    auto const col = host_view(A.pattern.local().col());
    auto const values = host_view(A.values);
    auto const n = static_cast<std::size_t>(rows.num_owned());
    std::vector<HYPRE_BigInt> row(n), columns(values.extent(0));
    std::vector<HYPRE_Int> lengths(n);
    std::iota(row.begin(), row.end(), begin_);
    for (std::size_t i = 0; i < n; ++i) lengths[i] = static_cast<HYPRE_Int>(row_ptr(i + 1) - row_ptr(i));
    for (std::size_t k = 0; k < columns.size(); ++k)
      columns[k] = static_cast<HYPRE_BigInt>(A.pattern.global_col(col(k)));
    check(HYPRE_IJMatrixCreate(comm_, begin_, end_ - 1, begin_, end_ - 1, &matrix_), "create a matrix");
    HYPRE_IJMatrixSetObjectType(matrix_, HYPRE_PARCSR);
    HYPRE_IJMatrixSetRowSizes(matrix_, lengths.data());
    HYPRE_IJMatrixInitialize(matrix_);
    check(HYPRE_IJMatrixSetValues(matrix_, static_cast<HYPRE_Int>(n), lengths.data(), row.data(),
                                  columns.data(), values.data()),
          "fill a matrix");
    check(HYPRE_IJMatrixAssemble(matrix_), "assemble a matrix");
  }
  HYPRE_IJVector make_vector(double value) {
    HYPRE_IJVector v = nullptr;
    check(HYPRE_IJVectorCreate(comm_, begin_, end_ - 1, &v), "create a vector");
    HYPRE_IJVectorSetObjectType(v, HYPRE_PARCSR);
    HYPRE_IJVectorInitialize(v);
    check(HYPRE_IJVectorAssemble(v), "assemble a vector");
    check(HYPRE_ParVectorSetConstantValues(vector(v), value), "fill a vector");
    return v;
  }
  HYPRE_ParCSRMatrix A() const {
    void* object = nullptr;
    HYPRE_IJMatrixGetObject(matrix_, &object);
    return static_cast<HYPRE_ParCSRMatrix>(object);
  }
  static HYPRE_ParVector vector(HYPRE_IJVector v) {
    void* object = nullptr;
    HYPRE_IJVectorGetObject(v, &object);
    return static_cast<HYPRE_ParVector>(object);
  }

  MPI_Comm comm_;
  std::string configuration_;
  int block_size_;
  HYPRE_BigInt begin_ = 0, end_ = 0;
  HYPRE_IJMatrix matrix_ = nullptr;
  HYPRE_IJVector b_ = nullptr, x_ = nullptr;
  HYPRE_Solver amg_ = nullptr, pcg_ = nullptr;
};

}  // namespace

std::unique_ptr<SolverContender> make_hypre(Problem<double> problem, std::string const& configuration) {
  return std::make_unique<Hypre>(problem, configuration);
}

}  // namespace nacre::perf
