#pragma once

#include <array>
#include <memory>
#include <type_traits>

#include <nacre/core/operation.hpp>
#include <nacre/solvers/detail/schwarz_state.hpp>

/// \file
/// What an optimised Schwarz method leaves of errors, as a differentiable operation.

namespace nacre::solvers {

/// What a SchwarzErrorOp is besides its decomposition.
struct SchwarzErrorOptions {
  double interface_scale = 1;  ///< of the interface values: 1/h^2 where A has this factor
  int power = 1;               ///< K, >= 1
};

/// Y = T^K E with T = I - M(L) A, what K iterations with an optimised restricted additive Schwarz method leave of the
/// errors E; differentiable in the interface values L and in E. A is held.
///
/// M(L) = sum over i of R~_i^T (R_i A R_i^T + scale L_i)^-1 R_i: St-Cyr, Gander and Thomas (2007), "Optimized
/// multiplicative, additive, and restricted additive Schwarz preconditioning". L_i has the values L at the
/// interface entries of subdomain i, those (p, q) with p and q both in D_i^delta \ D_i; a value serves every subdomain
/// where its entry is one, others are not looked at. L = 0 is the classical method (RAS).
///
/// Adjoint of one T: with x_i = A_i^-1 R_i A e and t_i = A_i^-T R~_i y_bar, `L_bar(p, q) += scale t_i(p, :) . x_i(q, :)`
/// and `E_bar += y_bar - A^T sum over i of R_i^T t_i`. Columns are worked on in blocks, whose K stages the adjoint
/// computes again. Matrices are factored when L has changed, also for the adjoint.
///
/// Inputs: L [nnz], in any precision; E [n, J] or [n]. Result: as E. Copies share factors and memory; one runs at a
/// time.
template <class Scalar = double, class Device = DefaultDevice>
class SchwarzErrorOp {
  using State = detail::SchwarzState<Scalar, Device>;

 public:
  static constexpr char const* name = "nacre::schwarz_error";
  static constexpr Form form = Form::general;

  /// \param A_values [nnz]; referred to, not copied
  /// \throws nacre::Error if an extent does not match, an option is out of range, or a subdomain needs KLU and there is
  ///         none
  SchwarzErrorOp(SchwarzDecomposition<Device> const& decomposition,
                 Vector<Scalar const, Device> const& A_values, SchwarzErrorOptions const& options = {})
      : state_(std::make_shared<State>(decomposition, A_values, options.interface_scale)),
        power_(options.power) {
    if (power_ < 1) fail(cat(name, ": power = ", power_, ", must be at least 1"));
  }

  SchwarzDecomposition<Device> const& decomposition() const { return state_->decomposition(); }
  /// How often the subdomains' matrices have been factored.
  int num_factorings() const { return state_->num_factorings(); }

  template <class L, class E>
  std::array<std::size_t, compat::kRank<E>> output_extents(L const&, E const& e) const {
    return extents_of(e);
  }

  /// \throws nacre::Error if an extent does not match, or, naming the subdomain, if a matrix is singular or not finite
  template <class Exec, class Y, class L, class E>
  void forward(Exec const& exec, Y const& y, L const& interface_values, E const& e) const {
    check_extent(name, interface_values, 0, decomposition().pattern().num_entries(),
                 "the pattern's number of entries");
    check_extent(name, e, 0, state_->num_unknowns(), "the number of unknowns");
    prepare(exec, interface_values);
    state_->power(exec, power_, nacre::detail::num_columns(e), read_only(e), nacre::detail::strided(y));
  }

  template <class Exec, class Y, class YBar, class L, class E, class LBar, class EBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, L const& interface_values, E const& e,
               LBar const& interface_bar, EBar const& e_bar) const {
    using T = typename LBar::non_const_value_type;
    if (!is_given(interface_bar) && !is_given(e_bar)) return;
    prepare(exec, interface_values);
    Scalar* bar = nullptr;
    if (is_given(interface_bar)) {
      if constexpr (std::is_same_v<T, Scalar>)
        bar = interface_bar.data();
      else
        bar = state_->zero_interface_bar(exec).data();
    }
    state_->power_adjoint(exec, power_, nacre::detail::num_columns(e), read_only(e), read_only(y_bar), bar,
                          nacre::detail::strided(e_bar));
    if constexpr (!std::is_same_v<T, Scalar>)
      if (is_given(interface_bar)) add_to(exec, state_->interface_bar(), interface_bar);
  }

 private:
  template <class View>
  static nacre::detail::Strided<Scalar const> read_only(View const& v) {
    auto const s = nacre::detail::strided(v);
    return {s.data, s.row_stride, s.col_stride};
  }
  template <class Exec, class L>
  void prepare(Exec const& exec, L const& interface_values) const {
    state_->offer(exec, interface_values.data());
    state_->prepare(exec);
  }

  std::shared_ptr<State> state_;
  int power_;
};

}  // namespace nacre::solvers
