#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nacre/core/problems.hpp>

/// \file
/// The solvers that perf_solvers measures, ours and others', each on data structures of its own.

namespace nacre::perf {

/// AMG-PCG, or what comes closest to it, for one matrix, the right-hand side of ones and a zero start. All
/// functions are collective.
class SolverContender {
 public:
  static constexpr double kTolerance = 1e-8;  ///< on ||b - A x|| / ||b||
  static constexpr int kMaxIterations = 1000;

  virtual ~SolverContender() = default;
  /// The preconditioner, from nothing.
  virtual void set_up() = 0;
  /// The preconditioner again, as for new values on the same pattern: what the library offers for this.
  virtual void update() = 0;
  /// Solves; returns the number of iterations.
  virtual int solve() = 0;
  /// The solution, this rank's rows.
  virtual std::vector<double> solution() const = 0;
};

/// Takes over a problem; what the contender does not need any more is freed when the factory returns.
using ContenderFactory = std::unique_ptr<SolverContender> (*)(Problem<double> problem,
                                                              std::string const& configuration);

std::unique_ptr<SolverContender> make_nacre(Problem<double> problem, std::string const& configuration);
/// hypre's BoomerAMG and PCG: `default`, `aggressive` (one aggressive level), `threshold` (that with a threshold of
/// strength of .5). The unknowns of a node are functions of their own.
std::unique_ptr<SolverContender> make_hypre(Problem<double> problem, std::string const& configuration);
/// MueLu and Belos' PseudoBlockCG: `default`, `chebyshev7` and `chebyshev20` (smoothing by Chebyshev polynomials of
/// degree 2 for the largest 1/7 or 1/20 of the spectrum), `drop` (tolerance .02). Where a node has several unknowns it
/// is given the near null space.
std::unique_ptr<SolverContender> make_muelu(Problem<double> problem, std::string const& configuration);
/// Eigen's CG: `ic`, its incomplete Cholesky factorisation. One rank.
std::unique_ptr<SolverContender> make_eigen(Problem<double> problem, std::string const& configuration);

/// The contender of that name: `nacre`, or a library and its configuration, `hypre/aggressive`.
/// \throws nacre::Error if there is none or its library is not built in
std::unique_ptr<SolverContender> make_contender(std::string const& name, Problem<double> problem);
/// Whether make_contender knows it.
bool has_contender(std::string const& name);

}  // namespace nacre::perf
