#pragma once

#include <memory>
#include <vector>

#include <nacre/core/distributed_csr.hpp>
#include <nacre/solvers/detail/op_columns.hpp>
#include <nacre/solvers/krylov.hpp>
#include <nacre/solvers/lsmr.hpp>

/// \file
/// What a differentiable least-squares solve does, on columns.

namespace nacre::solvers {

struct LeastSquaresOptions {
  LsmrOptions lsmr;
  /// Of the adjoint's and tangent's solves with A^T A + damping^2, on their relative residual; 0: as forward.
  double adjoint_tolerance = 0;
  /// A solve that does not converge is an error, not merely reported.
  bool require_convergence = false;
};

/// What an operation's solves have come to; the same on all ranks.
struct LeastSquaresReport {
  SolveInfo forward, adjoint, tangent;  ///< the last solve of each kind
  int num_forward = 0, num_adjoint = 0, num_tangent = 0;
  int num_not_converged = 0;  ///< of all solves
  int num_skipped = 0;        ///< adjoints whose cotangent was zero on all ranks: no solve
  bool all_converged() const { return num_not_converged == 0; }
};

namespace detail {

/// What the copies of a LeastSquaresOp share. H = A^T A + damping^2.
template <class Scalar, class Device>
class LeastSquaresState {
 public:
  using Exec = ExecOf<Device>;
  using Out = MultiVector<Scalar, Device>;
  using In = MultiVector<Scalar const, Device>;
  using Values = Vector<Scalar const, Device>;
  using ValuesBar = Vector<Scalar, Device>;

  LeastSquaresState(DistributedPattern<Device> const& pattern, LeastSquaresOptions const& options);

  /// x = H^-1 A^T b.
  void forward(Exec const& exec, Values const& values, In const& b, Out const& x);
  /// z = H^-1 x_bar, w = A z, r = b - A x; values_bar += r z^T - w x^T on the pattern.
  /// \return whether w is not zero
  bool adjoint(Exec const& exec, Values const& values, In const& b, In const& x, In const& x_bar,
               ValuesBar const& values_bar, Out const& w);
  /// x_dot = H^-1 (A_dot^T r + A^T (b_dot - A_dot x)); dots null where zero.
  void tangent(Exec const& exec, Values const& values, In const& b, In const& x, Values const& values_dot,
               In const& b_dot, Out const& x_dot);
  /// The derivative of adjoint(). \param x_bar_dot, values_dot, b_dot, x_dot null where zero
  void adjoint_tangent(Exec const& exec, Values const& values, In const& b, In const& x, In const& x_dot,
                       In const& x_bar, In const& x_bar_dot, Values const& values_dot, In const& b_dot,
                       ValuesBar const& values_bar_dot, Out const& w_dot);

  DistributedPattern<Device> pattern;
  LeastSquaresOptions options;
  LeastSquaresReport report;
  OpColumns<Scalar, Device> columns;
  /// Where the result of an adjoint goes, [owned rows, k].
  Out result(std::size_t k) { return rows(0, k); }

 private:
  /// Vectors of work as long as this rank's rows and columns.
  Out rows(int slot, std::size_t k);
  Out cols(int slot, std::size_t k);
  bool any_rank(bool here) const { return pattern.comm().max(here ? 1 : 0) != 0; }
  DistributedCsr<Scalar, Device> matrix(Values const& values) const;
  /// z = H^-1 g by conjugate gradients.
  SolveInfo solve_normal(Exec const& exec, char const* what, Values const& values, In const& g, Out const& z);
  SolveInfo checked(char const* what, SolveInfo info);
  /// values_bar += alpha u v^T on the pattern. \param u [rows, k], v [columns, k]. Collective.
  void add_outer(Exec const& exec, double alpha, In const& u, In const& v, ValuesBar const& values_bar);

  Lsmr<Scalar, Device> lsmr_;
  std::unique_ptr<KrylovSolver<Scalar, Device>> normal_;
  std::vector<Out> rows_, cols_;
};

extern template class LeastSquaresState<double, DefaultDevice>;
extern template class LeastSquaresState<float, DefaultDevice>;

}  // namespace detail
}  // namespace nacre::solvers
