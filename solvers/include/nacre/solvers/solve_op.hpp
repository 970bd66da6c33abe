#pragma once

#include <array>
#include <memory>
#include <string>

#include <nacre/core/comm_ops.hpp>
#include <nacre/solvers/detail/solve_state.hpp>

/// \file
/// The solution of a linear system as a differentiable operation.

namespace nacre::solvers {

/// x = A^-1 b, A square and distributed; differentiable in its values and in b.
///
/// By the implicit function theorem (Giles 2008, "Collected matrix derivative results", sec. 2.3.1) the adjoint
/// solves A^T s = x_bar; then b_bar += s and values_bar(e) -= s(row(e)) . x(col(e)), on the pattern only. It uses
/// the set-up of the forward solve, transposed. A cotangent that is zero on all ranks costs no solve.
///
/// Values are compared with those of the last set-up, so any number of solves with one matrix set up once, and
/// an operation may be applied to several matrices in one recording: what is stale is set up again.
/// Every solve's true residual is computed: report() says how solves went; with `require_convergence` one that
/// fails throws on all ranks.
///
/// Inputs: values [local nnz]; b [owned rows] or [owned rows, k]. Result: as b. Collective. Copies share the
/// set-up and the report; one solve runs at a time.
template <class Scalar = double, class Device = DefaultDevice>
class SolveOp {
  using State = detail::SolveState<Scalar, Device>;

 public:
  static constexpr char const* name = "nacre::solve";
  static constexpr Form form = Form::general;
  static constexpr bool collective = true;

  /// By names. Nothing is set up before the first solve. Collective, as all constructors.
  /// \throws nacre::Error on all ranks if the pattern is not square or an option does not fit
  explicit SolveOp(DistributedPattern<Device> const& pattern, SolveOptions const& options = {})
      : SolveOp(pattern, make_solve_engine<Scalar, Device>(options), options) {}
  /// With a preconditioner made by the caller for this pattern; it takes over new values by update().
  SolveOp(DistributedPattern<Device> const& pattern, std::shared_ptr<Preconditioner<Scalar, Device>> M,
          SolveOptions const& options = {})
      : SolveOp(pattern,
                std::make_shared<KrylovEngine<Scalar, Device>>(
                    options.method,
                    [M](DistributedCsr<Scalar, Device> const& A) {
                      if (M) M->update(A);
                      return M;
                    },
                    options.krylov, options.symmetry, options.adjoint_tolerance),
                options) {}
  /// With any engine; of the options those that name methods and their parameters are not used.
  SolveOp(DistributedPattern<Device> const& pattern, std::shared_ptr<SolveEngine<Scalar, Device>> engine,
          SolveOptions const& options = {})
      : state_(std::make_shared<State>(pattern, std::move(engine), options)) {}
  /// On one rank.
  explicit SolveOp(CsrPattern<Device> const& pattern, SolveOptions const& options = {})
      : SolveOp(DistributedPattern<Device>(pattern), options) {}

  DistributedPattern<Device> const& pattern() const { return state_->pattern; }
  SolveReport const& report() const { return state_->report; }
  void reset_report() const { state_->report = SolveReport(); }
  std::string description() const { return state_->engine->description(); }

  template <class V, class B>
  std::array<std::size_t, compat::kRank<B>> output_extents(V const&, B const& b) const {
    return extents_of(b);
  }

  /// \throws nacre::Error if an extent does not match; see also SolveOptions
  template <class Exec, class X, class V, class B>
  void forward(Exec const& exec, X const& x, V const& values, B const& b) const {
    check_extent(name, values, 0, pattern().local().num_entries(), "the pattern's number of entries");
    check_extent(name, b, 0, static_cast<std::size_t>(pattern().num_owned_rows()),
                 "the number of rows this rank owns");
    auto const result = state_->columns.output(x, 1);
    state_->forward(exec, entries(values), input(exec, b, 0), result);
    Columns::store(exec, result, x);
  }

  template <class Exec, class X, class XBar, class V, class B, class VBar, class BBar>
  void adjoint(Exec const& exec, X const& x, XBar const& x_bar, V const& values, B const&,
               VBar const& values_bar, BBar const& b_bar) const {
    auto const s = state_->result(nacre::detail::num_columns(x));
    if (state_->adjoint(exec, entries(values), input(exec, x, 0), input(exec, x_bar, 1),
                        cotangent(values_bar), s))
      Columns::add(exec, s, b_bar);
  }

  template <class Exec, class X, class XDot, class V, class B, class VDot, class BDot>
  void tangent(Exec const& exec, X const& x, XDot const& x_dot, V const& values, B const&,
               VDot const& values_dot, BDot const& b_dot) const {
    auto const result = state_->columns.output(x_dot, 1);
    state_->tangent(exec, entries(values), input(exec, x, 0), entries(values_dot), input(exec, b_dot, 2),
                    result);
    Columns::store(exec, result, x_dot);
  }

  template <class Exec, class X, class XDot, class XBar, class XBarDot, class V, class B, class VDot,
            class BDot, class VBar, class BBar>
  void adjoint_tangent(Exec const& exec, X const& x, XDot const& x_dot, XBar const& x_bar,
                       XBarDot const& x_bar_dot, V const& values, B const&, VDot const& values_dot,
                       BDot const&, VBar const& values_bar_dot, BBar const& b_bar_dot) const {
    auto const s_dot = state_->result(nacre::detail::num_columns(x));
    if (state_->adjoint_tangent(exec, entries(values), input(exec, x, 0), input(exec, x_dot, 1),
                                input(exec, x_bar, 2), input(exec, x_bar_dot, 3), entries(values_dot),
                                cotangent(values_bar_dot), s_dot))
      Columns::add(exec, s_dot, b_bar_dot);
  }

 private:
  using Columns = detail::OpColumns<Scalar, Device>;
  template <class V>
  static auto entries(V const& values) {
    return Columns::entries(values);
  }
  template <class V>
  static auto cotangent(V const& values_bar) {
    return Columns::cotangent(values_bar);
  }
  template <class Exec, class V>
  auto input(Exec const& exec, V const& v, int slot) const {
    return state_->columns.input(exec, v, slot);
  }

  std::shared_ptr<State> state_;
};

}  // namespace nacre::solvers
