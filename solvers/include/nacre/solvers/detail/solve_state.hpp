#pragma once

#include <memory>
#include <string>

#include <nacre/solvers/detail/op_columns.hpp>
#include <nacre/solvers/solve_options.hpp>

/// \file
/// What a differentiable solve does, on columns.

namespace nacre::solvers::detail {

/// What the copies of a SolveOp share: the engine and its set-up, work vectors, the report.
template <class Scalar, class Device>
class SolveState {
 public:
  using Exec = ExecOf<Device>;
  using Out = MultiVector<Scalar, Device>;
  using In = MultiVector<Scalar const, Device>;
  using Values = Vector<Scalar const, Device>;

  SolveState(DistributedPattern<Device> const& pattern, std::shared_ptr<SolveEngine<Scalar, Device>> engine,
             SolveOptions const& options);

  /// x = A^-1 b.
  void forward(Exec const& exec, Values const& values, In const& b, Out const& x);
  /// s = A^-T x_bar; values_bar(e) -= s(row(e)) . x(col(e)). \return whether s is not zero
  bool adjoint(Exec const& exec, Values const& values, In const& x, In const& x_bar,
               Vector<Scalar, Device> const& values_bar, Out const& s);
  /// x_dot = A^-1 (b_dot - A_dot x). \param values_dot, b_dot null where zero
  void tangent(Exec const& exec, Values const& values, In const& x, Values const& values_dot, In const& b_dot,
               Out const& x_dot);
  /// The derivative of adjoint(): s_dot = A^-T (x_bar_dot - A_dot^T s) and
  /// values_bar_dot(e) -= s_dot(row(e)) . x(col(e)) + s(row(e)) . x_dot(col(e)), all dots null where zero.
  bool adjoint_tangent(Exec const& exec, Values const& values, In const& x, In const& x_dot, In const& x_bar,
                       In const& x_bar_dot, Values const& values_dot,
                       Vector<Scalar, Device> const& values_bar_dot, Out const& s_dot);

  /// Where the result of an adjoint goes, [owned rows, k].
  Out result(std::size_t k) { return work(kResult, k); }

  DistributedPattern<Device> pattern;
  std::shared_ptr<SolveEngine<Scalar, Device>> engine;
  SolveOptions options;
  SolveReport report;
  OpColumns<Scalar, Device> columns;

 private:
  enum Slot { kResult, kAdjoint, kRight, kBefore, kBeforeAdjoint, kProbe, kNumSlots };
  Out work(int slot, std::size_t k);
  bool any_rank(bool here) const { return pattern.comm().max(here ? 1 : 0) != 0; }
  void solve_adjoint(Exec const& exec, Values const& values, In const& x_bar, Out const& s);
  void right_hand_side(Exec const& exec, bool has_b, In const& b, Out const& rhs);
  double ensure(Exec const& exec, Values const& values, bool may_lag);
  void require_symmetric(Exec const& exec);
  SolveInfo solve(Exec const& exec, char const* what, Side side, Values const& values, In const& b,
                  Out const& x, double setup_seconds);
  void start(Exec const& exec, int slot, Out const& x);
  void keep(Exec const& exec, int slot, Out const& x);
  void add_outer(Exec const& exec, In const& s, In const& x, Vector<Scalar, Device> const& values_bar);

  Vector<Scalar, Device> setup_values_;  // those the engine is set up for
  bool ready_ = false;
  int num_other_values_ = 0;  // forward solves since the set-up with values other than those
  Out work_[kNumSlots];
  bool has_before_[kNumSlots] = {};
};

extern template class SolveState<double, DefaultDevice>;
extern template class SolveState<float, DefaultDevice>;

}  // namespace nacre::solvers::detail
