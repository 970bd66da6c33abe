#include "solver_contender.hpp"

#include <map>

#include <nacre/core/error.hpp>
#include <nacre/solvers/amg.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/pcg.hpp>

namespace nacre::perf {

namespace {

/// Amg and Pcg with default options.
class Nacre final : public SolverContender {
 public:
  explicit Nacre(Problem<double> problem)
      : A_(problem.A),
        near_nullspace_(problem.block_size > 1 ? problem.near_nullspace : MultiVector<double>()),
        b_("b", static_cast<std::size_t>(A_.pattern.num_owned_rows()), 1),
        x_("x", b_.extent(0), 1) {
    options_.block_size = problem.block_size;
    Kokkos::deep_copy(b_, 1.);
  }
  void set_up() override {
    amg_ = near_nullspace_.extent(1) > 0
               ? std::make_unique<solvers::Amg<double>>(A_, near_nullspace_, options_)
               : std::make_unique<solvers::Amg<double>>(A_, options_);
  }
  void update() override { amg_->update(A_); }
  int solve() override {
    return pcg_.solve({}, solvers::MatrixOperator<double>(A_), amg_.get(), b_, x_).iterations;
  }
  std::vector<double> solution() const override {
    auto const x = host_view(x_);
    return {x.data(), x.data() + x.extent(0)};
  }

 private:
  DistributedCsr<double> A_;
  MultiVector<double> near_nullspace_;
  solvers::AmgOptions options_;
  std::unique_ptr<solvers::Amg<double>> amg_;
  solvers::Pcg<double> pcg_;
  MultiVector<double> b_, x_;
};

std::map<std::string, ContenderFactory> libraries() {
  return {
      {"nacre", make_nacre},
#ifdef NACRE_PERF_HAVE_HYPRE
      {"hypre", make_hypre},
#endif
#ifdef NACRE_HAVE_TRILINOS
      {"muelu", make_muelu},
#endif
#ifdef NACRE_PERF_HAVE_EIGEN
      {"eigen", make_eigen},
#endif
  };
}

}  // namespace

std::unique_ptr<SolverContender> make_nacre(Problem<double> problem, std::string const&) {
  return std::make_unique<Nacre>(std::move(problem));
}

bool has_contender(std::string const& name) { return libraries().count(name.substr(0, name.find('/'))) > 0; }

std::unique_ptr<SolverContender> make_contender(std::string const& name, Problem<double> problem) {
  if (!has_contender(name)) fail(cat("there is no contender '", name, "', or its library was not found"));
  auto const slash = name.find('/');
  return libraries().at(name.substr(0, slash))(std::move(problem),
                                               slash == std::string::npos ? "" : name.substr(slash + 1));
}

}  // namespace nacre::perf
