#pragma once

#include <nacre/core/common_entries.hpp>
#include <nacre/core/ordered_sum.hpp>

/// \file
/// Entry-wise products of matrices on different patterns. (On one pattern they are MultiplyOp and DotOp of the
/// values.)

namespace nacre {

namespace detail {

template <class A, class B, class Y>
struct HadamardBody {
  Offset const *a_entry, *b_entry;
  A const* a;
  B const* b;
  Y* y;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k) const {
    y[k] = static_cast<Y>(a[a_entry[k]]) * static_cast<Y>(b[b_entry[k]]);
  }
};

/// a_bar(a_entry(k)) += b(b_entry(k)) y_bar(k or 0), and the same for b
template <bool kOneCotangent, class A, class B, class Y>
struct HadamardAdjointBody {
  Offset const *a_entry, *b_entry;
  A const* a;
  B const* b;
  Y const* y_bar;
  A* a_bar;
  B* b_bar;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k) const {
    Y const g = y_bar[kOneCotangent ? 0 : k];
    if (a_bar) a_bar[a_entry[k]] += static_cast<A>(static_cast<Y>(b[b_entry[k]]) * g);
    if (b_bar) b_bar[b_entry[k]] += static_cast<B>(static_cast<Y>(a[a_entry[k]]) * g);
  }
};

template <class A, class B>
struct FrobeniusTerm {
  Offset const *a_entry, *b_entry;
  A const* a;
  B const* b;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t k) const {
    return static_cast<double>(a[a_entry[k]]) * static_cast<double>(b[b_entry[k]]);
  }
};

template <bool kOneCotangent, class Exec, class Device, class YBar, class A, class B, class ABar, class BBar>
void hadamard_adjoint(Exec const& exec, char const* label, CommonEntries<Device> const& common,
                      YBar const& y_bar, A const& a, B const& b, ABar const& a_bar, BBar const& b_bar) {
  if (!is_given(a_bar) && !is_given(b_bar)) return;
  for_each_entry(exec, label, common.pattern.num_entries(),
                 HadamardAdjointBody<kOneCotangent, typename A::non_const_value_type,
                                     typename B::non_const_value_type, typename YBar::non_const_value_type>{
                     common.a_entry.data(), common.b_entry.data(), a.data(), b.data(), y_bar.data(),
                     a_bar.data(), b_bar.data()});
}

}  // namespace detail

/// C(i, j) = A(i, j) B(i, j) at the places that A and B have in common; there `A_bar += B C_bar` and
/// `B_bar += A C_bar`, elsewhere nothing.
///
/// a [nnz of A], b [nnz of B] -> [nnz of common.pattern]
template <class Device = DefaultDevice>
struct HadamardOp {
  static constexpr char const* name = "nacre::hadamard";
  static constexpr Form form = Form::multilinear;
  CommonEntries<Device> common;
  std::size_t num_a, num_b;

  /// \param A, B n-by-m
  /// \throws nacre::Error if the sizes differ
  HadamardOp(CsrPattern<Device> const& A, CsrPattern<Device> const& B)
      : common(common_entries(A, B)), num_a(A.num_entries()), num_b(B.num_entries()) {}

  template <class A, class B>
  std::array<std::size_t, 1> output_extents(A const&, B const&) const {
    return {{common.pattern.num_entries()}};
  }
  template <class Exec, class Y, class A, class B>
  void forward(Exec const& exec, Y const& y, A const& a, B const& b) const {
    check_extent("hadamard", a, 0, num_a, "the number of entries of A");
    check_extent("hadamard", b, 0, num_b, "the number of entries of B");
    check_extent("hadamard", y, 0, common.pattern.num_entries(), "the number of common entries");
    detail::for_each_entry(
        exec, name, y.extent(0),
        detail::HadamardBody<typename A::non_const_value_type, typename B::non_const_value_type,
                             typename Y::non_const_value_type>{common.a_entry.data(), common.b_entry.data(),
                                                               a.data(), b.data(), y.data()});
  }
  template <class Exec, class Y, class YBar, class A, class B, class ABar, class BBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, A const& a, B const& b, ABar const& a_bar,
               BBar const& b_bar) const {
    detail::hadamard_adjoint<false>(exec, "nacre::hadamard_adjoint", common, y_bar, a, b, a_bar, b_bar);
  }
};

/// y(0) = sum over i, j of A(i, j) B(i, j), the Frobenius inner product; `A_bar += y_bar(0) B` and
/// `B_bar += y_bar(0) A` where both have entries.
///
/// a [nnz of A], b [nnz of B] -> [1]
template <class Device = DefaultDevice>
struct FrobeniusInnerOp {
  static constexpr char const* name = "nacre::frobenius_inner";
  static constexpr Form form = Form::multilinear;
  CommonEntries<Device> common;
  std::size_t num_a, num_b;

  /// \param A, B n-by-m
  /// \throws nacre::Error if the sizes differ
  FrobeniusInnerOp(CsrPattern<Device> const& A, CsrPattern<Device> const& B)
      : common(common_entries(A, B)), num_a(A.num_entries()), num_b(B.num_entries()) {}

  template <class A, class B>
  std::array<std::size_t, 1> output_extents(A const&, B const&) const {
    return {{1}};
  }
  template <class Exec, class Y, class A, class B>
  void forward(Exec const& exec, Y const& y, A const& a, B const& b) const {
    check_extent("frobenius_inner", a, 0, num_a, "the number of entries of A");
    check_extent("frobenius_inner", b, 0, num_b, "the number of entries of B");
    ordered_sum(exec, name, common.pattern.num_entries(),
                detail::FrobeniusTerm<typename A::non_const_value_type, typename B::non_const_value_type>{
                    common.a_entry.data(), common.b_entry.data(), a.data(), b.data()},
                y);
  }
  template <class Exec, class Y, class YBar, class A, class B, class ABar, class BBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, A const& a, B const& b, ABar const& a_bar,
               BBar const& b_bar) const {
    detail::hadamard_adjoint<true>(exec, "nacre::frobenius_inner_adjoint", common, y_bar, a, b, a_bar, b_bar);
  }
};

}  // namespace nacre
