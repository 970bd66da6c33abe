#pragma once

#include <memory>

#include <nacre/core/spgemm_adjoint.hpp>

/// \file
/// The product of three sparse matrices on one rank, as a differentiable operation.

namespace nacre {

/// Plan of C = R A P for any three matrices that fit, as R (A P), on one rank. The distributed P^T A P is
/// TripleProduct. Calls use memory of the plan: one at a time.
template <class Device = DefaultDevice>
class RapPlan {
 public:
  /// \throws nacre::Error if the sizes do not match
  RapPlan(CsrPattern<Device> const& R, CsrPattern<Device> const& A, CsrPattern<Device> const& P)
      : AP_(checked(R, A, P), P),
        RAP_(R, AP_.pattern()),
        ap_("nacre::rap::ap", AP_.pattern().num_entries()),
        ap_bar_("nacre::rap::ap_bar", AP_.pattern().num_entries()) {}

  /// The pattern of C, columns sorted.
  CsrPattern<Device> const& pattern() const { return RAP_.pattern(); }

  /// The values of C = R A P.
  /// \param r, a, p the values of R, A, P
  /// \param[out] c  [nnz(C)], overwritten; must not alias r, a or p
  /// \throws nacre::Error if an extent does not match
  template <class Exec, class ValuesR, class ValuesA, class ValuesP, class ValuesC>
  void numeric(Exec const& exec, ValuesR const& r, ValuesA const& a, ValuesP const& p,
               ValuesC const& c) const {
    auto const ap = memory<typename ValuesC::non_const_value_type>(ap_);
    AP_.numeric(exec, a, p, ap);
    RAP_.numeric(exec, r, ap, c);
  }

  /// R_bar += C_bar (A P)^T, A_bar += R^T C_bar P^T, P_bar += (R A)^T C_bar, each on its pattern; a cotangent
  /// without data is not wanted.
  template <class Exec, class CBar, class ValuesR, class ValuesA, class ValuesP, class RBar, class ABar,
            class PBar>
  void adjoint(Exec const& exec, CBar const& c_bar, ValuesR const& r, ValuesA const& a, ValuesP const& p,
               RBar const& r_bar, ABar const& a_bar, PBar const& p_bar) const {
    using T = typename CBar::non_const_value_type;
    auto const ap = memory<T>(ap_), ap_bar = memory<T>(ap_bar_);
    bool const past_ap = a_bar.data() != nullptr || p_bar.data() != nullptr;
    // the memory may hold another product by now
    if (r_bar.data() != nullptr) AP_.numeric(exec, a, p, ap);
    if (past_ap) set_all(exec, ap_bar, 0);
    detail::spgemm_adjoint(exec, RAP_.a_pattern(), RAP_.b_pattern(), RAP_.pattern(), c_bar, r, ap, r_bar,
                           past_ap ? ap_bar : Memory<T>(), RAP_.scratch());
    if (past_ap)
      detail::spgemm_adjoint(exec, AP_.a_pattern(), AP_.b_pattern(), AP_.pattern(), ap_bar, a, p, a_bar,
                             p_bar, AP_.scratch());
  }

 private:
  template <class T>
  using Memory = OpView<T, 1, Kokkos::LayoutRight, Device>;

  static CsrPattern<Device> const& checked(CsrPattern<Device> const& R, CsrPattern<Device> const& A,
                                           CsrPattern<Device> const& P) {
    if (R.num_cols() != A.num_rows() || A.num_cols() != P.num_rows())
      fail(cat("rap: R is ", R.num_rows(), " by ", R.num_cols(), ", A is ", A.num_rows(), " by ",
               A.num_cols(), ", P is ", P.num_rows(), " by ", P.num_cols()));
    return A;
  }
  template <class T>
  Memory<T> memory(Vector<double, Device> const& v) const {
    static_assert(sizeof(T) <= sizeof(double), "the memory is made of doubles");
    return Memory<T>(reinterpret_cast<T*>(v.data()), v.extent(0));
  }

  SpgemmPlan<Device> AP_, RAP_;
  Vector<double, Device> ap_, ap_bar_;  // the values of A P and their cotangent
};

/// C = R A P as an operation of (r, a, p), the values of the three matrices; c are the values on
/// `plan->pattern()`. Adjoint: see RapPlan; A P is computed again, not kept.
template <class Device = DefaultDevice>
struct TripleProductOp {
  static constexpr char const* name = "nacre::triple_product";
  static constexpr Form form = Form::multilinear;
  std::shared_ptr<RapPlan<Device> const> plan;

  template <class R, class A, class P>
  std::array<std::size_t, 1> output_extents(R const&, A const&, P const&) const {
    return {{plan->pattern().num_entries()}};
  }
  template <class Exec, class C, class R, class A, class P>
  void forward(Exec const& exec, C const& c, R const& r, A const& a, P const& p) const {
    plan->numeric(exec, r, a, p, c);
  }
  template <class Exec, class C, class CBar, class R, class A, class P, class RBar, class ABar, class PBar>
  void adjoint(Exec const& exec, C const&, CBar const& c_bar, R const& r, A const& a, P const& p,
               RBar const& r_bar, ABar const& a_bar, PBar const& p_bar) const {
    plan->adjoint(exec, c_bar, r, a, p, r_bar, a_bar, p_bar);
  }
};

}  // namespace nacre
