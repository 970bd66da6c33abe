#include "learning_systems.hpp"

#include <algorithm>

#include <nacre/core/bsr.hpp>
#include <nacre/core/matrix_market.hpp>
#include <nacre/nn/system_file.hpp>

namespace nacre::apps {

namespace {

bool ends_with(std::string const& text, std::string const& end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

LinearSystem read_matrix(Comm const& comm, std::string const& path, int block_size) {
  CsrMatrix<double> A;
  std::string problem;
  try {
    A = read_matrix_market<double>(Comm::self(), path).local();
    if (A.num_rows() != A.num_cols() || A.num_rows() == 0 || A.num_rows() % block_size != 0)
      problem = cat(path, ": the matrix is ", A.num_rows(), " by ", A.num_cols(),
                    ", expected a square one whose size is a multiple of ", block_size);
  } catch (Error const& e) {
    problem = e.what();
  }
  comm.fail_together(problem);
  BsrConversion<> const conversion(A.pattern, block_size);
  auto const blocks = conversion.convert(ExecOf<DefaultDevice>(), A.values);
  auto system = make_linear_system(
      path, blocks, RowMajor<double>("features", static_cast<std::size_t>(blocks.pattern.num_rows()), 0));
  validate(system);
  return system;
}

}  // namespace

bool is_system_file(std::string const& problem) {
  return ends_with(problem, ".h5") || ends_with(problem, ".mtx") || ends_with(problem, ".mtx.gz");
}

std::vector<LinearSystem> load_systems(Comm const& comm, LearningProblemOptions const& options,
                                       std::int64_t first, std::int64_t count, int block_size) {
  std::vector<LinearSystem> systems;
  if (ends_with(options.problem, ".h5")) {
    std::vector<std::int64_t> which;
    std::string problem;
    try {
      nn::SystemFile const file(options.problem);
      for (std::int64_t i = first; i < std::min(first + count, file.size()); ++i) which.push_back(i);
      if (which.empty())
        problem = cat(options.problem, " has ", file.size(), " systems; there is no number ", first);
    } catch (Error const& e) {
      problem = e.what();
    }
    comm.fail_together(problem);
    return nn::read_systems(comm, options.problem, which);
  }
  if (is_system_file(options.problem)) {
    if (first > 0) fail(cat(options.problem, " is one system; there is no number ", first));
    return {read_matrix(comm, options.problem, block_size)};
  }
  auto const problem = make_learning_problem(options);
  if (problem.num_systems > 0) count = std::min(count, problem.num_systems - first);
  if (count <= 0)
    fail(cat("problem ", problem.name, " has ", problem.num_systems, " systems; there is no number ", first));
  SystemSeries next;
  for (std::int64_t i = first; i < first + count; ++i) {
    if (i == first) {
      next = problem.start(i / problem.series_length);
      for (std::int64_t skipped = i % problem.series_length; skipped > 0; --skipped) next();
    } else if (i % problem.series_length == 0) {
      next = problem.start(i / problem.series_length);
    }
    systems.push_back(next());
  }
  return systems;
}

}  // namespace nacre::apps
