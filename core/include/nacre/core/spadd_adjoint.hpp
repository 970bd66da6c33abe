#pragma once

#include <memory>

#include <nacre/core/operation.hpp>
#include <nacre/core/ordered_sum.hpp>
#include <nacre/core/spadd.hpp>

/// \file
/// Sums of sparse matrices as differentiable operations.

namespace nacre {

namespace detail {

/// a_bar(entry(k)) += alpha c_bar(k): each entry of A is met once, so nothing collides.
template <class TA, class TC>
struct AddToSummand {
  Offset const* entry;  // null: entry k is entry k
  Coefficient<TC> alpha;
  TC const* c_bar;
  TA* a_bar;
  KOKKOS_INLINE_FUNCTION void operator()(int, std::int64_t begin, std::int64_t end) const {
    TC const al = alpha();
    if (entry == nullptr)
      for (std::int64_t k = begin; k < end; ++k) a_bar[k] += static_cast<TA>(al * c_bar[k]);
    else
      for (std::int64_t k = begin; k < end; ++k)
        if (entry[k] != kNoEntry) a_bar[entry[k]] += static_cast<TA>(al * c_bar[k]);
  }
};

/// The same for both summands, a block of c_bar at a time.
template <class TA, class TB, class TC>
struct AddToSummands {
  AddToSummand<TA, TC> a;
  AddToSummand<TB, TC> b;
  KOKKOS_INLINE_FUNCTION void operator()(int, std::int64_t begin, std::int64_t end) const {
    if (a.a_bar != nullptr) a(0, begin, end);
    if (b.a_bar != nullptr) b(0, begin, end);
  }
};

/// c(k) += alpha a(entry(k)).
template <class TA, class TC>
struct AddSummand {
  Offset const* entry;
  Coefficient<TC> alpha;
  TA const* a;
  TC* c;
  KOKKOS_INLINE_FUNCTION void operator()(int, std::int64_t begin, std::int64_t end) const {
    TC const al = alpha();
    for (std::int64_t k = begin; k < end; ++k) {
      Offset const from = entry == nullptr ? static_cast<Offset>(k) : entry[k];
      if (from != kNoEntry) c[k] += al * static_cast<TC>(a[from]);
    }
  }
};

/// a(entry(k)) c_bar(k), a term of the cotangent of alpha.
template <class TA, class TC>
struct SummandTerm {
  Offset const* entry;
  TA const* a;
  TC const* c_bar;
  KOKKOS_INLINE_FUNCTION TC operator()(std::int64_t k) const {
    Offset const from = entry == nullptr ? static_cast<Offset>(k) : entry[k];
    return from == kNoEntry ? TC(0) : static_cast<TC>(a[from]) * c_bar[k];
  }
};

template <class Exec, class Entries, class T, class CBar, class ABar>
void add_to_summand(Exec const& exec, Entries const& entry, Coefficient<T> const& alpha, CBar const& c_bar,
                    ABar const& a_bar) {
  if (!is_given(a_bar) || !is_given(c_bar)) return;
  launch(
      exec, "nacre::spadd_adjoint", c_bar.extent(0), 1,
      AddToSummand<typename ABar::non_const_value_type, T>{entry.data(), alpha, c_bar.data(), a_bar.data()});
}

template <class Exec, class Entries, class T, class A, class C>
void add_summand(Exec const& exec, Entries const& entry, Coefficient<T> const& alpha, A const& a,
                 C const& c) {
  if (!is_given(a)) return;
  launch(exec, "nacre::spadd_tangent", c.extent(0), 1,
         AddSummand<typename A::non_const_value_type, T>{entry.data(), alpha, a.data(), c.data()});
}

/// alpha_bar += sum over k of a(entry(k)) c_bar(k).
template <class Exec, class Entries, class A, class CBar, class AlphaBar>
void add_to_factor(Exec const& exec, Entries const& entry, A const& a, CBar const& c_bar,
                   AlphaBar const& alpha_bar) {
  if (!is_given(alpha_bar) || !is_given(a) || !is_given(c_bar)) return;
  ordered_sum(exec, "nacre::spadd_adjoint::factor", c_bar.extent(0),
              SummandTerm<typename A::non_const_value_type, typename CBar::non_const_value_type>{
                  entry.data(), a.data(), c_bar.data()},
              alpha_bar, 1, 1);
}

/// The number that a view of one number holds, read where kernels run.
template <class T, class View>
Coefficient<T> coefficient_at(View const& v) {
  static_assert(std::is_same_v<typename View::non_const_value_type, T>,
                "spadd: the factors have the type of the sum");
  return {T(0), v.data()};
}

}  // namespace detail

/// C = alpha A + beta B as an operation of (a, b), the values of A and B, with constant factors; c are the
/// values on `plan->pattern()`, the union of both patterns.
///
/// Adjoint: `A_bar += alpha C_bar`, `B_bar += beta C_bar`, each on its pattern.
template <class Device = DefaultDevice>
struct PlainSpaddOp {
  static constexpr char const* name = "nacre::plain_spadd";
  static constexpr Form form = Form::linear;
  std::shared_ptr<SpaddPlan<Device> const> plan;
  double alpha = 1, beta = 1;

