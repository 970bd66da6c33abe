#pragma once

#include <string>

#include <nacre/core/distributed_csr.hpp>
#include <nacre/solvers/solve_info.hpp>

/// \file
/// What stands behind a differentiable solve: anything that solves with A and with A^T.

namespace nacre::solvers {

/// Which system: A x = b, or A^T x = b.
enum class Side { forward, adjoint };

/// Solves systems with matrices on one pattern and with their transposes: a Krylov method with a
/// preconditioner, a factorisation, a solver of another library. All calls are collective.
template <class Scalar, class Device = DefaultDevice>
class SolveEngine {
 public:
  using Exec = ExecOf<Device>;
  using Matrix = DistributedCsr<Scalar, Device>;
  using Out = MultiVector<Scalar, Device>;
  using In = MultiVector<Scalar const, Device>;

  virtual ~SolveEngine() = default;

  /// Prepares to solve with A: factors it, sets up a preconditioner. From the second call on only the numbers are
  /// new. The engine may refer to A's values until the next call; they do not change meanwhile.
  virtual void set_up(Matrix const& A) = 0;

  /// Solves A x = b or A^T x = b.
  /// \param A         of the last set_up(), or where setup_may_lag(), a matrix not far from it
  /// \param b         [owned rows, k]
  /// \param[in,out] x [owned rows, k]: the start, which a direct solver ignores, then the solution
  /// \return how it went, with the true residual; the same on all ranks
  virtual SolveInfo solve(Exec const& exec, Matrix const& A, Side side, In const& b, Out const& x) = 0;

  /// Whether A is taken to be its own transpose.
  virtual bool is_symmetric() const { return false; }
  /// Whether it solves exactly although it was set up for other values.
  virtual bool setup_may_lag() const { return false; }
  /// One line: which method, with which parameters.
  virtual std::string description() const = 0;
};

}  // namespace nacre::solvers
