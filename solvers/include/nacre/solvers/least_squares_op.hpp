#pragma once

#include <array>
#include <memory>

#include <nacre/solvers/detail/least_squares_state.hpp>

/// \file
/// The solution of a least-squares problem as a differentiable operation.

namespace nacre::solvers {

/// x = argmin ||A x - b||^2 + damping^2 ||x||^2, A distributed and rectangular; differentiable in its values and
/// in b.
///
/// A must have full column rank, or there must be damping: then x = H^-1 A^T b with H = A^T A + damping^2, and the
/// adjoint solves H z = x_bar, by conjugate gradients that apply A and A^T and never form H. With r = b - A x and
/// w = A z, which without damping is the least-norm solution of A^T w = x_bar,
///
///     b_bar += w,   values_bar(e) += r(row(e)) . z(col(e)) - w(row(e)) . x(col(e)).
///
/// It follows from H dx = dA^T r + A^T db - A^T dA x; Golub and Pereyra (1973), "The differentiation of
/// pseudo-inverses and nonlinear least squares problems whose variables separate", sec. 4, for a pseudo-inverse.
/// The forward solve is by LSMR. Errors of gradients are about the square of A's condition number times the
/// tolerance.
///
/// Inputs: values [local nnz]; b [owned rows] or [owned rows, k]. Result: [owned columns] or [owned columns, k] in
/// the layout of b. Collective. Copies share the report; one solve runs at a time.
template <class Scalar = double, class Device = DefaultDevice>
class LeastSquaresOp {
  using State = detail::LeastSquaresState<Scalar, Device>;
  using Columns = detail::OpColumns<Scalar, Device>;

 public:
  static constexpr char const* name = "nacre::least_squares";
  static constexpr Form form = Form::general;
  static constexpr bool collective = true;

  /// \throws nacre::Error if an option is out of range
  explicit LeastSquaresOp(DistributedPattern<Device> const& pattern, LeastSquaresOptions const& options = {})
      : state_(std::make_shared<State>(pattern, options)) {}
  /// On one rank.
  explicit LeastSquaresOp(CsrPattern<Device> const& pattern, LeastSquaresOptions const& options = {})
      : LeastSquaresOp(DistributedPattern<Device>(pattern), options) {}

  DistributedPattern<Device> const& pattern() const { return state_->pattern; }
  LeastSquaresReport const& report() const { return state_->report; }
  void reset_report() const { state_->report = LeastSquaresReport(); }

  template <class V, class B>
  std::array<std::size_t, compat::kRank<B>> output_extents(V const&, B const& b) const {
    auto n = extents_of(b);
    n[0] = static_cast<std::size_t>(pattern().num_owned_cols());
    return n;
  }

  /// \throws nacre::Error if an extent does not match; see also LeastSquaresOptions
  template <class Exec, class X, class V, class B>
  void forward(Exec const& exec, X const& x, V const& values, B const& b) const {
    check_extent(name, values, 0, pattern().local().num_entries(), "the pattern's number of entries");
    check_extent(name, b, 0, static_cast<std::size_t>(pattern().num_owned_rows()),
                 "the number of rows this rank owns");
    auto const result = state_->columns.output(x, 1);
    state_->forward(exec, Columns::entries(values), input(exec, b, 0), result);
    Columns::store(exec, result, x);
  }

  template <class Exec, class X, class XBar, class V, class B, class VBar, class BBar>
  void adjoint(Exec const& exec, X const& x, XBar const& x_bar, V const& values, B const& b,
               VBar const& values_bar, BBar const& b_bar) const {
    auto const w = state_->result(nacre::detail::num_columns(x));
    if (state_->adjoint(exec, Columns::entries(values), input(exec, b, 0), input(exec, x, 1),
                        input(exec, x_bar, 2), Columns::cotangent(values_bar), w))
      Columns::add(exec, w, b_bar);
  }

  template <class Exec, class X, class XDot, class V, class B, class VDot, class BDot>
  void tangent(Exec const& exec, X const& x, XDot const& x_dot, V const& values, B const& b,
               VDot const& values_dot, BDot const& b_dot) const {
    auto const result = state_->columns.output(x_dot, 3);
    state_->tangent(exec, Columns::entries(values), input(exec, b, 0), input(exec, x, 1),
                    Columns::entries(values_dot), input(exec, b_dot, 2), result);
    Columns::store(exec, result, x_dot);
  }

  template <class Exec, class X, class XDot, class XBar, class XBarDot, class V, class B, class VDot,
            class BDot, class VBar, class BBar>
  void adjoint_tangent(Exec const& exec, X const& x, XDot const& x_dot, XBar const& x_bar,
                       XBarDot const& x_bar_dot, V const& values, B const& b, VDot const& values_dot,
                       BDot const& b_dot, VBar const& values_bar_dot, BBar const& b_bar_dot) const {
    auto const w_dot = state_->result(nacre::detail::num_columns(x));
    state_->adjoint_tangent(exec, Columns::entries(values), input(exec, b, 0), input(exec, x, 1),
                            input(exec, x_dot, 2), input(exec, x_bar, 3), input(exec, x_bar_dot, 4),
                            Columns::entries(values_dot), input(exec, b_dot, 5),
                            Columns::cotangent(values_bar_dot), w_dot);
    Columns::add(exec, w_dot, b_bar_dot);
  }

 private:
  template <class Exec, class V>
  auto input(Exec const& exec, V const& v, int slot) const {
    return state_->columns.input(exec, v, slot);
  }

  std::shared_ptr<State> state_;
};

}  // namespace nacre::solvers