  template <class A, class B>
  std::array<std::size_t, 1> output_extents(A const&, B const&) const {
    return {{plan->pattern().num_entries()}};
  }
  template <class Exec, class C, class A, class B>
  void forward(Exec const& exec, C const& c, A const& a, B const& b) const {
    plan->numeric(exec, alpha, a, beta, b, c);
  }
  template <class Exec, class C, class CBar, class A, class B, class ABar, class BBar>
  void adjoint(Exec const& exec, C const&, CBar const& c_bar, A const&, B const&, ABar const& a_bar,
               BBar const& b_bar) const {
    using TA = typename ABar::non_const_value_type;
    using TB = typename BBar::non_const_value_type;
    using T = typename CBar::non_const_value_type;
    if (!is_given(a_bar) && !is_given(b_bar)) return;
    detail::launch(
        exec, "nacre::spadd_adjoint", c_bar.extent(0), 1,
        detail::AddToSummands<TA, TB, T>{
            {plan->a_entry().data(), {static_cast<T>(alpha), nullptr}, c_bar.data(), a_bar.data()},
            {plan->b_entry().data(), {static_cast<T>(beta), nullptr}, c_bar.data(), b_bar.data()}});
  }
};

/// C = alpha A + beta B as an operation of (alpha, a, beta, b): the factors are views [1], the rest is as for
/// PlainSpaddOp.
///
/// Adjoint: `A_bar += alpha C_bar`, `alpha_bar += <A, C_bar>`, and so for beta and B.
template <class Device = DefaultDevice>
struct SpaddOp {
  static constexpr char const* name = "nacre::spadd";
  std::shared_ptr<SpaddPlan<Device> const> plan;

