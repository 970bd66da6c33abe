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
    auto const result = output(x, State::kInput1);
    state_->forward(exec, entries(values), input(exec, b, State::kInput0), result);
    store(exec, result, x);
  }

  template <class Exec, class X, class XBar, class V, class B, class VBar, class BBar>
  void adjoint(Exec const& exec, X const& x, XBar const& x_bar, V const& values, B const&,
               VBar const& values_bar, BBar const& b_bar) const {
    auto const s = state_->work(State::kResult, nacre::detail::num_columns(x));
    if (state_->adjoint(exec, entries(values), input(exec, x, State::kInput0),
                        input(exec, x_bar, State::kInput1), cotangent(values_bar), s))
      add(exec, s, b_bar);
  }

  template <class Exec, class X, class XDot, class V, class B, class VDot, class BDot>
  void tangent(Exec const& exec, X const& x, XDot const& x_dot, V const& values, B const&,
               VDot const& values_dot, BDot const& b_dot) const {
    auto const result = output(x_dot, State::kInput1);
    state_->tangent(exec, entries(values), input(exec, x, State::kInput0), entries(values_dot),
                    input(exec, b_dot, State::kInput2), result);
    store(exec, result, x_dot);
  }

  template <class Exec, class X, class XDot, class XBar, class XBarDot, class V, class B, class VDot,
            class BDot, class VBar, class BBar>
  void adjoint_tangent(Exec const& exec, X const& x, XDot const& x_dot, XBar const& x_bar,
                       XBarDot const& x_bar_dot, V const& values, B const&, VDot const& values_dot,
                       BDot const&, VBar const& values_bar_dot, BBar const& b_bar_dot) const {
    auto const s_dot = state_->work(State::kResult, nacre::detail::num_columns(x));
    if (state_->adjoint_tangent(exec, entries(values), input(exec, x, State::kInput0),
                                input(exec, x_dot, State::kInput1), input(exec, x_bar, State::kInput2),
                                input(exec, x_bar_dot, State::kInput3), entries(values_dot),
                                cotangent(values_bar_dot), s_dot))
      add(exec, s_dot, b_bar_dot);
  }

 private:
  using Out = typename State::Out;
  using In = typename State::In;

  /// Vectors of which every column is contiguous are taken as they are, others are copied.
  template <class V>
  static bool has_columns(V const& v) {
    return compat::kRank<V> == 1 || std::is_same_v<typename V::array_layout, Kokkos::LayoutLeft> ||
           v.extent(1) == 1;
  }
  template <class Exec, class V>
  In input(Exec const& exec, V const& v, int slot) const {
    if (!is_given(v)) return In();
    std::size_t const k = nacre::detail::num_columns(v);
    if (has_columns(v)) return In(v.data(), v.extent(0), k);
    auto const copy = state_->work(slot, k);
    nacre::detail::copy_rows_to(exec, "nacre::solve::columns", nacre::detail::two_dimensional(v), 0, copy);
    return copy;
  }
  template <class V>
  Out output(V const& v, int slot) const {
    std::size_t const k = nacre::detail::num_columns(v);
    return has_columns(v) ? Out(v.data(), v.extent(0), k) : state_->work(slot, k);
  }
  template <class Exec, class V>
  static void store(Exec const& exec, Out const& result, V const& v) {
    if (!has_columns(v))
      nacre::detail::copy_rows_to(exec, "nacre::solve::rows", result, 0, nacre::detail::two_dimensional(v));
  }
  template <class Exec, class V>
  static void add(Exec const& exec, Out const& s, V const& b_bar) {
    if (is_given(b_bar))
      nacre::detail::add_first_rows(exec, "nacre::solve_adjoint::b", s,
                                    nacre::detail::two_dimensional(b_bar));
  }
  template <class V>
  static Vector<Scalar const, Device> entries(V const& values) {
    return Vector<Scalar const, Device>(values.data(), values.extent(0));
  }
  template <class V>
  static Vector<Scalar, Device> cotangent(V const& values_bar) {
    return Vector<Scalar, Device>(values_bar.data(), values_bar.extent(0));
  }

  std::shared_ptr<State> state_;
};

}  // namespace nacre::solvers
