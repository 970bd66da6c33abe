#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nacre/solvers/operator.hpp>
#include <nacre/solvers/solve_info.hpp>

/// \file
/// What Krylov methods have in common, and the factory that makes them by name.

namespace nacre::solvers {

namespace detail {
template <class Scalar, class Device>
class KrylovRun;
}

/// Solves A x = b for several right-hand sides at once, each with its own scalars.
///
/// A column that has stopped is no longer touched. Every decision is taken from numbers that were reduced
/// over all ranks, so all ranks stop together. Convergence is ||b - A x|| <= tolerance ||b|| in the Euclidean
/// norm, with the residual computed anew from x: where the recurrence claims more than that, the method goes
/// on from the true residual, and after some vain attempts ends as `stagnated`. Vectors of work are kept for
/// the next solve of the same size; a solver runs one solve at a time.
template <class Scalar, class Device = DefaultDevice>
class KrylovSolver {
 public:
  using Exec = ExecOf<Device>;
  using Out = MultiVector<Scalar, Device>;
  using In = MultiVector<Scalar const, Device>;

  /// \throws nacre::Error if an option is out of range
  explicit KrylovSolver(KrylovOptions options);
  virtual ~KrylovSolver() = default;
  KrylovSolver(KrylovSolver const&) = delete;
  KrylovSolver& operator=(KrylovSolver const&) = delete;

  /// The name in the factory.
  virtual char const* name() const = 0;
  KrylovOptions const& options() const { return options_; }

  /// Solves A x = b. Collective.
  ///
  /// \param A        square
  /// \param M        approximate inverse of A, or nullptr
  /// \param b        [n, k], n the rows this rank owns
  /// \param[in,out] x [n, k], the start, then the solution; must not alias b
  /// \throws nacre::Error on all ranks if A is not square or an extent does not match on some rank
  SolveInfo solve(Exec const& exec, Operator<Scalar, Device> const& A, Operator<Scalar, Device> const* M,
                  In const& b, Out const& x);

 protected:
  using Run = detail::KrylovRun<Scalar, Device>;
  /// The method itself: works on run.x until no column is active or the iteration limit is reached.
  /// \param r [n, k] = b - A x on entry, the method's to use
  virtual void iterate(Run& run, Operator<Scalar, Device> const* M, Out const& r) = 0;

  /// Vectors of work, [n, k] each, numbers first to first + count - 1 side by side as [n, count * k].
  /// Contents survive until the next solve. Grows on demand.
  Out work(Run const& run, int first, int count = 1);

 private:
  KrylovOptions options_;
  std::vector<Out> work_;
};

/// The names make_krylov_solver() knows.
std::vector<std::string> const& krylov_solver_names();

/// The Krylov method called `name`: `pcg`, `bicgstab`, `gmres`, or `minres`.
/// \throws nacre::Error if there is none of this name; the message lists those there are
template <class Scalar, class Device = DefaultDevice>
std::unique_ptr<KrylovSolver<Scalar, Device>> make_krylov_solver(std::string const& name,
                                                                 KrylovOptions options = {});

extern template class KrylovSolver<double>;
extern template class KrylovSolver<float>;
extern template std::unique_ptr<KrylovSolver<double>> make_krylov_solver<double>(std::string const&,
                                                                                 KrylovOptions);
extern template std::unique_ptr<KrylovSolver<float>> make_krylov_solver<float>(std::string const&,
                                                                               KrylovOptions);

}  // namespace nacre::solvers