  template <class Alpha, class A, class Beta, class B>
  std::array<std::size_t, 1> output_extents(Alpha const&, A const&, Beta const&, B const&) const {
    return {{plan->pattern().num_entries()}};
  }
  template <class Exec, class C, class Alpha, class A, class Beta, class B>
  void forward(Exec const& exec, C const& c, Alpha const& alpha, A const& a, Beta const& beta,
               B const& b) const {
    using T = typename C::non_const_value_type;
    check_extent("spadd", alpha, 0, 1, "the extent of a factor");
    check_extent("spadd", beta, 0, 1, "the extent of a factor");
    plan->numeric(exec, detail::coefficient_at<T>(alpha), a, detail::coefficient_at<T>(beta), b, c);
  }
  template <class Exec, class C, class CBar, class Alpha, class A, class Beta, class B, class AlphaBar,
            class ABar, class BetaBar, class BBar>
  void adjoint(Exec const& exec, C const&, CBar const& c_bar, Alpha const& alpha, A const& a,
               Beta const& beta, B const& b, AlphaBar const& alpha_bar, ABar const& a_bar,
               BetaBar const& beta_bar, BBar const& b_bar) const {
    adjoint_of_summand(exec, plan->a_entry(), c_bar, alpha, a, alpha_bar, a_bar);
    adjoint_of_summand(exec, plan->b_entry(), c_bar, beta, b, beta_bar, b_bar);
  }
  template <class Exec, class C, class CDot, class Alpha, class A, class Beta, class B, class AlphaDot,
            class ADot, class BetaDot, class BDot>
  void tangent(Exec const& exec, C const&, CDot const& c_dot, Alpha const& alpha, A const& a,
               Beta const& beta, B const& b, AlphaDot const& alpha_dot, ADot const& a_dot,
               BetaDot const& beta_dot, BDot const& b_dot) const {
    set_all(exec, c_dot, 0);
    tangent_of_summand(exec, plan->a_entry(), c_dot, alpha, a, alpha_dot, a_dot);
    tangent_of_summand(exec, plan->b_entry(), c_dot, beta, b, beta_dot, b_dot);
  }
  template <class Exec, class C, class CBar, class Alpha, class A, class Beta, class B, class AlphaDot,
            class ADot, class BetaDot, class BDot, class AlphaBarDot, class ABarDot, class BetaBarDot,
            class BBarDot>
  void adjoint_tangent(Exec const& exec, C const&, C const&, CBar const& c_bar, CBar const& c_bar_dot,
                       Alpha const& alpha, A const& a, Beta const& beta, B const& b,
                       AlphaDot const& alpha_dot, ADot const& a_dot, BetaDot const& beta_dot,
                       BDot const& b_dot, AlphaBarDot const& alpha_bar_dot, ABarDot const& a_bar_dot,
                       BetaBarDot const& beta_bar_dot, BBarDot const& b_bar_dot) const {
    adjoint_of_summand(exec, plan->a_entry(), c_bar_dot, alpha, a, alpha_bar_dot, a_bar_dot);
    adjoint_of_summand(exec, plan->a_entry(), c_bar, alpha_dot, a_dot, alpha_bar_dot, a_bar_dot);
    adjoint_of_summand(exec, plan->b_entry(), c_bar_dot, beta, b, beta_bar_dot, b_bar_dot);
    adjoint_of_summand(exec, plan->b_entry(), c_bar, beta_dot, b_dot, beta_bar_dot, b_bar_dot);
  }

 private:
  template <class Exec, class Entries, class CBar, class Alpha, class A, class AlphaBar, class ABar>
  static void adjoint_of_summand(Exec const& exec, Entries const& entry, CBar const& c_bar,
                                 Alpha const& alpha, A const& a, AlphaBar const& alpha_bar,
                                 ABar const& a_bar) {
    using T = typename CBar::non_const_value_type;
    if (is_given(alpha)) detail::add_to_summand(exec, entry, detail::coefficient_at<T>(alpha), c_bar, a_bar);
    detail::add_to_factor(exec, entry, a, c_bar, alpha_bar);
  }
  template <class Exec, class Entries, class CDot, class Alpha, class A, class AlphaDot, class ADot>
  static void tangent_of_summand(Exec const& exec, Entries const& entry, CDot const& c_dot,
                                 Alpha const& alpha, A const& a, AlphaDot const& alpha_dot,
                                 ADot const& a_dot) {
    using T = typename CDot::non_const_value_type;
    detail::add_summand(exec, entry, detail::coefficient_at<T>(alpha), a_dot, c_dot);
    if (is_given(alpha_dot)) detail::add_summand(exec, entry, detail::coefficient_at<T>(alpha_dot), a, c_dot);
  }
};

}  // namespace nacre
