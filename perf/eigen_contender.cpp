// The one translation unit of perf_solvers that includes Eigen.
#include <Eigen/IterativeLinearSolvers>
#include <Eigen/SparseCore>

#include <nacre/core/error.hpp>

#include "solver_contender.hpp"

namespace nacre::perf {

namespace {

class EigenIc final : public SolverContender {
 public:
  using Matrix = Eigen::SparseMatrix<double>;  // of a symmetric matrix the columns are the rows

  explicit EigenIc(DistributedCsr<double> const& A) {
    auto const row_ptr = host_view(A.pattern.local().row_ptr());
    auto const col = host_view(A.pattern.local().col());
    auto const values = host_view(A.values);
    auto const n = static_cast<int>(A.pattern.num_owned_rows());
    std::vector<int> const begin(row_ptr.data(), row_ptr.data() + row_ptr.extent(0));
    A_ = Eigen::Map<Matrix const>(n, n, static_cast<int>(values.extent(0)), begin.data(), col.data(),
                                  values.data());
    b_ = Eigen::VectorXd::Ones(n);
    cg_.setTolerance(kTolerance);
    cg_.setMaxIterations(kMaxIterations);
  }
  void set_up() override { cg_.compute(A_); }
  void update() override { cg_.factorize(A_); }
  int solve() override {
    x_ = cg_.solve(b_);
    return static_cast<int>(cg_.iterations());
  }
  std::vector<double> solution() const override { return {x_.data(), x_.data() + x_.size()}; }

 private:
  Matrix A_;
  Eigen::VectorXd b_, x_;
  Eigen::ConjugateGradient<Matrix, Eigen::Lower | Eigen::Upper, Eigen::IncompleteCholesky<double>> cg_;
};

}  // namespace

std::unique_ptr<SolverContender> make_eigen(Problem<double> problem, std::string const& configuration) {
  if (configuration != "ic") fail(cat("Eigen has no configuration '", configuration, "' here; there is ic"));
  if (problem.A.comm().size() > 1) fail("Eigen runs on one rank");
  return std::make_unique<EigenIc>(problem.A);
}

}  // namespace nacre::perf
