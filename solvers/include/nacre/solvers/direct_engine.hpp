#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nacre/solvers/detail/klu_factors.hpp>
#include <nacre/solvers/solve_engine.hpp>

/// \file
/// Sparse LU factors as the engine of differentiable solves.

namespace nacre::solvers {

/// Whether there is a direct solver in this build: NACRE_ENABLE_KLU.
inline bool have_direct_solver() { return detail::have_klu(); }

/// Sparse LU by SuiteSparse's KLU: factored once for each set of values, used by any number of solves, right-hand
/// sides and their adjoints. The order of elimination is found once for the pattern.
///
/// On several ranks the matrix is gathered on rank 0, which factors and solves: for matrices that one rank can
/// hold. Double precision, whatever the Scalar.
template <class Scalar, class Device = DefaultDevice>
class DirectEngine final : public SolveEngine<Scalar, Device> {
 public:
  using typename SolveEngine<Scalar, Device>::Exec;
  using typename SolveEngine<Scalar, Device>::In;
  using typename SolveEngine<Scalar, Device>::Matrix;
  using typename SolveEngine<Scalar, Device>::Out;

  /// \param largest_residual what ||b - A x|| / ||b|| may be before a solve is reported as `stagnated`
  /// \throws nacre::Error if there is no direct solver in this build
  explicit DirectEngine(double largest_residual = 1e-6);

  /// \throws nacre::Error on all ranks if A is singular
  void set_up(Matrix const& A) override;
  SolveInfo solve(Exec const& exec, Matrix const& A, Side side, In const& b, Out const& x) override;
  std::string description() const override { return "KLU"; }

  /// How often pivots were chosen anew, on all ranks.
  int num_pivotings() const { return num_pivotings_; }

 private:
  void analyse(Matrix const& A);

  double largest_residual_;
  std::unique_ptr<detail::KluFactors> factors_;  // on rank 0
  std::vector<int> order_;                       // on rank 0: where sorted entries stand in what is gathered
  bool analysed_ = false;
  int num_pivotings_ = 0;
  Out residual_;
};

extern template class DirectEngine<double>;
extern template class DirectEngine<float>;

}  // namespace nacre::solvers
